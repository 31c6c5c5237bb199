/* A set of evdev key codes (KEY_*, BTN_*). Pure. */
#pragma once

#include <linux/input-event-codes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYSET_WORDS ((KEY_CNT + 63) / 64)

struct keyset {
    uint64_t words[KEYSET_WORDS];
};

void keyset_clear(struct keyset *set);
bool keyset_has(const struct keyset *set, uint16_t code); /* false above KEY_MAX */
/* Both tell whether the set changed; codes above KEY_MAX change nothing. */
bool keyset_add(struct keyset *set, uint16_t code);
bool keyset_remove(struct keyset *set, uint16_t code);
bool keyset_is_empty(const struct keyset *set);
size_t keyset_count(const struct keyset *set);
/* The lowest code >= from, or KEY_CNT: for (c = keyset_next(s, 0); c < KEY_CNT; c = keyset_next(s,
 * c + 1)) */
uint16_t keyset_next(const struct keyset *set, uint16_t from);
bool key_is_modifier(uint16_t code); /* Shift, Ctrl, Alt, Meta, both sides */
bool key_is_button(uint16_t code);   /* BTN_MOUSE..BTN_TASK */
/* Keys of the computer that one sits at (power, sleep, radio, brightness): never sent. */
bool key_is_own(uint16_t code);
