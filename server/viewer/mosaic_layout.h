/*
 * Tiles in rows and columns: how many of each, where each one lies in an area, and which one is at
 * a place or beside another. Pure.
 *
 * All tiles are alike: a field for the picture, as wide as high by 16:9 or wider, and a caption
 * below it. They are as large as they can be with all of them seen, in the middle of the area; the
 * last row begins at the left.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/viewer/osd_layout.h"

#define MOSAIC_NONE SIZE_MAX /* no tile */

struct mosaic_layout {
    size_t count, columns, rows;
    int32_t x_px, y_px; /* of the first tile's left top corner */
    uint32_t tile_width_px, tile_height_px;
    uint32_t picture_height_px; /* of a tile; the rest is its caption */
    uint32_t gap_px;            /* between two tiles */
    uint32_t frame_px;          /* around a tile, within the gap: that it is selected */
    uint32_t letter_px;         /* of captions */
};

/* Where a tile is in the area. */
struct mosaic_place {
    struct osd_rectangle tile, picture, caption;
};

/* Of an area with both sides at least 1. `count` 0: no tile. */
void mosaic_layout_make(size_t count, const struct osd_window *area,
                        struct mosaic_layout *ret_layout);
void mosaic_layout_place(const struct mosaic_layout *layout, size_t at,
                         struct mosaic_place *ret_place);
/* MOSAIC_NONE: between them, or outside. */
size_t mosaic_layout_at(const struct mosaic_layout *layout, int32_t x_px, int32_t y_px);

enum mosaic_way { MOSAIC_LEFT, MOSAIC_RIGHT, MOSAIC_UP, MOSAIC_DOWN };

/* The one beside it: left and right go through all of them and around, up and down stay in their
 * column and go around. MOSAIC_NONE leads to the first (left or up: to the last). */
size_t mosaic_layout_beside(const struct mosaic_layout *layout, size_t at, enum mosaic_way way);
