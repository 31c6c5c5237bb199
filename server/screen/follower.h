/*
 * What one follower of pictures (control verb `frames`) is still to be told. While it reads, each
 * message goes at once; while it does not, they are merged, so that what it reads next is what is
 * so by then: one size, one damage that covers all, one state. Pure: it sends by `ops`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/frame.h"
#include "server/screen/screen.h"

struct follower_ops {
    /* False when it cannot go now: follower_flush is called when it can. `fd` -1: none. */
    bool (*send)(void *context, const struct frame_message *message, int fd);
    /* Of the followed target; false when it is not there. */
    bool (*view)(void *context, uint16_t number, struct screen_view *ret_view);
};

struct follower {
    const struct follower_ops *ops;
    void *context;
    bool thumbnail;  /* shows it small: is told of thumbnails, of the picture at each tick */
    uint16_t number; /* followed; 0: local, nothing is shown */
    unsigned due;    /* enum in follower.c */
    struct frame_damage damage;
    struct frame_pointer pointer;
};

void follower_init(struct follower *follower, const struct follower_ops *ops, void *context);
/* Follows this target from now on, and is told all about it, also when it did before. */
void follower_show(struct follower *follower, uint16_t number);
/* Something new; of another target it is nothing to it. */
void follower_note(struct follower *follower, const struct frame_message *message);
void follower_flush(struct follower *follower);
/* Of those that show it small, each TIME_THUMBNAIL: what has changed meanwhile is told now. */
void follower_tick(struct follower *follower);
