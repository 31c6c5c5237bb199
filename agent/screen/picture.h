/*
 * The screen as it was read last: what the other side has, or is about to get. 32 bits a pixel,
 * 0x00RRGGBB. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/screen/area.h"
#include "agent/screen/tiles.h"
#include "protocol/limits.h"

struct picture {
    uint32_t *pixels; /* rows of width_px */
    int width_px, height_px;
};

/* How a screen's pixels are to be read. */
struct pixel_format {
    int bits; /* of one pixel: 16, 32 */
    uint32_t red_mask, green_mask, blue_mask;
    bool is_picture; /* they are as a picture has them, but for the highest byte */
    uint32_t red[1024], green[1024], blue[1024]; /* of each value, shifted into place */
};

/* Black. 0, -ENOMEM, or -E2BIG for more than FRAME_PIXELS_MAX. */
int picture_init(struct picture *picture, int width_px, int height_px);
void picture_finish(struct picture *picture);

/* False when these masks are none of a true colour of 5 to 10 bits a colour. */
bool pixel_format_init(struct pixel_format *format, int bits, uint32_t red_mask,
                       uint32_t green_mask, uint32_t blue_mask);

/* Pixels that are otherwise a picture's may have something in the byte that means nothing. */
bool picture_is_unclean(const uint32_t *pixels, int count);
void picture_clean(uint32_t *pixels, size_t count);

/* Takes over an image of `area`, which is within the picture. What is other than before is added
 * to `changed`. */
void picture_take(struct picture *picture, const struct pixel_format *format,
                  const struct area *area, const uint8_t *image, size_t stride_bytes,
                  struct tiles *changed);
