/*
 * How dense the pixels of a window are. SDL counts a window, and places in it, in points: on
 * Wayland the compositor's logical pixels, each of which may be several of the screen's or a part
 * of one; on X11 there is no difference. Pure.
 */
#pragma once

#include <stdint.h>

#define DENSITY_USUAL_PERCENT 100
#define DENSITY_MAX_PERCENT   1000

struct density {
    int width_points, height_points;
    int width_px, height_px;
    uint32_t scale_percent; /* how large, in pixels, what is read has to be, beside the usual */
};

/* `asked_percent`: of what is read, as the desktop wishes it beside all that its points tell. */
void density_make(int width_points, int height_points, int width_px, int height_px,
                  uint32_t asked_percent, struct density *ret_density);
/* That many pixels of the usual scale. */
uint32_t density_scaled_px(uint32_t usual_px, uint32_t scale_percent);
/* The pixel of a place that is known to a 256th of a point. */
int density_exact_x_px(const struct density *density, int32_t x_256ths);
int density_exact_y_px(const struct density *density, int32_t y_256ths);
/* Of a place in whole points: at the window's edges it is the first pixel, and the last one. */
int density_x_px(const struct density *density, int x_points);
int density_y_px(const struct density *density, int y_points);
