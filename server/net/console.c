#include "server/net/console.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/net/choosing.h"
#include "server/net/events.h"
#include "server/net/monitors.h"
#include "server/net/pointing.h"
#include "server/net/reload.h"
#include "server/net/scripts.h"

#define LOG_MODULE "net"

static void send_report(void *context, uint16_t number, const struct report *report)
{
    struct server *server = context;
    uint64_t now_us = clock_now_us();
    struct report placed;
    if (number == SWITCH_CHOOSER) {
        choosing_report(server, report);
        return;
    }
    pointing_report(server, number, report, now_us, &placed);
    targets_report(server->targets, number, &placed, now_us);
    events_activity(server, now_us);
}

static void enter(void *context, uint16_t number)
{
    struct server *server = context;
    if (number == SWITCH_CHOOSER) {
        choosing_begin(server);
        return;
    }
    vnc_console_enters(server->vnc, number);
    targets_enter(server->targets, number, clock_now_us());
}

static void leave(void *context, uint16_t number)
{
    struct server *server = context;
    if (number == SWITCH_CHOOSER)
        choosing_end(server);
    else
        targets_leave(server->targets, number, clock_now_us());
}

static void cut(void *context, uint16_t number, const char *why)
{
    struct server *server = context;
    targets_cut(server->targets, number, why);
}

static void send_order(void *context, enum desk_source_id source,
                       const struct link_message *message)
{
    struct server *server = context;
    if (source == DESK_EVDEV)
        input_send(server->input, message);
    else if (server->window)
        control_client_send_link(server->window,
                                 message); /* full: it is closed, and gone is told */
}

static void switched(void *context, uint16_t from, uint16_t to, const char *why)
{
    struct server *server = context;
    pointer_reset(&server->pointer);
    if (from == SWITCH_CHOOSER)
        from = server->desk.switcher.chooser_from;
    /* The switcher is drawn over what is shown; nobody was switched by it yet, or at all. */
    if (to == SWITCH_CHOOSER || (from == to && !why))
        return;
    frames_switched(server->frames, to);
    events_switched(server, from, to, why);
}

static void refused(void *context, uint16_t number, const char *why)
{
    struct server *server = context;
    snprintf(server->refused_why, sizeof server->refused_why, "%s", why);
    events_switch_refused(server, number, why);
}

static int monitor(void *context, uint16_t number, const char *word, char *ret_why)
{
    return monitors_command(context, number, word, ret_why, SWITCH_REASON_ROOM);
}

static void mode(void *context)
{
    events_mode(context);
}

const struct desk_ops console_desk_ops = {
    .send_report = send_report,
    .enter = enter,
    .leave = leave,
    .cut = cut,
    .send_order = send_order,
    .switched = switched,
    .refused = refused,
    .monitor = monitor,
    .mode = mode,
};

static void target_state(void *context, uint16_t number, enum switch_state state,
                         const char *reason)
{
    struct server *server = context;
    if (state != SWITCH_READY)
        vnc_lost(server->vnc, number);
    desk_set_state(&server->desk, number, state, reason, clock_now_us());
    if (state == SWITCH_OFFLINE)
        scripts_lost(server->scripts, number, reason);
    events_target(server, number);
    frames_target_changed(server->frames, number);
}

static void target_entered(void *context, uint16_t number, bool taken, uint8_t locks,
                           const char *reason)
{
    struct server *server = context;
    if (taken)
        vnc_set_locks(server->vnc, number, locks);
    if (vnc_entered(server->vnc, number, taken, reason))
        return;
    desk_entered(&server->desk, number, taken, locks, reason, clock_now_us());
}

static void target_locks(void *context, uint16_t number, uint8_t locks)
{
    struct server *server = context;
    vnc_set_locks(server->vnc, number, locks);
    desk_set_locks(&server->desk, number, locks);
}

static void target_screen(void *context, uint16_t number)
{
    struct server *server = context;
    frames_target_changed(server->frames, number);
}

static void target_typed(void *context, uint16_t number, const struct message_typed *typed)
{
    struct server *server = context;
    scripts_typed(server->scripts, number, typed);
}

static void target_monitor(void *context, uint16_t number, const char *reason)
{
    monitors_told(context, number, reason);
}

static void target_pointer(void *context, uint16_t number, uint16_t x_px, uint16_t y_px)
{
    pointing_told(context, number, x_px, y_px, clock_now_us());
}

const struct targets_handlers console_target_handlers = {
    .state = target_state,
    .entered = target_entered,
    .locks = target_locks,
    .screen = target_screen,
    .typed = target_typed,
    .monitor = target_monitor,
    .pointer = target_pointer,
};

static struct link_device *find_device(struct server *server, uint32_t id)
{
    for (size_t i = 0; i < server->device_count; i++)
        if (server->devices[i].id == id)
            return &server->devices[i];
    return NULL;
}

static void note_device(struct server *server, const struct link_device *device)
{
    struct link_device *place = find_device(server, device->id);
    if (!place && server->device_count < SERVER_DEVICES_MAX)
        place = &server->devices[server->device_count++];
    if (!place)
        return;
    *place = *device;
    events_device(server, device, false);
}

static void note_device_gone(struct server *server, uint32_t id)
{
    struct link_device *device = find_device(server, id);
    if (!device)
        return;
    events_device(server, device, true);
    *device = server->devices[--server->device_count];
}

static void order_counts(struct server *server, bool counting)
{
    const struct link_message order = {.type = LINK_COUNT_DEVICES, .counting = counting};
    server->counting = counting;
    input_send(server->input, &order);
}

void console_count_devices(struct server *server)
{
    if (!server->counting)
        order_counts(server, true);
}

/* Who watched may have gone since: then these are the last. */
static void note_counts(struct server *server, const struct link_counts *counts)
{
    const struct link_device *device = find_device(server, counts->id);
    if (!control_is_watched(server->control, CONTROL_WATCH_DEVICES))
        order_counts(server, false);
    else if (device)
        events_counts(server, device, counts);
}

/* A new source tells all its devices anew, and counts nothing yet. */
static void note_hello(struct server *server)
{
    server->device_count = 0;
    if (server->counting)
        order_counts(server, true);
}

static void input_message(void *context, const struct link_message *message)
{
    struct server *server = context;
    if (message->type == LINK_HELLO)
        note_hello(server);
    else if (message->type == LINK_DEVICE)
        note_device(server, &message->device);
    else if (message->type == LINK_DEVICE_GONE)
        note_device_gone(server, message->device.id);
    else if (message->type == LINK_DEVICE_COUNTS)
        note_counts(server, &message->counts);
    else if (message->type == LINK_RELOADED)
        reload_input_told(server, &message->reloaded);
    desk_source_message(&server->desk, DESK_EVDEV, message, clock_now_us());
}

static void input_gone(void *context)
{
    struct server *server = context;
    server->device_count = 0;
    desk_source_gone(&server->desk, DESK_EVDEV, clock_now_us());
}

const struct input_handlers console_input_handlers = {
    .message = input_message,
    .gone = input_gone,
};

static void window_message(void *context, const struct link_message *message)
{
    struct server *server = context;
    desk_source_message(&server->desk, DESK_WINDOW, message, clock_now_us());
}

static void window_gone(void *context, const char *why)
{
    struct server *server = context;
    server->window = NULL;
    log_info("the viewer's window is gone%s%s", why && why[0] ? ": " : "", why ? why : "");
    desk_source_gone(&server->desk, DESK_WINDOW, clock_now_us());
}

static const struct control_link_handlers window_handlers = {
    .message = window_message,
    .gone = window_gone,
};

void console_take_window(struct server *server, struct control_client *client)
{
    server->window = client;
    control_client_become_link(client, &window_handlers, server);
    events_input_client(server, client);
}

static void answer_switch_waits(struct server *server)
{
    const struct switcher *switcher = &server->desk.switcher;
    if (switcher->entered_by_us != 0)
        return;
    for (size_t i = 0; i < SERVER_WAITS_MAX; i++) {
        struct server_switch_wait *wait = &server->switch_waits[i];
        if (!wait->client)
            continue;
        if (switcher->active == wait->number) {
            json_t *answer = events_active(server);
            json_object_set_new(answer, "viewers",
                                json_integer((json_int_t)frames_viewers(server->frames)));
            control_reply(wait->client, answer);
        } else {
            control_fail(wait->client, "not-ready", "%s",
                         server->refused_why[0] ? server->refused_why
                                                : "another switch came between");
        }
        wait->client = NULL;
    }
}

void console_settle(struct server *server, uint64_t now_us)
{
    targets_reap(server->targets, now_us);
    if (desk_deadline_us(&server->desk) <= now_us)
        desk_tick(&server->desk, now_us);
    targets_reap(server->targets, now_us);
    choosing_settle(server, now_us);
    answer_switch_waits(server);
}
