#include "server/hotkey/profile.h"

#include <linux/input-event-codes.h>

const struct hotkey_profile HOTKEY_PROFILES[HOTKEY_PROFILE_COUNT] = {
    [HOTKEY_PROFILE_HOTDESK] =
        {
            .leader = HOTKEY_LEADER_SCROLL_LOCK,
            .keypad_counts = true,
            .leader_again = {.type = COMMAND_LOCAL},
            .given_up = {.type = COMMAND_CANCEL},
            .keys =
                {
                    {.code = KEY_ESC, .command = {.type = COMMAND_LOCAL}},
                    {.code = KEY_RIGHT, .command = {.type = COMMAND_NEXT}},
                    {.code = KEY_TAB, .command = {.type = COMMAND_NEXT}},
                    {.code = KEY_LEFT, .command = {.type = COMMAND_PREV}},
                    {.code = KEY_BACKSPACE, .command = {.type = COMMAND_LAST}},
                    {.code = KEY_M, .command = {.type = COMMAND_MONITOR, .name = "next"}},
                },
        },
    [HOTKEY_PROFILE_ATEN] =
        {
            .leader = HOTKEY_LEADER_SCROLL_LOCK,
            .enter_ends_number = true,
            .keypad_counts = true,
            .leader_again = {.type = COMMAND_CANCEL},
            .given_up = {.type = COMMAND_CANCEL},
            .keys =
                {
                    {.code = KEY_A,
                     .asks_seconds = true,
                     .command = {.type = COMMAND_SCAN,
                                 .scan_s = 5,
                                 .scan_mode = SCAN_WATCH,
                                 .scan_end_keys = {KEY_SPACE, KEY_ESC}}},
                },
        },
    [HOTKEY_PROFILE_STARTECH] =
        {
            .leader = HOTKEY_LEADER_LEFT_CTRL,
            .leader_again = {.type = COMMAND_SCAN}, /* the leader alone ends a scan */
            .given_up = {.type = COMMAND_SCAN},
            .keys =
                {
                    {.code = KEY_F1,
                     .command = {.type = COMMAND_SCAN, .scan_s = 3, .scan_mode = SCAN_PAUSE}},
                },
        },
    [HOTKEY_PROFILE_BELKIN] =
        {
            .leader = HOTKEY_LEADER_SCROLL_LOCK,
            .keypad_counts = true,
            .leader_again = {.type = COMMAND_CANCEL},
            .given_up = {.type = COMMAND_CANCEL},
            .keys =
                {
                    {.code = KEY_S,
                     .command = {.type = COMMAND_SCAN,
                                 .scan_s = 8,
                                 .scan_mode = SCAN_WATCH,
                                 .scan_end_keys = {KEY_SPACE}}},
                    {.code = KEY_UP, .command = {.type = COMMAND_PREV}},
                    {.code = KEY_DOWN, .command = {.type = COMMAND_NEXT}},
                },
        },
    [HOTKEY_PROFILE_ADDER] =
        {
            .leader = HOTKEY_LEADER_CTRL_ALT,
            .leader_again = {.type = COMMAND_CANCEL},
            .given_up = {.type = COMMAND_CANCEL},
            .keys =
                {
                    {.code = KEY_TAB, .command = {.type = COMMAND_NEXT}},
                    {.code = KEY_A,
                     .command = {.type = COMMAND_SCAN, .scan_s = 2, .scan_mode = SCAN_PAUSE}},
                },
        },
};

void hotkey_rules_init(struct hotkey_rules *rules, enum hotkey_profile_id profile,
                       enum hotkey_leader leader)
{
    *rules = (struct hotkey_rules){.profile = &HOTKEY_PROFILES[profile], .leader = leader};
    if (leader == HOTKEY_LEADER_OF_PROFILE)
        rules->leader = rules->profile->leader;
}

uint16_t hotkey_leader_key(enum hotkey_leader leader)
{
    static const uint16_t KEYS[] = {[HOTKEY_LEADER_SCROLL_LOCK] = KEY_SCROLLLOCK,
                                    [HOTKEY_LEADER_RIGHT_CTRL] = KEY_RIGHTCTRL,
                                    [HOTKEY_LEADER_LEFT_CTRL] = KEY_LEFTCTRL,
                                    [HOTKEY_LEADER_NUM_LOCK_MINUS] = KEY_NUMLOCK,
                                    [HOTKEY_LEADER_CTRL_ALT] = 0};
    return KEYS[leader];
}

const char *hotkey_leader_words(enum hotkey_leader leader)
{
    static const char *const WORDS[] = {
        [HOTKEY_LEADER_SCROLL_LOCK] = "Scroll Lock twice",
        [HOTKEY_LEADER_RIGHT_CTRL] = "Right Ctrl twice",
        [HOTKEY_LEADER_LEFT_CTRL] = "Left Ctrl twice",
        [HOTKEY_LEADER_NUM_LOCK_MINUS] = "Num Lock with minus",
        [HOTKEY_LEADER_CTRL_ALT] = "Ctrl and Alt held",
    };
    return WORDS[leader];
}

int hotkey_profile_digit(const struct hotkey_profile *profile, uint16_t code)
{
    static const uint16_t KEYPAD[] = {KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4,
                                      KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9};

    if (code >= KEY_1 && code <= KEY_9)
        return code - KEY_1 + 1;
    if (code == KEY_0)
        return 0;
    for (int digit = 0; profile->keypad_counts && digit <= 9; digit++) {
        if (code == KEYPAD[digit])
            return digit;
    }
    return -1;
}

const struct hotkey_profile_key *hotkey_profile_key(const struct hotkey_profile *profile,
                                                    uint16_t code)
{
    const struct hotkey_profile_key *key = profile->keys;

    for (; key < profile->keys + HOTKEY_PROFILE_KEYS_MAX && key->code; key++) {
        if (key->code == code)
            return key;
    }
    return NULL;
}
