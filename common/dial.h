/* To resolve and connect without blocking; the options of a connection. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/endpoint.h"

struct dial;
/*
 * `fd` is connected, non-blocking, with the options below, and the callee's from now on; `why` is
 * NULL. Or it is -errno, and `why` a sentence for people, valid during the call:
 * - -ETIMEDOUT, -EHOSTUNREACH:
 *   no answer from HOST (is hotdesk-server running, is TCP 24810 open there?)
 * - -ECONNREFUSED: HOST refused TCP 24810 (is hotdesk-server running there?)
 * - -ENETUNREACH: no network leads to HOST (is this computer online?)
 * - -ENOENT, -EAGAIN, -ETIMEDOUT: cannot resolve HOST: ...
 * - any other: cannot connect to HOST: ...
 * Called once, from the loop; the dial is freed after it. Each address of the name is tried in
 * turn, in TIME_DIAL in all; what one did not use of its share is for the next ones.
 */
typedef void (*dial_done)(void *context, int fd, const char *why);
int dial_start(uv_loop_t *loop, const struct endpoint *endpoint, dial_done done, void *context,
               struct dial **ret_dial);
/* Right after dial_start: to connect, once the name is resolved, takes this long at most, and
 * TIME_DIAL in all as before. */
void dial_limit(struct dial *dial, uint64_t connect_ms);
/* No callback after it; NULL ok. A name server that does not answer may hold libuv's thread, and
 * with it uv_run, for some seconds more: a program that ends does not wait for its loop to be
 * empty. */
struct dial *dial_cancel(struct dial *dial);

/* TCP_NODELAY, TCP_USER_TIMEOUT (TIME_TCP_USER), SO_KEEPALIVE, DSCP EF and SO_PRIORITY 6 (Wi-Fi:
 * the queue for voice). For accepted sockets too; what the kernel does not take is left out. */
void dial_set_options(int fd);
