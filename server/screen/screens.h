/*
 * The pictures of all targets. Numbers are those of the registry. Who follows one says so by
 * screens_look; SCREENS_WARM_MAX keep connection and decoder when nobody looks any more, those that
 * were looked at last.
 */
#pragma once

#include "protocol/limits.h"
#include "server/screen/screen.h"

struct screens;

/* `program`: the decoder's path, or "" (then every picture says so). `handlers` outlives it. */
int screens_create(uv_loop_t *loop, const char *program, const struct screen_handlers *handlers,
                   void *context, struct screens **ret_screens);
/* Closes all; the loop must run once more. */
struct screens *screens_destroy(struct screens *screens);

int screens_added(struct screens *screens, uint16_t number);
/* The target has another number; who has that one gets the old number. Pictures go on. */
void screens_ordered(struct screens *screens, uint16_t number, uint16_t wanted);
void screens_forgotten(struct screens *screens, uint16_t number);
/* What `source` gives of this target may have changed. */
void screens_update(struct screens *screens, uint16_t number);
/* As screen_renew, all of them. */
void screens_renew(struct screens *screens);
void screens_look(struct screens *screens, uint16_t number, enum frame_look look);
/* While somebody sees whichever target is active: SCREENS_WARM_MAX of them, and no more, are got
 * ready to be seen at once. */
void screens_keep(struct screens *screens, bool kept);
/* As screen_connect. */
void screens_connect(struct screens *screens, uint16_t number, struct channel *channel,
                     const struct message_hello *hello, const char *server_name,
                     const char **ret_why);
/* False for a target that is not there. */
bool screens_view(const struct screens *screens, uint16_t number, struct screen_view *ret_view);
