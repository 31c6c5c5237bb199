#include "server/hotkey/hotkey.h"

#include <string.h>

#include "common/times.h"
#include "server/hotkey/hotkey_batch.h"
#include "server/hotkey/sequence.h"

static const struct chord PANIC = {.count = 3,
                                   .keys = {{KEY_ESC, 0}, {KEY_BACKSPACE, 0}, {KEY_ENTER, 0}}};

void hotkey_init(struct hotkey *hotkey, const struct hotkey_rules *rules,
                 const struct hotkey_ops *ops, void *context)
{
    *hotkey = (struct hotkey){
        .ops = ops,
        .context = context,
        .rules = rules,
        .leader_key = hotkey_leader_key(rules->leader),
        .deadline_us = HOTKEY_NO_DEADLINE,
    };
}

bool hotkey_is_idle(const struct hotkey *hotkey)
{
    return hotkey->phase == HOTKEY_IDLE && hotkey->held_count == 0;
}

void hotkey_rules_changed(struct hotkey *hotkey)
{
    hotkey->leader_key = hotkey_leader_key(hotkey->rules->leader);
}

void hotkey_enter_phase(struct hotkey *hotkey, enum hotkey_phase phase, uint64_t deadline_us)
{
    hotkey->phase = phase;
    hotkey->deadline_us = hotkey->wait_until_us = deadline_us;
}

void hotkey_go_idle(struct hotkey *hotkey)
{
    hotkey_enter_phase(hotkey, HOTKEY_IDLE, HOTKEY_NO_DEADLINE);
    hotkey->number = 0;
    hotkey->digit_count = 0;
    hotkey->by_hold = false;
    hotkey->asks = NULL;
}

/* Something is, or would be, held back. */
static bool is_in_tap(const struct hotkey *hotkey)
{
    return hotkey->phase >= HOTKEY_TAP_DOWN && hotkey->phase <= HOTKEY_PAIR_BOTH;
}

void batch_give(struct batch *batch)
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

    batch_give(batch);
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
        hotkey_go_idle(hotkey);
    /* A pass may find the link full, and end the grab. */
    for (uint8_t i = 0; i < count && hotkey->grabbed; i++)
        hotkey->ops->pass(hotkey->context, &held[i]);
}

void batch_command(struct batch *batch, const struct command *command)
{
    struct hotkey *hotkey = batch->hotkey;

    hotkey_go_idle(hotkey);
    batch_give(batch);
    hotkey->ops->command(hotkey->context, command);
}

static void complete_leader(struct batch *batch)
{
    struct hotkey *hotkey = batch->hotkey;

    hotkey->held_count = 0;
    hotkey_enter_phase(hotkey, HOTKEY_SEQUENCE, batch->now_us + time_us(TIME_LEADER_WAIT));
    if (keyset_has(&hotkey->down, hotkey->leader_key))
        hotkey->deadline_us = batch->now_us + time_us(TIME_LEADER_HELD);
    batch_give(batch);
    hotkey->ops->leader(hotkey->context);
}

static void set_off(struct batch *batch, bool off)
{
    struct hotkey *hotkey = batch->hotkey;

    if (hotkey->off == off)
        return;
    hotkey->off = off;
    batch_give(batch);
    hotkey->ops->switched_off(hotkey->context, off);
}

static const struct hotkey_chord *find_chord(const struct hotkey *hotkey, uint16_t code)
{
    const struct hotkey_chord *best = NULL;

    for (size_t i = 0; i < hotkey->rules->chord_count; i++) {
        const struct hotkey_chord *chord = &hotkey->rules->chords[i];
        if ((!hotkey->off || chord->verb != HOTKEY_COMMAND) &&
            chord_completes(&chord->chord, &hotkey->down, code) &&
            (!best || chord_is_better(&chord->chord, &best->chord)))
            best = chord;
    }
    return best;
}

static void complete_chord(struct batch *batch, const struct hotkey_chord *chord, uint16_t code)
{
    struct hotkey *hotkey = batch->hotkey;

    keyset_add(&hotkey->swallowed, code);
    hotkey_flush(hotkey);
    batch_give(batch);
    if (chord->verb != HOTKEY_COMMAND) {
        set_off(batch, chord->verb == HOTKEY_OFF && !hotkey->off);
        return;
    }
    if (!hotkey->grabbed)
        hotkey->ops->leader(hotkey->context);
    if (hotkey->grabbed)
        batch_command(batch, &chord->command);
}

static bool is_hold_key(uint16_t code)
{
    return code == KEY_LEFTCTRL || code == KEY_RIGHTCTRL || code == KEY_LEFTALT ||
           code == KEY_RIGHTALT;
}

/* Ctrl and Alt are held, and the key means something to the profile. */
static bool begins_by_hold(const struct hotkey *hotkey, uint16_t code)
{
    static const struct chord CTRL_ALT = {
        .count = 2, .keys = {{KEY_LEFTCTRL, KEY_RIGHTCTRL}, {KEY_LEFTALT, KEY_RIGHTALT}}};
    struct chord whole = CTRL_ALT;

    whole.keys[whole.count++] = (struct chord_key){code, 0};
    return hotkey->rules->leader == HOTKEY_LEADER_CTRL_ALT && !hotkey->off &&
           chord_completes(&whole, &hotkey->down, code) &&
           (hotkey_profile_digit(hotkey->rules->profile, code) >= 0 ||
            hotkey_profile_key(hotkey->rules->profile, code));
}

static void press_by_hold(struct batch *batch, uint16_t code)
{
    struct hotkey *hotkey = batch->hotkey;

    batch_give(batch);
    if (!hotkey->grabbed)
        hotkey->ops->leader(hotkey->context);
    if (!hotkey->grabbed)
        return;
    hotkey->by_hold = true;
    sequence_press(batch, code);
}

static void press_in_idle(struct batch *batch, const struct report_event *event)
{
    struct hotkey *hotkey = batch->hotkey;
    bool is_pair = hotkey->rules->leader == HOTKEY_LEADER_NUM_LOCK_MINUS;

    if (begins_by_hold(hotkey, event->code)) {
        press_by_hold(batch, event->code);
    } else if (event->code == hotkey->leader_key && !hotkey->off) {
        hold_event(batch, event);
        hotkey_enter_phase(hotkey, is_pair ? HOTKEY_PAIR_FIRST : HOTKEY_TAP_DOWN,
                           batch->now_us + time_us(TIME_LEADER_TAP));
    } else {
        pass_event(batch, event);
    }
}

static bool is_minus(uint16_t code)
{
    return code == KEY_KPMINUS || code == KEY_MINUS;
}

/* True when the key went on with what was begun. */
static bool press_goes_on(struct batch *batch, const struct report_event *event)
{
    struct hotkey *hotkey = batch->hotkey;

    switch (hotkey->phase) {
    case HOTKEY_SEQUENCE:
        sequence_press(batch, event->code);
        return true;
    case HOTKEY_NUMBER:
        return sequence_press_in_number(batch, event->code);
    case HOTKEY_TAP_UP:
        if (event->code != hotkey->leader_key)
            return false;
        keyset_add(&hotkey->swallowed, event->code);
        complete_leader(batch);
        return true;
    case HOTKEY_PAIR_FIRST:
        if (!is_minus(event->code))
            return false;
        hold_event(batch, event);
        hotkey_enter_phase(hotkey, HOTKEY_PAIR_BOTH, batch->now_us + time_us(TIME_LEADER_TAP));
        return true;
    case HOTKEY_PAIR_BOTH:
    case HOTKEY_TAP_DOWN:
    case HOTKEY_IDLE:
        break;
    }
    return false;
}

static void press(struct batch *batch, const struct report_event *event)
{
    struct hotkey *hotkey = batch->hotkey;

    if (press_goes_on(batch, event))
        return;
    const struct hotkey_chord *chord = find_chord(hotkey, event->code);
    if (chord) {
        complete_chord(batch, chord, event->code);
        return;
    }
    if (is_in_tap(hotkey))
        hotkey_flush(hotkey);
    press_in_idle(batch, event);
}

/* Num Lock or minus comes up, the first of them or the last. */
static void release_in_pair(struct batch *batch, const struct report_event *event)
{
    struct hotkey *hotkey = batch->hotkey;

    if (keyset_has(&hotkey->down, KEY_NUMLOCK) || keyset_has(&hotkey->down, KEY_KPMINUS) ||
        keyset_has(&hotkey->down, KEY_MINUS)) {
        hold_event(batch, event);
        hotkey->deadline_us = batch->now_us + time_us(TIME_LEADER_TAP);
    } else {
        complete_leader(batch);
    }
}

static void release(struct batch *batch, const struct report_event *event)
{
    struct hotkey *hotkey = batch->hotkey;
    uint16_t code = event->code;

    if (keyset_remove(&hotkey->swallowed, code))
        return;
    if (hotkey->phase == HOTKEY_TAP_DOWN && code == hotkey->leader_key) {
        hold_event(batch, event);
        hotkey->phase = HOTKEY_TAP_UP; /* the time still counts from the press */
        return;
    }
    if (hotkey->phase == HOTKEY_PAIR_BOTH && (code == hotkey->leader_key || is_minus(code))) {
        release_in_pair(batch, event);
        return;
    }
    if (hotkey->phase == HOTKEY_NUMBER && hotkey->by_hold && is_hold_key(code))
        sequence_end(batch);
    if (is_in_tap(hotkey) &&
        (key_is_modifier(code) || key_is_button(code) || code == hotkey->leader_key))
        hotkey_flush(hotkey);
    pass_event(batch, event);
}

/* The panic chord that is down, or NULL. */
static const struct chord *find_panic(const struct hotkey *hotkey)
{
    if (chord_is_down(&PANIC, &hotkey->down))
        return &PANIC;
    for (size_t i = 0; i < hotkey->rules->panic_count; i++) {
        if (chord_is_down(&hotkey->rules->panics[i], &hotkey->down))
            return &hotkey->rules->panics[i];
    }
    return NULL;
}

bool hotkey_panic_is_held(const struct hotkey *hotkey)
{
    return find_panic(hotkey) != NULL;
}

static void panic(struct batch *batch, const struct chord *chord)
{
    struct hotkey *hotkey = batch->hotkey;

    hotkey_go_idle(hotkey);
    hotkey->held_count = 0;
    batch->out.event_count = 0;
    for (uint8_t i = 0; i < chord->count; i++) {
        const struct chord_key *key = &chord->keys[i];
        if (keyset_has(&hotkey->down, key->code))
            keyset_add(&hotkey->swallowed, key->code);
        if (key->other && keyset_has(&hotkey->down, key->other))
            keyset_add(&hotkey->swallowed, key->other);
    }
    hotkey->ops->panic(hotkey->context);
    set_off(batch, false);
}

static void take_key(struct batch *batch, const struct report_event *event)
{
    struct hotkey *hotkey = batch->hotkey;

    if (event->value == 0) {
        keyset_remove(&hotkey->down, event->code);
        release(batch, event);
    } else if (event->value == 1 && keyset_add(&hotkey->down, event->code)) {
        const struct chord *chord = find_panic(hotkey);
        if (chord && chord_has(chord, event->code))
            panic(batch, chord);
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
    batch_give(&batch);
}

void hotkey_forget_keys(struct hotkey *hotkey)
{
    keyset_clear(&hotkey->down);
    keyset_clear(&hotkey->swallowed);
    hotkey->held_count = 0;
    if (is_in_tap(hotkey))
        hotkey_go_idle(hotkey);
}

void hotkey_set_grabbed(struct hotkey *hotkey, bool grabbed)
{
    hotkey->grabbed = grabbed;
    if (!grabbed) {
        hotkey->held_count = 0;
        hotkey_go_idle(hotkey);
    }
}

/* The leader is down still, and nothing else was pressed: or it came up, and the sequence is waited
 * for. */
static void leader_is_held(struct batch *batch)
{
    static const struct command SWITCHER = {.type = COMMAND_SWITCHER};
    struct hotkey *hotkey = batch->hotkey;

    if (keyset_has(&hotkey->down, hotkey->leader_key))
        batch_command(batch, &SWITCHER);
    else
        hotkey->deadline_us = hotkey->wait_until_us;
}

void hotkey_tick(struct hotkey *hotkey, uint64_t now_us)
{
    struct batch batch = {.hotkey = hotkey, .now_us = now_us};

    if (now_us < hotkey->deadline_us)
        return;
    if (is_in_tap(hotkey))
        hotkey_flush(hotkey);
    else if (hotkey_is_waiting(hotkey) && now_us < hotkey->wait_until_us)
        leader_is_held(&batch);
    else if (hotkey_is_waiting(hotkey))
        sequence_end(&batch);
}

uint64_t hotkey_deadline_us(const struct hotkey *hotkey)
{
    return hotkey->deadline_us;
}

bool hotkey_is_waiting(const struct hotkey *hotkey)
{
    return hotkey->phase == HOTKEY_SEQUENCE || hotkey->phase == HOTKEY_NUMBER;
}
