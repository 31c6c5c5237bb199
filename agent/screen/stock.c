#include "agent/screen/stock.h"

#include <errno.h>
#include <stdlib.h>

#define PHOTO_MIN_PX 256 /* smaller ones are cheap as they are */
#define PHOTO_PAIRS_PERCENT                                                                        \
    40 /* of neighbours that are equal: a photo has fewer, text has more                           \
        */

static size_t tile_count(const struct tiles *tiles)
{
    return (size_t)tiles->columns * (size_t)tiles->rows;
}

int stock_init(struct stock *stock, int width_px, int height_px)
{
    *stock = (struct stock){0};
    int error = tiles_init(&stock->fresh, width_px, height_px);
    if (!error)
        error = tiles_init(&stock->plain, width_px, height_px);
    if (!error)
        error = tiles_init(&stock->photo, width_px, height_px);
    if (!error)
        error = tiles_init(&stock->lossy, width_px, height_px);
    if (!error) {
        stock->lossy_us = calloc(tile_count(&stock->fresh), sizeof *stock->lossy_us);
        stock->owed = calloc(tile_count(&stock->fresh), sizeof *stock->owed);
    }
    if (error || !stock->lossy_us || !stock->owed) {
        stock_finish(stock);
        return -ENOMEM;
    }
    tiles_add_all(&stock->fresh);
    return 0;
}

void stock_finish(struct stock *stock)
{
    tiles_finish(&stock->fresh);
    tiles_finish(&stock->plain);
    tiles_finish(&stock->photo);
    tiles_finish(&stock->lossy);
    free(stock->lossy_us);
    free(stock->owed);
    *stock = (struct stock){0};
}

void stock_add_all(struct stock *stock)
{
    tiles_add_all(&stock->fresh);
}

/* --- sorting --- */

static int equal_pairs(const uint32_t *pixels, int count)
{
    int equal = 0;

    for (int i = 1; i < count; i++)
        equal += pixels[i] == pixels[i - 1];
    return equal;
}

static bool is_photo(const struct picture *picture, const struct area *area)
{
    const int pairs = (area->width_px - 1) * area->height_px;
    int equal = 0;

    if (area->width_px * area->height_px < PHOTO_MIN_PX)
        return false;
    for (int y = area->y_px; y < area->y_px + area->height_px; y++)
        equal += equal_pairs(picture->pixels + (size_t)y * (size_t)picture->width_px + area->x_px,
                             area->width_px);
    return (int64_t)equal * 100 < (int64_t)pairs * PHOTO_PAIRS_PERCENT;
}

void stock_sort(struct stock *stock, const struct picture *picture, bool with_jpeg)
{
    const size_t total = tile_count(&stock->fresh);
    struct area area;

    for (size_t i = 0; i < total && stock->fresh.count > 0; i++) {
        if (!tiles_take_tile(&stock->fresh, i, &area))
            continue;
        if (with_jpeg && is_photo(picture, &area))
            tiles_add(&stock->photo, &area);
        else
            tiles_add(&stock->plain, &area);
    }
}

bool stock_is_empty(const struct stock *stock)
{
    return stock->fresh.count == 0 && stock->plain.count == 0 && stock->photo.count == 0;
}

/* --- taking --- */

typedef void (*each_tile)(struct stock *stock, size_t index, const struct area *area,
                          uint64_t now_us);

static void for_tiles(struct stock *stock, const struct area *area, each_tile each, uint64_t now_us)
{
    const int columns = stock->fresh.columns;

    for (int y = area->y_px / TILE_PX; y * TILE_PX < area->y_px + area->height_px; y++) {
        for (int x = area->x_px / TILE_PX; x * TILE_PX < area->x_px + area->width_px; x++)
            each(stock, (size_t)(y * columns + x), area, now_us);
    }
}

static void pay(struct stock *stock, size_t index)
{
    if (!stock->owed[index] || stock->plain.tiles[index].right_px ||
        stock->photo.tiles[index].right_px)
        return;
    stock->owed[index] = false;
    stock->owed_count--;
}

static bool covers(const struct area *outer, const struct area *inner)
{
    return outer->x_px <= inner->x_px && outer->y_px <= inner->y_px &&
           outer->x_px + outer->width_px >= inner->x_px + inner->width_px &&
           outer->y_px + outer->height_px >= inner->y_px + inner->height_px;
}

/* A lossy part that is covered is none any more. */
static void note_plain(struct stock *stock, size_t index, const struct area *area, uint64_t now_us)
{
    struct area lossy;

    pay(stock, index);
    if (tiles_take_tile(&stock->lossy, index, &lossy) && !covers(area, &lossy))
        tiles_add(&stock->lossy, &lossy);
}

static void note_photo(struct stock *stock, size_t index, const struct area *area, uint64_t now_us)
{
    pay(stock, index);
    stock->lossy_us[index] = now_us;
}

bool stock_take_plain(struct stock *stock, int max_px, struct area *ret_area)
{
    if (!tiles_take(&stock->plain, stock->next_plain, max_px, ret_area, &stock->next_plain))
        return false;
    for_tiles(stock, ret_area, note_plain, 0);
    return true;
}

bool stock_take_photo(struct stock *stock, int max_px, uint64_t now_us, struct area *ret_area)
{
    if (!tiles_take(&stock->photo, stock->next_photo, max_px, ret_area, &stock->next_photo))
        return false;
    for_tiles(stock, ret_area, note_photo, now_us);
    tiles_add(&stock->lossy, ret_area);
    return true;
}

static bool is_still(const struct stock *stock, size_t index, uint64_t now_us)
{
    return stock->lossy.tiles[index].right_px && !stock->photo.tiles[index].right_px &&
           now_us >= stock->lossy_us[index] + STOCK_STILL_US;
}

/* The first from next_lossy on; tile_count: none. */
static size_t find_still(const struct stock *stock, uint64_t now_us)
{
    const size_t total = tile_count(&stock->lossy);

    for (size_t i = 0; i < total && stock->lossy.count > 0; i++) {
        const size_t index = (stock->next_lossy + i) % total;
        if (is_still(stock, index, now_us))
            return index;
    }
    return total;
}

bool stock_has_still(const struct stock *stock, uint64_t now_us)
{
    return find_still(stock, now_us) < tile_count(&stock->lossy);
}

/* Its neighbours may not have been still for so long; that they come early does no harm. */
bool stock_take_still(struct stock *stock, int max_px, uint64_t now_us, struct area *ret_area)
{
    const size_t index = find_still(stock, now_us);

    return index < tile_count(&stock->lossy) &&
           tiles_take(&stock->lossy, index, max_px, ret_area, &stock->next_lossy);
}

uint64_t stock_still_us(const struct stock *stock)
{
    const size_t total = tile_count(&stock->lossy);
    uint64_t first_us = UINT64_MAX;

    for (size_t i = 0; i < total && stock->lossy.count > 0; i++) {
        if (stock->lossy.tiles[i].right_px && !stock->photo.tiles[i].right_px &&
            stock->lossy_us[i] + STOCK_STILL_US < first_us)
            first_us = stock->lossy_us[i] + STOCK_STILL_US;
    }
    return first_us;
}

/* --- moving --- */

static bool area_cut(struct area *area, const struct area *by)
{
    area->x_px -= by->x_px;
    area->y_px -= by->y_px;
    const bool some = area_clip(area, by->width_px, by->height_px);
    area->x_px += by->x_px;
    area->y_px += by->y_px;
    return some;
}

static void mark_lossy(struct stock *stock, size_t index, const struct area *area, uint64_t now_us)
{
    stock->lossy_us[index] = now_us;
}

void stock_move(struct stock *stock, const struct move *move, uint64_t now_us)
{
    const struct area from = {move->from_x_px, move->from_y_px, move->to.width_px,
                              move->to.height_px};
    const size_t total = tile_count(&stock->lossy);
    struct tiles before;

    if (!tiles_touch(&stock->lossy, &from))
        return;
    if (tiles_copy(&stock->lossy, &before) < 0) { /* then all of it counts as lossy */
        tiles_add(&stock->lossy, &move->to);
        for_tiles(stock, &move->to, mark_lossy, now_us);
        return;
    }
    for (size_t i = 0; i < total; i++) {
        struct area part;
        if (!tiles_take_tile(&before, i, &part) || !area_cut(&part, &from))
            continue;
        part.x_px += move->to.x_px - from.x_px;
        part.y_px += move->to.y_px - from.y_px;
        tiles_add(&stock->lossy, &part);
        for_tiles(stock, &part, mark_lossy, now_us);
    }
    tiles_finish(&before);
}

/* --- what is owed --- */

void stock_owe(struct stock *stock)
{
    const size_t total = tile_count(&stock->fresh);

    stock->owed_count = 0;
    for (size_t i = 0; i < total; i++) {
        stock->owed[i] = stock->plain.tiles[i].right_px || stock->photo.tiles[i].right_px;
        stock->owed_count += stock->owed[i];
    }
}

bool stock_owes(const struct stock *stock)
{
    return stock->owed_count > 0;
}
