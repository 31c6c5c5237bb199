/* A rectangle of a screen, in its pixels. Pure. */
#pragma once

#include <stdbool.h>

struct area {
    int x_px, y_px, width_px, height_px;
};

/* What of it is within 0, 0, width_px, height_px; false: nothing. */
bool area_clip(struct area *area, int width_px, int height_px);
