#include "server/input/frame.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "server/input/select.h"

#define NOTCH 120
/* Room that frame_finish needs for the wheels and the place. */
#define EVENTS_MAX (REPORT_EVENTS_MAX - FRAME_AXES - 2)

static const uint16_t fine_codes[FRAME_AXES] = {REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES};

void frame_init(struct frame *frame, const struct frame_field *field, const struct keyset *sent)
{
    memset(frame, 0, sizeof *frame);
    frame->sent = sent;
    if (field)
        frame->field = *field;
}

static bool field_has_axis(const struct frame_field *field, unsigned axis)
{
    return field->max[axis] > field->min[axis];
}

static int32_t field_scaled(const struct frame_field *field, unsigned axis)
{
    int64_t from = field->min[axis], span = field->max[axis] - from, at = field->at[axis] - from;
    at = at < 0 ? 0 : at > span ? span : at;
    return (int32_t)((at * REPORT_FIELD_SPAN + span / 2) / span);
}

static bool add_key(struct frame *frame, struct presses *presses, struct keyset *device_down,
                    uint16_t code, int32_t value)
{
    if (frame->report.event_count >= EVENTS_MAX)
        return false;
    bool tell = value ? presses_add(presses, device_down, code)
                      : presses_remove(presses, device_down, code);
    bool stays = key_is_own(code) && !(frame->sent && keyset_has(frame->sent, code));
    return !tell || stays || report_add(&frame->report, EV_KEY, code, value);
}

static bool add_relative(struct frame *frame, uint16_t code, int32_t value)
{
    switch (code) {
    case REL_X:
    case REL_Y:
        return frame->report.event_count < EVENTS_MAX &&
               report_add(&frame->report, EV_REL, code, value);
    case REL_WHEEL:
    case REL_HWHEEL:
        frame->notches[code == REL_WHEEL ? FRAME_WHEEL : FRAME_HWHEEL] += value;
        return true;
    case REL_WHEEL_HI_RES:
    case REL_HWHEEL_HI_RES: {
        enum frame_axis axis = code == REL_WHEEL_HI_RES ? FRAME_WHEEL : FRAME_HWHEEL;
        frame->fine[axis] += value;
        frame->has_fine[axis] = true;
        return true;
    }
    default:
        return true; /* nothing that a report carries */
    }
}

bool frame_add(struct frame *frame, struct presses *presses, struct keyset *device_down,
               uint16_t type, uint16_t code, int32_t value)
{
    if (type == EV_KEY && code >= 1 && code <= KEY_MAX && (value == 0 || value == 1))
        return add_key(frame, presses, device_down, code, value);
    if (type == EV_REL)
        return add_relative(frame, code, value);
    if (type == EV_ABS && code <= ABS_Y && field_has_axis(&frame->field, code)) {
        frame->field.at[code] = value;
        frame->has_place = true;
    }
    return true;
}

static void add_place(struct frame *frame)
{
    struct report *report = &frame->report;
    memmove(report->events + 2, report->events, report->event_count * sizeof *report->events);
    for (uint16_t axis = ABS_X; axis <= ABS_Y; axis++)
        report->events[axis] = (struct report_event){
            .type = EV_ABS, .code = axis, .value = field_scaled(&frame->field, axis)};
    report->event_count += 2;
}

bool frame_finish(struct frame *frame, uint64_t time_us, struct report *ret_report)
{
    if (frame->has_place)
        add_place(frame);
    for (unsigned axis = 0; axis < FRAME_AXES; axis++) {
        int32_t value = frame->has_fine[axis] ? frame->fine[axis] : frame->notches[axis] * NOTCH;
        if (value)
            report_add(&frame->report, EV_REL, fine_codes[axis], value);
    }
    bool tell = frame->report.event_count > 0;
    if (tell) {
        *ret_report = frame->report;
        ret_report->time_us = time_us;
    }
    const struct frame_field field = frame->field;
    frame_init(frame, &field, frame->sent);
    return tell;
}
