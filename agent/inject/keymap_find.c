#include "agent/inject/keymap_find.h"

#include <X11/XKBlib.h>
#include <X11/keysym.h>
#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/inject/find.h"
#include "agent/inject/layout.h"

#define EVDEV_TO_X 8

struct levels {
    XkbDescPtr map;
    unsigned locked, group;
    unsigned masks[FIND_MODIFIERS];
};

static KeySym symbol_of(const struct levels *levels, uint16_t key, unsigned modifiers)
{
    const unsigned state = XkbBuildCoreState(levels->locked | modifiers, levels->group);
    unsigned used;
    KeySym symbol = NoSymbol;

    if (!XkbTranslateKeyCode(levels->map, (KeyCode)(key + EVDEV_TO_X), state, &used, &symbol))
        return NoSymbol;
    return symbol;
}

static uint32_t character_of(void *context, uint16_t key, unsigned modifiers)
{
    const struct levels *levels = context;
    unsigned mask = 0;

    if (key + EVDEV_TO_X < levels->map->min_key_code ||
        key + EVDEV_TO_X > levels->map->max_key_code)
        return 0;
    for (int i = 0; i < FIND_MODIFIERS; i++)
        if (modifiers & 1u << i)
            mask |= levels->masks[i];
    return layout_character((uint32_t)symbol_of(levels, key, mask));
}

/* The key that has this symbol and is a modifier in this map; of several the right Alt key. */
static void find_modifier(struct levels *levels, enum find_modifier which, KeySym wanted,
                          struct find_keyboard *keyboard)
{
    for (uint16_t key = 1; key <= FIND_KEY_MAX; key++) {
        const int code = key + EVDEV_TO_X;
        if (code < levels->map->min_key_code || code > levels->map->max_key_code)
            continue;
        const unsigned mask = levels->map->map->modmap[code];
        if (!mask || symbol_of(levels, key, 0) != wanted ||
            (keyboard->modifiers[which] && key != KEY_RIGHTALT))
            continue;
        keyboard->modifiers[which] = key;
        levels->masks[which] = mask;
    }
}

int keymap_find_strokes(Display *xlib, unsigned device, const char *text,
                        struct stroke *ret_strokes, size_t *ret_count,
                        char ret_why[MESSAGE_REASON_ROOM])
{
    XkbStateRec state;
    struct levels levels = {.map = XkbGetMap(xlib, XkbAllClientInfoMask, device)};
    struct find_keyboard keyboard = {.character = character_of, .context = &levels};
    int error = -EIO;

    snprintf(ret_why, MESSAGE_REASON_ROOM, "the X display does not tell its keyboard layout");
    if (levels.map && XkbGetState(xlib, XkbUseCoreKbd, &state) == Success) {
        levels.locked = state.locked_mods;
        levels.group = state.group;
        find_modifier(&levels, FIND_SHIFT, XK_Shift_L, &keyboard);
        find_modifier(&levels, FIND_LEVEL3, XK_ISO_Level3_Shift, &keyboard);
        find_modifier(&levels, FIND_LEVEL5, XK_ISO_Level5_Shift, &keyboard);
        error = find_strokes(&keyboard, text, ret_strokes, ret_count, ret_why);
    }
    if (error == 0 && (state.base_mods | state.latched_mods)) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "somebody there holds Shift, Ctrl or the like down");
        error = -EBUSY;
    }
    if (levels.map)
        XkbFreeKeyboard(levels.map, XkbAllComponentsMask, True);
    return error;
}
