/* Where a target's VNC clients connect: a socket in the run directory that only the server's own
 * user (and root) can open, or a TCP port that only this computer can reach. */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "common/identity.h" /* ERROR_ROOM */
#include "server/net/vnc_wish.h"

#define VNC_FROM_ROOM 64

struct vnc_door;

/* From the loop: somebody came in; the descriptor is the callee's. `from`: for people. */
typedef void (*vnc_door_handler)(void *context, int fd, const char *from);

/* `path`: of the socket, for VNC_UNIX. 0, or -errno with a sentence in ret_error. */
int vnc_door_open(uv_loop_t *loop, const struct vnc_wish *wish, const char *path,
                  vnc_door_handler handler, void *context, struct vnc_door **ret_door,
                  char ret_error[ERROR_ROOM]);
/* Freed by the loop. NULL ok. */
struct vnc_door *vnc_door_close(struct vnc_door *door);
