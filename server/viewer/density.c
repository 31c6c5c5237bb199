#include "server/viewer/density.h"

static uint32_t within(uint64_t percent)
{
    if (percent < DENSITY_USUAL_PERCENT)
        return DENSITY_USUAL_PERCENT;
    return percent > DENSITY_MAX_PERCENT ? DENSITY_MAX_PERCENT : (uint32_t)percent;
}

void density_make(int width_points, int height_points, int width_px, int height_px,
                  uint32_t asked_percent, struct density *ret_density)
{
    uint64_t percent = asked_percent;
    if (width_points > 0 && width_px > 0)
        percent =
            (percent * (uint64_t)width_px + (uint64_t)width_points / 2) / (uint64_t)width_points;
    *ret_density = (struct density){.width_points = width_points,
                                    .height_points = height_points,
                                    .width_px = width_px,
                                    .height_px = height_px,
                                    .scale_percent = within(percent)};
}

uint32_t density_scaled_px(uint32_t usual_px, uint32_t scale_percent)
{
    return (usual_px * scale_percent + DENSITY_USUAL_PERCENT / 2) / DENSITY_USUAL_PERCENT;
}

static int pixel(int at_points, int size_points, int size_px)
{
    int64_t last_points = size_points - 1, last_px = size_px - 1;
    if (size_points == size_px || last_points <= 0)
        return at_points;
    return (int)((at_points * last_px + last_points / 2) / last_points);
}

/* What was rounded to such a part is in the middle of it. */
static int exact_pixel(int32_t at_256ths, int size_points, int size_px)
{
    int64_t twice = ((int64_t)at_256ths * 2 + 1) * size_px, points = (int64_t)size_points * 512;
    if (size_points <= 0)
        return 0;
    return (int)(twice >= 0 ? twice / points : -((points - 1 - twice) / points));
}

int density_exact_x_px(const struct density *density, int32_t x_256ths)
{
    return exact_pixel(x_256ths, density->width_points, density->width_px);
}

int density_exact_y_px(const struct density *density, int32_t y_256ths)
{
    return exact_pixel(y_256ths, density->height_points, density->height_px);
}

int density_x_px(const struct density *density, int x_points)
{
    return pixel(x_points, density->width_points, density->width_px);
}

int density_y_px(const struct density *density, int y_points)
{
    return pixel(y_points, density->height_points, density->height_px);
}
