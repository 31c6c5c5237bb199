/*
 * Plain shapes on pixels of 0xAARRGGBB whose colours are multiplied by their alpha, for what the
 * viewer draws itself. Pure.
 */
#pragma once

#include <stdint.h>

#include "server/viewer/osd_layout.h"

/* `color` (0xRRGGBB) over `under`, as much of it as `alpha` (0..255) says. */
uint32_t ink_mixed(uint32_t under, uint32_t color, uint32_t alpha);
/* How much of a pixel is inside a rectangle with round corners: 0..1. */
float ink_cover(float x, float y, float width, float height, float radius);
/* A rectangle with round corners, all of it inside of the pixels (rows of `row_px`); only its
 * columns before `until_px` are drawn. */
void ink_fill(uint32_t *pixels, uint32_t row_px, const struct osd_rectangle *place,
              uint32_t radius_px, uint32_t color, uint32_t alpha, uint32_t until_px);
