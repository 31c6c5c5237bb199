/* Combinations of keys as words of a command line: "ctrl-alt-del", "Meta+F1", "enter". Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/limits.h"

#define KEYS_WHY_ROOM 256

struct keys {
    size_t count;
    uint16_t codes[SCRIPT_KEYS_MAX]; /* in the order in which they are pressed */
};

/* Names as in chords (server/hotkey/keyname.h), with - or + between them; of Ctrl, Shift, Alt and
 * Meta the left one. False, with a sentence in ret_why: it says which name is none, and which are
 * like it. */
bool keys_parse(const char *word, struct keys *ret_keys, char ret_why[KEYS_WHY_ROOM]);
