#include "server/hotkey/keyname.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    uint16_t code, other;
} NAMES[] = {
    {"Ctrl", KEY_LEFTCTRL, KEY_RIGHTCTRL},
    {"Control", KEY_LEFTCTRL, KEY_RIGHTCTRL},
    {"LeftCtrl", KEY_LEFTCTRL, 0},
    {"RightCtrl", KEY_RIGHTCTRL, 0},
    {"Shift", KEY_LEFTSHIFT, KEY_RIGHTSHIFT},
    {"LeftShift", KEY_LEFTSHIFT, 0},
    {"RightShift", KEY_RIGHTSHIFT, 0},
    {"Alt", KEY_LEFTALT, KEY_RIGHTALT},
    {"LeftAlt", KEY_LEFTALT, 0},
    {"RightAlt", KEY_RIGHTALT, 0},
    {"AltGr", KEY_RIGHTALT, 0},
    {"Meta", KEY_LEFTMETA, KEY_RIGHTMETA},
    {"Super", KEY_LEFTMETA, KEY_RIGHTMETA},
    {"Win", KEY_LEFTMETA, KEY_RIGHTMETA},
    {"LeftMeta", KEY_LEFTMETA, 0},
    {"RightMeta", KEY_RIGHTMETA, 0},
    {"Escape", KEY_ESC, 0},
    {"Esc", KEY_ESC, 0},
    {"Enter", KEY_ENTER, 0},
    {"Return", KEY_ENTER, 0},
    {"Backspace", KEY_BACKSPACE, 0},
    {"Tab", KEY_TAB, 0},
    {"Space", KEY_SPACE, 0},
    {"CapsLock", KEY_CAPSLOCK, 0},
    {"NumLock", KEY_NUMLOCK, 0},
    {"ScrollLock", KEY_SCROLLLOCK, 0},
    {"Pause", KEY_PAUSE, 0},
    {"Break", KEY_PAUSE, 0},
    {"SysRq", KEY_SYSRQ, 0},
    {"Print", KEY_SYSRQ, 0},
    {"PrintScreen", KEY_SYSRQ, 0},
    {"Menu", KEY_COMPOSE, 0},
    {"Compose", KEY_COMPOSE, 0},
    {"Insert", KEY_INSERT, 0},
    {"Delete", KEY_DELETE, 0},
    {"Del", KEY_DELETE, 0},
    {"Home", KEY_HOME, 0},
    {"End", KEY_END, 0},
    {"PageUp", KEY_PAGEUP, 0},
    {"PageDown", KEY_PAGEDOWN, 0},
    {"Up", KEY_UP, 0},
    {"Down", KEY_DOWN, 0},
    {"Left", KEY_LEFT, 0},
    {"Right", KEY_RIGHT, 0},
    {"Minus", KEY_MINUS, 0},
    {"Equal", KEY_EQUAL, 0},
    {"LeftBrace", KEY_LEFTBRACE, 0},
    {"RightBrace", KEY_RIGHTBRACE, 0},
    {"Semicolon", KEY_SEMICOLON, 0},
    {"Apostrophe", KEY_APOSTROPHE, 0},
    {"Grave", KEY_GRAVE, 0},
    {"Backslash", KEY_BACKSLASH, 0},
    {"Comma", KEY_COMMA, 0},
    {"Dot", KEY_DOT, 0},
    {"Period", KEY_DOT, 0},
    {"Slash", KEY_SLASH, 0},
    {"102nd", KEY_102ND, 0},
    {"KPMinus", KEY_KPMINUS, 0},
    {"KPPlus", KEY_KPPLUS, 0},
    {"KPAsterisk", KEY_KPASTERISK, 0},
    {"KPSlash", KEY_KPSLASH, 0},
    {"KPEnter", KEY_KPENTER, 0},
    {"KPDot", KEY_KPDOT, 0},
    {"Mute", KEY_MUTE, 0},
    {"VolumeUp", KEY_VOLUMEUP, 0},
    {"VolumeDown", KEY_VOLUMEDOWN, 0},
    {"PlayPause", KEY_PLAYPAUSE, 0},
    {"NextSong", KEY_NEXTSONG, 0},
    {"PreviousSong", KEY_PREVIOUSSONG, 0},
    {"StopCD", KEY_STOPCD, 0},
    {"Calc", KEY_CALC, 0},
    {"Mail", KEY_MAIL, 0},
    {"HomePage", KEY_HOMEPAGE, 0},
    {"Search", KEY_SEARCH, 0},
    {"Prog1", KEY_PROG1, 0},
    {"Prog2", KEY_PROG2, 0},
    {"Prog3", KEY_PROG3, 0},
    {"Prog4", KEY_PROG4, 0},
    {"Power", KEY_POWER, 0},
    {"Sleep", KEY_SLEEP, 0},
    {"Suspend", KEY_SUSPEND, 0},
    {"WakeUp", KEY_WAKEUP, 0},
    {"RFKill", KEY_RFKILL, 0},
    {"WLAN", KEY_WLAN, 0},
    {"Bluetooth", KEY_BLUETOOTH, 0},
    {"BrightnessUp", KEY_BRIGHTNESSUP, 0},
    {"BrightnessDown", KEY_BRIGHTNESSDOWN, 0},
    {"SwitchVideoMode", KEY_SWITCHVIDEOMODE, 0},
    {"DisplayOff", KEY_DISPLAY_OFF, 0},
    {"KbdIllumToggle", KEY_KBDILLUMTOGGLE, 0},
    {"KbdIllumUp", KEY_KBDILLUMUP, 0},
    {"KbdIllumDown", KEY_KBDILLUMDOWN, 0},
    {"ButtonLeft", BTN_LEFT, 0},
    {"ButtonMiddle", BTN_MIDDLE, 0},
    {"ButtonRight", BTN_RIGHT, 0},
    {"ButtonSide", BTN_SIDE, 0},
    {"ButtonExtra", BTN_EXTRA, 0},
    {"ButtonForward", BTN_FORWARD, 0},
    {"ButtonBack", BTN_BACK, 0},
    {"ButtonTask", BTN_TASK, 0},
};

/* X11's numbers; 4 to 7 are the wheel. */
static const uint16_t MOUSE_BUTTONS[] = {
    [1] = BTN_LEFT,  [2] = BTN_MIDDLE,   [3] = BTN_RIGHT, [8] = BTN_SIDE,
    [9] = BTN_EXTRA, [10] = BTN_FORWARD, [11] = BTN_BACK, [12] = BTN_TASK};

static const uint16_t KEYPAD[] = {KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4,
                                  KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9};

static const uint16_t LETTERS[] = {KEY_A, KEY_B, KEY_C, KEY_D, KEY_E, KEY_F, KEY_G, KEY_H, KEY_I,
                                   KEY_J, KEY_K, KEY_L, KEY_M, KEY_N, KEY_O, KEY_P, KEY_Q, KEY_R,
                                   KEY_S, KEY_T, KEY_U, KEY_V, KEY_W, KEY_X, KEY_Y, KEY_Z};

static uint16_t of_one_character(char c)
{
    if (c >= '1' && c <= '9')
        return (uint16_t)(KEY_1 + c - '1');
    if (c == '0')
        return KEY_0;
    if (c >= 'a' && c <= 'z')
        return LETTERS[c - 'a'];
    return c >= 'A' && c <= 'Z' ? LETTERS[c - 'A'] : 0;
}

/* PREFIX and a number without a leading zero; -1: something else. */
static long number_after(const char *name, const char *prefix)
{
    size_t size = strlen(prefix);
    char *end = NULL;

    if (strncasecmp(name, prefix, size) != 0 || name[size] < '0' || name[size] > '9' ||
        (name[size] == '0' && name[size + 1]))
        return -1;
    long number = strtol(name + size, &end, 10);
    return *end == '\0' ? number : -1;
}

static uint16_t of_number(const char *name)
{
    long number = number_after(name, "f");

    if (number >= 1 && number <= 10)
        return (uint16_t)(KEY_F1 + number - 1);
    if (number == 11 || number == 12)
        return (uint16_t)(KEY_F11 + number - 11);
    if (number >= 13 && number <= 24)
        return (uint16_t)(KEY_F13 + number - 13);
    number = number_after(name, "kp");
    if (number >= 0 && number <= 9)
        return KEYPAD[number];
    number = number_after(name, "mouse");
    if (number > 0 && number < (long)(sizeof MOUSE_BUTTONS / sizeof MOUSE_BUTTONS[0]))
        return MOUSE_BUTTONS[number];
    number = number_after(name, "key");
    return number > 0 && number <= KEY_MAX ? (uint16_t)number : 0;
}

const char *keyname_at(size_t index)
{
    return index < sizeof NAMES / sizeof NAMES[0] ? NAMES[index].name : NULL;
}

bool keyname_parse(const char *name, uint16_t *ret_code, uint16_t *ret_other)
{
    uint16_t code = name[0] && !name[1] ? of_one_character(name[0]) : of_number(name);
    uint16_t other = 0;

    for (size_t i = 0; !code && i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (strcasecmp(name, NAMES[i].name) != 0)
            continue;
        code = NAMES[i].code;
        other = NAMES[i].other;
    }
    if (!code)
        return false;
    *ret_code = code;
    *ret_other = other;
    return true;
}
