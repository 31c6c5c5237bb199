/*
 * The agent's end of a control connection as libFuzzer calls it: every message in every state.
 *
 * The first byte chooses the state that the bytes meet (not greeted, greeted, welcomed, active);
 * then come steps: a byte for what happens, one for how much, and for bytes from the server as many
 * as it says. A model of the keys that are down is kept beside it, from what is injected alone.
 */
#include "tests/hostile/fuzz.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/session.h"
#include "common/keyset.h"
#include "common/times.h"
#include "protocol/cursor.h"

#define BUFFER_BYTES   4096
#define SENDS_A_STEP   64 /* a message is answered with one; a welcome with some */
#define CONTROL_NUMBER 7

struct world {
    struct session session;
    uint64_t now_us;
    struct keyset down;  /* by what was injected */
    uint64_t highest;    /* control number that was entered */
    bool active, open;   /* between enter and leave; from the hello to the end */
    bool scripted;       /* a script types */
    bool broken;         /* the injector does not type */
    unsigned sent_count; /* in this step */
    size_t waiting_bytes;
    uint8_t waiting[BUFFER_BYTES]; /* the rest of what the server sent */
};

static char reason[MESSAGE_REASON_ROOM + 32];

static void on_send(void *context, const struct message *message)
{
    struct world *world = context;
    uint8_t frame[MESSAGE_FRAME_MAX];

    if (!world->open || ++world->sent_count > SENDS_A_STEP)
        abort(); /* said after its bye, or an answer that grows */
    const struct message_info *info = message_info((uint8_t)message->type);
    if (message_encode(message, frame, sizeof frame) == 0 || !(info->direction & MESSAGE_TO_SERVER))
        abort();
    if (message->type == MESSAGE_ENTERED && message->entered.taken &&
        message->entered.control_number <= world->highest)
        abort(); /* an old console was let in */
    if (message->type == MESSAGE_ENTERED && message->entered.taken)
        world->highest = message->entered.control_number;
    if (message->type == MESSAGE_ENTERED && !message->entered.taken && !message->entered.reason[0])
        abort();
    if (message->type == MESSAGE_BYE) {
        if (!message->end.text[0] || !message->end.reason || !keyset_is_empty(&world->down))
            abort(); /* without a reason, or with a key down */
        world->open = false;
    }
}

static void on_welcomed(void *context, const struct message_welcome *welcome)
{
    if (welcome->version < MESSAGE_VERSION_MIN || welcome->version > MESSAGE_VERSION_MAX)
        abort();
}

/* A broken one fails as the real ones do: what goes up does go up. */
static int on_inject(void *context, const struct report *report)
{
    struct world *world = context;

    if (report->event_count == 0)
        abort();
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (!report_event_is_valid(event))
            abort();
        if (event->type != EV_KEY)
            continue;
        if (event->value &&
            (!(world->active || world->scripted) || keyset_has(&world->down, event->code)))
            abort(); /* pressed by nobody who may, or twice */
        if (event->value)
            keyset_add(&world->down, event->code);
        else
            keyset_remove(&world->down, event->code);
    }
    return world->broken ? -1 : 0;
}

/* A key for each character but one, which has none; another is known only later. */
static int on_find(void *context, const char *text, struct stroke *ret_strokes, size_t *ret_count,
                   char ret_why[MESSAGE_REASON_ROOM])
{
    if (!lines_are_clean(text, strlen(text)) || !*text || strlen(text) > SCRIPT_TEXT_MAX)
        abort();
    for (*ret_count = 0; *text; ++*ret_count) {
        const uint32_t point = text_next(&text);
        snprintf(ret_why, MESSAGE_REASON_ROOM, "of the layout");
        if (point == '#' || point == '?')
            return point == '#' ? -ENOENT : -EBUSY;
        ret_strokes[*ret_count] =
            (struct stroke){.count = 2, .keys = {KEY_LEFTSHIFT, (uint16_t)(KEY_F13 + point % 9)}};
    }
    return 0;
}

static void on_script_runs(void *context, bool runs)
{
    struct world *world = context;

    if (world->scripted == runs || (!world->active && !keyset_is_empty(&world->down)))
        abort(); /* twice, or it leaves a key down */
    world->scripted = runs;
}

static void on_enter(void *context)
{
    struct world *world = context;

    if (world->active || !keyset_is_empty(&world->down))
        abort();
    world->active = true;
}

static void on_leave(void *context)
{
    struct world *world = context;

    if (!world->active || !keyset_is_empty(&world->down))
        abort();
    world->active = false;
}

static void on_screen_open(void *context, uint32_t number)
{
    const struct world *world = context;

    if (!world->open)
        abort();
}

static void on_screen_wish(void *context, const struct message_screen_wish *wish)
{
}

static void on_screen_close(void *context)
{
    const struct world *world = context;

    if (!world->open)
        abort();
}

static void on_ended(void *context, const struct session_end *end)
{
    struct world *world = context;

    if (world->active || !keyset_is_empty(&world->down) || !end->text ||
        (!end->by_peer && !end->text[0]) || !text_is_clean(end->text, strlen(end->text)))
        abort();
    world->open = false;
    world->waiting_bytes = 0;
    snprintf(reason, sizeof reason, "%s%s", end->by_peer ? "it said: " : "", end->text);
}

static void on_show(void *context, const char *monitor)
{
    struct world *world = context;

    session_set_shown(&world->session, monitor, "");
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

/* --- what happens --- */

static void open_session(struct world *world)
{
    session_closed(&world->session);
    world->open = true;
    world->waiting_bytes = 0;
    session_opened(&world->session, "lab3", world->now_us);
}

/* As a connection gives them: what is no whole frame waits for more. */
static void receive(struct world *world, const uint8_t *bytes, size_t size_bytes)
{
    size_t used = 0;

    if (!world->open || size_bytes > sizeof world->waiting - world->waiting_bytes)
        return;
    memcpy(world->waiting + world->waiting_bytes, bytes, size_bytes);
    world->waiting_bytes += size_bytes;
    while (world->open) {
        struct message message;
        size_t frame_bytes = 0;
        const char *why = NULL;
        enum message_result result =
            message_decode(world->waiting + used, world->waiting_bytes - used, MESSAGE_TO_AGENT,
                           &message, &frame_bytes, &why);
        if (result == MESSAGE_NEED_MORE)
            break;
        world->sent_count = 0;
        if (result == MESSAGE_BAD)
            session_received_garbage(&world->session, why);
        else
            session_received(&world->session, &message, world->now_us);
        used += frame_bytes;
    }
    if (!world->open)
        return;
    memmove(world->waiting, world->waiting + used, world->waiting_bytes - used);
    world->waiting_bytes -= used;
}

/* Ticks at each deadline, as the loop does. */
static void pass(struct world *world, uint64_t us)
{
    const uint64_t end_us = world->now_us + us;
    uint64_t due_us;

    while ((due_us = session_deadline_us(&world->session)) <= end_us) {
        world->now_us = due_us > world->now_us ? due_us : world->now_us;
        session_tick(&world->session, world->now_us);
        if (session_deadline_us(&world->session) <= world->now_us)
            abort(); /* it would tick for ever */
    }
    world->now_us = end_us;
}

static void tell_geometry(struct session *session, uint8_t much)
{
    struct message_geometry geometry = {
        .width_px = much, .height_px = much, .monitor_count = much ? 1 : 0};

    if (much)
        geometry.monitors[0] =
            (struct message_monitor){.width_px = much, .height_px = much, .name = "A-1"};
    session_set_geometry(session, &geometry);
}

static size_t step(struct world *world, uint8_t what, uint8_t much, const uint8_t *bytes,
                   size_t size_bytes)
{
    struct session *session = &world->session;
    const size_t count = much < size_bytes ? much : size_bytes;

    world->sent_count = 0;
    switch (what % 12) {
    case 0:
        open_session(world);
        break;
    case 1:
        session_closed(session);
        world->open = false;
        break;
    case 2:
        session_stop(session, MESSAGE_REASON_STOPPING, "it is being stopped");
        break;
    case 3:
        pass(world, (uint64_t)much * much * 1000);
        break;
    case 4:
        session_set_ready(session, "record", much & 1,
                          much & 2 ? "it is \x1b locked" : "no injector");
        break;
    case 5:
        session_set_locks(session, much & 7);
        session_set_unsendable(session, much);
        break;
    case 6:
        tell_geometry(session, much);
        break;
    case 7:
        session_set_pointer(session, much, much);
        break;
    case 8:
        session_set_screen(session, much & 1, much & 2 ? "there is none" : "by a pattern");
        break;
    case 9:
        world->broken = much & 1;
        break;
    default:
        receive(world, bytes, count);
        return count;
    }
    return 0;
}

static void give(struct world *world, const struct message *message)
{
    uint8_t frame[MESSAGE_FRAME_MAX];

    receive(world, frame, message_encode(message, frame, sizeof frame));
}

/* 0 not greeted, 1 greeted, 2 welcomed, 3 active. */
static void bring_to(struct world *world, unsigned state)
{
    struct message welcome = {
        .type = MESSAGE_WELCOME,
        .welcome = {.version = state & 4 ? MESSAGE_VERSION_MIN : MESSAGE_VERSION_MAX,
                    .capabilities = MESSAGE_CAPABILITY_SCREEN | MESSAGE_CAPABILITY_SCRIPT,
                    .target_name = "lab3",
                    .server_name = "desk"}};

    session_init(&world->session, &ops, world);
    session_set_ready(&world->session, "record", true, "");
    if ((state & 3) >= 1)
        open_session(world);
    if ((state & 3) >= 2)
        give(world, &welcome);
    if ((state & 3) >= 3)
        give(world,
             &(struct message){.type = MESSAGE_ENTER, .enter.control_number = CONTROL_NUMBER});
}

static void check(const struct world *world)
{
    if (world->session.active == 0 && !keyset_is_empty(&world->down))
        abort();
    if (world->scripted != world->session.script.is_running || (world->scripted && !world->open))
        abort();
    if ((world->session.active != 0) != world->active ||
        (world->session.stage == SESSION_CLOSED) != !world->open)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    static struct world world;

    if (size_bytes == 0)
        return 0;
    memset(&world, 0, sizeof world);
    world.now_us = 3600000000;
    snprintf(reason, sizeof reason, "it was closed");
    bring_to(&world, bytes[0] & 7);
    for (size_t at = 1; at + 2 <= size_bytes;) {
        at += 2 + step(&world, bytes[at], bytes[at + 1], bytes + at + 2, size_bytes - at - 2);
        check(&world);
    }
    session_closed(&world.session);
    world.open = false;
    check(&world);
    return 0;
}

const char *fuzz_reason(void)
{
    return reason;
}
