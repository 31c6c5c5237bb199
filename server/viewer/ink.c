#include "server/viewer/ink.h"

#include <math.h>

uint32_t ink_mixed(uint32_t under, uint32_t color, uint32_t alpha)
{
    uint32_t result = 0, over = color | 0xff000000u;
    for (int shift = 0; shift < 32; shift += 8)
        result |=
            (((over >> shift & 0xff) * alpha + (under >> shift & 0xff) * (255 - alpha) + 127) / 255)
            << shift;
    return result;
}

float ink_cover(float x, float y, float width, float height, float radius)
{
    float from_left = x + 0.5f, from_top = y + 0.5f;
    float to_x = fmaxf(radius - from_left, from_left - (width - radius));
    float to_y = fmaxf(radius - from_top, from_top - (height - radius));
    float outside = to_x > 0 && to_y > 0 ? hypotf(to_x, to_y) - radius : fmaxf(to_x, to_y) - radius;
    float part = 0.5f - outside;
    return part < 0 ? 0 : part > 1 ? 1 : part;
}

void ink_fill(uint32_t *pixels, uint32_t row_px, const struct osd_rectangle *place,
              uint32_t radius_px, uint32_t color, uint32_t alpha, uint32_t until_px)
{
    for (uint32_t y = 0; y < place->height_px; y++) {
        uint32_t *row = pixels + ((uint32_t)place->y_px + y) * row_px + place->x_px;
        for (uint32_t x = 0; x < place->width_px && x < until_px; x++) {
            float part = ink_cover((float)x, (float)y, (float)place->width_px,
                                   (float)place->height_px, (float)radius_px);
            if (part > 0)
                row[x] = ink_mixed(row[x], color, (uint32_t)(part * (float)alpha + 0.5f));
        }
    }
}
