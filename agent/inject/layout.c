#include "agent/inject/layout.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xkbcommon/xkbcommon-keysyms.h>
#include <xkbcommon/xkbcommon.h>

#include "agent/inject/find.h"

#define EVDEV_TO_XKB 8
#define NAME_ROOM    64

struct layout {
    struct xkb_context *context;
    struct xkb_keymap *keymap;
    uint16_t modifiers[FIND_MODIFIERS];
};

struct levels { /* a state for each combination of modifiers */
    struct xkb_state *states[1u << FIND_MODIFIERS];
};

uint32_t layout_character(uint32_t keysym)
{
    if (keysym >= XKB_KEY_KP_Space && keysym <= XKB_KEY_KP_9)
        return 0; /* its keys are others when Num Lock is another */
    if (keysym == XKB_KEY_KP_Equal)
        return 0;
    return xkb_keysym_to_utf32(keysym);
}

/* "us(intl)" is layout `us`, variant `intl`. */
static int split_name(const char *name, char ret_layout[NAME_ROOM], char ret_variant[NAME_ROOM])
{
    const size_t size = strcspn(name, "(");
    const size_t rest = strlen(name) - size;

    if (size == 0 || size >= NAME_ROOM || rest >= NAME_ROOM ||
        (rest > 0 && (rest < 3 || name[size + rest - 1] != ')')))
        return -EINVAL;
    snprintf(ret_layout, NAME_ROOM, "%.*s", (int)size, name);
    snprintf(ret_variant, NAME_ROOM, "%.*s", rest ? (int)rest - 2 : 0, rest ? name + size + 1 : "");
    return 0;
}

/* Of several the right Alt key, which all keyboards have. */
static uint16_t find_modifier(struct xkb_state *state, xkb_keysym_t wanted)
{
    uint16_t found = 0;

    for (uint16_t key = 1; key <= FIND_KEY_MAX && found != KEY_RIGHTALT; key++) {
        const xkb_keysym_t symbol = xkb_state_key_get_one_sym(state, key + EVDEV_TO_XKB);
        if (symbol == wanted && (!found || key == KEY_RIGHTALT))
            found = key;
    }
    return found;
}

static int find_modifiers(struct layout *layout)
{
    struct xkb_state *state = xkb_state_new(layout->keymap);

    if (!state)
        return -ENOMEM;
    layout->modifiers[FIND_SHIFT] = find_modifier(state, XKB_KEY_Shift_L);
    layout->modifiers[FIND_LEVEL3] = find_modifier(state, XKB_KEY_ISO_Level3_Shift);
    layout->modifiers[FIND_LEVEL5] = find_modifier(state, XKB_KEY_ISO_Level5_Shift);
    xkb_state_unref(state);
    return 0;
}

int layout_open(const char *name, struct layout **ret_layout)
{
    char base[NAME_ROOM], variant[NAME_ROOM];
    const struct xkb_rule_names names = {
        .rules = "evdev", .model = "pc105", .layout = base, .variant = variant, .options = ""};
    struct layout *layout = calloc(1, sizeof *layout);
    int error = layout ? split_name(name, base, variant) : -ENOMEM;

    if (!error && !(layout->context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES)))
        error = -ENOMEM;
    if (!error) {
        xkb_context_set_log_level(layout->context, XKB_LOG_LEVEL_CRITICAL);
        layout->keymap =
            xkb_keymap_new_from_names(layout->context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
        error = layout->keymap ? find_modifiers(layout) : -EINVAL;
    }
    if (error) {
        layout_close(layout);
        return error;
    }
    *ret_layout = layout;
    return 0;
}

struct layout *layout_close(struct layout *layout)
{
    if (!layout)
        return NULL;
    xkb_keymap_unref(layout->keymap);
    xkb_context_unref(layout->context);
    free(layout);
    return NULL;
}

static void tap(struct xkb_state *state, uint16_t key)
{
    xkb_state_update_key(state, key + EVDEV_TO_XKB, XKB_KEY_DOWN);
    xkb_state_update_key(state, key + EVDEV_TO_XKB, XKB_KEY_UP);
}

/* By the keys themselves, since what each does is the layout's. */
static struct xkb_state *make_state(const struct layout *layout, uint8_t locks, unsigned modifiers)
{
    struct xkb_state *state = xkb_state_new(layout->keymap);

    if (!state)
        return NULL;
    if (locks & MESSAGE_LOCK_CAPS)
        tap(state, KEY_CAPSLOCK);
    if (locks & MESSAGE_LOCK_NUM)
        tap(state, KEY_NUMLOCK);
    for (int i = 0; i < FIND_MODIFIERS; i++)
        if (modifiers & 1u << i && layout->modifiers[i])
            xkb_state_update_key(state, layout->modifiers[i] + EVDEV_TO_XKB, XKB_KEY_DOWN);
    return state;
}

static uint32_t character_of(void *context, uint16_t key, unsigned modifiers)
{
    const struct levels *levels = context;

    return layout_character(
        xkb_state_key_get_one_sym(levels->states[modifiers], (xkb_keycode_t)key + EVDEV_TO_XKB));
}

int layout_find(const struct layout *layout, uint8_t locks, const char *text,
                struct stroke *ret_strokes, size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM])
{
    struct levels levels;
    struct find_keyboard keyboard = {.character = character_of, .context = &levels};
    int error = 0;

    memcpy(keyboard.modifiers, layout->modifiers, sizeof keyboard.modifiers);
    for (unsigned i = 0; i < 1u << FIND_MODIFIERS; i++)
        if (!(levels.states[i] = make_state(layout, locks, i)))
            error = -ENOMEM;
    if (error)
        snprintf(ret_why, MESSAGE_REASON_ROOM, "no memory");
    else
        error = find_strokes(&keyboard, text, ret_strokes, ret_count, ret_why);
    for (unsigned i = 0; i < 1u << FIND_MODIFIERS; i++)
        xkb_state_unref(levels.states[i]);
    return error;
}
