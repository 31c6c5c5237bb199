/*
 * Hotkeys in a configuration: the same options in every program that is an input source
 * (hotdesk-input, hotdesk-viewer). Pure.
 *
 * In a program's table: HOTKEY_CONFIG_OPTIONS(struct its_values, member), where the member is a
 * struct hotkey_config.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "server/hotkey/profile.h"

struct hotkey_config {
    int32_t leader;  /* enum hotkey_leader, without CTRL_ALT */
    int32_t profile; /* enum hotkey_profile_id */
    char panic[CONFIG_TEXT_ROOM];
    struct config_section hotkeys;
};

extern const char *const HOTKEY_CONFIG_LEADERS[];
extern const char *const HOTKEY_CONFIG_PROFILES[];
bool hotkey_config_check_panic(const char *key, const char *text, char *ret_why, size_t room_bytes);
bool hotkey_config_check_hotkey(const char *key, const char *text, char *ret_why,
                                size_t room_bytes);

/* clang-format off */
#define HOTKEY_CONFIG_OPTIONS(values, member)                                                      \
    {                                                                                              \
        .name = "leader",                                                                          \
        .type = CONFIG_CHOICE,                                                                     \
        .choices = HOTKEY_CONFIG_LEADERS,                                                          \
        .default_text = "default",                                                                 \
        .help = "What begins a hotkey: a key pressed twice, or Num Lock held and minus pressed; "  \
                "default: the profile's own, Scroll Lock twice. Many laptops have no Scroll Lock.",\
        .offset = offsetof(values, member.leader),                                                 \
    },                                                                                             \
    {                                                                                              \
        .name = "profile",                                                                         \
        .type = CONFIG_CHOICE,                                                                     \
        .choices = HOTKEY_CONFIG_PROFILES,                                                         \
        .default_text = "hotdesk",                                                                 \
        .help = "What the keys after it do: hotdesk's own, or as on switches of another maker "    \
                "(docs/hotkeys.md).",                                                              \
        .offset = offsetof(values, member.profile),                                                \
    },                                                                                             \
    {                                                                                              \
        .name = "panic",                                                                           \
        .type = CONFIG_TEXT,                                                                       \
        .default_text = "",                                                                        \
        .help = "More chords that bring the keyboard home, with blanks between them, such as "     \
                "\"Ctrl+Alt+Pause\". Escape+Backspace+Enter always does.",                         \
        .check = hotkey_config_check_panic,                                                        \
        .offset = offsetof(values, member.panic),                                                  \
    },                                                                                             \
    {                                                                                              \
        .name = "hotkeys",                                                                         \
        .type = CONFIG_SECTION,                                                                    \
        .default_text = "",                                                                        \
        .help = "Chords and what they do, such as \"Meta+F1\" = \"target lab3\": target NAME or "  \
                "NUMBER, next, previous, last (or toggle), local, scan 5 s, scan 5 s watch, "      \
                "lock, switcher, stats, monitor next, hotkeys off, hotkeys on.",                   \
        .check = hotkey_config_check_hotkey,                                                       \
        .offset = offsetof(values, member.hotkeys),                                                \
    }
/* clang-format on */

/* Of a configuration that was read. */
void hotkey_config_make_rules(const struct hotkey_config *config, struct hotkey_rules *ret_rules);

/* Calls `warn` for each chord that works but should not be used. `line` 0: of no entry, but of the
 * option `panic`. Returns how many. */
size_t hotkey_config_warn(const struct hotkey_config *config,
                          void (*warn)(void *context, unsigned line, const char *option,
                                       const char *sentence),
                          void *context);
