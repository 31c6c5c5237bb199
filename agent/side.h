/*
 * This computer's side: an injector and what the desktop tells, opened, lost and opened again.
 *
 * Whatever is missing is a state with a reason, never an end: no display, one that went away, a
 * right that is missing, another virtual terminal in front.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "agent/inject/inject.h"
#include "protocol/message.h"

struct side;

struct side_handlers {
    /* Not `ready`: input cannot be taken, `reason` tells why; else it tells why it is this
     * injector. `injector` NULL: there is none. Called when any of it changed, while what was
     * pressed can still be lifted if anything can. */
    void (*ready)(void *context, const char *injector, bool ready, const char *reason);
    void (*locks)(void *context, uint8_t locks);
    void (*geometry)(void *context, const struct message_geometry *geometry);
};

/* Calls handlers from within. `settings` outlives it. */
int side_create(uv_loop_t *loop, const struct inject_settings *settings,
                const struct side_handlers *handlers, void *context, struct side **ret_side);
struct side *side_destroy(struct side *side); /* NULL ok */

/* Places are those of this monitor from now on, "": of the root window. */
void side_show(struct side *side, const char *monitor);
int side_type(struct side *side, const struct report *report); /* -ENODEV without an injector */
/* injector_find. -ENODEV without an injector. */
int side_find(struct side *side, const char *text, struct stroke *ret_strokes, size_t *ret_count,
              char ret_why[MESSAGE_REASON_ROOM]);
void side_enter(struct side *side);
void side_leave(struct side *side);
uint32_t side_unsendable(const struct side *side);
