/*
 * Finding a small image in a large one, exactly or nearly. Pure. Pixels are 0xAARRGGBB; of the
 * large one A does not count.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct part_image { /* rows without gaps */
    uint32_t width_px, height_px;
    const uint32_t *pixels;
};

struct part_area { /* where the small image may lie, as a whole */
    uint32_t x_px, y_px, width_px, height_px;
};

struct part_place {
    uint32_t x_px, y_px;
};

struct part_likeness {
    struct part_place place;
    unsigned percent;   /* of its pixels are within the tolerance there */
    unsigned tolerance; /* with which all were */
};

struct part;

/* Keeps `image`'s pixels, which outlive it. Transparent ones (A below 128) match any. NULL: no
 * memory, or nothing but transparent ones. */
struct part *part_create(const struct part_image *image);
struct part *part_destroy(struct part *part); /* NULL ok */

/* The first place, by rows, where no channel of a pixel differs by more than `tolerance`. Places
 * outside of `screen` are passed over. */
bool part_find(const struct part *part, const struct part_image *screen,
               const struct part_area *area, unsigned tolerance, struct part_place *ret_place);
/* The place where it fits best, by a sample of its pixels. False: it fits nowhere inside. */
bool part_nearest(const struct part *part, const struct part_image *screen,
                  const struct part_area *area, unsigned tolerance,
                  struct part_likeness *ret_likeness);
