/*
 * Key symbols of VNC clients as keys of the target, in its layout: which key, and with which
 * modifiers. libxkbcommon lives here alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct keymap;

struct keymap_place {
    uint16_t code; /* evdev */
    bool shift, level3;
    bool is_alphabetic; /* Caps Lock turns shift around */
    bool is_keypad;     /* Num Lock does */
    bool is_character;  /* its symbol is the same only with just these modifiers */
};

/* `layout`: as "us" or "us(intl)". 0 or -EINVAL: there is no such layout. Reads files. */
int keymap_create(const char *layout, struct keymap **ret_keymap);
struct keymap *keymap_destroy(struct keymap *keymap);
/* False when no key gives this symbol, and for those of Caps, Shift and Num Lock. */
bool keymap_find(const struct keymap *keymap, uint32_t keysym, struct keymap_place *ret_place);
/* The key that gives the third level. */
uint16_t keymap_level3_code(const struct keymap *keymap);
