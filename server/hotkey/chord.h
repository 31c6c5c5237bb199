/*
 * Keys and buttons held together. Pure.
 *
 * A chord is complete when one of its keys is pressed, all are down, and no modifier beside them:
 * Meta+F1 is another one than Shift+Meta+F1. Other keys that are down do not matter (one may be
 * stuck). The press that completes it is that of a key which is no modifier, unless it has none:
 * whoever holds a letter and then Ctrl begins something else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/keyset.h"

#define CHORD_KEYS_MAX 6

struct chord_key {
    uint16_t code;
    uint16_t other; /* the right one's, where the side does not matter; else 0 */
};

struct chord {
    uint8_t count;
    struct chord_key keys[CHORD_KEYS_MAX];
};

/* "Meta+F1"; names as in keyname.h. False with a sentence in ret_why. */
bool chord_parse(const char *text, struct chord *ret_chord, char *ret_why, size_t room_bytes);
bool chord_has(const struct chord *chord, uint16_t code);
/* All its keys, and any others. */
bool chord_is_down(const struct chord *chord, const struct keyset *down);
/* `code` was pressed just now, and is in `down`. */
bool chord_completes(const struct chord *chord, const struct keyset *down, uint16_t code);
bool chord_is_modifiers(const struct chord *chord);
/* Whoever holds `outer` may hold `inner`, too. */
bool chord_contains(const struct chord *outer, const struct chord *inner);
/* The better of two that are complete at once has more keys, or names more sides. */
bool chord_is_better(const struct chord *chord, const struct chord *than);
