/*
 * The decoder's own copy of the target's picture. Updates are decoded into it; only what a finished
 * update changed is copied into the file that others read, at once and as a whole.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/frame_writer.h"
#include "server/decode/stop.h"

/* A move that began an update is made last: until the file is written, it still has what was there
 * before. */
struct picture_move {
    bool waits;
    struct frame_rectangle from, to;
    size_t count; /* of what was, or is being, painted since: over it */
    struct frame_rectangle painted[FRAME_RECTANGLES_MAX];
};

struct picture {
    struct frame_writer *writer; /* not ours */
    int message_fd;
    uint32_t *pixels; /* rows of width_px */
    uint32_t width_px, height_px;
    bool resized;               /* since the last publish */
    struct frame_damage damage; /* the same */
    size_t touched;             /* rectangles, the same */
    struct picture_move move;
    uint64_t sequence;                          /* of the file, when pixels were written last */
    bool cursor_changed;                        /* the same */
    uint32_t *cursor;                           /* FRAME_CURSOR_SIDE_PX squared */
    uint32_t cursor_width_px, cursor_height_px; /* 0: hidden */
    uint32_t cursor_hot_x_px, cursor_hot_y_px;
    uint32_t *thumbnail; /* FRAME_THUMBNAIL_PIXELS_MAX; rows of its width */
    uint32_t thumbnail_width_px, thumbnail_height_px;
    bool thumbnail_changed; /* the same */
};

int picture_init(struct picture *picture, struct frame_writer *writer, int message_fd);
void picture_finish(struct picture *picture);

/* Black then. A valid size (frame_size_is_valid). */
bool picture_resize(struct picture *picture, struct stop *stop, uint32_t width_px,
                    uint32_t height_px);

static inline uint32_t *picture_at(const struct picture *picture, uint32_t x_px, uint32_t y_px)
{
    return picture->pixels + (size_t)y_px * picture->width_px + x_px;
}

/* This was, or is being, painted. Inside of the picture. */
void picture_touch(struct picture *picture, const struct frame_rectangle *rectangle);

/* Copies within the picture. `to` was touched last, and nothing is being painted in `from`. */
void picture_copy(struct picture *picture, const struct frame_rectangle *from,
                  const struct frame_rectangle *to);

/* `pixels` as protocol/frame.h has them, at most FRAME_CURSOR_SIDE_PX on each side; NULL: no
 * pointer is shown. */
void picture_set_cursor(struct picture *picture, const uint32_t *pixels, uint32_t width_px,
                        uint32_t height_px, uint32_t hot_x_px, uint32_t hot_y_px);

/* The thumbnail has this (valid) size from now on, black if it had another, and is painted into. */
void picture_touch_thumbnail(struct picture *picture, uint32_t width_px, uint32_t height_px);

/* The update is finished: into the file with it, and tell. */
bool picture_publish(struct picture *picture, struct stop *stop);
