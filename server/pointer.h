/*
 * The pointer of the active target. Pure.
 *
 * While the target's picture is shown, it belongs to the server: counts of a mouse become places
 * here, which go to the agent and to whoever draws the picture, so that both have it at the same
 * place. Counts travel as they are when there is no picture, when the configuration says so, when
 * the agent does not tell where its pointer is, and when a program of the target wants counts: one
 * that moves the pointer itself again and again, or shows none.
 *
 * Places in reports are those of a source's field (0..REPORT_FIELD_SPAN) until pointer_to_target
 * makes them pixels.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/report.h"

#define POINTER_WARPS_MAX 3   /* in TIME_POINTER_WARPS */
#define POINTER_SENT_MAX  128 /* places on their way that are known again */

struct pointer_place {
    int32_t x_px, y_px;
    uint64_t sent_us;
};

struct pointer {
    /* Set from outside, at any time. */
    bool shown;                   /* the picture is */
    bool wants_counts;            /* by configuration */
    bool is_empty;                /* the target's pointer has no shape */
    uint16_t width_px, height_px; /* of the target's root window; 0: not known */
    /* Its own. */
    int32_t x_px, y_px; /* where it is; nothing before told_us */
    uint64_t told_us;   /* when the agent told its place last; 0: never */
    uint64_t counts_us; /* when counts were sent last; 0: not since it has the place itself */
    uint64_t moved_us;
    bool by_counts; /* since warps_us, until the mouse rests */
    uint64_t warps_us[POINTER_WARPS_MAX];
    struct pointer_place sent[POINTER_SENT_MAX];
    unsigned sent_next;
};

/* Another target is active; what is set from outside stays. */
void pointer_reset(struct pointer *pointer);
/* Fills *ret_report with what is to be sent in place of `report`. True when the place is another,
 * or is known only now.
 */
bool pointer_report(struct pointer *pointer, const struct report *report, uint64_t now_us,
                    struct report *ret_report);
/* The agent tells where it is. True when that is news: it was moved there, and goes on from there.
 */
bool pointer_told(struct pointer *pointer, uint16_t x_px, uint16_t y_px, uint64_t now_us);

/* 0..REPORT_FIELD_SPAN across a field `size_px` wide: 0..size_px - 1. Values outside are taken to
 * the border. */
int32_t pointer_scale(int32_t field_value, uint16_t size_px);
/* The other way: pointer_scale gives the same pixel again. */
int32_t pointer_to_field(int32_t px, uint16_t size_px);

/* A pixel of the target's screen in its picture, which may be smaller. */
int32_t pointer_to_picture(int32_t px, uint32_t screen_px, uint32_t picture_px);

/* Scales ABS_X and ABS_Y of `report` in place; leaves them as they are when the size is not known
 * (0): an agent that knows no screen takes places across its whole desktop. */
void pointer_to_target(struct report *report, uint16_t width_px, uint16_t height_px);
