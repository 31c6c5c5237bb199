/*
 * The thumbnail of a screen, for who looks at many at once: when the next one is due, and which
 * part of it has changed. Pure: it knows no clock, and sends nothing.
 *
 * One a second at most, and one whose bytes took much of the link only later: all of a wall's
 * targets together must stay cheap.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/screen/picture.h"

struct thumbnail {
    bool is_wanted;
    int width_max_px, height_max_px;
    struct picture next, sent; /* sent.pixels NULL: nothing was sent, or of another size */
    uint64_t due_us;           /* none before */
};

void thumbnail_finish(struct thumbnail *thumbnail);
/* Asked for, or not any more. Asked for, the first is sent whole. */
void thumbnail_want(struct thumbnail *thumbnail, bool wanted, int width_max_px, int height_max_px);
/* Of the picture as it is now. False: nothing has changed. Else *ret_changed is a part of `next`
 * that is to be sent. *ret_error: 0 or -ENOMEM. */
bool thumbnail_make(struct thumbnail *thumbnail, const struct picture *picture,
                    struct area *ret_changed, int *ret_error);
/* Nothing had changed. */
void thumbnail_rest(struct thumbnail *thumbnail, uint64_t now_us);
/* The largest size of the same shape that fits, never larger than it is; at least 1 x 1. */
void thumbnail_fit(const struct thumbnail *thumbnail, int width_px, int height_px,
                   int *ret_width_px, int *ret_height_px);
/* That part was sent, as so many bytes. */
void thumbnail_sent(struct thumbnail *thumbnail, size_t bytes, uint64_t now_us);
