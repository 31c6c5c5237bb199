#include "server/net/vnc_hand.h"

#include <stdio.h>
#include <string.h>

#include "common/times.h"
#include "server/net/server.h"

void vnc_hand_init(struct vnc_hand *hand, struct server *server, uint16_t number)
{
    *hand = (struct vnc_hand){.server = server, .number = number};
}

static void set_stage(struct vnc_hand *hand, enum vnc_hand_stage stage, uint64_t now_us)
{
    hand->stage = stage;
    hand->since_us = now_us;
    if (stage != VNC_HAND_ENTERING)
        hand->waiting_count = 0;
}

static void refuse(struct vnc_hand *hand, const char *why)
{
    hand->refused++;
    snprintf(hand->why, sizeof hand->why, "%s", why);
}

/* NULL, or why nobody but the console may type there now. */
static const char *refusal(const struct vnc_hand *hand)
{
    const struct switcher *switcher = &hand->server->desk.switcher;
    const struct switch_target *target = switch_find(switcher, hand->number);
    if (switcher->active == hand->number)
        return "the console uses it";
    if (!target || target->state != SWITCH_READY)
        return target && target->reason[0] ? target->reason : "it is not ready";
    return NULL;
}

static void type_now(struct vnc_hand *hand, const struct report *report, uint64_t now_us)
{
    hand->since_us = now_us;
    targets_report(hand->server->targets, hand->number, report, now_us);
}

/* Places become those of a source's field, as all reports have them. */
static void place(struct vnc_hand *hand, const struct vnc_report *from, uint64_t now_us,
                  struct report *ret_report)
{
    struct screen_view view;
    bool known = frames_view(hand->server->frames, hand->number, &view) && view.size.width_px > 0;
    *ret_report = (struct report){.time_us = now_us};
    for (uint8_t i = 0; i < from->count; i++) {
        struct report_event event = from->events[i];
        uint16_t size_px = event.code == ABS_X ? view.size.width_px : view.size.height_px;
        if (event.type == EV_ABS && (!known || event.value >= size_px))
            continue;
        if (event.type == EV_ABS)
            event.value = pointer_to_field(event.value, size_px);
        report_add(ret_report, event.type, event.code, event.value);
    }
}

static void keep(struct vnc_hand *hand, const struct report *report)
{
    if (hand->waiting_count < VNC_WAITING_MAX)
        hand->waiting[hand->waiting_count++] = *report;
    else
        refuse(hand, "too much was typed before it answered");
}

void vnc_hand_report(struct vnc_hand *hand, struct route *route, const struct vnc_report *report,
                     uint64_t now_us)
{
    struct report placed, routed;
    const char *why = refusal(hand);
    if (why) {
        refuse(hand, why);
        return;
    }
    place(hand, report, now_us, &placed);
    if (!route_report(route, &placed, false, &routed))
        return;
    if (hand->stage == VNC_HAND_AWAY) {
        set_stage(hand, VNC_HAND_ENTERING, now_us);
        targets_enter(hand->server->targets, hand->number, now_us);
    }
    if (hand->stage == VNC_HAND_THERE)
        type_now(hand, &routed, now_us);
    else
        keep(hand, &routed);
}

void vnc_hand_lift(struct vnc_hand *hand, struct route *route, uint64_t now_us)
{
    struct report report;
    while (route_lift(route, now_us, &report)) {
        if (hand->stage == VNC_HAND_THERE)
            type_now(hand, &report, now_us);
        else if (hand->stage == VNC_HAND_ENTERING)
            keep(hand, &report);
    }
}

bool vnc_hand_entered(struct vnc_hand *hand, bool taken, const char *reason, uint64_t now_us)
{
    if (hand->stage != VNC_HAND_ENTERING)
        return false;
    if (!taken) {
        refuse(hand, reason);
        set_stage(hand, VNC_HAND_AWAY, now_us);
        return true;
    }
    hand->why[0] = '\0';
    hand->stage = VNC_HAND_THERE;
    for (unsigned i = 0; i < hand->waiting_count; i++)
        type_now(hand, &hand->waiting[i], now_us);
    set_stage(hand, VNC_HAND_THERE, now_us);
    return true;
}

void vnc_hand_lost(struct vnc_hand *hand)
{
    set_stage(hand, VNC_HAND_AWAY, 0);
}

void vnc_hand_leave(struct vnc_hand *hand, uint64_t now_us)
{
    if (hand->stage != VNC_HAND_AWAY)
        targets_leave(hand->server->targets, hand->number, now_us);
    set_stage(hand, VNC_HAND_AWAY, now_us);
}

void vnc_hand_tick(struct vnc_hand *hand, bool is_quiet, uint64_t now_us)
{
    uint64_t age_us = now_us > hand->since_us ? now_us - hand->since_us : 0;
    if (hand->stage == VNC_HAND_ENTERING && age_us >= time_us(TIME_ENTERED)) {
        refuse(hand, "its agent did not answer in time");
        vnc_hand_leave(hand, now_us);
    } else if (hand->stage == VNC_HAND_THERE && is_quiet && age_us >= time_us(TIME_VNC_QUIET)) {
        vnc_hand_leave(hand, now_us);
    }
}
