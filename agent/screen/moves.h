/*
 * Finds what only moved between the last picture and a new image: a scroll, a window that is
 * dragged. A few distinctive pieces of the new image are looked for in the old one; where several
 * came the same way, the rectangle around them that came with them is a move. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/screen/picture.h"
#include "agent/screen/tiles.h"

#define MOVES_MAX 8

struct move {
    struct area to;
    int from_x_px, from_y_px;
};

/* What moved last, and is in the image alone: it waits there until what is small was sent. */
struct moves_late {
    struct area area; /* width 0: nothing */
    const uint8_t *image;
    size_t stride_bytes;
};

struct moves {
    struct move moves[MOVES_MAX]; /* in the order in which they are to be done */
    size_t count;
    struct moves_late late;
    int way_x_px, way_y_px; /* from where the last one came: most likely the next does, too */
    /* What the other side does not have yet: nothing moves from there. NULL: none. */
    const struct tiles *unsent[2];
};

/* As picture_take, of a format that is a picture's. What moved is noted in `moves` and not added to
 * `changed`. The picture has it only after moves_settle: until then the image must stay. Settles
 * what an earlier call left. */
void moves_take(struct moves *moves, struct picture *picture, const struct pixel_format *format,
                const struct area *area, const uint8_t *image, size_t stride_bytes,
                struct tiles *changed);
void moves_settle(struct moves *moves, struct picture *picture);
/* If anything of an area is in what the picture does not have yet. */
void moves_settle_in(struct moves *moves, struct picture *picture, const struct area *area);
