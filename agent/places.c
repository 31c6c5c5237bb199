#include "agent/places.h"

#include <linux/input-event-codes.h>

static int32_t in_root(const struct report_event *event, const struct desktop_place *place)
{
    return event->value + (event->code == ABS_X ? place->x_px : place->y_px);
}

void places_to_root(struct report *report, const struct desktop_place *place)
{
    for (uint8_t i = 0; i < report->event_count; i++) {
        if (report->events[i].type == EV_ABS)
            report->events[i].value = in_root(&report->events[i], place);
    }
}

/* The X server takes a place times size / (span + 1), rounded down: the middle of the pixel. */
static int32_t spread(int32_t place_px, int32_t size_px)
{
    if (size_px < 1 || place_px < 0)
        return 0;
    if (place_px >= size_px)
        return REPORT_FIELD_SPAN;
    return (int32_t)((2 * (int64_t)place_px + 1) * (REPORT_FIELD_SPAN + 1) / (2 * size_px));
}

void places_to_span(struct report *report, const struct desktop_place *place)
{
    for (uint8_t i = 0; i < report->event_count; i++) {
        struct report_event *event = &report->events[i];
        if (event->type == EV_ABS)
            event->value =
                spread(in_root(event, place),
                       event->code == ABS_X ? place->root_width_px : place->root_height_px);
    }
}
