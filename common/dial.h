/*
 * Names and addresses: HOST[:PORT], IPv4, IPv6 in brackets; resolve and connect without blocking,
 * listen on a port.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define DIAL_HOST_ROOM 256

struct endpoint {
    char host[DIAL_HOST_ROOM];
    uint16_t port;
};

/* "lab3", "lab3:2000", "192.0.2.7", "[2001:db8::1]:24810", "2001:db8::1". False when it is none. */
bool endpoint_parse(const char *text, uint16_t default_port, struct endpoint *ret_endpoint);
void endpoint_format(const struct endpoint *endpoint, char *ret_text, size_t room_bytes);

struct dial;
/* `fd` connected (TCP_NODELAY, TCP_USER_TIMEOUT, DSCP EF and SO_PRIORITY 6 set) or -errno, with a sentence for people:
 * "no answer from HOST (is hotdesk-server running, is TCP 24810 open there?)", "HOST refused ...",
 * "cannot resolve HOST: ...". Tries each address of the name in turn within TIME_DIAL. */
typedef void (*dial_done)(void *context, int fd, const char *why);
int dial_start(uv_loop_t *loop, const struct endpoint *endpoint, dial_done done, void *context,
               struct dial **ret_dial);
struct dial *dial_cancel(struct dial *dial); /* no callback after it; NULL ok */

/* The options above, for accepted sockets too. */
void dial_set_options(int fd);
