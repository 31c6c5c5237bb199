/*
 * Recognises hotkeys in what one input source says. Pure: (reports, now) -> ops; no clock, no
 * device.
 *
 * Leader: a tap is press and release of the leader key with no other press or wheel between; a
 * leader is complete at the second press, at most TIME_LEADER_TAP after the first. Keys that were
 * down before do not matter: a held Shift or a key that is stuck must not take the hotkey away.
 * Num Lock with minus is complete when both are up again, each step at most TIME_LEADER_TAP after
 * the one before. Then, within TIME_LEADER_WAIT, what the profile says (profile.h); by default
 *   1..9, keypad 1..9   that target (two or three digits, each within TIME_LEADER_DIGIT, when
 *                       numbers go above nine)
 *   0, keypad 0, Escape, the leader once more   local
 *   Right, Tab  next     Left  previous     Backspace  last
 * any other key or button, or none in time: given up, and that key is swallowed. After a first
 * digit any other key means that the number was complete; it belongs to that target then.
 * Motion and wheel pass. Keys of a hotkey never pass, nor do their releases. While the source is
 * not grabbed nothing can be held back (the desktop saw it already), so reports are only looked at.
 * While grabbed a press of the leader key that may begin a tap is held back at most TIME_LEADER_TAP
 * and given out, in order, when another key, button or wheel comes; motion passes and does not end
 * it. Nor does the release of an ordinary key: the last letter of a word is often still down when
 * the leader is pressed. The release of a modifier or button does end it: dragging and Ctrl depend
 * on that order.
 *
 * Chords (chord.h) come before leaders. Nothing of them is held back: their modifiers have passed
 * when the last key comes, which goes nowhere. Ctrl and Alt held, the leader of one profile, work
 * like chords with every key of that profile; a number of several digits ends when they come up.
 *
 * Off, all keys pass but the panic keys and the chords that are bound to off and on; either turns
 * hotkeys on again, and so does panic. Panic: Escape, Backspace and Enter held together, or a
 * chord of the rules, on physical state, whatever else is going on. The press that completes it
 * goes nowhere.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/keyset.h"
#include "protocol/link.h"
#include "protocol/report.h"
#include "server/hotkey/profile.h"

#define HOTKEY_NO_DEADLINE UINT64_MAX
#define HOTKEY_HELD_MAX    4 /* of a tap or of two keys: presses and releases */

struct hotkey_ops {
    void (*pass)(void *context, const struct report *report); /* belongs to the active target */
    void (*leader)(void *context); /* a leader or a chord is complete: grab */
    void (*command)(void *context, const struct command *command);
    void (*panic)(void *context);
    void (*switched_off)(void *context, bool off);
};

enum hotkey_phase {
    HOTKEY_IDLE,
    HOTKEY_TAP_DOWN,
    HOTKEY_TAP_UP,
    HOTKEY_PAIR_FIRST, /* Num Lock is down */
    HOTKEY_PAIR_BOTH,  /* minus was pressed, too */
    HOTKEY_SEQUENCE,   /* a leader is complete */
    HOTKEY_NUMBER,     /* and a digit came, or what asks for a number */
};

struct hotkey {
    const struct hotkey_ops *ops;
    void *context;
    const struct hotkey_rules *rules; /* the caller's */
    uint16_t leader_key;              /* of the tap or the pair; 0: there is none */
    uint16_t highest_number;          /* of a target: above nine, numbers have two digits */
    bool grabbed;
    bool off;
    enum hotkey_phase phase;
    uint64_t deadline_us;
    uint64_t wait_until_us; /* HOTKEY_SEQUENCE: the leader alone counts until then */
    uint16_t number;        /* HOTKEY_NUMBER: of digit_count digits */
    uint8_t digit_count;
    bool by_hold;                          /* begun by held Ctrl and Alt */
    const struct hotkey_profile_key *asks; /* HOTKEY_NUMBER: what the seconds are of; or NULL */
    struct keyset down;                    /* physically */
    struct keyset swallowed;               /* down, and their up must not pass either */
    struct report held[HOTKEY_HELD_MAX];
    uint8_t held_count;
};

void hotkey_init(struct hotkey *hotkey, const struct hotkey_rules *rules,
                 const struct hotkey_ops *ops, void *context);
/* Nothing is begun or held back: the caller may change the rules, and says so before the next call.
 */
bool hotkey_is_idle(const struct hotkey *hotkey);
void hotkey_rules_changed(struct hotkey *hotkey);
/* Keys are already counted over all devices: 1 at the first press, 0 at the last release, no
 * repeats. */
void hotkey_report(struct hotkey *hotkey, const struct report *report, uint64_t now_us);
/* Gives out what is held back of a tap, and forgets the tap. */
void hotkey_flush(struct hotkey *hotkey);
/* The keys of a panic chord are down: nothing may be grabbed. */
bool hotkey_panic_is_held(const struct hotkey *hotkey);
/* The physical state is unknown from now on (the window lost the focus): no key is down. */
void hotkey_forget_keys(struct hotkey *hotkey);
/* The source grabbed or gave back. Whatever was held back is dropped: nobody is there to get it. A
 * leader's sequence lives only while grabbed. */
void hotkey_set_grabbed(struct hotkey *hotkey, bool grabbed);
void hotkey_tick(struct hotkey *hotkey, uint64_t now_us);
uint64_t hotkey_deadline_us(const struct hotkey *hotkey); /* when to tick; HOTKEY_NO_DEADLINE */
bool hotkey_is_waiting(const struct hotkey *hotkey);      /* a leader waits for its sequence */
