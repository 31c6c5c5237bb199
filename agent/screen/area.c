#include "agent/screen/area.h"

bool area_clip(struct area *area, int width_px, int height_px)
{
    const long right_px = (long)area->x_px + area->width_px;
    const long bottom_px = (long)area->y_px + area->height_px;
    const int left_px = area->x_px > 0 ? area->x_px : 0;
    const int top_px = area->y_px > 0 ? area->y_px : 0;

    area->width_px = (int)((right_px < width_px ? right_px : width_px) - left_px);
    area->height_px = (int)((bottom_px < height_px ? bottom_px : height_px) - top_px);
    area->x_px = left_px;
    area->y_px = top_px;
    return area->width_px > 0 && area->height_px > 0;
}
