/*
 * A report: what one device said at once, up to SYN_REPORT. The unit of input everywhere.
 *
 * Types and codes are those of <linux/input-event-codes.h>:
 *   EV_KEY  code 1..KEY_MAX, keys and buttons; value 0 up, 1 down. Repeats (2) are never carried.
 *   EV_REL  REL_X, REL_Y in counts; REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES in 1/120 of a notch; each
 *           at most REPORT_REL_MAX either way (X11 injection has 16 bits). REL_WHEEL and REL_HWHEEL
 *           are never carried (a source multiplies them by 120).
 *   EV_ABS  ABS_X, ABS_Y; from a source 0..65535 across its field (REPORT_FIELD_SPAN), on the
 *           control connection pixels of the target's root window, or 0..65535 across its desktop
 *           while the agent has told no size.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/limits.h"

#define REPORT_FIELD_SPAN 65535
#define REPORT_REL_MAX    32767

struct report_event {
    uint16_t type;
    uint16_t code;
    int32_t value;
};

struct report {
    uint64_t time_us; /* CLOCK_MONOTONIC of the console, when the kernel saw it */
    uint8_t event_count;
    struct report_event events[REPORT_EVENTS_MAX];
};

/* Adds an event, an EV_REL value clamped; false when the report is full. */
bool report_add(struct report *report, uint16_t type, uint16_t code, int32_t value);

/* Motion, wheel and places of `more` into `into`, which came before it: counts and wheel summed,
 * places replaced; `into` gets the time of `more`. False, and nothing is changed, when one of them
 * has keys, or the sum has no room: a count of distance is never lost. */
bool report_merge(struct report *into, const struct report *more);

/* The pointer moves by it. */
bool report_has_motion(const struct report *report);

/* Any EV_KEY in it. */
bool report_has_keys(const struct report *report);

/* The event is one that a report may carry: type, code and value as in the table above. */
bool report_event_is_valid(const struct report_event *event);

/* For sums of motion: the nearest value that an EV_REL event may carry. */
int32_t report_clamp_rel(int64_t value);
