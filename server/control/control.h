/*
 * The control socket: JSON lines between hotdesk-server and its clients (docs/control.md has the
 * verbs).
 *
 * One table of verbs, each with the class of right that it needs and its handler; the table is the
 * server's, this layer knows sockets, lines, peers and rights. The socket is a plain descriptor
 * under uv_poll. A line is at most CONTROL_LINE_MAX bytes; a client that sends more, or no JSON, or
 * that does not read what it asked for (CONTROL_UNSENT_MAX) is told so and closed. A client that
 * closes its side has gone, answered or not; the verb that it asked for last is handled before the
 * next line is read.
 *
 * No call here closes a client or calls back at once: that happens in the loop's next turn, so a
 * handler may close any client, and write to one that is just going (it is ignored).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "protocol/link.h"

#define CONTROL_LINE_MAX    4096
#define CONTROL_UNSENT_MAX  (256 * 1024)
#define CONTROL_CLIENTS_MAX 64

enum control_class { CONTROL_SEE, CONTROL_USE, CONTROL_OWN };

struct control;
struct control_client;

struct control_verb {
    const char *name;
    enum control_class class;
    /* Must answer once, now or later, by control_reply or control_fail. `request` is borrowed for
     * the call. A later answer: either keep `client` and answer in any case (it stays valid until
     * then, also when it has gone), or ask to be told by control_client_on_gone before the answer,
     * and do not use it after that. */
    void (*handle)(void *server, struct control_client *client, const json_t *request);
};

/* Makes the socket (parents too), 0660 for root and system users, with the group `use_group`, and
 * 0600 otherwise; a socket on which nobody answers is replaced, one that is answered gives
 * -EADDRINUSE, what is no socket -EEXIST. `use_group` (or NULL): its members have CONTROL_USE;
 * -ESRCH when it does not exist. `verbs` is not copied. */
int control_create(uv_loop_t *loop, const char *path, const struct control_verb *verbs,
                   size_t count, const char *use_group, void *server, struct control **ret_control);
/* Closes all clients, each with its gone callback, and removes the socket. The loop must run once
 * more. */
struct control *control_destroy(struct control *control);

/* {"ok": true, ...reply}. Both steal `reply`; NULL is an empty object. */
void control_reply(struct control_client *client, json_t *reply);
/* {"ok": false, "code": code, "error": sentence} */
void control_fail(struct control_client *client, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A further line to one client (a pairing's progress), or to all that watch; none to one that has
 * become a link. Steal `event`. */
void control_send(struct control_client *client, json_t *event);
void control_broadcast(struct control *control, json_t *event);
void control_client_watch(struct control_client *client);

uid_t control_client_uid(const struct control_client *client);
pid_t control_client_pid(const struct control_client *client);
/* Called once when the client is gone, also by control_client_close; the pointer is dead after it.
 * A later call replaces it; NULL for none. */
void control_client_on_gone(struct control_client *client, void (*gone)(void *context),
                            void *context);

/* After control_reply to `input`: the connection carries link messages from now on, both ways.
 * `handlers` is not copied; `gone` comes once, and before that of control_client_on_gone. */
struct control_link_handlers {
    void (*message)(void *context, const struct link_message *message);
    void (*gone)(void *context, const char *why);
};
void control_client_become_link(struct control_client *client,
                                const struct control_link_handlers *handlers, void *context);
/* False when it is full (then it will be closed) or closing. */
bool control_client_send_link(struct control_client *client, const struct link_message *message);
void control_client_close(struct control_client *client);
