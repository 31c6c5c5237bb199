#include "common/keyset.h"

#include <string.h>

static const uint16_t own_keys[] = {
    KEY_POWER,
    KEY_POWER2,
    KEY_SLEEP,
    KEY_SUSPEND,
    KEY_WAKEUP,
    KEY_RFKILL,
    KEY_WLAN,
    KEY_WWAN,
    KEY_BLUETOOTH,
    KEY_UWB,
    KEY_BRIGHTNESSUP,
    KEY_BRIGHTNESSDOWN,
    KEY_BRIGHTNESS_CYCLE,
    KEY_BRIGHTNESS_AUTO,
    KEY_BRIGHTNESS_TOGGLE,
    KEY_BRIGHTNESS_MIN,
    KEY_BRIGHTNESS_MAX,
    KEY_SWITCHVIDEOMODE,
    KEY_VIDEO_NEXT,
    KEY_VIDEO_PREV,
    KEY_DISPLAY_OFF,
    KEY_KBDILLUMTOGGLE,
    KEY_KBDILLUMDOWN,
    KEY_KBDILLUMUP,
};

void keyset_clear(struct keyset *set)
{
    memset(set, 0, sizeof *set);
}

static uint64_t bit_of(uint16_t code)
{
    return UINT64_C(1) << (code % 64);
}

bool keyset_has(const struct keyset *set, uint16_t code)
{
    return code <= KEY_MAX && (set->words[code / 64] & bit_of(code));
}

bool keyset_add(struct keyset *set, uint16_t code)
{
    if (code > KEY_MAX || keyset_has(set, code))
        return false;
    set->words[code / 64] |= bit_of(code);
    return true;
}

bool keyset_remove(struct keyset *set, uint16_t code)
{
    if (!keyset_has(set, code))
        return false;
    set->words[code / 64] &= ~bit_of(code);
    return true;
}

bool keyset_is_empty(const struct keyset *set)
{
    return keyset_next(set, 0) == KEY_CNT;
}

size_t keyset_count(const struct keyset *set)
{
    size_t count = 0;
    for (size_t i = 0; i < KEYSET_WORDS; i++)
        count += (size_t)__builtin_popcountll(set->words[i]);
    return count;
}

uint16_t keyset_next(const struct keyset *set, uint16_t from)
{
    for (size_t i = from / 64; i < KEYSET_WORDS; i++) {
        uint64_t word = set->words[i];
        if (i == from / 64)
            word &= ~UINT64_C(0) << (from % 64);
        if (word)
            return (uint16_t)(i * 64 + (size_t)__builtin_ctzll(word));
    }
    return KEY_CNT;
}

bool key_is_modifier(uint16_t code)
{
    switch (code) {
    case KEY_LEFTSHIFT:
    case KEY_RIGHTSHIFT:
    case KEY_LEFTCTRL:
    case KEY_RIGHTCTRL:
    case KEY_LEFTALT:
    case KEY_RIGHTALT:
    case KEY_LEFTMETA:
    case KEY_RIGHTMETA:
        return true;
    default:
        return false;
    }
}

bool key_is_button(uint16_t code)
{
    return code >= BTN_MOUSE && code <= BTN_TASK;
}

bool key_is_own(uint16_t code)
{
    for (size_t i = 0; i < sizeof own_keys / sizeof *own_keys; i++)
        if (own_keys[i] == code)
            return true;
    return false;
}
