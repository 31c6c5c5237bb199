#include "server/vnc/typing.h"

#include <linux/input-event-codes.h>

#include "common/keyset.h"
#include "protocol/message.h"

#define NOTCH 120 /* of a wheel, in REL_WHEEL_HI_RES */

static void add(struct vnc_report *report, uint16_t type, uint16_t code, int32_t value)
{
    if (report->count < VNC_EVENTS_MAX)
        report->events[report->count++] = (struct report_event){type, code, value};
}

static struct typing_held *find_held(struct typing *typing, uint32_t keysym)
{
    for (unsigned i = 0; i < typing->held_count; i++)
        if (typing->held[i].keysym == keysym)
            return &typing->held[i];
    return NULL;
}

static bool is_down(const struct typing *typing, uint16_t code)
{
    for (unsigned i = 0; i < typing->held_count; i++)
        if (typing->held[i].code == code)
            return true;
    return false;
}

/* With one of these a character is a command: shift is part of it as it is. */
static bool is_command(const struct typing *typing, uint16_t level3_code)
{
    static const uint16_t codes[] = {KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_LEFTALT,
                                     KEY_RIGHTALT, KEY_LEFTMETA,  KEY_RIGHTMETA};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i] != level3_code && is_down(typing, codes[i]))
            return true;
    return false;
}

/* Makes a modifier be as the symbol needs it (`before`), and puts it back. */
static void turn(const struct typing *typing, uint16_t code, bool wanted, bool before,
                 struct vnc_report *report)
{
    if (is_down(typing, code) != wanted)
        add(report, EV_KEY, code, wanted == before);
}

static void turn_shift(const struct typing *typing, bool wanted, bool before,
                       struct vnc_report *report)
{
    if (wanted && is_down(typing, KEY_RIGHTSHIFT))
        return;
    turn(typing, KEY_LEFTSHIFT, wanted, before, report);
    if (!wanted)
        turn(typing, KEY_RIGHTSHIFT, false, before, report);
}

static bool needs_shift(const struct keymap_place *place, uint8_t locks)
{
    bool turned = (place->is_alphabetic && (locks & MESSAGE_LOCK_CAPS)) ||
                  (place->is_keypad && (locks & MESSAGE_LOCK_NUM));
    return place->shift != turned;
}

static bool press(struct typing *typing, const struct keymap *keymap, uint8_t locks,
                  uint32_t keysym, struct vnc_report *report)
{
    struct keymap_place place;
    if (find_held(typing, keysym) || typing->held_count == TYPING_HELD_MAX ||
        !keymap_find(keymap, keysym, &place) || is_down(typing, place.code))
        return false;
    uint16_t level3_code = keymap_level3_code(keymap);
    bool shift = needs_shift(&place, locks);
    bool as_it_is = (!place.is_character && !place.is_keypad && !shift) ||
                    place.code == level3_code || is_command(typing, level3_code);
    if (!as_it_is) {
        turn(typing, level3_code, place.level3, true, report);
        turn_shift(typing, shift, true, report);
    }
    add(report, EV_KEY, place.code, 1);
    if (!as_it_is) {
        turn_shift(typing, shift, false, report);
        turn(typing, level3_code, place.level3, false, report);
    }
    typing->held[typing->held_count++] = (struct typing_held){keysym, place.code};
    return true;
}

/* Its symbol may be another one by now: shift went up before it. */
static struct typing_held *find_by_key(struct typing *typing, const struct keymap *keymap,
                                       uint32_t keysym)
{
    struct keymap_place place;
    if (!keymap_find(keymap, keysym, &place))
        return NULL;
    for (unsigned i = 0; i < typing->held_count; i++)
        if (typing->held[i].code == place.code)
            return &typing->held[i];
    return NULL;
}

static bool lift(struct typing *typing, const struct keymap *keymap, uint32_t keysym,
                 struct vnc_report *report)
{
    struct typing_held *held = find_held(typing, keysym);
    if (!held)
        held = find_by_key(typing, keymap, keysym);
    if (!held)
        return false;
    add(report, EV_KEY, held->code, 0);
    *held = typing->held[--typing->held_count];
    return true;
}

bool typing_key(struct typing *typing, const struct keymap *keymap, uint8_t locks, uint32_t keysym,
                bool down, struct vnc_report *ret_report)
{
    ret_report->count = 0;
    return down ? press(typing, keymap, locks, keysym, ret_report)
                : lift(typing, keymap, keysym, ret_report);
}

static void add_buttons(uint8_t before, uint8_t now, struct vnc_report *report)
{
    static const uint16_t codes[8] = {BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, 0, 0, 0, 0, BTN_SIDE};
    for (unsigned i = 0; i < 8; i++)
        if (codes[i] && (before ^ now) >> i & 1)
            add(report, EV_KEY, codes[i], now >> i & 1);
}

/* A notch is a press of a button. */
static void add_wheel(uint8_t pressed, struct vnc_report *report)
{
    static const struct {
        uint8_t button;
        uint16_t code;
        int32_t value;
    } known[] = {{8, REL_WHEEL_HI_RES, NOTCH},
                 {16, REL_WHEEL_HI_RES, -NOTCH},
                 {32, REL_HWHEEL_HI_RES, -NOTCH},
                 {64, REL_HWHEEL_HI_RES, NOTCH}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (pressed & known[i].button)
            add(report, EV_REL, known[i].code, known[i].value);
}

bool typing_point(struct typing *typing, uint8_t buttons, uint16_t x_px, uint16_t y_px,
                  struct vnc_report *ret_report)
{
    ret_report->count = 0;
    if (!typing->has_place || x_px != typing->x_px || y_px != typing->y_px) {
        add(ret_report, EV_ABS, ABS_X, x_px);
        add(ret_report, EV_ABS, ABS_Y, y_px);
    }
    add_buttons(typing->buttons, buttons, ret_report);
    add_wheel(buttons & (uint8_t)~typing->buttons, ret_report);
    typing->has_place = true;
    typing->x_px = x_px;
    typing->y_px = y_px;
    typing->buttons = buttons;
    return ret_report->count > 0;
}
