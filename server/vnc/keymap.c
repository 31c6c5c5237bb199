#include "server/vnc/keymap.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xkbcommon/xkbcommon-keysyms.h>
#include <xkbcommon/xkbcommon.h>

#include "protocol/vnc.h"

#define EVDEV_OFFSET 8
#define MASKS_MAX    16
#define SPACE        0x20
/* Keys that a keyboard may lack cost more than modifiers. */
#define COST_102ND   4
#define COST_UNUSUAL 8
#define UNUSUAL_FROM (KEY_COMPOSE + 1)

enum modifier { SHIFT = 1, LOCK = 2, LEVEL3 = 4, NUM = 8, OTHER = 16 };

struct entry {
    uint32_t keysym;
    struct keymap_place place;
    unsigned cost;
};

struct keymap {
    struct entry *entries; /* by keysym, then by cost */
    size_t count, room;
    uint16_t level3_code;
};

/* Of X's eight real modifiers; those of XKB are resolved to them. */
static unsigned modifiers_of(struct xkb_keymap *xkb, xkb_mod_mask_t mask)
{
    static const struct {
        const char *name;
        enum modifier modifier;
    } known[] = {{"Shift", SHIFT}, {"Lock", LOCK}, {"Mod5", LEVEL3}, {"Mod2", NUM}};
    unsigned modifiers = 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        xkb_mod_mask_t bit = 1u << xkb_keymap_mod_get_index(xkb, known[i].name);
        modifiers |= mask & bit ? known[i].modifier : 0;
        mask &= ~bit;
    }
    return mask ? modifiers | OTHER : modifiers;
}

static void add(struct keymap *keymap, uint32_t keysym, const struct keymap_place *place)
{
    if (keymap->count == keymap->room) {
        size_t room = keymap->room ? keymap->room * 2 : 256;
        struct entry *entries = realloc(keymap->entries, room * sizeof *entries);
        if (!entries)
            return;
        keymap->entries = entries;
        keymap->room = room;
    }
    unsigned cost = (unsigned)place->shift + 2u * place->level3;
    if (place->code == KEY_102ND)
        cost += COST_102ND;
    else if (place->code >= UNUSUAL_FROM)
        cost += COST_UNUSUAL;
    keymap->entries[keymap->count++] = (struct entry){keysym, *place, cost};
}

/* All that some level of the key depends on. */
static unsigned modifiers_of_key(struct xkb_keymap *xkb, xkb_keycode_t key)
{
    xkb_mod_mask_t masks[MASKS_MAX];
    unsigned every = 0;
    for (xkb_level_index_t level = 0; level < xkb_keymap_num_levels_for_key(xkb, key, 0); level++) {
        size_t count = xkb_keymap_key_get_mods_for_level(xkb, key, 0, level, masks, MASKS_MAX);
        for (size_t i = 0; i < count; i++)
            every |= modifiers_of(xkb, masks[i]);
    }
    return every;
}

static void add_level(struct keymap *keymap, struct xkb_keymap *xkb, xkb_keycode_t key,
                      xkb_level_index_t level)
{
    const xkb_keysym_t *symbols = NULL;
    xkb_mod_mask_t masks[MASKS_MAX];
    unsigned every = modifiers_of_key(xkb, key), best = OTHER;
    if (xkb_keymap_key_get_syms_by_level(xkb, key, 0, level, &symbols) != 1)
        return;
    size_t count = xkb_keymap_key_get_mods_for_level(xkb, key, 0, level, masks, MASKS_MAX);
    for (size_t i = 0; i < count; i++) {
        unsigned modifiers = modifiers_of(xkb, masks[i]);
        /* Without a lock that has to be on, or it is the keypad's Num Lock. */
        if (!(modifiers & (OTHER | LOCK)) && best != NUM && (modifiers == NUM || modifiers < best))
            best = modifiers;
    }
    if (best & OTHER)
        return;
    uint32_t character = xkb_keysym_to_utf32(symbols[0]);
    struct keymap_place place = {.code = (uint16_t)(key - EVDEV_OFFSET),
                                 .shift = best & SHIFT,
                                 .level3 = best & LEVEL3,
                                 .is_alphabetic = every & LOCK,
                                 .is_keypad = every & NUM,
                                 .is_character = character > SPACE && character != 0x7f};
    place.shift = place.is_keypad ? best & NUM : place.shift; /* turned around by it */
    add(keymap, symbols[0], &place);
}

static void add_key(struct xkb_keymap *xkb, xkb_keycode_t key, void *context)
{
    xkb_level_index_t count = key > EVDEV_OFFSET ? xkb_keymap_num_levels_for_key(xkb, key, 0) : 0;
    for (xkb_level_index_t level = 0; level < count; level++)
        add_level(context, xkb, key, level);
}

static int compare(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;
    if (one->keysym != other->keysym)
        return one->keysym < other->keysym ? -1 : 1;
    if (one->cost != other->cost)
        return one->cost < other->cost ? -1 : 1;
    return one->place.code < other->place.code ? -1 : one->place.code > other->place.code;
}

static struct xkb_keymap *compile(struct xkb_context *context, const char *layout)
{
    char name[VNC_LAYOUT_ROOM], *variant = NULL;
    snprintf(name, sizeof name, "%s", layout);
    variant = strchr(name, '(');
    if (variant) {
        *variant++ = '\0';
        variant[strcspn(variant, ")")] = '\0';
    }
    const struct xkb_rule_names names = {
        .rules = "evdev", .model = "pc105", .layout = name, .variant = variant ? variant : ""};
    xkb_context_set_log_level(context, XKB_LOG_LEVEL_CRITICAL);
    return xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
}

int keymap_create(const char *layout, struct keymap **ret_keymap)
{
    struct keymap *keymap = calloc(1, sizeof *keymap);
    struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
    struct xkb_keymap *xkb = context && keymap ? compile(context, layout) : NULL;
    struct keymap_place level3;
    if (xkb) {
        xkb_keymap_key_for_each(xkb, add_key, keymap);
        qsort(keymap->entries, keymap->count, sizeof *keymap->entries, compare);
        keymap->level3_code = KEY_RIGHTALT;
        if (keymap_find(keymap, XKB_KEY_ISO_Level3_Shift, &level3))
            keymap->level3_code = level3.code;
    }
    bool found = xkb != NULL;
    xkb_keymap_unref(xkb);
    xkb_context_unref(context);
    if (!found) {
        free(keymap);
        return -EINVAL;
    }
    *ret_keymap = keymap;
    return 0;
}

struct keymap *keymap_destroy(struct keymap *keymap)
{
    if (keymap)
        free(keymap->entries);
    free(keymap);
    return NULL;
}

static bool look_up(const struct keymap *keymap, uint32_t keysym, struct keymap_place *ret_place)
{
    size_t low = 0, high = keymap->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (keymap->entries[middle].keysym < keysym)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == keymap->count || keymap->entries[low].keysym != keysym)
        return false;
    *ret_place = keymap->entries[low].place;
    return true;
}

/* Those that XKB puts on keys that no keyboard has. */
static bool look_up_modifier(uint32_t keysym, struct keymap_place *ret_place)
{
    static const struct {
        uint32_t keysym;
        uint16_t code;
    } known[] = {{XKB_KEY_Meta_L, KEY_LEFTALT},   {XKB_KEY_Meta_R, KEY_RIGHTALT},
                 {XKB_KEY_Alt_R, KEY_RIGHTALT},   {XKB_KEY_ISO_Level3_Shift, KEY_RIGHTALT},
                 {XKB_KEY_Super_L, KEY_LEFTMETA}, {XKB_KEY_Super_R, KEY_RIGHTMETA}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].keysym == keysym) {
            *ret_place = (struct keymap_place){.code = known[i].code};
            return true;
        }
    return false;
}

/* A client's symbols say already what its locks do. */
static bool is_lock(uint32_t keysym)
{
    return keysym == XKB_KEY_Caps_Lock || keysym == XKB_KEY_Num_Lock ||
           keysym == XKB_KEY_Shift_Lock;
}

bool keymap_find(const struct keymap *keymap, uint32_t keysym, struct keymap_place *ret_place)
{
    if (is_lock(keysym))
        return false;
    uint32_t character = xkb_keysym_to_utf32(keysym);
    if (look_up_modifier(keysym, ret_place) || look_up(keymap, keysym, ret_place))
        return true;
    /* The same character by its other names: Latin or Unicode. */
    return character > SPACE && (look_up(keymap, xkb_utf32_to_keysym(character), ret_place) ||
                                 look_up(keymap, character | 0x01000000, ret_place));
}

uint16_t keymap_level3_code(const struct keymap *keymap)
{
    return keymap->level3_code;
}
