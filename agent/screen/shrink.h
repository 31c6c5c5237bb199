/*
 * Pixels in a smaller size: each new pixel is the mean of all that it covers, weighed by how much
 * of each it covers (a box filter). Exact: a part comes out the same as in a whole picture. Pure.
 */
#pragma once

#include <stdint.h>

#include "agent/screen/area.h"

#define SHRINK_PERMILLE_MIN 50
#define SHRINK_PERMILLE_MAX 1000

struct shrink {
    int from_width_px, from_height_px;
    int to_width_px, to_height_px; /* 1 or more, and not above the others */
};

/* Sizes are rounded; `permille` outside of the bounds is taken for the nearest. */
void shrink_init(struct shrink *shrink, int width_px, int height_px, int permille);
/* What changes in the smaller one when `area` of the larger one, which is within it, does. */
struct area shrink_reach(const struct shrink *shrink, const struct area *area);
/* Makes `part`, which is within the smaller one. Rows are as wide as each picture; the four bytes
 * of a pixel are four colours. */
void shrink_part(const struct shrink *shrink, const uint32_t *from, const struct area *part,
                 uint32_t *to);
