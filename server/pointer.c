#include "server/pointer.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "common/times.h"

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

int32_t pointer_to_field(int32_t px, uint16_t size_px)
{
    int32_t last_px = size_px - 1;
    if (size_px <= 1 || px <= 0)
        return 0;
    return (int32_t)(((int64_t)px * REPORT_FIELD_SPAN + last_px / 2) / last_px);
}

int32_t pointer_to_picture(int32_t px, uint32_t screen_px, uint32_t picture_px)
{
    if (px < 0 || screen_px == 0 || picture_px == 0 || picture_px >= screen_px)
        return px;
    /* The middle of the pixel, so that both ends stay where they are. */
    int64_t small_px = (2 * (int64_t)px + 1) * picture_px / (2 * (int64_t)screen_px);
    return small_px < picture_px ? (int32_t)small_px : (int32_t)picture_px - 1;
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

void pointer_reset(struct pointer *pointer)
{
    *pointer = (struct pointer){.shown = pointer->shown,
                                .wants_counts = pointer->wants_counts,
                                .is_empty = pointer->is_empty,
                                .width_px = pointer->width_px,
                                .height_px = pointer->height_px};
}

/* -- what is sent -- */

/* Counts still on their way move it further than the agent has told: only once they are through
 * its word is taken. */
static bool is_known(const struct pointer *pointer, uint64_t now_us)
{
    if (pointer->told_us == 0)
        return false;
    return pointer->counts_us == 0 ||
           (pointer->told_us >= pointer->counts_us &&
            now_us - pointer->counts_us >= time_us(TIME_POINTER_SETTLED));
}

static bool has_places(const struct pointer *pointer, uint64_t now_us)
{
    return pointer->shown && !pointer->wants_counts && !pointer->is_empty && !pointer->by_counts &&
           pointer->width_px > 0 && is_known(pointer, now_us);
}

static int32_t clamp(int64_t px, uint16_t size_px)
{
    return px < 0 ? 0 : px >= size_px ? size_px - 1 : (int32_t)px;
}

static void remember(struct pointer *pointer, uint64_t now_us)
{
    pointer->sent[pointer->sent_next++ % POINTER_SENT_MAX] =
        (struct pointer_place){pointer->x_px, pointer->y_px, now_us};
}

static bool is_motion(const struct report_event *event, uint16_t type)
{
    return event->type == type && (event->code == ABS_X || event->code == ABS_Y);
}

struct run { /* motion up to the next key or wheel event: one movement */
    int32_t dx, dy;
    bool any;
};

static void end_run(struct pointer *pointer, struct run *run, uint64_t now_us,
                    struct report *report)
{
    if (run->any) {
        pointer->x_px = clamp((int64_t)pointer->x_px + run->dx, pointer->width_px);
        pointer->y_px = clamp((int64_t)pointer->y_px + run->dy, pointer->height_px);
        report_add(report, EV_ABS, ABS_X, pointer_to_field(pointer->x_px, pointer->width_px));
        report_add(report, EV_ABS, ABS_Y, pointer_to_field(pointer->y_px, pointer->height_px));
        remember(pointer, now_us);
    }
    *run = (struct run){0};
}

/* ABS_X and REL_X, ABS_Y and REL_Y have the same codes. */
_Static_assert(ABS_X == REL_X && ABS_Y == REL_Y, "is_motion takes both");

static void make_places(struct pointer *pointer, const struct report *report, uint64_t now_us,
                        struct report *ret_report)
{
    struct run run = {0};
    *ret_report = (struct report){.time_us = report->time_us};
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (is_motion(event, EV_REL)) {
            *(event->code == REL_X ? &run.dx : &run.dy) += event->value;
            run.any = true;
            continue;
        }
        end_run(pointer, &run, now_us, ret_report);
        report_add(ret_report, event->type, event->code, event->value);
    }
    end_run(pointer, &run, now_us, ret_report);
}

/* Places that a source gave, a window or the pointer of a virtual machine. */
static void take_places(struct pointer *pointer, const struct report *report, uint64_t now_us)
{
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (!is_motion(event, EV_ABS) || pointer->width_px == 0)
            continue;
        if (event->code == ABS_X)
            pointer->x_px = pointer_scale(event->value, pointer->width_px);
        else
            pointer->y_px = pointer_scale(event->value, pointer->height_px);
        pointer->told_us = now_us;
        pointer->counts_us = 0;
        remember(pointer, now_us);
    }
}

bool pointer_report(struct pointer *pointer, const struct report *report, uint64_t now_us,
                    struct report *ret_report)
{
    int32_t x_px = pointer->x_px, y_px = pointer->y_px;
    bool was_known = pointer->told_us != 0, counts = false;
    for (uint8_t i = 0; i < report->event_count; i++)
        counts = counts || is_motion(&report->events[i], EV_REL);
    if (counts && pointer->by_counts && now_us - pointer->moved_us >= time_us(TIME_POINTER_QUIET)) {
        pointer->by_counts = false;
        memset(pointer->warps_us, 0, sizeof pointer->warps_us);
    }
    if (counts)
        pointer->moved_us = now_us;
    *ret_report = *report;
    if (counts && has_places(pointer, now_us)) {
        pointer->counts_us = 0;
        make_places(pointer, report, now_us, ret_report);
    } else if (counts) {
        pointer->counts_us = now_us;
    } else {
        take_places(pointer, report, now_us);
    }
    return pointer->x_px != x_px || pointer->y_px != y_px || was_known != (pointer->told_us != 0);
}

/* -- what comes back -- */

enum origin { ORIGIN_OURS, ORIGIN_BORDER, ORIGIN_WARP };

/* A place next to one of ours in one axis: the target's screen ends there, which is no rectangle.
 */
static enum origin find_origin(const struct pointer *pointer, int32_t x_px, int32_t y_px,
                               uint64_t now_us)
{
    enum origin origin = ORIGIN_WARP;
    for (unsigned i = 0; i < POINTER_SENT_MAX; i++) {
        const struct pointer_place *place = &pointer->sent[i];
        if (place->sent_us == 0 || now_us - place->sent_us > time_us(TIME_POINTER_WARPS))
            continue;
        if (place->x_px == x_px && place->y_px == y_px)
            return ORIGIN_OURS;
        if (place->x_px == x_px || place->y_px == y_px)
            origin = ORIGIN_BORDER;
    }
    return origin;
}

/* A place that was told before ours was handled may have been taken for a warp: then this is news.
 */
static bool is_last_sent(const struct pointer *pointer, int32_t x_px, int32_t y_px)
{
    const struct pointer_place *last = &pointer->sent[(pointer->sent_next - 1) % POINTER_SENT_MAX];
    return last->sent_us != 0 && last->x_px == x_px && last->y_px == y_px;
}

static void note_warp(struct pointer *pointer, uint64_t now_us)
{
    for (unsigned i = POINTER_WARPS_MAX - 1; i > 0; i--)
        pointer->warps_us[i] = pointer->warps_us[i - 1];
    pointer->warps_us[0] = now_us;
    uint64_t first_us = pointer->warps_us[POINTER_WARPS_MAX - 1];
    if (first_us != 0 && now_us - first_us <= time_us(TIME_POINTER_WARPS))
        pointer->by_counts = true;
}

bool pointer_told(struct pointer *pointer, uint16_t x_px, uint16_t y_px, uint64_t now_us)
{
    bool ours = pointer->told_us != 0 && pointer->counts_us == 0;
    bool is_there = pointer->told_us != 0 && pointer->x_px == x_px && pointer->y_px == y_px;
    enum origin origin = ours ? find_origin(pointer, x_px, y_px, now_us) : ORIGIN_BORDER;
    pointer->told_us = now_us;
    if (is_there || (origin == ORIGIN_OURS && !is_last_sent(pointer, x_px, y_px)))
        return false;
    if (origin == ORIGIN_WARP)
        note_warp(pointer, now_us);
    pointer->x_px = x_px;
    pointer->y_px = y_px;
    return true;
}
