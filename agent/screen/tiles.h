/*
 * Which parts of a screen: a bounding box in each tile of 64 x 64 pixels. Adding costs the same
 * however often, a glyph stays as small as it is, and a full screen comes out as one rectangle.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/screen/area.h"

#define TILE_PX 64

struct tile {
    uint8_t left_px, top_px, right_px, bottom_px; /* within the tile; right 0: nothing */
};

struct tiles {
    int width_px, height_px;
    int columns, rows;
    size_t count; /* tiles with something in them */
    struct tile *tiles;
};

int tiles_init(struct tiles *tiles, int width_px, int height_px);  /* empty; 0 or -ENOMEM */
int tiles_copy(const struct tiles *tiles, struct tiles *ret_copy); /* 0 or -ENOMEM */
void tiles_finish(struct tiles *tiles);

void tiles_add(struct tiles *tiles, const struct area *area); /* what is outside is left out */
bool tiles_touch(const struct tiles *tiles,
                 const struct area *area); /* is any part of it in there */
void tiles_add_all(struct tiles *tiles);
void tiles_clear(struct tiles *tiles);
/* The part of one tile, taken out. False: there is nothing in it. */
bool tiles_take_tile(struct tiles *tiles, size_t index, struct area *ret_area);
/* A rectangle of at most max_px pixels (but a whole tile) from tile `from` on, taken out, with a
 * little between its parts that was not in there; goes on from the start. False: nothing is left.
 * Where it began is in *ret_index, if not NULL. */
bool tiles_take(struct tiles *tiles, size_t from, int max_px, struct area *ret_area,
                size_t *ret_index);
