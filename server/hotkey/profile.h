/*
 * What the keys after a leader do, as known switches do it: one table a profile; docs/hotkeys.md
 * has the sources. And the rules that hotkey.c goes by. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/link.h"
#include "server/hotkey/chord.h"

#define HOTKEY_CHORDS_MAX 64
#define HOTKEY_PANICS_MAX 8

enum hotkey_leader {
    HOTKEY_LEADER_OF_PROFILE,
    HOTKEY_LEADER_SCROLL_LOCK, /* twice */
    HOTKEY_LEADER_RIGHT_CTRL,
    HOTKEY_LEADER_LEFT_CTRL,
    HOTKEY_LEADER_NUM_LOCK_MINUS, /* Num Lock held, minus pressed, both up */
    HOTKEY_LEADER_NONE,
    HOTKEY_LEADER_CTRL_ALT, /* both held; the first key of the sequence is the third */
};

enum hotkey_profile_id {
    HOTKEY_PROFILE_HOTDESK,
    HOTKEY_PROFILE_ATEN,
    HOTKEY_PROFILE_STARTECH,
    HOTKEY_PROFILE_BELKIN,
    HOTKEY_PROFILE_ADDER,
    HOTKEY_PROFILE_COUNT,
};

struct hotkey_profile_key {
    uint16_t code;
    bool asks_seconds; /* a number may follow, that is the seconds of a scan */
    struct command command;
};

#define HOTKEY_PROFILE_KEYS_MAX 8

struct hotkey_profile {
    enum hotkey_leader leader;
    bool enter_ends_number; /* else it ends when no digit can follow, or none does in time */
    bool keypad_counts;
    struct command leader_again;
    struct command given_up; /* a key of no meaning, or none in time */
    struct hotkey_profile_key keys[HOTKEY_PROFILE_KEYS_MAX]; /* code 0 ends them */
};

extern const struct hotkey_profile HOTKEY_PROFILES[HOTKEY_PROFILE_COUNT];

enum hotkey_verb {
    HOTKEY_COMMAND,
    HOTKEY_OFF, /* all keys pass but the panic keys and the chords of these two; again: on */
    HOTKEY_ON,
};

struct hotkey_chord {
    struct chord chord;
    enum hotkey_verb verb;
    struct command command;
};

struct hotkey_rules {
    const struct hotkey_profile *profile;
    enum hotkey_leader leader; /* never HOTKEY_LEADER_OF_PROFILE */
    size_t chord_count, panic_count;
    struct hotkey_chord chords[HOTKEY_CHORDS_MAX];
    struct chord panics[HOTKEY_PANICS_MAX]; /* beside Escape+Backspace+Enter */
};

/* Without chords. */
void hotkey_rules_init(struct hotkey_rules *rules, enum hotkey_profile_id profile,
                       enum hotkey_leader leader);
/* The key of its tap or pair; 0: it has none. */
uint16_t hotkey_leader_key(enum hotkey_leader leader);
/* For people: "Scroll Lock twice"; NULL for none. */
const char *hotkey_leader_words(enum hotkey_leader leader);
/* The digit that a key means there, or -1. */
int hotkey_profile_digit(const struct hotkey_profile *profile, uint16_t code);
/* NULL: the key means nothing there. */
const struct hotkey_profile_key *hotkey_profile_key(const struct hotkey_profile *profile,
                                                    uint16_t code);
