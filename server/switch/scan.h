/*
 * A scan: one ready target after the other. Pure: what it is, when the next step is due, and what
 * of the input passes meanwhile; the switch takes the steps.
 *
 * A modifier alone never ends a scan: it may be of the chord that does. Ups of what was sent before
 * always pass (route.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/link.h"
#include "protocol/report.h"

struct scan {
    bool is_on;
    enum scan_mode mode;
    uint16_t end_keys[2];
    uint64_t interval_us, next_us;
    uint16_t at; /* the number that was tried last: one that refuses is left behind */
};

enum scan_verdict { SCAN_PASSES, SCAN_SWALLOWS, SCAN_ENDS };

void scan_start(struct scan *scan, const struct command *command, uint16_t at, uint64_t now_us);
/* SCAN_ENDS: swallow it, too. Moves the next step of a SCAN_PAUSE. */
enum scan_verdict scan_judge(struct scan *scan, const struct report *report, uint64_t now_us);
