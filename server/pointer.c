#include "server/pointer.h"

#include <linux/input-event-codes.h>

int32_t pointer_scale(int32_t field_value, uint16_t size_px)
{
    if (size_px == 0 || field_value <= 0)
        return 0;
    if (field_value >= REPORT_FIELD_SPAN)
        return size_px - 1;
    /* Rounded, so that a window as large as the target hits each pixel exactly. */
    return (int32_t)(((int64_t)field_value * (size_px - 1) + REPORT_FIELD_SPAN / 2) /
                     REPORT_FIELD_SPAN);
}

void pointer_to_target(struct report *report, uint16_t width_px, uint16_t height_px)
{
    for (uint8_t i = 0; i < report->event_count; i++) {
        struct report_event *event = &report->events[i];
        const uint16_t size_px = event->code == ABS_X ? width_px : height_px;
        if (event->type == EV_ABS && size_px > 0)
            event->value = pointer_scale(event->value, size_px);
    }
}
