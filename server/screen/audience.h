/*
 * Who follows which picture, and so how each target is looked at: in full while anybody follows it
 * so, as a thumbnail while only thumbnails are followed, else not. Pure: it acts by `ops`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/frame.h"
#include "server/screen/follower.h"
#include "server/screen/screen.h"

struct audience;
struct onlooker; /* one that follows one picture at a time */

/* As follower_ops.send. */
typedef bool (*onlooker_send)(void *context, const struct frame_message *message, int fd);

struct audience_ops {
    /* False for a target that is not there. */
    bool (*view)(void *context, uint16_t number, struct screen_view *ret_view);
    /* This target is to be looked at so. Called again without a change, too. */
    void (*look)(void *context, uint16_t number, enum frame_look look);
    /* One that shows it in full begins with this target: what else it is to be told. */
    void (*begun)(void *context, uint16_t number, struct follower *follower);
};

/* `ops` outlives it. NULL without memory. */
struct audience *audience_create(const struct audience_ops *ops, void *context);
/* Frees who still follows, too. NULL ok. */
struct audience *audience_destroy(struct audience *audience);

/* NULL without memory. `context` is told by `send`, and may have several. `number` may be
 * SWITCH_LOCAL: nothing is shown. */
struct onlooker *audience_join(struct audience *audience, uint16_t number, bool thumbnail,
                               onlooker_send send, void *context);
/* NULL ok. */
struct onlooker *onlooker_leave(struct onlooker *onlooker);
void onlooker_show(struct onlooker *onlooker, uint16_t number);
/* There is room again for what `send` did not take. */
void onlooker_flush(struct onlooker *onlooker);

/* All of this context. */
void audience_leave(struct audience *audience, const void *context);
void audience_flush(struct audience *audience, const void *context);
/* NULL: none of them follows this target. */
struct onlooker *audience_find(const struct audience *audience, const void *context,
                               uint16_t number);

/* Something new of message->number. */
void audience_note(struct audience *audience, const struct frame_message *message);
/* As follower_tick; false when nobody shows thumbnails. */
bool audience_tick(struct audience *audience);
/* The target has another number, and who had that one the old number: who follows one of them goes
 * on, and is told all of it again. How they are looked at is as it was. */
void audience_ordered(struct audience *audience, uint16_t number, uint16_t wanted);
unsigned audience_count(const struct audience *audience, uint16_t number);
