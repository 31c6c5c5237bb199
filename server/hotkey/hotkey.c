#include "server/hotkey/hotkey.h"

#include <string.h>

#include "common/times.h"

/* One report on its way through: what of it passes is gathered, and given before anything that must
 * come after it. */
struct batch {
    struct hotkey *hotkey;
    struct report out;
    uint64_t now_us;
};

void hotkey_init(struct hotkey *hotkey, uint16_t leader_key, const struct hotkey_ops *ops,
                 void *context)
{
    *hotkey = (struct hotkey){
        .ops = ops,
        .context = context,
        .leader_key = leader_key,
        .deadline_us = HOTKEY_NO_DEADLINE,
    };
}

static void enter_phase(struct hotkey *hotkey, enum hotkey_phase phase, uint64_t deadline_us)
{
    hotkey->phase = phase;
    hotkey->deadline_us = deadline_us;
}

static void go_idle(struct hotkey *hotkey)
{
    enter_phase(hotkey, HOTKEY_IDLE, HOTKEY_NO_DEADLINE);
}

static bool is_in_tap(const struct hotkey *hotkey)
{
    return hotkey->phase == HOTKEY_TAP_DOWN || hotkey->phase == HOTKEY_TAP_UP;
}

static void give_batch(struct batch *batch)
{
    struct hotkey *hotkey = batch->hotkey;

    if (batch->out.event_count > 0 && hotkey->grabbed)
        hotkey->ops->pass(hotkey->context, &batch->out);
    batch->out.event_count = 0;
}

static void pass_event(struct batch *batch, const struct report_event *event)
{
    if (batch->hotkey->grabbed)
        report_add(&batch->out, event->type, event->code, event->value);
}

static void hold_event(struct batch *batch, const struct report_event *event)
{
    struct hotkey *hotkey = batch->hotkey;

    give_batch(batch);
    if (!hotkey->grabbed || hotkey->held_count == HOTKEY_HELD_MAX)
        return;
    struct report *held = &hotkey->held[hotkey->held_count++];
    *held = (struct report){.time_us = batch->out.time_us};
    report_add(held, event->type, event->code, event->value);
}

void hotkey_flush(struct hotkey *hotkey)
{
    struct report held[HOTKEY_HELD_MAX];
    uint8_t count = hotkey->held_count;

    memcpy(held, hotkey->held, sizeof held);
    hotkey->held_count = 0;
    if (is_in_tap(hotkey))
        go_idle(hotkey);
    /* A pass may find the link full, and end the grab. */
    for (uint8_t i = 0; i < count && hotkey->grabbed; i++)
        hotkey->ops->pass(hotkey->context, &held[i]);
}

static void give_command(struct batch *batch, enum command_type type, uint16_t number)
{
    struct hotkey *hotkey = batch->hotkey;
    struct command command = {.type = type, .number = number};

    go_idle(hotkey);
    give_batch(batch);
    hotkey->ops->command(hotkey->context, &command);
}

static void complete_leader(struct batch *batch)
{
    struct hotkey *hotkey = batch->hotkey;

    hotkey->held_count = 0;
    keyset_add(&hotkey->swallowed, hotkey->leader_key);
    enter_phase(hotkey, HOTKEY_SEQUENCE, batch->now_us + time_us(TIME_LEADER_WAIT));
    give_batch(batch);
    hotkey->ops->leader(hotkey->context);
}

static int digit_of(uint16_t code)
{
    static const uint16_t KEYPAD[] = {KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4,
                                      KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9};

    if (code >= KEY_1 && code <= KEY_9)
        return code - KEY_1 + 1;
    if (code == KEY_0)
        return 0;
    for (int digit = 0; digit <= 9; digit++) {
        if (code == KEYPAD[digit])
            return digit;
    }
    return -1;
}

static enum command_type command_of(uint16_t code)
{
    switch (code) {
    case KEY_ESC:
        return COMMAND_LOCAL;
    case KEY_RIGHT:
    case KEY_TAB:
        return COMMAND_NEXT;
    case KEY_LEFT:
        return COMMAND_PREV;
    case KEY_BACKSPACE:
        return COMMAND_LAST;
    default:
        return COMMAND_CANCEL;
    }
}

static void press_in_sequence(struct batch *batch, uint16_t code)
{
    struct hotkey *hotkey = batch->hotkey;
    int digit = digit_of(code);

    keyset_add(&hotkey->swallowed, code);
    if (code == hotkey->leader_key || digit == 0) {
        give_command(batch, COMMAND_LOCAL, 0);
    } else if (digit < 0) {
        give_command(batch, command_of(code), 0);
    } else if (hotkey->highest_number > 9) {
        hotkey->first_digit = (uint16_t)digit;
        enter_phase(hotkey, HOTKEY_SECOND_DIGIT, batch->now_us + time_us(TIME_LEADER_DIGIT));
    } else {
        give_command(batch, COMMAND_TARGET, (uint16_t)digit);
    }
}

static void press_in_idle(struct batch *batch, const struct report_event *event)
{
    struct hotkey *hotkey = batch->hotkey;

    if (event->code != hotkey->leader_key) {
        pass_event(batch, event);
        return;
    }
    hold_event(batch, event);
    enter_phase(hotkey, HOTKEY_TAP_DOWN, batch->now_us + time_us(TIME_LEADER_TAP));
}

static void press(struct batch *batch, const struct report_event *event)
{
    struct hotkey *hotkey = batch->hotkey;
    int digit = digit_of(event->code);

    switch (hotkey->phase) {
    case HOTKEY_SEQUENCE:
        press_in_sequence(batch, event->code);
        return;
    case HOTKEY_SECOND_DIGIT:
        if (digit >= 0) {
            keyset_add(&hotkey->swallowed, event->code);
            give_command(batch, COMMAND_TARGET, (uint16_t)(hotkey->first_digit * 10 + digit));
            return;
        }
        give_command(batch, COMMAND_TARGET, hotkey->first_digit);
        break;
    case HOTKEY_TAP_UP:
        if (event->code == hotkey->leader_key) {
            complete_leader(batch);
            return;
        }
        hotkey_flush(hotkey);
        break;
    case HOTKEY_TAP_DOWN:
        hotkey_flush(hotkey);
        break;
    case HOTKEY_IDLE:
        break;
    }
    press_in_idle(batch, event);
}

static void release(struct batch *batch, const struct report_event *event)
{
    struct hotkey *hotkey = batch->hotkey;

    if (keyset_remove(&hotkey->swallowed, event->code))
        return;
    if (hotkey->phase == HOTKEY_TAP_DOWN && event->code == hotkey->leader_key) {
        hold_event(batch, event);
        hotkey->phase = HOTKEY_TAP_UP; /* the time still counts from the press */
        return;
    }
    if (is_in_tap(hotkey) && (key_is_modifier(event->code) || key_is_button(event->code)))
        hotkey_flush(hotkey);
    pass_event(batch, event);
}

bool hotkey_panic_is_held(const struct hotkey *hotkey)
{
    return keyset_has(&hotkey->down, KEY_ESC) && keyset_has(&hotkey->down, KEY_BACKSPACE) &&
           keyset_has(&hotkey->down, KEY_ENTER);
}

static bool is_panic_key(uint16_t code)
{
    return code == KEY_ESC || code == KEY_BACKSPACE || code == KEY_ENTER;
}

static void panic(struct batch *batch)
{
    struct hotkey *hotkey = batch->hotkey;

    go_idle(hotkey);
    hotkey->held_count = 0;
    batch->out.event_count = 0;
    keyset_add(&hotkey->swallowed, KEY_ESC);
    keyset_add(&hotkey->swallowed, KEY_BACKSPACE);
    keyset_add(&hotkey->swallowed, KEY_ENTER);
    hotkey->ops->panic(hotkey->context);
}

static void take_key(struct batch *batch, const struct report_event *event)
{
    struct hotkey *hotkey = batch->hotkey;

    if (event->value == 0) {
        keyset_remove(&hotkey->down, event->code);
        release(batch, event);
    } else if (event->value == 1 && keyset_add(&hotkey->down, event->code)) {
        if (is_panic_key(event->code) && hotkey_panic_is_held(hotkey))
            panic(batch);
        else
            press(batch, event);
    }
}

static bool is_wheel(const struct report_event *event)
{
    return event->type == EV_REL &&
           (event->code == REL_WHEEL_HI_RES || event->code == REL_HWHEEL_HI_RES);
}

void hotkey_report(struct hotkey *hotkey, const struct report *report, uint64_t now_us)
{
    struct batch batch = {.hotkey = hotkey, .out.time_us = report->time_us, .now_us = now_us};

    hotkey_tick(hotkey, now_us);
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (event->type == EV_KEY) {
            take_key(&batch, event);
            continue;
        }
        if (is_wheel(event) && is_in_tap(hotkey))
            hotkey_flush(hotkey);
        pass_event(&batch, event);
    }
    give_batch(&batch);
}

void hotkey_forget_keys(struct hotkey *hotkey)
{
    keyset_clear(&hotkey->down);
    keyset_clear(&hotkey->swallowed);
    hotkey->held_count = 0;
    if (is_in_tap(hotkey))
        go_idle(hotkey);
}

void hotkey_set_grabbed(struct hotkey *hotkey, bool grabbed)
{
    hotkey->grabbed = grabbed;
    if (!grabbed) {
        hotkey->held_count = 0;
        go_idle(hotkey);
    }
}

void hotkey_tick(struct hotkey *hotkey, uint64_t now_us)
{
    struct batch batch = {.hotkey = hotkey, .now_us = now_us};

    if (now_us < hotkey->deadline_us)
        return;
    switch (hotkey->phase) {
    case HOTKEY_IDLE:
        break;
    case HOTKEY_TAP_DOWN:
    case HOTKEY_TAP_UP:
        hotkey_flush(hotkey);
        break;
    case HOTKEY_SEQUENCE:
        give_command(&batch, COMMAND_CANCEL, 0);
        break;
    case HOTKEY_SECOND_DIGIT:
        give_command(&batch, COMMAND_TARGET, hotkey->first_digit);
        break;
    }
}

uint64_t hotkey_deadline_us(const struct hotkey *hotkey)
{
    return hotkey->deadline_us;
}

bool hotkey_is_waiting(const struct hotkey *hotkey)
{
    return hotkey->phase == HOTKEY_SEQUENCE || hotkey->phase == HOTKEY_SECOND_DIGIT;
}
