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
    [VERDICT_POINTER] = "absolute pointer",
    [VERDICT_KEYPAD] = "keypad or presenter",
    [VERDICT_COMPANION] = "part of a keyboard or mouse",
    [VERDICT_INCLUDED] = "included by input.conf",
    [VERDICT_REMAPPED] = "used in place of a device that another program has grabbed",
    [VERDICT_TOUCH] = "silent while another computer is active: touchpads are not sent yet",
    [VERDICT_VIRTUAL] = "virtual: made by a program",
    [VERDICT_EXCLUDED] = "excluded by input.conf",
    [VERDICT_SWITCH] = "has a switch (lid, tablet mode): it belongs to this computer",
    [VERDICT_POSITION] = "tells a place, but is no pointer (an accelerometer?)",
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

static bool has_all(const struct capabilities *capabilities, const uint16_t *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!keyset_has(&capabilities->keys, codes[i]))
            return false;
    return true;
}

static bool is_keyboard(const struct capabilities *capabilities)
{
    return has_all(capabilities, letter_keys, ARRAY_COUNT(letter_keys));
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

/* Also a pen's and a finger's buttons: those of a tablet's pad. */
static bool is_touch(const struct capabilities *capabilities)
{
    return has_position(capabilities) &&
           (has_any(&capabilities->keys, BTN_DIGI, BTN_TOOL_QUADTAP) ||
            capabilities->absolutes & BIT(ABS_MT_POSITION_X));
}

bool capabilities_have_pointer(const struct capabilities *capabilities)
{
    const uint64_t place = BIT(ABS_X) | BIT(ABS_Y);
    return (capabilities->absolutes & place) == place &&
           keyset_has(&capabilities->keys, BTN_LEFT) && !(capabilities->relatives & BIT(REL_X)) &&
           !is_touch(capabilities);
}

/* Number pads and presenters without letters. A remote control for television has other digits. */
static bool is_keypad(const struct capabilities *capabilities)
{
    static const uint16_t digits[] = {KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4,
                                      KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9};
    static const uint16_t pages[] = {KEY_PAGEUP, KEY_PAGEDOWN, KEY_ESC};
    return has_all(capabilities, digits, ARRAY_COUNT(digits)) ||
           has_all(capabilities, pages, ARRAY_COUNT(pages));
}

static bool has_only_own_keys(const struct capabilities *capabilities)
{
    if (keyset_is_empty(&capabilities->keys))
        return false;
    for (uint16_t code = keyset_next(&capabilities->keys, 0); code < KEY_CNT;
         code = keyset_next(&capabilities->keys, code + 1))
        if (!key_is_own(code) || (capabilities->sent && keyset_has(capabilities->sent, code)))
            return false;
    return true;
}

/* Neither switch nor joystick. A mouse may have a surface that feels fingers and scrolls by itself;
 * with the buttons of a touchpad it is one, as a keyboard never is. */
static enum verdict kind_of(const struct capabilities *capabilities)
{
    bool keyboard = is_keyboard(capabilities), mouse = is_mouse(capabilities);
    if (keyboard)
        return mouse ? VERDICT_KEYBOARD_MOUSE : VERDICT_KEYBOARD;
    if (mouse && !has_any(&capabilities->keys, BTN_DIGI, BTN_TOOL_QUADTAP))
        return VERDICT_MOUSE;
    if (is_touch(capabilities))
        return VERDICT_TOUCH;
    if (capabilities_have_pointer(capabilities))
        return VERDICT_POINTER;
    if (has_position(capabilities))
        return VERDICT_POSITION;
    if (is_keypad(capabilities))
        return VERDICT_KEYPAD;
    return has_only_own_keys(capabilities) ? VERDICT_OWN_KEYS : VERDICT_OTHER;
}

enum verdict verdict_alone(const struct capabilities *capabilities, bool is_virtual)
{
    if (is_virtual)
        return VERDICT_VIRTUAL;
    if (capabilities->types & BIT(EV_SW))
        return VERDICT_SWITCH;
    if (capabilities->properties & BIT(INPUT_PROP_ACCELEROMETER))
        return VERDICT_POSITION;
    if (has_any(&capabilities->keys, BTN_JOYSTICK, BTN_THUMBR) && !is_keyboard(capabilities) &&
        !is_mouse(capabilities))
        return VERDICT_JOYSTICK;
    return kind_of(capabilities);
}

enum verdict verdict_among(const struct capabilities *capabilities, bool is_virtual,
                           const struct surroundings *surroundings)
{
    enum verdict alone = verdict_alone(capabilities, false);
    bool says_anything = capabilities->relatives || !keyset_is_empty(&capabilities->keys);
    if (surroundings->excluded)
        return VERDICT_EXCLUDED;
    if (is_virtual && !surroundings->included)
        return surroundings->remapped && verdict_is_taken(alone) ? VERDICT_REMAPPED
                                                                 : VERDICT_VIRTUAL;
    if (alone != VERDICT_OTHER || !says_anything)
        return alone;
    if (surroundings->taken_beside)
        return VERDICT_COMPANION;
    return surroundings->included ? VERDICT_INCLUDED : alone;
}

bool verdict_is_taken(enum verdict verdict)
{
    return verdict <= VERDICT_REMAPPED;
}

bool verdict_is_used(enum verdict verdict)
{
    return verdict <= VERDICT_TOUCH;
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

bool name_is_ours(const char *name)
{
    static const char start[] = "hotdesk ";
    return strncmp(name, start, sizeof start - 1) == 0;
}
