#include "tests/agent/session_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

static void note(struct bench *bench, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct bench *bench, const char *format, ...)
{
    const size_t used = strlen(bench->log);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(bench->log + used, sizeof bench->log - used, format, arguments);
    va_end(arguments);
    strncat(bench->log, "\n", sizeof bench->log - strlen(bench->log) - 1);
}

static void on_send(void *context, const struct message *message)
{
    struct bench *bench = context;
    uint8_t frame[MESSAGE_FRAME_MAX];

    assert_int_not_equal(message_encode(message, frame, sizeof frame), 0);
    switch (message->type) {
    case MESSAGE_HELLO:
        note(bench, "hello %s highest %" PRIu64, message->hello.name,
             message->hello.control_number);
        break;
    case MESSAGE_ENTERED:
        note(bench, "entered %" PRIu64 " %s locks %u%s%s", message->entered.control_number,
             message->entered.taken ? "taken" : "refused", message->entered.locks,
             *message->entered.reason ? ": " : "", message->entered.reason);
        break;
    case MESSAGE_ACK:
        note(bench, "ack %u", message->ack.sequence);
        break;
    case MESSAGE_PONG:
        note(bench, "pong %u", message->ping.number);
        break;
    case MESSAGE_STATE:
        note(bench, "state %s %s unsendable %u held %u%s%s", message->state.ready ? "ready" : "no",
             message->state.injector, message->state.unsendable_keys, message->state.held_too_long,
             *message->state.reason ? ": " : "", message->state.reason);
        break;
    case MESSAGE_LEDS:
        note(bench, "leds %u", message->leds.locks);
        break;
    case MESSAGE_GEOMETRY:
        note(bench, "geometry %ux%u", message->geometry.width_px, message->geometry.height_px);
        break;
    case MESSAGE_BYE:
        note(bench, "bye %u", message->end.reason);
        break;
    case MESSAGE_SCREEN_STATE:
        note(bench, "screen %s: %s", message->screen_state.has_screen ? "yes" : "no",
             message->screen_state.reason);
        break;
    case MESSAGE_MONITOR:
        note(bench, "monitor '%s'%s%s", message->shown.name, *message->shown.reason ? ": " : "",
             message->shown.reason);
        break;
    case MESSAGE_POINTER:
        note(bench, "pointer %u,%u", message->pointer.x_px, message->pointer.y_px);
        break;
    case MESSAGE_TYPED:
        note(bench, "typed job %u result %u position %u%s%s", message->typed.job,
             message->typed.result, message->typed.position, *message->typed.reason ? ": " : "",
             message->typed.reason);
        break;
    case MESSAGE_SCREEN_FIGURES:
        note(bench, "figures %u", message->screen_figures.updates);
        break;
    default:
        note(bench, "message %u", message->type);
    }
}

static void on_welcomed(void *context, const struct message_welcome *welcome)
{
    note(context, "welcomed by %s as %s", welcome->server_name, welcome->target_name);
}

static int on_inject(void *context, const struct report *report)
{
    struct bench *bench = context;
    char line[1024] = "type";

    if (bench->injector_broken)
        return -1;
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        const size_t used = strlen(line);
        snprintf(line + used, sizeof line - used, " %u/%u/%d", event->type, event->code,
                 event->value);
    }
    note(bench, "%s", line);
    return 0;
}

/* A US keyboard of letters, Enter and Tab. */
static int on_find(void *context, const char *text, struct stroke *ret_strokes, size_t *ret_count,
                   char ret_why[MESSAGE_REASON_ROOM])
{
    const struct bench *bench = context;

    if (bench->is_modifier_down) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "a modifier is down");
        return -EBUSY;
    }
    for (*ret_count = 0; *text; text++, ++*ret_count) {
        struct stroke *stroke = &ret_strokes[*ret_count];
        const bool upper = *text == 'A';
        *stroke = (struct stroke){.count = 1,
                                  .keys = {*text == '\n'   ? KEY_ENTER
                                           : *text == '\t' ? KEY_TAB
                                           : *text == 'b'  ? KEY_B
                                                           : KEY_A}};
        if (upper)
            *stroke = (struct stroke){.count = 2, .keys = {KEY_LEFTSHIFT, KEY_A}};
        if (*text == '#') {
            snprintf(ret_why, MESSAGE_REASON_ROOM, "no key");
            return -ENOENT;
        }
    }
    return 0;
}

static void on_script_runs(void *context, bool runs)
{
    note(context, runs ? "script runs" : "script is over");
}

static void on_enter(void *context)
{
    note(context, "enter");
}

static void on_leave(void *context)
{
    note(context, "leave");
}

static void on_screen_open(void *context, uint32_t number)
{
    note(context, "screen open %u", number);
}

static void on_show(void *context, const char *monitor)
{
    note(context, "show '%s'", monitor);
}

static void on_screen_wish(void *context, const struct message_screen_wish *wish)
{
    note(context, "wish %u scale %u", wish->quality, wish->scale_permille);
}

static void on_screen_close(void *context)
{
    note(context, "screen close");
}

static void on_ended(void *context, const struct session_end *end)
{
    note(context, "ended by %s%s, reason %u", end->by_peer ? "peer" : "us",
         end->rejected ? " (rejected)" : "", end->reason);
}

static const struct session_ops ops = {
    .send = on_send,
    .welcomed = on_welcomed,
    .inject = on_inject,
    .enter = on_enter,
    .leave = on_leave,
    .find = on_find,
    .script_runs = on_script_runs,
    .screen_open = on_screen_open,
    .show = on_show,
    .screen_close = on_screen_close,
    .screen_wish = on_screen_wish,
    .ended = on_ended,
};

void bench_init(struct bench *bench)
{
    memset(bench, 0, sizeof *bench);
    bench->now_us = 3600ull * 1000 * 1000;
    session_init(&bench->session, &ops, bench);
    session_set_ready(&bench->session, "record", true, "");
    assert_string_equal(bench->log, "");
}

static void init_welcomed(struct bench *bench, const struct message *welcome)
{
    bench_init(bench);
    session_opened(&bench->session, "host", bench->now_us);
    bench_receive(bench, welcome);
    assert_int_equal(bench->session.stage, SESSION_WELCOMED);
    bench_forget(bench);
}

void bench_init_welcomed(struct bench *bench)
{
    const struct message welcome = {
        .type = MESSAGE_WELCOME,
        .welcome = {.version = 1, .target_name = "lab", .server_name = "desk"},
    };

    init_welcomed(bench, &welcome);
}

void bench_init_scripted(struct bench *bench)
{
    const struct message welcome = {
        .type = MESSAGE_WELCOME,
        .welcome = {.version = 2,
                    .capabilities = MESSAGE_CAPABILITY_SCRIPT,
                    .target_name = "lab",
                    .server_name = "desk"},
    };

    init_welcomed(bench, &welcome);
}

void bench_init_active(struct bench *bench, uint64_t control_number)
{
    bench_init_welcomed(bench);
    bench_enter(bench, control_number);
    assert_int_equal(bench->session.active, control_number);
    bench_forget(bench);
}

void bench_receive(struct bench *bench, const struct message *message)
{
    session_received(&bench->session, message, bench->now_us);
}

void bench_enter(struct bench *bench, uint64_t control_number)
{
    bench_receive(bench,
                  &(struct message){.type = MESSAGE_ENTER, .enter.control_number = control_number});
}

void bench_leave(struct bench *bench, uint64_t control_number)
{
    bench_receive(bench,
                  &(struct message){.type = MESSAGE_LEAVE, .leave.control_number = control_number});
}

void bench_key(struct bench *bench, uint64_t control_number, uint16_t code, int value)
{
    struct message message = {.type = MESSAGE_REPORT,
                              .report = {.control_number = control_number, .sequence = 7}};

    assert_true(report_add(&message.report.report, EV_KEY, code, value));
    bench_receive(bench, &message);
}

void bench_ping(struct bench *bench)
{
    bench_receive(bench, &(struct message){.type = MESSAGE_PING, .ping.number = 42});
}

void bench_pass_ms(struct bench *bench, uint64_t ms)
{
    const uint64_t end_us = bench->now_us + ms * 1000;

    for (int i = 0; i < 100; i++) {
        const uint64_t deadline_us = session_deadline_us(&bench->session);
        if (deadline_us > end_us)
            break;
        if (deadline_us > bench->now_us)
            bench->now_us = deadline_us;
        session_tick(&bench->session, bench->now_us);
        /* A deadline that stays in the past would make the loop spin. */
        assert_true(session_deadline_us(&bench->session) > bench->now_us);
    }
    bench->now_us = end_us;
}

void bench_expect_at(struct bench *bench, const char *text, const char *file, int line)
{
    _assert_string_equal(bench->log, text, file, line);
    bench_forget(bench);
}

void bench_forget(struct bench *bench)
{
    bench->log[0] = '\0';
}
