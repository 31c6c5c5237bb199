/* What is written in a tile of a mosaic, as pixels. */
#pragma once

#include "server/viewer/mosaic.h"
#include "server/viewer/osd_paint.h"
#include "server/viewer/overlay.h"

/* Both give an opaque image of malloc that the caller frees. 0, -ENOMEM or -EIO (the font). */

/* Its number, name and state, in an image of this size. */
int mosaic_words_caption(struct osd_paint *paint, const struct mosaic_tile *tile,
                         uint32_t letter_px, uint32_t width_px, uint32_t height_px,
                         struct overlay_image *ret_image);
/* Why it has no picture, in one no larger than this size. */
int mosaic_words_why(struct osd_paint *paint, const char *why, uint32_t letter_px,
                     uint32_t width_px, uint32_t height_px, struct overlay_image *ret_image);
