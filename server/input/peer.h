/*
 * The link to hotdesk-server: one SOCK_SEQPACKET connection at a time, messages of protocol/link.h.
 *
 * Either it is there from the start (an inherited socketpair end) and its end is final, or it is
 * accepted from a listening socket, one after the other; a second one meanwhile is refused.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "protocol/link.h"

struct peer;

struct peer_handlers {
    void (*connected)(void *context); /* from a listening socket */
    void (*message)(void *context, const struct link_message *message);
    void (*closed)(
        void *context); /* or broke, or said what it may not; peer_send fails from here on */
};

/* Takes `fd` over; `listening`: it is a listening socket. `allowed` is one more user than root and
 * our own who may be the server. 0 or -errno; -EPERM: the other end is somebody else. */
int peer_create(uv_loop_t *loop, int fd, bool listening, uid_t allowed,
                const struct peer_handlers *handlers, void *context, struct peer **ret_peer);
struct peer *peer_destroy(struct peer *peer); /* NULL; freed when the loop has closed it */

/* False when the socket is full or gone: it never waits. */
bool peer_send(struct peer *peer, const struct link_message *message);

/* Gives what the server has said up to now. The loop does so too; a caller with something that must
 * not overtake the server's word does it first. */
void peer_receive(struct peer *peer);
