#include "server/switch/scan.h"

#include "common/keyset.h"

void scan_start(struct scan *scan, const struct command *command, uint16_t at, uint64_t now_us)
{
    *scan = (struct scan){
        .is_on = true,
        .mode = command->scan_mode,
        .end_keys = {command->scan_end_keys[0], command->scan_end_keys[1]},
        .interval_us = command->scan_s * UINT64_C(1000000),
        .at = at,
    };
    scan->next_us = now_us + scan->interval_us;
}

static bool ends_it(const struct scan *scan, uint16_t code)
{
    if (scan->mode == SCAN_WATCH && scan->end_keys[0])
        return code == scan->end_keys[0] || code == scan->end_keys[1];
    return !key_is_modifier(code);
}

enum scan_verdict scan_judge(struct scan *scan, const struct report *report, uint64_t now_us)
{
    bool has_down = false, ends = false;

    if (scan->mode == SCAN_PAUSE) {
        scan->next_us = now_us + scan->interval_us;
        return SCAN_PASSES;
    }
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (event->type != EV_KEY || event->value == 0)
            continue;
        has_down = true;
        ends = ends || ends_it(scan, event->code);
    }
    if (ends)
        return SCAN_ENDS;
    return has_down || scan->mode == SCAN_WATCH ? SCAN_SWALLOWS : SCAN_PASSES;
}
