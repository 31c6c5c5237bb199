#include "agent/screen/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLOUR_MASK 0x00ffffffu

int picture_init(struct picture *picture, int width_px, int height_px)
{
    *picture = (struct picture){.width_px = width_px, .height_px = height_px};
    if (width_px < 1 || height_px < 1 || width_px > UINT16_MAX || height_px > UINT16_MAX ||
        (int64_t)width_px * height_px > FRAME_PIXELS_MAX)
        return -E2BIG;
    picture->pixels = calloc((size_t)width_px * (size_t)height_px, sizeof *picture->pixels);
    return picture->pixels ? 0 : -ENOMEM;
}

void picture_finish(struct picture *picture)
{
    free(picture->pixels);
    *picture = (struct picture){0};
}

/* All values of a colour of `mask`, as 8 bits at `shift`: rounded when it has fewer bits, cut when
 * it has more. */
static bool colour_init(uint32_t mask, int shift, uint32_t ret_values[1024])
{
    const uint32_t max = mask ? mask >> __builtin_ctz(mask) : 0;

    if (max < 31 || max > 1023 || (max & (max + 1)))
        return false;
    for (uint32_t value = 0; value <= max; value++) {
        const uint32_t eight =
            max > 255 ? value / ((max + 1) / 256) : (value * 255 + max / 2) / max;
        ret_values[value] = eight << shift;
    }
    return true;
}

bool pixel_format_init(struct pixel_format *format, int bits, uint32_t red_mask,
                       uint32_t green_mask, uint32_t blue_mask)
{
    format->bits = bits;
    format->red_mask = red_mask;
    format->green_mask = green_mask;
    format->blue_mask = blue_mask;
    format->is_picture =
        bits == 32 && red_mask == 0xff0000 && green_mask == 0xff00 && blue_mask == 0xff;
    return (bits == 16 || bits == 32) && colour_init(red_mask, 16, format->red) &&
           colour_init(green_mask, 8, format->green) && colour_init(blue_mask, 0, format->blue);
}

static uint32_t convert_pixel(const struct pixel_format *format, uint32_t pixel)
{
    return format->red[(pixel & format->red_mask) >> __builtin_ctz(format->red_mask)] |
           format->green[(pixel & format->green_mask) >> __builtin_ctz(format->green_mask)] |
           format->blue[(pixel & format->blue_mask) >> __builtin_ctz(format->blue_mask)];
}

static void convert_row(const struct pixel_format *format, const uint8_t *image, int count,
                        uint32_t *ret_pixels)
{
    for (int i = 0; i < count; i++) {
        uint32_t pixel = 0;
        uint16_t half = 0;
        if (format->bits == 32)
            memcpy(&pixel, image + 4 * i, sizeof pixel);
        else
            memcpy(&half, image + 2 * i, sizeof half);
        ret_pixels[i] = convert_pixel(format, format->bits == 32 ? pixel : half);
    }
}

bool picture_is_unclean(const uint32_t *pixels, int count)
{
    uint32_t all = 0;

    for (int i = 0; i < count; i++)
        all |= pixels[i];
    return all & ~COLOUR_MASK;
}

void picture_clean(uint32_t *pixels, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pixels[i] &= COLOUR_MASK;
}

/* What of at most TILE_PX pixels differs: the first, and one past the last. False: nothing. */
static bool take_row(const struct pixel_format *format, const uint8_t *image, int count,
                     uint32_t *pixels, int *ret_from, int *ret_to)
{
    const size_t size_bytes = (size_t)count * sizeof *pixels;
    uint32_t converted[TILE_PX];
    const uint32_t *row = converted;
    int from = 0, to = count;

    if (format->is_picture)
        row = (const uint32_t *)image;
    else
        convert_row(format, image, count, converted);
    if (memcmp(row, pixels, size_bytes) == 0)
        return false;
    if (picture_is_unclean(row, count)) {
        memcpy(converted, row, size_bytes);
        picture_clean(converted, (size_t)count);
        row = converted;
        if (memcmp(row, pixels, size_bytes) == 0)
            return false;
    }
    while (row[from] == pixels[from])
        from++;
    while (row[to - 1] == pixels[to - 1])
        to--;
    memcpy(pixels, row, size_bytes);
    *ret_from = from;
    *ret_to = to;
    return true;
}

/* `part` lies within one tile. */
static void take_part(struct picture *picture, const struct pixel_format *format,
                      const struct area *part, const uint8_t *image, size_t stride_bytes,
                      struct tiles *changed)
{
    int left = part->width_px, right = 0, top = -1, bottom = 0;

    for (int y = 0; y < part->height_px; y++) {
        uint32_t *pixels =
            picture->pixels + (size_t)(part->y_px + y) * (size_t)picture->width_px + part->x_px;
        int from, to;
        if (!take_row(format, image + (size_t)y * stride_bytes, part->width_px, pixels, &from, &to))
            continue;
        left = from < left ? from : left;
        right = to > right ? to : right;
        top = top < 0 ? y : top;
        bottom = y + 1;
    }
    if (top >= 0)
        tiles_add(changed,
                  &(struct area){part->x_px + left, part->y_px + top, right - left, bottom - top});
}

static int next_border(int at_px, int end_px)
{
    const int border_px = (at_px / TILE_PX + 1) * TILE_PX;

    return border_px < end_px ? border_px : end_px;
}

void picture_take(struct picture *picture, const struct pixel_format *format,
                  const struct area *area, const uint8_t *image, size_t stride_bytes,
                  struct tiles *changed)
{
    const int right_px = area->x_px + area->width_px, bottom_px = area->y_px + area->height_px;
    const size_t pixel_bytes = (size_t)format->bits / 8;

    for (int y = area->y_px, below; y < bottom_px; y = below) {
        below = next_border(y, bottom_px);
        for (int x = area->x_px, beyond; x < right_px; x = beyond) {
            beyond = next_border(x, right_px);
            const struct area part = {x, y, beyond - x, below - y};
            take_part(picture, format, &part,
                      image + (size_t)(y - area->y_px) * stride_bytes +
                          (size_t)(x - area->x_px) * pixel_bytes,
                      stride_bytes, changed);
        }
    }
}
