/*
 * Which combination of keys types a character on a keyboard whose keys and levels can be asked for.
 * Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/inject/stroke.h"
#include "protocol/message.h"

#define FIND_KEY_MAX 247 /* X has no codes above */

enum find_modifier { FIND_SHIFT, FIND_LEVEL3, FIND_LEVEL5, FIND_MODIFIERS };

struct find_keyboard {
    uint16_t modifiers[FIND_MODIFIERS]; /* their keys; 0: there is none */
    /* The character (Unicode; Enter is 13, Tab 9) that a key types while these are down, bits by
     * enum find_modifier, with the lock keys and in the group of now; 0: none, or one of the
     * keypad. */
    uint32_t (*character)(void *context, uint16_t key, unsigned modifiers);
    void *context;
};

/* As injector_find: 0, or -ENOENT. Of several combinations the one with the fewest keys. */
int find_strokes(const struct find_keyboard *keyboard, const char *text, struct stroke *ret_strokes,
                 size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM]);
