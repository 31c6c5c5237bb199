#include "agent/screen/tiles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JOIN_WASTE_PX 256

int tiles_init(struct tiles *tiles, int width_px, int height_px)
{
    *tiles = (struct tiles){
        .width_px = width_px,
        .height_px = height_px,
        .columns = (width_px + TILE_PX - 1) / TILE_PX,
        .rows = (height_px + TILE_PX - 1) / TILE_PX,
    };
    tiles->tiles = calloc((size_t)tiles->columns * (size_t)tiles->rows, sizeof *tiles->tiles);
    return tiles->tiles ? 0 : -ENOMEM;
}

int tiles_copy(const struct tiles *tiles, struct tiles *ret_copy)
{
    int error = tiles_init(ret_copy, tiles->width_px, tiles->height_px);

    if (error)
        return error;
    memcpy(ret_copy->tiles, tiles->tiles,
           (size_t)tiles->columns * (size_t)tiles->rows * sizeof *tiles->tiles);
    ret_copy->count = tiles->count;
    return 0;
}

void tiles_finish(struct tiles *tiles)
{
    free(tiles->tiles);
    *tiles = (struct tiles){0};
}

static void tile_add(struct tiles *tiles, struct tile *tile, int left_px, int top_px, int right_px,
                     int bottom_px)
{
    if (tile->right_px == 0) {
        *tile =
            (struct tile){(uint8_t)left_px, (uint8_t)top_px, (uint8_t)right_px, (uint8_t)bottom_px};
        tiles->count++;
        return;
    }
    if (left_px < tile->left_px)
        tile->left_px = (uint8_t)left_px;
    if (top_px < tile->top_px)
        tile->top_px = (uint8_t)top_px;
    if (right_px > tile->right_px)
        tile->right_px = (uint8_t)right_px;
    if (bottom_px > tile->bottom_px)
        tile->bottom_px = (uint8_t)bottom_px;
}

/* From and to within the tile that begins at `start_px`. */
static void span_of(int start_px, int from_px, int to_px, int *ret_from_px, int *ret_to_px)
{
    *ret_from_px = from_px > start_px ? from_px - start_px : 0;
    *ret_to_px = to_px < start_px + TILE_PX ? to_px - start_px : TILE_PX;
}

void tiles_add(struct tiles *tiles, const struct area *area)
{
    struct area part = *area;

    if (!area_clip(&part, tiles->width_px, tiles->height_px))
        return;
    const int right_px = part.x_px + part.width_px, bottom_px = part.y_px + part.height_px;
    for (int row = part.y_px / TILE_PX; row * TILE_PX < bottom_px; row++) {
        int top, bottom;
        span_of(row * TILE_PX, part.y_px, bottom_px, &top, &bottom);
        for (int column = part.x_px / TILE_PX; column * TILE_PX < right_px; column++) {
            int left, right;
            span_of(column * TILE_PX, part.x_px, right_px, &left, &right);
            tile_add(tiles, &tiles->tiles[row * tiles->columns + column], left, top, right, bottom);
        }
    }
}

bool tiles_touch(const struct tiles *tiles, const struct area *area)
{
    const int right_px = area->x_px + area->width_px, bottom_px = area->y_px + area->height_px;

    if (tiles->count == 0)
        return false;
    for (int row = area->y_px / TILE_PX; row * TILE_PX < bottom_px; row++) {
        int top, bottom;
        span_of(row * TILE_PX, area->y_px, bottom_px, &top, &bottom);
        for (int column = area->x_px / TILE_PX; column * TILE_PX < right_px; column++) {
            const struct tile *tile = &tiles->tiles[row * tiles->columns + column];
            int left, right;
            span_of(column * TILE_PX, area->x_px, right_px, &left, &right);
            if (tile->right_px > left && tile->left_px < right && tile->bottom_px > top &&
                tile->top_px < bottom)
                return true;
        }
    }
    return false;
}

void tiles_add_all(struct tiles *tiles)
{
    tiles_add(tiles, &(struct area){0, 0, tiles->width_px, tiles->height_px});
}

void tiles_clear(struct tiles *tiles)
{
    memset(tiles->tiles, 0, (size_t)tiles->columns * (size_t)tiles->rows * sizeof *tiles->tiles);
    tiles->count = 0;
}

bool tiles_take_tile(struct tiles *tiles, size_t index, struct area *ret_area)
{
    struct tile *tile = &tiles->tiles[index];
    const int column = (int)index % tiles->columns, row = (int)index / tiles->columns;

    if (tile->right_px == 0)
        return false;
    *ret_area = (struct area){column * TILE_PX + tile->left_px, row * TILE_PX + tile->top_px,
                              tile->right_px - tile->left_px, tile->bottom_px - tile->top_px};
    *tile = (struct tile){0};
    tiles->count--;
    return true;
}

/* What of a tile, without taking it out. */
static struct area tile_area(const struct tiles *tiles, int column, int row)
{
    const struct tile *tile = &tiles->tiles[row * tiles->columns + column];

    return (struct area){column * TILE_PX + tile->left_px, row * TILE_PX + tile->top_px,
                         tile->right_px - tile->left_px, tile->bottom_px - tile->top_px};
}

/* Around both; the second lies to the right of the first. */
static struct area area_join(const struct area *area, const struct area *right)
{
    const int top_px = area->y_px < right->y_px ? area->y_px : right->y_px;
    const int area_bottom_px = area->y_px + area->height_px;
    const int right_bottom_px = right->y_px + right->height_px;
    const int bottom_px = area_bottom_px > right_bottom_px ? area_bottom_px : right_bottom_px;

    return (struct area){area->x_px, top_px, right->x_px + right->width_px - area->x_px,
                         bottom_px - top_px};
}

/* A line of text is a little higher in one tile than in the next: many small rectangles cost more
 * than some pixels that are sent in vain. */
static void extend_right(struct tiles *tiles, size_t index, int max_px, struct area *area)
{
    const int row = (int)index / tiles->columns;
    int column = (int)index % tiles->columns;
    int needed_px = area->width_px * area->height_px;

    while (++column < tiles->columns && tiles->tiles[row * tiles->columns + column].right_px) {
        struct area next = tile_area(tiles, column, row);
        const struct area both = area_join(area, &next);
        const int both_px = both.width_px * both.height_px;
        needed_px += next.width_px * next.height_px;
        if (both_px > max_px || both_px > needed_px + needed_px / 4 + JOIN_WASTE_PX)
            return;
        tiles_take_tile(tiles, (size_t)(row * tiles->columns + column), &next);
        *area = both;
    }
}

/* The row of tiles below has the same columns, from its upper border on, all of one height. */
static bool goes_on_down(const struct tiles *tiles, int row, const struct area *area)
{
    const int right_px = area->x_px + area->width_px;
    int height_px = 0;

    for (int column = area->x_px / TILE_PX; column * TILE_PX < right_px; column++) {
        const struct tile *tile = &tiles->tiles[row * tiles->columns + column];
        int left, right;
        span_of(column * TILE_PX, area->x_px, right_px, &left, &right);
        if (tile->right_px != right || tile->left_px != left || tile->top_px != 0 ||
            (height_px && tile->bottom_px != height_px))
            return false;
        height_px = tile->bottom_px;
    }
    return true;
}

static void extend_down(struct tiles *tiles, size_t index, int max_px, struct area *area)
{
    const int right_px = area->x_px + area->width_px;
    int row = (int)index / tiles->columns;

    while (++row < tiles->rows && area->y_px + area->height_px == row * TILE_PX &&
           area->width_px * (area->height_px + TILE_PX) <= max_px &&
           goes_on_down(tiles, row, area)) {
        struct area next = {0};
        for (int column = area->x_px / TILE_PX; column * TILE_PX < right_px; column++)
            tiles_take_tile(tiles, (size_t)(row * tiles->columns + column), &next);
        area->height_px += next.height_px;
    }
}

bool tiles_take(struct tiles *tiles, size_t from, int max_px, struct area *ret_area,
                size_t *ret_index)
{
    const size_t total = (size_t)tiles->columns * (size_t)tiles->rows;

    if (tiles->count == 0)
        return false;
    size_t index = from < total ? from : 0;
    while (!tiles_take_tile(tiles, index, ret_area))
        index = index + 1 < total ? index + 1 : 0;
    extend_right(tiles, index, max_px, ret_area);
    extend_down(tiles, index, max_px, ret_area);
    if (ret_index)
        *ret_index = index;
    return true;
}
