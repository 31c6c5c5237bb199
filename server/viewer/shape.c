#include "server/viewer/shape.h"

#include <stdlib.h>

void shape_finish(struct shape *shape)
{
    free((void *)shape->image.pixels);
    *shape = (struct shape){0};
}

static uint32_t resized(uint32_t px, uint32_t percent)
{
    uint32_t size_px = (px * percent + 50) / 100;
    return size_px > 0 ? size_px : 1;
}

/* Of what of the cursor falls on a pixel, at least one of its own. */
static uint32_t mean(const struct frame_cursor *cursor, uint32_t x0, uint32_t x1, uint32_t y0,
                     uint32_t y1)
{
    uint32_t sums[4] = {0}, count = (x1 - x0) * (y1 - y0), pixel = 0;
    for (uint32_t y = y0; y < y1; y++)
        for (uint32_t x = x0; x < x1; x++)
            for (int i = 0; i < 4; i++)
                sums[i] += cursor->pixels[y * cursor->width_px + x] >> 8 * i & 0xff;
    for (int i = 0; i < 4; i++)
        pixel |= (sums[i] + count / 2) / count << 8 * i;
    return pixel;
}

/* Where the part of one of `of_px` parts begins, and where it ends, in `size_px`. */
static void part(uint32_t at, uint32_t of_px, uint32_t size_px, uint32_t *ret_from,
                 uint32_t *ret_to)
{
    *ret_from = at * size_px / of_px;
    *ret_to = (at + 1) * size_px / of_px;
    if (*ret_to <= *ret_from)
        *ret_to = *ret_from + 1;
}

void shape_make(struct shape *shape, const struct frame_cursor *cursor, uint32_t percent)
{
    if (shape->image.pixels && shape->percent == percent)
        return;
    uint32_t width_px = resized(cursor->width_px, percent);
    uint32_t height_px = resized(cursor->height_px, percent);
    uint32_t *pixels = malloc((size_t)width_px * height_px * sizeof *pixels);
    if (!pixels)
        return;
    for (uint32_t y = 0; y < height_px; y++)
        for (uint32_t x = 0; x < width_px; x++) {
            uint32_t x0, x1, y0, y1;
            part(x, width_px, cursor->width_px, &x0, &x1);
            part(y, height_px, cursor->height_px, &y0, &y1);
            pixels[y * width_px + x] = mean(cursor, x0, x1, y0, y1);
        }
    shape_finish(shape);
    *shape = (struct shape){.image = {pixels, width_px, height_px},
                            .hot_x_px = cursor->hot_x_px * percent / 100,
                            .hot_y_px = cursor->hot_y_px * percent / 100,
                            .percent = percent};
}
