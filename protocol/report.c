#include "protocol/report.h"

#include <linux/input-event-codes.h>

int32_t report_clamp_rel(int64_t value)
{
    if (value > REPORT_REL_MAX)
        return REPORT_REL_MAX;
    return value < -REPORT_REL_MAX ? -REPORT_REL_MAX : (int32_t)value;
}

bool report_add(struct report *report, uint16_t type, uint16_t code, int32_t value)
{
    if (report->event_count >= REPORT_EVENTS_MAX)
        return false;
    report->events[report->event_count++] = (struct report_event){
        .type = type,
        .code = code,
        .value = type == EV_REL ? report_clamp_rel(value) : value,
    };
    return true;
}

bool report_has_motion(const struct report *report)
{
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (event->type == EV_ABS ||
            (event->type == EV_REL && (event->code == REL_X || event->code == REL_Y)))
            return true;
    }
    return false;
}

bool report_has_keys(const struct report *report)
{
    for (uint8_t i = 0; i < report->event_count; i++) {
        if (report->events[i].type == EV_KEY)
            return true;
    }
    return false;
}

static void remove_rel(struct report *report, uint16_t code)
{
    uint8_t kept = 0;
    for (uint8_t i = 0; i < report->event_count; i++)
        if (report->events[i].type != EV_REL || report->events[i].code != code)
            report->events[kept++] = report->events[i];
    report->event_count = kept;
}

static bool merge_event(struct report *into, const struct report_event *event)
{
    if (event->type == EV_ABS) /* counts before a place say nothing any more */
        remove_rel(into, event->code == ABS_X ? REL_X : REL_Y);

    for (uint8_t i = 0; i < into->event_count; i++) {
        struct report_event *have = &into->events[i];
        if (have->type != event->type || have->code != event->code)
            continue;
        int64_t sum = (int64_t)have->value + event->value;
        have->value = event->type == EV_REL ? report_clamp_rel(sum) : event->value;
        return event->type != EV_REL || have->value == sum;
    }
    return report_add(into, event->type, event->code, event->value);
}

bool report_merge(struct report *into, const struct report *more)
{
    struct report merged = *into;
    if (report_has_keys(into) || report_has_keys(more))
        return false;
    for (uint8_t i = 0; i < more->event_count; i++)
        if (!merge_event(&merged, &more->events[i]))
            return false;
    merged.time_us = more->time_us;
    *into = merged;
    return true;
}

static bool rel_code_is_valid(uint16_t code)
{
    return code == REL_X || code == REL_Y || code == REL_WHEEL_HI_RES || code == REL_HWHEEL_HI_RES;
}

bool report_event_is_valid(const struct report_event *event)
{
    switch (event->type) {
    case EV_KEY:
        return event->code >= 1 && event->code <= KEY_MAX &&
               (event->value == 0 || event->value == 1);
    case EV_REL:
        return rel_code_is_valid(event->code) && report_clamp_rel(event->value) == event->value;
    case EV_ABS:
        return (event->code == ABS_X || event->code == ABS_Y) && event->value >= 0 &&
               event->value <= REPORT_FIELD_SPAN;
    default:
        return false;
    }
}
