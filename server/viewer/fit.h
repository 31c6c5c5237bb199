/*
 * Where a picture lies in a window: pixel for pixel in the middle when it fits, else scaled with
 * its aspect kept. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/frame.h"

enum fit_scale {
    FIT_WHOLE = 0, /* all of the picture is seen; enlarged only when it would be hard to read */
    FIT_ONE = 1,   /* pixel for pixel; a larger picture is moved so that the pointer is seen */
    FIT_FILL = 2,  /* all of the window is used; moved in the same way */
    FIT_LARGE = 3, /* all of it is seen, as large as there is room: thumbnails */
};

struct fit {
    enum fit_scale scale;
    uint32_t picture_width_px, picture_height_px;
    uint32_t window_width_px, window_height_px;
    uint32_t width_px, height_px; /* of the whole picture in the window */
    int32_t x_px, y_px;           /* of its left top corner; below 0: a part is outside */
};

/* No side is 0. `scale_percent`: of density.h. */
void fit_make(enum fit_scale scale, uint32_t scale_percent, uint32_t picture_width_px,
              uint32_t picture_height_px, uint32_t window_width_px, uint32_t window_height_px,
              struct fit *ret_fit);
/* A pixel of the picture is a pixel of the window. */
bool fit_is_exact(const struct fit *fit);
/* Moves a picture that is larger than the window so that this place of it is seen. True when it
 * moved. */
bool fit_show(struct fit *fit, uint32_t x_px, uint32_t y_px);
/* Moves a picture that is larger than the window by a place in the window: at the window's edge the
 * picture's is seen, between them as much of the way. So every pixel of it is under some place.
 * True when it moved. */
bool fit_pan(struct fit *fit, int32_t x_px, int32_t y_px);
/* Of a place in the picture in the window; may be outside. */
void fit_to_window(const struct fit *fit, uint32_t x_px, uint32_t y_px, int32_t *ret_x_px,
                   int32_t *ret_y_px);
/* The part of a rectangle (of the picture as it is drawn, from its own corner) that is in the
 * window, in the window's places. False: nothing. */
bool fit_clip(const struct fit *fit, const struct frame_rectangle *drawn, int32_t *ret_x_px,
              int32_t *ret_y_px, struct frame_rectangle *ret_drawn);
