/* Tells when the network came back: an address or a link that is up (rtnetlink(7)). */
#pragma once

#include <uv.h>

struct network;

/* `came_back` is called at most once a second. 0 or -errno: then the agent lives by its pauses
 * alone. */
int network_watch(uv_loop_t *loop, void (*came_back)(void *context), void *context,
                  struct network **ret_network);
struct network *network_destroy(struct network *network); /* NULL ok */
