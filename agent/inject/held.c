#include "agent/inject/held.h"

#include <string.h>

#include "common/keyset.h"

void held_clear(struct held *held)
{
    keyset_clear(&held->down);
}

static bool held_changes(struct held *held, const struct report_event *event)
{
    if (event->type != EV_KEY)
        return true;
    return event->value ? keyset_add(&held->down, event->code)
                        : keyset_remove(&held->down, event->code);
}

void held_filter(struct held *held, const struct report *report, struct report *ret_report)
{
    uint8_t kept = 0;

    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event event = report->events[i];
        if (held_changes(held, &event))
            ret_report->events[kept++] = event;
    }
    ret_report->time_us = report->time_us;
    ret_report->event_count = kept;
}

static void held_lift_kind(struct held *held, bool modifiers, struct report *report)
{
    uint16_t code = keyset_next(&held->down, 0);

    for (; code < KEY_CNT; code = keyset_next(&held->down, code + 1)) {
        if (key_is_modifier(code) != modifiers)
            continue;
        if (!report_add(report, EV_KEY, code, 0))
            return;
        keyset_remove(&held->down, code);
    }
}

bool held_lift(struct held *held, bool modifiers_too, struct report *ret_report)
{
    ret_report->time_us = 0;
    ret_report->event_count = 0;
    held_lift_kind(held, false, ret_report);
    if (modifiers_too)
        held_lift_kind(held, true, ret_report);
    return ret_report->event_count > 0;
}

bool held_is_empty(const struct held *held)
{
    return keyset_is_empty(&held->down);
}

bool held_has_acting(const struct held *held)
{
    uint16_t code = keyset_next(&held->down, 0);

    while (code < KEY_CNT && key_is_modifier(code))
        code = keyset_next(&held->down, code + 1);
    return code < KEY_CNT;
}
