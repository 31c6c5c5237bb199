#include "tests/hotkey/model.h"

#include <assert.h>
#include <errno.h>
#include <libevdev/libevdev.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_GONE ((enum link_type)0) /* stands in a queue where the connection ends */

static const char *const SOURCE_NAMES[] = {"evdev", "window"};

static void __attribute__((format(printf, 2, 3))) say(struct model *model, const char *format, ...)
{
    char line[256];
    va_list arguments;

    if (!model->say)
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    model->say(model->say_context, line);
}

static void __attribute__((format(printf, 2, 3)))
wrong(struct model *model, const char *format, ...)
{
    va_list arguments;

    if (model->wrong[0])
        return;
    va_start(arguments, format);
    vsnprintf(model->wrong, sizeof model->wrong, format, arguments);
    va_end(arguments);
}

static const char *key_name(uint16_t code)
{
    const char *name = libevdev_event_code_get_name(EV_KEY, code);
    return name ? name : "?";
}

/* Queues */

static bool queue_push(struct model_queue *queue, const struct link_message *message)
{
    if (queue->count == MODEL_QUEUE_ROOM)
        return false;
    queue->messages[(queue->first + queue->count++) % MODEL_QUEUE_ROOM] = *message;
    return true;
}

static bool queue_pop(struct model_queue *queue, struct link_message *ret_message)
{
    if (queue->count == 0)
        return false;
    *ret_message = queue->messages[queue->first];
    queue->first = (queue->first + 1) % MODEL_QUEUE_ROOM;
    queue->count--;
    return true;
}

/* Presses */

static void press_made(struct model *model, uint16_t code)
{
    model->presses[model->press_count++ % MODEL_PRESSES] = (struct model_press){
        .code = code,
        .time_us = model->now_us,
        .is_hotkey = model->hotkey_comes,
    };
}

/* The press of that time. */
static struct model_press *find_press(struct model *model, uint16_t code, uint64_t at_us)
{
    for (size_t i = 0; i < model->press_count && i < MODEL_PRESSES; i++) {
        struct model_press *press = &model->presses[(model->press_count - 1 - i) % MODEL_PRESSES];
        if (press->time_us <= at_us)
            return press->time_us == at_us && press->code == code ? press : NULL;
    }
    return NULL;
}

/* A key that is handed over carries no time: it was pressed in between, and arrived nowhere yet.
 * The oldest that fits is taken to be it, until that one turns up elsewhere. */
static bool hand_over_press(struct model *model, uint16_t code, uint64_t from_us, uint64_t to_us)
{
    struct model_press *found = NULL;

    for (size_t i = 0; i < model->press_count && i < MODEL_PRESSES; i++) {
        struct model_press *press = &model->presses[(model->press_count - 1 - i) % MODEL_PRESSES];
        if (press->time_us < from_us)
            break;
        if (press->code == code && press->time_us <= to_us && !press->arrived &&
            !press->handed_from_us)
            found = press;
    }
    if (!found)
        return false;
    found->handed_from_us = from_us;
    found->handed_to_us = to_us;
    return true;
}

static void press_arrived(struct model *model, uint16_t code, uint64_t at_us, uint16_t number)
{
    struct model_press *press = find_press(model, code, at_us);

    if (!press) {
        wrong(model, "%s arrived at %u, but was not pressed", key_name(code), number);
        return;
    }
    if (press->arrived ||
        (press->handed_from_us &&
         !hand_over_press(model, code, press->handed_from_us, press->handed_to_us)))
        wrong(model, "one press of %s went to two places, one is %u", key_name(code), number);
    if (press->is_hotkey && number != SWITCH_LOCAL)
        wrong(model, "%s of a hotkey went to target %u", key_name(code), number);
    press->arrived = true;
}

static void press_handed_over(struct model *model, uint16_t code)
{
    uint64_t from_us = model->sources[DESK_EVDEV].grab.taken_us;

    if (!hand_over_press(model, code, from_us, model->now_us))
        wrong(model, "%s was handed over, but was not pressed, or went to a target",
              key_name(code));
}

/* The desktop, and the window in it */

static void source_sees(struct model_source *source, const struct report *report)
{
    struct link_message message = {.type = LINK_REPORT, .report = *report};

    if (source->exists && !queue_push(&source->devices, &message))
        wrong(source->model, "the kernel's queue of %s is full", SOURCE_NAMES[source->id]);
}

static void desktop_sees(struct model *model, const struct report *report, bool is_fresh)
{
    if (model->window_has_focus) {
        source_sees(&model->sources[DESK_WINDOW], report);
        return;
    }
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (event->type != EV_KEY) {
            say(model, "desktop %s %d", libevdev_event_code_get_name(event->type, event->code),
                event->value);
        } else if (event->value && keyset_add(&model->desktop, event->code)) {
            if (is_fresh)
                press_arrived(model, event->code, report->time_us, SWITCH_LOCAL);
            else
                press_handed_over(model, event->code);
            say(model, "desktop down %s", key_name(event->code));
        } else if (!event->value && keyset_remove(&model->desktop, event->code)) {
            say(model, "desktop up %s", key_name(event->code));
        }
    }
}

/* What a source writes there. */
static void desktop_sees_key(struct model *model, uint16_t code, bool down)
{
    struct report report = {.time_us = ++model->now_us};

    if (down && model->window_has_focus)
        press_made(model, code); /* for the window it is a press as any other */
    report_add(&report, EV_KEY, code, down);
    desktop_sees(model, &report, false);
}

/* What a source does */

static int on_take(void *context)
{
    struct model_source *source = context;
    struct model *model = source->model;

    if (source->take_fails) {
        say(model, "%s take fails", SOURCE_NAMES[source->id]);
        return -EBUSY;
    }
    if (source->kernel_grabbed)
        wrong(model, "%s takes twice", SOURCE_NAMES[source->id]);
    say(model, "%s take", SOURCE_NAMES[source->id]);
    if (source->id == DESK_EVDEV) {
        for (uint16_t code = keyset_next(&model->physical, 0); code < KEY_CNT;
             code = keyset_next(&model->physical, (uint16_t)(code + 1)))
            desktop_sees_key(model, code, false);
    }
    source->kernel_grabbed = true;
    return 0;
}

static void on_give(void *context, const struct grab_key *typed, size_t count)
{
    struct model_source *source = context;
    struct model *model = source->model;

    if (!source->kernel_grabbed)
        wrong(model, "%s gives what it has not", SOURCE_NAMES[source->id]);
    source->kernel_grabbed = false;
    say(model, "%s give", SOURCE_NAMES[source->id]);
    for (size_t i = 0; i < count && source->id == DESK_EVDEV; i++)
        desktop_sees_key(model, typed[i].code, typed[i].down);
    for (size_t i = 0; i < count && source->id == DESK_EVDEV; i++) {
        if (!keyset_has(&model->physical, typed[i].code)) /* its up is not read yet */
            desktop_sees_key(model, typed[i].code, false);
    }
}

static bool on_send(void *context, const struct link_message *message)
{
    struct model_source *source = context;
    uint8_t bytes[LINK_MESSAGE_BYTES];

    if (!link_encode(message, bytes))
        wrong(source->model, "a message that cannot be encoded, of type %d", message->type);
    if (source->link_full || source->up.count >= MODEL_LINK_ROOM)
        return false;
    return queue_push(&source->up, message);
}

static void on_show_locks(void *context, uint8_t locks)
{
    struct model_source *source = context;

    if (!source->kernel_grabbed)
        wrong(source->model, "lock LEDs are shown while nothing is grabbed");
    say(source->model, "locks %u", locks);
}

static const struct grab_ops GRAB_OPS = {
    .take = on_take,
    .give = on_give,
    .send = on_send,
    .show_locks = on_show_locks,
};

/* What the server does */

static struct model_target *target_of(struct model *model, uint16_t number)
{
    assert(number > 0 && number < MODEL_TARGETS);
    return &model->targets[number];
}

static void on_send_report(void *context, uint16_t number, const struct report *report)
{
    struct model *model = context;
    struct model_target *target = target_of(model, number);

    if (!target->entered)
        wrong(model, "target %u gets a report and was not entered", number);
    if (report->event_count == 0)
        wrong(model, "target %u gets an empty report", number);
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (event->type != EV_KEY) {
            say(model, "target %u %s %d", number,
                libevdev_event_code_get_name(event->type, event->code), event->value);
            continue;
        }
        say(model, "target %u %s %s", number, event->value ? "down" : "up", key_name(event->code));
        if (event->value)
            press_arrived(model, event->code, report->time_us, number);
        if (event->value && model->desk.switcher.scan.is_on &&
            model->desk.switcher.scan.mode != SCAN_PAUSE)
            wrong(model, "target %u gets %s in a scan", number, key_name(event->code));
        if (!(event->value ? keyset_add : keyset_remove)(&target->down, event->code))
            wrong(model, "target %u gets %s %d, as it is already", number, key_name(event->code),
                  event->value);
    }
}

static void on_enter(void *context, uint16_t number)
{
    struct model *model = context;
    struct model_target *target = target_of(model, number);

    for (size_t i = 1; i < MODEL_TARGETS; i++) {
        if (model->targets[i].entered)
            wrong(model, "target %u is entered, and %zu was not left", number, i);
    }
    if (switch_find(&model->desk.switcher, number)->state != SWITCH_READY)
        wrong(model, "target %u is entered, and is not ready", number);
    target->entered = true;
    target->answer_due = true;
    say(model, "target %u enter", number);
}

static void on_leave(void *context, uint16_t number)
{
    struct model *model = context;
    struct model_target *target = target_of(model, number);

    if (!target->entered)
        wrong(model, "target %u is left, and was not entered", number);
    target->entered = false;
    target->answer_due = false;
    keyset_clear(&target->down);
    say(model, "target %u leave", number);
}

static void on_cut(void *context, uint16_t number, const char *why)
{
    say(context, "target %u cut", number);
}

/* What the server says now it says to a program that has ended since. */
static bool end_is_unread(const struct model_queue *queue)
{
    for (size_t i = 0; i < queue->count; i++) {
        if (queue->messages[(queue->first + i) % MODEL_QUEUE_ROOM].type == TYPE_GONE)
            return true;
    }
    return false;
}

static void on_send_order(void *context, enum desk_source_id id, const struct link_message *message)
{
    struct model *model = context;
    struct model_source *source = &model->sources[id];
    uint8_t bytes[LINK_MESSAGE_BYTES];

    if (!link_encode(message, bytes))
        wrong(model, "an order that cannot be encoded, of type %d", message->type);
    if (source->exists && source->down.count < MODEL_LINK_ROOM && !end_is_unread(&source->up))
        queue_push(&source->down, message);
}

static void on_switched(void *context, uint16_t from, uint16_t to, const char *why)
{
    say(context, "switched %u to %u%s%s", from, to, why ? ": " : "", why ? why : "");
}

static void on_refused(void *context, uint16_t number, const char *why)
{
    say(context, "refused %u: %s", number, why);
}

static int on_monitor(void *context, uint16_t number, const char *word, char *ret_why)
{
    if (strcmp(word, "none") == 0) {
        snprintf(ret_why, SWITCH_REASON_ROOM, "it has no monitor none");
        return -ENOENT;
    }
    say(context, "%u shows monitor %s", number, word);
    return 0;
}

static void on_mode(void *context)
{
    struct model *model = context;
    struct desk_mode mode = desk_mode(&model->desk);

    model->mode_changes++;
    say(model, "mode%s%s%s%s%s", mode.locked ? " locked" : "", mode.scanning ? " scan" : "",
        mode.hotkeys_off ? " hotkeys-off" : "", mode.stats ? " stats" : "",
        mode.locked || mode.scanning || mode.hotkeys_off || mode.stats ? "" : " none");
}

static const struct desk_ops DESK_OPS = {
    .send_report = on_send_report,
    .enter = on_enter,
    .leave = on_leave,
    .cut = on_cut,
    .send_order = on_send_order,
    .switched = on_switched,
    .refused = on_refused,
    .monitor = on_monitor,
    .mode = on_mode,
};

/* Time */

static bool source_reads(struct model *model, struct model_source *source)
{
    struct link_message message;

    if (!source->exists || source->stopped)
        return false;
    if (queue_pop(&source->devices, &message))
        grab_report(&source->grab, &message.report, model->now_us);
    else if (queue_pop(&source->down, &message))
        grab_message(&source->grab, &message, model->now_us);
    else
        return false;
    return true;
}

static bool net_reads(struct model *model, struct model_source *source)
{
    struct link_message message;

    if (model->net_stopped || model->net_lags || !queue_pop(&source->up, &message))
        return false;
    if (message.type == TYPE_GONE)
        desk_source_gone(&model->desk, source->id, model->now_us);
    else
        desk_source_message(&model->desk, source->id, &message, model->now_us);
    return true;
}

static bool target_answers(struct model *model, uint16_t number)
{
    struct model_target *target = &model->targets[number];

    if (model->net_stopped || !target->answer_due || target->answer == MODEL_SILENT)
        return false;
    target->answer_due = false;
    desk_entered(&model->desk, number, target->answer == MODEL_TAKES, target->locks,
                 target->answer == MODEL_TAKES ? "" : "its screen is locked", model->now_us);
    return true;
}

/* Everybody reads what there is, the devices first. */
static void settle(struct model *model)
{
    bool moved = true;

    while (moved) {
        moved = false;
        for (size_t i = 0; i < DESK_SOURCE_COUNT; i++) {
            while (source_reads(model, &model->sources[i]))
                moved = true;
        }
        for (size_t i = 0; i < DESK_SOURCE_COUNT && !moved; i++)
            moved = net_reads(model, &model->sources[i]);
        for (uint16_t number = 1; number < MODEL_TARGETS && !moved; number++)
            moved = target_answers(model, number);
    }
}

static uint64_t next_deadline_us(const struct model *model)
{
    uint64_t deadline_us = model->net_stopped ? UINT64_MAX : desk_deadline_us(&model->desk);

    for (size_t i = 0; i < DESK_SOURCE_COUNT; i++) {
        const struct model_source *source = &model->sources[i];
        uint64_t own_us = grab_deadline_us(&source->grab);
        if (source->exists && !source->stopped && own_us < deadline_us)
            deadline_us = own_us;
    }
    return deadline_us;
}

static void tick(struct model *model)
{
    for (size_t i = 0; i < DESK_SOURCE_COUNT; i++) {
        struct model_source *source = &model->sources[i];
        if (source->exists && !source->stopped && grab_deadline_us(&source->grab) <= model->now_us)
            grab_tick(&source->grab, model->now_us);
    }
    if (!model->net_stopped && desk_deadline_us(&model->desk) <= model->now_us)
        desk_tick(&model->desk, model->now_us);
}

void model_run_until(struct model *model, uint64_t until_us)
{
    settle(model);
    for (uint64_t due_us = next_deadline_us(model); due_us <= until_us;
         due_us = next_deadline_us(model)) {
        if (due_us > model->now_us)
            model->now_us = due_us;
        tick(model);
        settle(model);
        if (next_deadline_us(model) <= model->now_us) {
            wrong(model, "a deadline stays where it was after the tick");
            break;
        }
    }
    if (until_us > model->now_us)
        model->now_us = until_us;
}

/* What happens */

static void physical_report(struct model *model, const struct report *report)
{
    struct model_source *evdev = &model->sources[DESK_EVDEV];

    source_sees(evdev, report);
    if (!evdev->exists || !evdev->kernel_grabbed)
        desktop_sees(model, report, true);
    settle(model);
}

/* Each report has a time of its own, by which a press is known. */
static struct report new_report(struct model *model)
{
    return (struct report){.time_us = ++model->now_us};
}

void model_key(struct model *model, uint16_t code, bool down)
{
    struct report report = new_report(model);

    if (!(down ? keyset_add : keyset_remove)(&model->physical, code))
        return;
    if (down)
        press_made(model, code);
    report_add(&report, EV_KEY, code, down);
    physical_report(model, &report);
}

void model_tap(struct model *model, uint16_t code)
{
    model_key(model, code, true);
    model_key(model, code, false);
}

void model_leader(struct model *model)
{
    uint16_t leader_key = model->sources[DESK_EVDEV].grab.hotkey.leader_key;

    if (model->rules.leader == HOTKEY_LEADER_NUM_LOCK_MINUS) {
        model_key(model, leader_key, true);
        model_tap(model, KEY_KPMINUS);
        model_key(model, leader_key, false);
    } else if (model->rules.leader == HOTKEY_LEADER_CTRL_ALT) {
        model_key(model, KEY_LEFTCTRL, true);
        model_key(model, KEY_LEFTALT, true);
    } else if (leader_key) {
        model_tap(model, leader_key);
        model_tap(model, leader_key);
    }
}

void model_move(struct model *model, int dx, int dy)
{
    struct report report = new_report(model);

    report_add(&report, EV_REL, REL_X, dx);
    report_add(&report, EV_REL, REL_Y, dy);
    physical_report(model, &report);
}

void model_wheel(struct model *model, int notches)
{
    struct report report = new_report(model);

    report_add(&report, EV_REL, REL_WHEEL_HI_RES, notches * 120);
    physical_report(model, &report);
}

void model_target(struct model *model, uint16_t number, const char *name, enum switch_state state,
                  const char *reason)
{
    if (!switch_find(&model->desk.switcher, number))
        desk_set_target(&model->desk, number, name, model->now_us);
    desk_set_state(&model->desk, number, state, reason, model->now_us);
    settle(model);
}

void model_set_locks(struct model *model, uint16_t number, uint8_t locks)
{
    target_of(model, number)->locks = locks;
    desk_set_locks(&model->desk, number, locks);
    settle(model);
}

int model_client(struct model *model, enum command_type type, uint16_t number)
{
    struct command command = {.type = type, .number = number};
    char why[SWITCH_REASON_ROOM];
    int r = desk_command(&model->desk, &command, model->now_us, why);

    settle(model);
    return r;
}

int model_scan(struct model *model, uint16_t seconds, enum scan_mode mode)
{
    struct command command = {.type = COMMAND_SCAN, .scan_s = seconds, .scan_mode = mode};
    char why[SWITCH_REASON_ROOM];
    int r = 0;

    desk_end_scan(&model->desk);
    if (seconds)
        r = desk_command(&model->desk, &command, model->now_us, why);
    settle(model);
    return r;
}

void model_stop_net(struct model *model, bool stopped)
{
    if (model->net_stopped == stopped)
        return;
    model->net_stopped = stopped;
    if (!stopped)
        desk_tick(&model->desk, model->now_us); /* libuv's timers come before its descriptors */
    settle(model);
}

void model_lag_net(struct model *model, bool lags)
{
    model->net_lags = lags;
    settle(model);
}

void model_stop_source(struct model *model, enum desk_source_id id, bool stopped)
{
    model->now_us++; /* what it did not read is older than what it does now */
    model->sources[id].stopped = stopped;
    settle(model);
}

/* A device that is opened tells which keys are down already. */
static void see_held_keys(struct model *model, struct model_source *source)
{
    struct report report = {.time_us = model->now_us};

    for (uint16_t code = keyset_next(&model->physical, 0); code < KEY_CNT;
         code = keyset_next(&model->physical, (uint16_t)(code + 1)))
        report_add(&report, EV_KEY, code, 1);
    source_sees(source, &report);
}

void model_start_source(struct model *model, enum desk_source_id id)
{
    struct model_source *source = &model->sources[id];
    struct link_message device = {.type = LINK_DEVICE, .device = {.id = 1, .taken = true}};

    source->exists = true;
    source->link_full = false; /* a new connection */
    grab_init(&source->grab, &model->rules, &GRAB_OPS, source);
    grab_connected(&source->grab, model->now_us);
    if (id == DESK_EVDEV) {
        queue_push(&source->up, &device);
        see_held_keys(model, source);
    }
    settle(model);
}

void model_end_source(struct model *model, enum desk_source_id id)
{
    struct model_source *source = &model->sources[id];
    struct link_message gone = {.type = TYPE_GONE};

    source->exists = false;
    source->stopped = false;
    source->kernel_grabbed = false; /* its descriptors are closed */
    source->down.count = 0;
    source->devices.count = 0;
    queue_push(&source->up, &gone);
    settle(model);
}

void model_focus_window(struct model *model, bool focused)
{
    struct model_source *window = &model->sources[DESK_WINDOW];

    model->window_has_focus = focused;
    keyset_clear(&model->desktop); /* programs without the focus take their keys as released */
    if (!focused && window->exists) {
        window->kernel_grabbed = false;
        grab_lost(&window->grab, LINK_UNGRAB_FOCUS, model->now_us);
    }
    settle(model);
}

struct model *model_create(const struct hotkey_rules *rules,
                           void (*say_line)(void *context, const char *line), void *context)
{
    struct model *model = calloc(1, sizeof *model);

    assert(model);
    model->now_us = 1000000;
    model->say = say_line;
    model->say_context = context;
    desk_init(&model->desk, &DESK_OPS, model);
    for (size_t i = 0; i < DESK_SOURCE_COUNT; i++) {
        struct model_source *source = &model->sources[i];
        struct model_queue *queues[] = {&source->devices, &source->up, &source->down};
        source->model = model;
        source->id = (enum desk_source_id)i;
        for (size_t q = 0; q < 3; q++) {
            queues[q]->messages = calloc(MODEL_QUEUE_ROOM, sizeof(struct link_message));
            assert(queues[q]->messages);
        }
    }
    model->rules = *rules;
    model_start_source(model, DESK_EVDEV);
    return model;
}

void model_set_rules(struct model *model, const struct hotkey_rules *rules)
{
    model->rules = *rules;
    for (size_t i = 0; i < DESK_SOURCE_COUNT; i++)
        model->sources[i].grab.hotkey.leader_key = hotkey_leader_key(rules->leader);
}

struct model *model_destroy(struct model *model)
{
    if (!model)
        return NULL;
    for (size_t i = 0; i < DESK_SOURCE_COUNT; i++) {
        free(model->sources[i].devices.messages);
        free(model->sources[i].up.messages);
        free(model->sources[i].down.messages);
    }
    free(model);
    return NULL;
}

static void check_keys(struct model *model, const struct keyset *down, const char *where,
                       uint16_t number)
{
    for (uint16_t code = keyset_next(down, 0); code < KEY_CNT;
         code = keyset_next(down, (uint16_t)(code + 1))) {
        if (!keyset_has(&model->physical, code))
            wrong(model, "%s is down at %s %u, and nobody holds it", key_name(code), where, number);
    }
}

void model_check(struct model *model)
{
    bool all_read = !model->net_stopped && !model->net_lags;

    settle(model);
    for (size_t i = 0; i < DESK_SOURCE_COUNT; i++) {
        const struct model_source *source = &model->sources[i];
        /* After a full link the next ping sets them right. */
        all_read = all_read && !source->stopped && !source->link_full &&
                   model->desk.sources[i].grabbed == source->kernel_grabbed;
    }
    check_keys(model, &model->desktop, "the desktop", 0);
    for (uint16_t number = 1; number < MODEL_TARGETS && all_read; number++)
        check_keys(model, &model->targets[number].down, "target", number);
}
