#include "server/hotkey/chord.h"

#include <stdio.h>
#include <string.h>

#include "server/hotkey/keyname.h"

#define KEY_NAME_ROOM 32

static bool key_is(const struct chord_key *key, uint16_t code)
{
    return code == key->code || (key->other && code == key->other);
}

static bool add_key(struct chord *chord, const char *name, char *ret_why, size_t room_bytes)
{
    struct chord_key key;

    if (!keyname_parse(name, &key.code, &key.other)) {
        snprintf(ret_why, room_bytes, "there is no key '%s'", name);
    } else if (chord_has(chord, key.code) || (key.other && chord_has(chord, key.other))) {
        snprintf(ret_why, room_bytes, "%s is there twice", name);
    } else if (chord->count == CHORD_KEYS_MAX) {
        snprintf(ret_why, room_bytes, "a chord has at most %d keys", CHORD_KEYS_MAX);
    } else {
        chord->keys[chord->count++] = key;
        return true;
    }
    return false;
}

bool chord_parse(const char *text, struct chord *ret_chord, char *ret_why, size_t room_bytes)
{
    struct chord chord = {0};
    const char *end;

    do {
        char name[KEY_NAME_ROOM];
        size_t size;
        text += strspn(text, " \t");
        end = text + strcspn(text, "+");
        size = (size_t)(end - text);
        while (size > 0 && strchr(" \t", text[size - 1]))
            size--;
        snprintf(name, sizeof name, "%.*s", (int)size, text);
        if (size == 0)
            snprintf(ret_why, room_bytes, "a chord is names of keys with + between them");
        if (size == 0 || !add_key(&chord, name, ret_why, room_bytes))
            return false;
        text = end + 1;
    } while (*end);
    *ret_chord = chord;
    return true;
}

bool chord_has(const struct chord *chord, uint16_t code)
{
    for (uint8_t i = 0; i < chord->count; i++) {
        if (key_is(&chord->keys[i], code))
            return true;
    }
    return false;
}

bool chord_is_down(const struct chord *chord, const struct keyset *down)
{
    for (uint8_t i = 0; i < chord->count; i++) {
        const struct chord_key *key = &chord->keys[i];
        if (!keyset_has(down, key->code) && !(key->other && keyset_has(down, key->other)))
            return false;
    }
    return true;
}

bool chord_is_modifiers(const struct chord *chord)
{
    for (uint8_t i = 0; i < chord->count; i++) {
        if (!key_is_modifier(chord->keys[i].code))
            return false;
    }
    return true;
}

static bool has_no_other_modifier(const struct chord *chord, const struct keyset *down)
{
    static const uint16_t MODIFIERS[] = {KEY_LEFTSHIFT, KEY_RIGHTSHIFT, KEY_LEFTCTRL,
                                         KEY_RIGHTCTRL, KEY_LEFTALT,    KEY_RIGHTALT,
                                         KEY_LEFTMETA,  KEY_RIGHTMETA};

    for (size_t i = 0; i < sizeof MODIFIERS / sizeof MODIFIERS[0]; i++) {
        if (keyset_has(down, MODIFIERS[i]) && !chord_has(chord, MODIFIERS[i]))
            return false;
    }
    return true;
}

bool chord_completes(const struct chord *chord, const struct keyset *down, uint16_t code)
{
    return chord_has(chord, code) && (!key_is_modifier(code) || chord_is_modifiers(chord)) &&
           chord_is_down(chord, down) && has_no_other_modifier(chord, down);
}

bool chord_contains(const struct chord *outer, const struct chord *inner)
{
    for (uint8_t i = 0; i < inner->count; i++) {
        const struct chord_key *key = &inner->keys[i];
        if (!chord_has(outer, key->code) && !(key->other && chord_has(outer, key->other)))
            return false;
    }
    return true;
}

static int count_sides(const struct chord *chord)
{
    int sides = 0;

    for (uint8_t i = 0; i < chord->count; i++)
        sides += chord->keys[i].other == 0;
    return sides;
}

bool chord_is_better(const struct chord *chord, const struct chord *than)
{
    if (chord->count != than->count)
        return chord->count > than->count;
    return count_sides(chord) > count_sides(than);
}
