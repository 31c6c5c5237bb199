/*
 * Makes one report of what a node sends up to SYN_REPORT. Pure.
 *
 * Repeats and keys of this computer are left out, keys are counted over all devices, the wheel is
 * told in 1/120 of a notch: where a frame has the fine value of an axis the coarse one is ignored.
 * A place is told with both its axes, scaled to REPORT_FIELD_SPAN, before the buttons of its frame.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/report.h"
#include "server/input/presses.h"

enum frame_axis { FRAME_WHEEL, FRAME_HWHEEL, FRAME_AXES };

/* Of an absolute pointer. */
struct frame_field {
    int32_t min[2], max[2]; /* of ABS_X, ABS_Y; a node without: all zero */
    int32_t at[2];
};

struct frame {
    struct report report;
    int32_t notches[FRAME_AXES];
    int32_t fine[FRAME_AXES];
    bool has_fine[FRAME_AXES];
    bool has_place;
    struct frame_field field;
    const struct keyset *sent;
};

/* Of an absolute pointer, and keys of this computer that are told all the same; NULL: none. */
void frame_init(struct frame *frame, const struct frame_field *field, const struct keyset *sent);

/* One event of a node whose keys are `device_down`. False when the report is full: finish it, then
 * add the event again. */
bool frame_add(struct frame *frame, struct presses *presses, struct keyset *device_down,
               uint16_t type, uint16_t code, int32_t value);

/* The end of a frame: fills *ret_report and clears the frame. False when there is nothing to tell.
 */
bool frame_finish(struct frame *frame, uint64_t time_us, struct report *ret_report);
