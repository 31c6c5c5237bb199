/*
 * Scales a picture of 32-bit pixels: each pixel of the result is a weighted mean of those around
 * its place (a triangle as wide as the larger of both pixels), so text stays readable when it
 * shrinks, and a part drawn later fits the rest without a seam. Pure but for memory.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "protocol/frame.h"

struct scale;

/* No side is 0. NULL: out of memory. */
struct scale *scale_create(uint32_t from_width_px, uint32_t from_height_px, uint32_t to_width_px,
                           uint32_t to_height_px);
struct scale *scale_destroy(struct scale *scale);

/* What of the result depends on this part of the source. */
void scale_reach(const struct scale *scale, const struct frame_rectangle *from,
                 struct frame_rectangle *ret_to);
/* What of the source this part of the result depends on. */
void scale_source(const struct scale *scale, const struct frame_rectangle *to,
                  struct frame_rectangle *ret_from);
/* Draws `to`, a part of the result; `ret_pixels` is where its first pixel goes. */
void scale_draw(const struct scale *scale, const uint32_t *from, size_t from_stride_bytes,
                const struct frame_rectangle *to, void *ret_pixels, size_t to_stride_bytes);
