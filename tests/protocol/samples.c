#include "tests/protocol/samples.h"

#include <assert.h>
#include <linux/input-event-codes.h>
#include <string.h>

const uint8_t SAMPLE_TYPES[] = {
    MESSAGE_HELLO,
    MESSAGE_WELCOME,
    MESSAGE_REJECT,
    MESSAGE_BYE,
    MESSAGE_PING,
    MESSAGE_PONG,
    MESSAGE_ENTER,
    MESSAGE_ENTERED,
    MESSAGE_LEAVE,
    MESSAGE_REPORT,
    MESSAGE_ACK,
    MESSAGE_STATE,
    MESSAGE_LEDS,
    MESSAGE_GEOMETRY,
    MESSAGE_SCREEN_OPEN,
    MESSAGE_SCREEN_STATE,
    MESSAGE_POINTER,
    MESSAGE_MONITOR,
    MESSAGE_SCREEN_WISH,
    MESSAGE_SCREEN_FIGURES,
    MESSAGE_PAIR_PROOF,
    MESSAGE_PAIRED,
    MESSAGE_PRESS,
    MESSAGE_TEXT,
    MESSAGE_SCRIPT_STOP,
    MESSAGE_TYPED,
    0,
};

static void fill_text(char *text, size_t room_bytes)
{
    memset(text, 'A', room_bytes - 1);
}

#define FILL(field) fill_text(field, sizeof(field))

static void fill_report(struct report *report, bool large)
{
    report->time_us = large ? UINT64_MAX : 0;
    if (!large) {
        report_add(report, EV_KEY, 1, 0);
        return;
    }
    while (report_add(report, EV_REL, REL_HWHEEL_HI_RES, -REPORT_REL_MAX))
        ;
    report->events[0] = (struct report_event){EV_KEY, KEY_MAX, 1};
    report->events[1] = (struct report_event){EV_ABS, ABS_X, REPORT_FIELD_SPAN};
    report->events[2] = (struct report_event){EV_REL, REL_X, REPORT_REL_MAX};
}

static void fill_geometry(struct message_geometry *geometry, bool large)
{
    geometry->width_px = geometry->height_px = large ? UINT16_MAX : 1;
    if (!large)
        return;
    geometry->monitor_count = MESSAGE_MONITORS_MAX;
    for (size_t i = 0; i < MESSAGE_MONITORS_MAX; i++) {
        struct message_monitor *monitor = &geometry->monitors[i];
        monitor->x_px = monitor->y_px = UINT16_MAX;
        monitor->width_px = monitor->height_px = UINT16_MAX;
        FILL(monitor->name);
    }
}

static void fill_smallest(struct message *message)
{
    switch (message->type) {
    case MESSAGE_HELLO:
        message->hello.version_min = message->hello.version_max = 1;
        message->hello.role = MESSAGE_ROLE_CONTROL;
        break;
    case MESSAGE_WELCOME:
        message->welcome.version = MESSAGE_VERSION_MIN;
        break;
    case MESSAGE_REJECT:
    case MESSAGE_BYE:
        message->end.reason = 1;
        break;
    case MESSAGE_ENTER:
        message->enter.control_number = 1;
        break;
    case MESSAGE_ENTERED:
        message->entered.control_number = 1;
        break;
    case MESSAGE_LEAVE:
        message->leave.control_number = 1;
        break;
    case MESSAGE_REPORT:
        message->report.control_number = 1;
        fill_report(&message->report.report, false);
        break;
    case MESSAGE_SCREEN_WISH:
        message->screen_wish.scale_permille = MESSAGE_SCALE_MIN;
        break;
    case MESSAGE_GEOMETRY:
        fill_geometry(&message->geometry, false);
        break;
    case MESSAGE_PRESS:
        message->press.key_count = 1;
        message->press.keys[0] = 1;
        break;
    case MESSAGE_TEXT:
        message->text.text[0] = '\n';
        break;
    case MESSAGE_TYPED:
        message->typed.result = MESSAGE_TYPED_ALL;
        break;
    default:
        break; /* all zero */
    }
}

static void fill_greetings(struct message *message)
{
    switch (message->type) {
    case MESSAGE_HELLO:
        message->hello.version_min = message->hello.version_max = UINT16_MAX;
        message->hello.role = MESSAGE_ROLE_PAIRING;
        message->hello.capabilities = UINT32_MAX;
        message->hello.control_number = UINT64_MAX;
        FILL(message->hello.name);
        break;
    case MESSAGE_WELCOME:
        message->welcome.version = MESSAGE_VERSION_MAX;
        message->welcome.capabilities = UINT32_MAX;
        FILL(message->welcome.target_name);
        FILL(message->welcome.server_name);
        break;
    case MESSAGE_PAIR_PROOF:
        memset(message->pair_proof.proof, 0xff, MESSAGE_PROOF_BYTES);
        break;
    case MESSAGE_PAIRED:
        memset(message->paired.proof, 0xff, MESSAGE_PROOF_BYTES);
        FILL(message->paired.target_name);
        FILL(message->paired.server_name);
        break;
    default:
        message->end.reason = UINT8_MAX;
        FILL(message->end.text);
        break;
    }
}

static void fill_target(struct message *message)
{
    switch (message->type) {
    case MESSAGE_ENTERED:
        message->entered.control_number = UINT64_MAX;
        message->entered.taken = 1;
        message->entered.locks = 7;
        FILL(message->entered.reason);
        break;
    case MESSAGE_STATE:
        message->state.ready = MESSAGE_READY_YES;
        FILL(message->state.injector);
        FILL(message->state.reason);
        message->state.unsendable_keys = message->state.held_too_long = UINT32_MAX;
        break;
    case MESSAGE_LEDS:
        message->leds.locks = 7;
        break;
    case MESSAGE_ACK:
        message->ack.sequence = UINT32_MAX;
        break;
    case MESSAGE_SCREEN_FIGURES:
        message->screen_figures = (struct message_screen_figures){
            .updates = UINT32_MAX,
            .merged = UINT32_MAX,
            .tight_bytes = UINT64_MAX,
            .jpeg_bytes = UINT64_MAX,
            .raw_bytes = UINT64_MAX,
            .waits_permille = 1000,
            .works_permille = 1000,
            .p50_us = UINT32_MAX,
            .p99_us = UINT32_MAX,
        };
        break;
    case MESSAGE_POINTER:
        message->pointer.x_px = message->pointer.y_px = UINT16_MAX;
        break;
    case MESSAGE_MONITOR:
        FILL(message->shown.name);
        FILL(message->shown.reason);
        break;
    case MESSAGE_SCREEN_STATE:
        message->screen_state.has_screen = 1;
        FILL(message->screen_state.reason);
        break;
    default:
        fill_geometry(&message->geometry, true);
        break;
    }
}

static void fill_control(struct message *message)
{
    switch (message->type) {
    case MESSAGE_ENTER:
        message->enter.control_number = UINT64_MAX;
        break;
    case MESSAGE_LEAVE:
        message->leave.control_number = UINT64_MAX;
        break;
    case MESSAGE_REPORT:
        message->report.control_number = UINT64_MAX;
        message->report.sequence = UINT32_MAX;
        message->report.wants_ack = 1;
        fill_report(&message->report.report, true);
        break;
    case MESSAGE_SCREEN_OPEN:
        message->screen_open.number = UINT32_MAX;
        break;
    case MESSAGE_SCREEN_WISH:
        message->screen_wish.quality = MESSAGE_QUALITY_LOW;
        message->screen_wish.scale_permille = MESSAGE_SCALE_MAX;
        break;
    default:
        message->ping.number = UINT32_MAX;
        break;
    }
}

static void fill_script(struct message *message)
{
    switch (message->type) {
    case MESSAGE_PRESS:
        message->press.control_number = UINT64_MAX;
        message->press.job = UINT32_MAX;
        message->press.key_count = SCRIPT_KEYS_MAX;
        for (size_t i = 0; i < SCRIPT_KEYS_MAX; i++)
            message->press.keys[i] = (uint16_t)(KEY_MAX - i);
        break;
    case MESSAGE_TEXT:
        message->text.control_number = UINT64_MAX;
        message->text.job = UINT32_MAX;
        message->text.only_look = 1;
        FILL(message->text.text);
        break;
    case MESSAGE_SCRIPT_STOP:
        message->script_stop.job = UINT32_MAX;
        break;
    default:
        message->typed.job = UINT32_MAX;
        message->typed.result = MESSAGE_TYPED_STOPPED;
        message->typed.position = UINT16_MAX;
        FILL(message->typed.reason);
        break;
    }
}

static void fill_largest(struct message *message)
{
    switch (message->type) {
    case MESSAGE_HELLO:
    case MESSAGE_WELCOME:
    case MESSAGE_REJECT:
    case MESSAGE_BYE:
    case MESSAGE_PAIR_PROOF:
    case MESSAGE_PAIRED:
        fill_greetings(message);
        break;
    case MESSAGE_ENTERED:
    case MESSAGE_STATE:
    case MESSAGE_LEDS:
    case MESSAGE_ACK:
    case MESSAGE_GEOMETRY:
    case MESSAGE_SCREEN_STATE:
    case MESSAGE_POINTER:
    case MESSAGE_MONITOR:
    case MESSAGE_SCREEN_FIGURES:
        fill_target(message);
        break;
    case MESSAGE_PING:
    case MESSAGE_PONG:
    case MESSAGE_ENTER:
    case MESSAGE_LEAVE:
    case MESSAGE_REPORT:
    case MESSAGE_SCREEN_OPEN:
    case MESSAGE_SCREEN_WISH:
        fill_control(message);
        break;
    case MESSAGE_PRESS:
    case MESSAGE_TEXT:
    case MESSAGE_SCRIPT_STOP:
    case MESSAGE_TYPED:
        fill_script(message);
        break;
    }
}

void sample_make(uint8_t type, enum sample_kind kind, struct message *ret_message)
{
    memset(ret_message, 0, sizeof *ret_message);
    ret_message->type = type;
    if (kind == SAMPLE_SMALLEST)
        fill_smallest(ret_message);
    else
        fill_largest(ret_message);
}

enum message_direction sample_direction(uint8_t type)
{
    const struct message_info *info = message_info(type);
    assert(info);
    return info->direction & MESSAGE_TO_SERVER ? MESSAGE_TO_SERVER : MESSAGE_TO_AGENT;
}
