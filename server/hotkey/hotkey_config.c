#include "server/hotkey/hotkey_config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/name.h"

#define BLANKS ", \t"

const char *const HOTKEY_CONFIG_LEADERS[] = {[HOTKEY_LEADER_OF_PROFILE] = "default",
                                             [HOTKEY_LEADER_SCROLL_LOCK] = "scroll-lock",
                                             [HOTKEY_LEADER_RIGHT_CTRL] = "right-ctrl",
                                             [HOTKEY_LEADER_LEFT_CTRL] = "left-ctrl",
                                             [HOTKEY_LEADER_NUM_LOCK_MINUS] = "num-lock-minus",
                                             [HOTKEY_LEADER_NONE] = "none",
                                             NULL};

const char *const HOTKEY_CONFIG_PROFILES[] = {
    [HOTKEY_PROFILE_HOTDESK] = "hotdesk",   [HOTKEY_PROFILE_ATEN] = "aten",
    [HOTKEY_PROFILE_STARTECH] = "startech", [HOTKEY_PROFILE_BELKIN] = "belkin",
    [HOTKEY_PROFILE_ADDER] = "adder",       NULL};

static const struct {
    const char *words;
    enum hotkey_verb verb;
    struct command command;
} ACTIONS[] = {
    {"next", HOTKEY_COMMAND, {.type = COMMAND_NEXT}},
    {"previous", HOTKEY_COMMAND, {.type = COMMAND_PREV}},
    {"prev", HOTKEY_COMMAND, {.type = COMMAND_PREV}},
    {"last", HOTKEY_COMMAND, {.type = COMMAND_LAST}},
    {"toggle", HOTKEY_COMMAND, {.type = COMMAND_LAST}},
    {"local", HOTKEY_COMMAND, {.type = COMMAND_LOCAL}},
    {"switcher", HOTKEY_COMMAND, {.type = COMMAND_SWITCHER}},
    {"lock", HOTKEY_COMMAND, {.type = COMMAND_LOCK}},
    {"stats", HOTKEY_COMMAND, {.type = COMMAND_STATS}},
    {"scan off", HOTKEY_COMMAND, {.type = COMMAND_SCAN}},
    {"hotkeys off", HOTKEY_OFF, {0}},
    {"hotkeys on", HOTKEY_ON, {0}},
};

/* The text with one blank between its words. */
static void squeeze(const char *text, char *ret_text, size_t room_bytes)
{
    size_t used = 0;

    for (text += strspn(text, " \t"); *text && used + 2 < room_bytes;) {
        size_t size = strcspn(text, " \t");
        used += (size_t)snprintf(ret_text + used, room_bytes - used, "%s%.*s", used ? " " : "",
                                 (int)size, text);
        text += size;
        text += strspn(text, " \t");
    }
    ret_text[used < room_bytes ? used : room_bytes - 1] = '\0';
}

static bool parse_target(const char *text, struct command *ret_command, char *ret_why,
                         size_t room_bytes)
{
    const char *why = NULL;

    *ret_command = (struct command){.type = COMMAND_TARGET};
    if (text[0] && text[strspn(text, "0123456789")] == '\0') {
        long number = strtol(text, NULL, 10);
        if (number == 0)
            ret_command->type = COMMAND_LOCAL;
        ret_command->number = (uint16_t)number;
        if (number <= LINK_NUMBER_MAX)
            return true;
        snprintf(ret_why, room_bytes, "there is no target above %d", LINK_NUMBER_MAX);
    } else if (name_is_valid(text, &why)) {
        snprintf(ret_command->name, sizeof ret_command->name, "%.32s", text);
        return true;
    } else {
        snprintf(ret_why, room_bytes, "'%s' is no name of a target: %s", text, why);
    }
    return false;
}

static bool parse_scan(const char *text, struct command *ret_command, char *ret_why,
                       size_t room_bytes)
{
    static const char *const MODES[] = {"control", "watch", "pause"};
    unsigned seconds = 0;
    int end = 0;

    *ret_command = (struct command){.type = COMMAND_SCAN};
    if (sscanf(text, "%5u s%n", &seconds, &end) != 1 || end == 0 || seconds < 1 ||
        seconds > LINK_SCAN_MAX_S) {
        snprintf(ret_why, room_bytes, "a scan is: scan 5 s, from 1 to %d seconds", LINK_SCAN_MAX_S);
        return false;
    }
    ret_command->scan_s = (uint16_t)seconds;
    for (int i = 0; i < 3 && text[end]; i++) {
        if (text[end] == ' ' && strcmp(text + end + 1, MODES[i]) == 0) {
            ret_command->scan_mode = (enum scan_mode)i;
            return true;
        }
    }
    if (text[end] == '\0')
        return true;
    snprintf(ret_why, room_bytes, "'%s' is neither control nor watch nor pause", text + end + 1);
    return false;
}

static bool parse_monitor(const char *text, struct command *ret_command, char *ret_why,
                          size_t room_bytes)
{
    *ret_command = (struct command){.type = COMMAND_MONITOR};
    if (text[0] && strlen(text) < sizeof ret_command->name) {
        snprintf(ret_command->name, sizeof ret_command->name, "%.32s", text);
        return true;
    }
    snprintf(ret_why, room_bytes, "a monitor is: monitor next, monitor all, or its name in xrandr");
    return false;
}

static bool parse_action(const char *text, struct hotkey_chord *ret_chord, char *ret_why,
                         size_t room_bytes)
{
    char words[CONFIG_ENTRY_ROOM];

    squeeze(text, words, sizeof words);
    ret_chord->verb = HOTKEY_COMMAND;
    for (size_t i = 0; i < sizeof ACTIONS / sizeof ACTIONS[0]; i++) {
        if (strcmp(words, ACTIONS[i].words) != 0)
            continue;
        ret_chord->verb = ACTIONS[i].verb;
        ret_chord->command = ACTIONS[i].command;
        return true;
    }
    if (strncmp(words, "target ", 7) == 0)
        return parse_target(words + 7, &ret_chord->command, ret_why, room_bytes);
    if (strncmp(words, "monitor ", 8) == 0)
        return parse_monitor(words + 8, &ret_chord->command, ret_why, room_bytes);
    if (strncmp(words, "scan ", 5) == 0)
        return parse_scan(words + 5, &ret_chord->command, ret_why, room_bytes);
    snprintf(ret_why, room_bytes,
             "'%s' is no action: target NAME, next, previous, last, local, scan 5 s, lock, "
             "switcher, stats, monitor next, hotkeys off, hotkeys on",
             words);
    return false;
}

bool hotkey_config_check_hotkey(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    struct hotkey_chord chord;

    return chord_parse(key, &chord.chord, ret_why, room_bytes) &&
           parse_action(text, &chord, ret_why, room_bytes);
}

/* -1 with a sentence in ret_why, or how many chords the list has. */
static int parse_panics(const char *text, struct chord ret_chords[HOTKEY_PANICS_MAX], char *ret_why,
                        size_t room_bytes)
{
    int count = 0;

    for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
        char word[CONFIG_TEXT_ROOM];
        size_t size = strcspn(text, BLANKS);
        snprintf(word, sizeof word, "%.*s", (int)size, text);
        if (count == HOTKEY_PANICS_MAX) {
            snprintf(ret_why, room_bytes, "there are more than %d chords", HOTKEY_PANICS_MAX);
            return -1;
        }
        if (!chord_parse(word, &ret_chords[count++], ret_why, room_bytes))
            return -1;
        text += size;
    }
    return count;
}

bool hotkey_config_check_panic(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    struct chord chords[HOTKEY_PANICS_MAX];

    return parse_panics(text, chords, ret_why, room_bytes) >= 0;
}

_Static_assert(CONFIG_ENTRIES_MAX <= HOTKEY_CHORDS_MAX, "all entries of the section fit");

void hotkey_config_make_rules(const struct hotkey_config *config, struct hotkey_rules *ret_rules)
{
    char why[ERROR_ROOM];

    hotkey_rules_init(ret_rules, (enum hotkey_profile_id)config->profile,
                      (enum hotkey_leader)config->leader);
    for (size_t i = 0; i < config->hotkeys.count; i++) {
        struct hotkey_chord *chord = &ret_rules->chords[ret_rules->chord_count++];
        bool good = chord_parse(config->hotkeys.entries[i].key, &chord->chord, why, sizeof why) &&
                    parse_action(config->hotkeys.entries[i].text, chord, why, sizeof why);
        assert(good); /* it was checked when it was read */
    }
    int count = parse_panics(config->panic, ret_rules->panics, why, sizeof why);
    assert(count >= 0);
    ret_rules->panic_count = (size_t)count;
}
