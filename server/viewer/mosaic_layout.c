#include "server/viewer/mosaic_layout.h"

#include "server/viewer/density.h"

#define ASPECT_WIDTH  16
#define ASPECT_HEIGHT 9
/* A line of so many capitals has room beside its number. */
#define LETTERS_WIDE  24
#define LETTER_MIN_PX 13 /* at the usual scale */

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* What of `whole_px` is left for each of `count` with a gap on each side of each; at least 1. */
static uint32_t share(uint32_t whole_px, size_t count, uint32_t gap_px)
{
    uint64_t gaps_px = (uint64_t)gap_px * (count + 1);
    uint64_t left_px = whole_px > gaps_px ? (whole_px - gaps_px) / count : 0;
    return left_px > 0 ? (uint32_t)left_px : 1;
}

static uint32_t letter_of(uint32_t tile_width_px, const struct osd_window *area)
{
    uint32_t largest_px = osd_layout_letter_px(OSD_TEXT, area);
    uint32_t letter_px = lesser(tile_width_px / LETTERS_WIDE, largest_px);
    uint32_t least_px = density_scaled_px(LETTER_MIN_PX, area->scale_percent);
    return letter_px > least_px ? letter_px : least_px;
}

static uint32_t spread_px(size_t count, uint32_t one_px, uint32_t gap_px)
{
    return (uint32_t)(count * one_px + (count - 1) * gap_px);
}

static int32_t centred(uint32_t size_px, uint32_t room_px)
{
    return size_px < room_px ? (int32_t)(room_px - size_px) / 2 : 0;
}

/* The largest tiles with so many columns. */
static void try_columns(size_t count, size_t columns, const struct osd_window *area,
                        struct mosaic_layout *ret_layout)
{
    uint32_t width_px = area->width_px, height_px = area->height_px;
    struct mosaic_layout layout = {
        .count = count, .columns = columns, .rows = (count + columns - 1) / columns};
    layout.gap_px = letter_of(width_px / (uint32_t)columns, area) * 2 / 3;
    layout.frame_px = layout.gap_px / 2;
    uint32_t room_px = share(width_px, columns, layout.gap_px);
    uint32_t high_px = share(height_px, layout.rows, layout.gap_px);
    layout.letter_px = letter_of(room_px, area);
    uint32_t caption_px = lesser(layout.letter_px * 19 / 10, high_px - 1);
    layout.picture_height_px = high_px - caption_px;
    layout.tile_width_px =
        lesser(room_px, layout.picture_height_px * ASPECT_WIDTH / ASPECT_HEIGHT + 1);
    /* A picture that is less wide may be a little higher. */
    layout.picture_height_px =
        lesser(layout.picture_height_px, layout.tile_width_px * ASPECT_HEIGHT / ASPECT_WIDTH + 1);
    layout.tile_height_px = layout.picture_height_px + caption_px;
    layout.x_px = centred(spread_px(columns, layout.tile_width_px, layout.gap_px), width_px);
    layout.y_px = centred(spread_px(layout.rows, layout.tile_height_px, layout.gap_px), height_px);
    *ret_layout = layout;
}

static uint64_t picture_pixels(const struct mosaic_layout *layout)
{
    return (uint64_t)layout->tile_width_px * layout->picture_height_px;
}

void mosaic_layout_make(size_t count, const struct osd_window *area,
                        struct mosaic_layout *ret_layout)
{
    *ret_layout = (struct mosaic_layout){0};
    for (size_t columns = 1; columns <= count; columns++) {
        struct mosaic_layout one;
        try_columns(count, columns, area, &one);
        if (picture_pixels(&one) > picture_pixels(ret_layout))
            *ret_layout = one;
    }
}

void mosaic_layout_place(const struct mosaic_layout *layout, size_t at,
                         struct mosaic_place *ret_place)
{
    size_t column = at % layout->columns, row = at / layout->columns;
    struct osd_rectangle tile = {
        .x_px = layout->x_px + (int32_t)(column * (layout->tile_width_px + layout->gap_px)),
        .y_px = layout->y_px + (int32_t)(row * (layout->tile_height_px + layout->gap_px)),
        .width_px = layout->tile_width_px,
        .height_px = layout->tile_height_px};
    *ret_place = (struct mosaic_place){.tile = tile, .picture = tile, .caption = tile};
    ret_place->picture.height_px = layout->picture_height_px;
    ret_place->caption.y_px += (int32_t)layout->picture_height_px;
    ret_place->caption.height_px -= layout->picture_height_px;
}

static bool is_inside(const struct osd_rectangle *place, int32_t x_px, int32_t y_px)
{
    return x_px >= place->x_px && x_px < place->x_px + (int32_t)place->width_px &&
           y_px >= place->y_px && y_px < place->y_px + (int32_t)place->height_px;
}

size_t mosaic_layout_at(const struct mosaic_layout *layout, int32_t x_px, int32_t y_px)
{
    for (size_t at = 0; at < layout->count; at++) {
        struct mosaic_place place;
        mosaic_layout_place(layout, at, &place);
        if (is_inside(&place.tile, x_px, y_px))
            return at;
    }
    return MOSAIC_NONE;
}

/* In its column, around its ends; the last row may not have it. */
static size_t step_row(const struct mosaic_layout *layout, size_t at, bool is_down)
{
    size_t column = at % layout->columns, row = at / layout->columns;
    size_t rows = layout->rows - ((layout->rows - 1) * layout->columns + column >= layout->count);
    row = is_down ? (row + 1) % rows : (row + rows - 1) % rows;
    return row * layout->columns + column;
}

size_t mosaic_layout_beside(const struct mosaic_layout *layout, size_t at, enum mosaic_way way)
{
    bool is_on = way == MOSAIC_RIGHT || way == MOSAIC_DOWN;
    if (layout->count == 0)
        return MOSAIC_NONE;
    if (at >= layout->count)
        return is_on ? 0 : layout->count - 1;
    if (way == MOSAIC_UP || way == MOSAIC_DOWN)
        return step_row(layout, at, is_on);
    return is_on ? (at + 1) % layout->count : (at + layout->count - 1) % layout->count;
}
