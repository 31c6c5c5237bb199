#include "server/switch/route.h"

void route_reset(struct route *route)
{
    keyset_clear(&route->sent);
}

static bool passes(struct route *route, const struct report_event *event, bool swallow)
{
    if (event->type != EV_KEY)
        return !swallow;
    if (event->value == 0)
        return keyset_remove(&route->sent, event->code);
    return event->value == 1 && !swallow && keyset_add(&route->sent, event->code);
}

bool route_report(struct route *route, const struct report *report, bool swallow,
                  struct report *ret_report)
{
    *ret_report = (struct report){.time_us = report->time_us};
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (passes(route, event, swallow))
            report_add(ret_report, event->type, event->code, event->value);
    }
    return ret_report->event_count > 0;
}

bool route_lift(struct route *route, uint64_t at_us, struct report *ret_report)
{
    *ret_report = (struct report){.time_us = at_us};
    for (uint16_t code = keyset_next(&route->sent, 0);
         code < KEY_CNT && report_add(ret_report, EV_KEY, code, 0);
         code = keyset_next(&route->sent, code))
        keyset_remove(&route->sent, code);
    return ret_report->event_count > 0;
}

bool route_has_keys_down(const struct route *route)
{
    return !keyset_is_empty(&route->sent);
}
