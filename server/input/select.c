#include "server/input/select.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_COUNT(array) (sizeof(array) / sizeof *(array))
#define BIT(number)        (UINT64_C(1) << (number))

static const uint16_t letter_keys[] = {
    KEY_A, KEY_B, KEY_C, KEY_D, KEY_E, KEY_F, KEY_G, KEY_H, KEY_I, KEY_J, KEY_K, KEY_L, KEY_M,
    KEY_N, KEY_O, KEY_P, KEY_Q, KEY_R, KEY_S, KEY_T, KEY_U, KEY_V, KEY_W, KEY_X, KEY_Y, KEY_Z,
};

static const char *const verdict_texts[] = {
    [VERDICT_KEYBOARD] = "keyboard",
    [VERDICT_MOUSE] = "mouse",
    [VERDICT_KEYBOARD_MOUSE] = "keyboard and mouse",
    [VERDICT_COMPANION] = "part of a keyboard or mouse",
    [VERDICT_VIRTUAL] = "virtual: made by a program",
    [VERDICT_SWITCH] = "has a switch (lid, tablet mode): it belongs to this computer",
    [VERDICT_ABSOLUTE] = "touchpad, touch screen or tablet: not supported yet",
    [VERDICT_JOYSTICK] = "joystick or gamepad",
    [VERDICT_OWN_KEYS] =
        "only power, sleep, radio or brightness keys: they belong to this computer",
    [VERDICT_OTHER] = "neither keyboard nor mouse",
    [VERDICT_BUSY] = "another program has grabbed it (a key remapper?)",
    [VERDICT_FORBIDDEN] = "no right to open it (is hotdesk-input in group input?)",
    [VERDICT_BROKEN] = "it cannot be opened",
};

void capabilities_parse(const char *text, uint64_t *ret_bits, unsigned word_count)
{
    memset(ret_bits, 0, word_count * sizeof *ret_bits);
    unsigned per_word = 64 / (8 * sizeof(long));
    const char *end = text + strlen(text);
    for (unsigned index = 0; end > text && index / per_word < word_count;) {
        while (end > text && (end[-1] == ' ' || end[-1] == '\n'))
            end--;
        const char *start = end;
        while (start > text && start[-1] != ' ')
            start--;
        if (start == end)
            return;
        uint64_t word = strtoull(start, NULL, 16);
        ret_bits[index / per_word] |= word << (index % per_word * 8 * sizeof(long) % 64);
        index++;
        end = start;
    }
}

static bool has_any(const struct keyset *keys, uint16_t first, uint16_t last)
{
    return keyset_next(keys, first) <= last;
}

static bool is_keyboard(const struct capabilities *capabilities)
{
    for (size_t i = 0; i < ARRAY_COUNT(letter_keys); i++)
        if (!keyset_has(&capabilities->keys, letter_keys[i]))
            return false;
    return true;
}

static bool is_mouse(const struct capabilities *capabilities)
{
    return capabilities->relatives & BIT(REL_X) && keyset_has(&capabilities->keys, BTN_LEFT);
}

/* Axes that tell a place. Many keyboards have ABS_VOLUME for a knob, and ABS_MISC and what follows
 * for fields that the kernel has no name for: those are no touchpads. */
static bool has_position(const struct capabilities *capabilities)
{
    uint64_t harmless = BIT(ABS_VOLUME);
    for (unsigned axis = ABS_MISC; axis < ABS_MT_SLOT; axis++)
        harmless |= BIT(axis);
    return capabilities->absolutes & ~harmless;
}

static bool has_only_own_keys(const struct capabilities *capabilities)
{
    if (keyset_is_empty(&capabilities->keys))
        return false;
    for (uint16_t code = keyset_next(&capabilities->keys, 0); code < KEY_CNT;
         code = keyset_next(&capabilities->keys, code + 1))
        if (!key_is_own(code))
            return false;
    return true;
}

enum verdict verdict_alone(const struct capabilities *capabilities, bool is_virtual)
{
    if (is_virtual)
        return VERDICT_VIRTUAL;
    if (capabilities->types & BIT(EV_SW))
        return VERDICT_SWITCH;
    bool keyboard = is_keyboard(capabilities), mouse = is_mouse(capabilities);
    bool joystick = has_any(&capabilities->keys, BTN_JOYSTICK, BTN_THUMBR);
    if (joystick && !keyboard && !mouse)
        return VERDICT_JOYSTICK;
    if (has_position(capabilities))
        return VERDICT_ABSOLUTE;
    if (keyboard)
        return mouse ? VERDICT_KEYBOARD_MOUSE : VERDICT_KEYBOARD;
    if (mouse)
        return VERDICT_MOUSE;
    return has_only_own_keys(capabilities) ? VERDICT_OWN_KEYS : VERDICT_OTHER;
}

enum verdict verdict_beside_taken(enum verdict alone, const struct capabilities *capabilities)
{
    bool says_anything = capabilities->relatives || !keyset_is_empty(&capabilities->keys);
    return alone == VERDICT_OTHER && says_anything ? VERDICT_COMPANION : alone;
}

bool verdict_is_taken(enum verdict verdict)
{
    return verdict <= VERDICT_COMPANION;
}

const char *verdict_text(enum verdict verdict)
{
    return verdict_texts[verdict];
}

bool syspath_is_virtual(const char *syspath)
{
    static const char below[] = "/sys/devices/virtual/input/";
    return strncmp(syspath, below, sizeof below - 1) == 0;
}
