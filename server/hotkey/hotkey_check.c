/* What --check-config warns of: chords that work, but not as one would like. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/hotkey/hotkey_config.h"

struct checker {
    const struct hotkey_config *config;
    struct hotkey_rules rules;
    void (*warn)(void *context, unsigned line, const char *option, const char *sentence);
    void *context;
    size_t count;
};

/* What the kernel, the X server or the login manager does with them; while a remote target is
 * active they do not come to it. */
static const char *const SYSTEM[] = {
    "Ctrl+Alt+F1",  "Ctrl+Alt+F2",  "Ctrl+Alt+F3", "Ctrl+Alt+F4",     "Ctrl+Alt+F5",
    "Ctrl+Alt+F6",  "Ctrl+Alt+F7",  "Ctrl+Alt+F8", "Ctrl+Alt+F9",     "Ctrl+Alt+F10",
    "Ctrl+Alt+F11", "Ctrl+Alt+F12", "Alt+SysRq",   "Ctrl+Alt+Delete", "Ctrl+Alt+Backspace"};

static const char *const DESKTOP[] = {"Alt+Tab",
                                      "Alt+Shift+Tab",
                                      "Alt+F1",
                                      "Alt+F2",
                                      "Alt+F4",
                                      "Alt+Space",
                                      "Alt+Escape",
                                      "Ctrl+Alt+Tab",
                                      "Ctrl+Alt+T",
                                      "Ctrl+Alt+L",
                                      "Ctrl+Alt+Up",
                                      "Ctrl+Alt+Down",
                                      "Ctrl+Alt+Left",
                                      "Ctrl+Alt+Right",
                                      "Ctrl+Shift+Escape",
                                      "Ctrl+Escape",
                                      "Meta+L",
                                      "Meta+D",
                                      "Meta+E",
                                      "Meta+A",
                                      "Meta+S",
                                      "Meta+V",
                                      "Meta+N",
                                      "Meta+H",
                                      "Meta+M",
                                      "Meta+P",
                                      "Meta+R",
                                      "Meta+Tab",
                                      "Meta+Space",
                                      "Meta+Up",
                                      "Meta+Down",
                                      "Meta+Left",
                                      "Meta+Right",
                                      "Meta+Home",
                                      "Meta+PageUp",
                                      "Meta+PageDown",
                                      "Meta+1",
                                      "Meta+2",
                                      "Meta+3",
                                      "Meta+4",
                                      "Meta+5",
                                      "Meta+6",
                                      "Meta+7",
                                      "Meta+8",
                                      "Meta+9",
                                      "Ctrl+A",
                                      "Ctrl+C",
                                      "Ctrl+F",
                                      "Ctrl+N",
                                      "Ctrl+O",
                                      "Ctrl+P",
                                      "Ctrl+Q",
                                      "Ctrl+R",
                                      "Ctrl+S",
                                      "Ctrl+T",
                                      "Ctrl+V",
                                      "Ctrl+W",
                                      "Ctrl+X",
                                      "Ctrl+Y",
                                      "Ctrl+Z",
                                      "Ctrl+Tab",
                                      "Ctrl+Shift+Tab",
                                      "Ctrl+Shift+C",
                                      "Ctrl+Shift+V",
                                      "Ctrl+Shift+T",
                                      "Ctrl+Shift+N",
                                      "Ctrl+PageUp",
                                      "Ctrl+PageDown",
                                      "Ctrl+Home",
                                      "Ctrl+End",
                                      "Ctrl+Left",
                                      "Ctrl+Right",
                                      "Ctrl+Up",
                                      "Ctrl+Down",
                                      "Ctrl+Backspace",
                                      "Ctrl+Delete",
                                      "Ctrl+Insert",
                                      "Shift+Insert",
                                      "Shift+Delete",
                                      "Shift+Tab",
                                      "Alt+Left",
                                      "Alt+Right",
                                      "PrintScreen",
                                      "Alt+Print",
                                      "Shift+Print",
                                      "F1",
                                      "F5",
                                      "F11",
                                      "Menu",
                                      "Mute",
                                      "VolumeUp",
                                      "VolumeDown",
                                      "PlayPause",
                                      "NextSong",
                                      "PreviousSong",
                                      "Calc",
                                      "Mail",
                                      "HomePage",
                                      "Search",
                                      "ButtonSide",
                                      "ButtonExtra",
                                      "ButtonForward",
                                      "ButtonBack"};

static void __attribute__((format(printf, 4, 5)))
warn(struct checker *checker, unsigned line, const char *option, const char *format, ...)
{
    char sentence[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    checker->warn(checker->context, line, option, sentence);
    checker->count++;
}

static bool is_among(const struct chord *chord, const char *const *names, size_t count)
{
    struct chord other;
    char why[64];

    for (size_t i = 0; i < count; i++) {
        if (chord_parse(names[i], &other, why, sizeof why) && other.count == chord->count &&
            chord_contains(&other, chord))
            return true;
    }
    return false;
}

/* Alt+SysRq and any key is a command for the kernel. */
static bool is_of_system(const struct chord *chord)
{
    bool has_sysrq = chord_has(chord, KEY_SYSRQ) &&
                     (chord_has(chord, KEY_LEFTALT) || chord_has(chord, KEY_RIGHTALT));

    return has_sysrq || is_among(chord, SYSTEM, sizeof SYSTEM / sizeof SYSTEM[0]);
}

/* A key of the alphanumeric block or the keypad, that writes or edits, alone or with Shift. */
static bool is_typed(const struct chord *chord)
{
    for (uint8_t i = 0; i < chord->count; i++) {
        uint16_t code = chord->keys[i].code;
        bool types = code <= KEY_SPACE || code == KEY_102ND || code == KEY_KPENTER ||
                     code == KEY_KPSLASH || (code >= KEY_HOME && code <= KEY_DELETE) ||
                     (code >= KEY_KP7 && code <= KEY_KPDOT) || code == BTN_LEFT ||
                     code == BTN_RIGHT || code == BTN_MIDDLE;
        bool is_shift = code == KEY_LEFTSHIFT || code == KEY_RIGHTSHIFT;
        if (!types && !is_shift)
            return false;
    }
    return true;
}

static void check_alone(struct checker *checker, const struct chord *chord, unsigned line,
                        const char *option, const char *name)
{
    if (is_of_system(chord))
        warn(checker, line, option,
             "%s: the system itself obeys this chord, too, while this computer is active", name);
    else if (is_among(chord, DESKTOP, sizeof DESKTOP / sizeof DESKTOP[0]))
        warn(checker, line, option,
             "%s: desktops use this chord; while this computer is active it does both", name);
    if (chord_is_modifiers(chord))
        warn(checker, line, option,
             "%s: modifiers only: it acts whenever they are held for something else", name);
    else if (is_typed(chord))
        warn(checker, line, option, "%s: this is typed: no other computer will get it any more",
             name);
}

static void check_panic_keys(struct checker *checker, const struct hotkey_chord *chord,
                             unsigned line, const char *name)
{
    struct chord panic = {.count = 3, .keys = {{KEY_ESC, 0}, {KEY_BACKSPACE, 0}, {KEY_ENTER, 0}}};
    bool is_panic = chord_contains(&chord->chord, &panic);

    for (size_t i = 0; i < checker->rules.panic_count; i++)
        is_panic = is_panic || chord_contains(&chord->chord, &checker->rules.panics[i]);
    if (is_panic)
        warn(checker, line, "hotkeys", "%s: panic comes first: it will never act", name);
}

static void check_leader(struct checker *checker, const struct hotkey_chord *chord, unsigned line,
                         const char *name)
{
    uint16_t key = hotkey_leader_key(checker->rules.leader);

    if (chord->chord.count == 1 && key && chord_has(&chord->chord, key))
        warn(checker, line, "hotkeys", "%s: this is the leader's key: the leader will never act",
             name);
}

static void check_pair(struct checker *checker, size_t i, size_t j)
{
    const struct config_entry *entries = checker->config->hotkeys.entries;
    const struct chord *inner = &checker->rules.chords[i].chord;
    const struct chord *outer = &checker->rules.chords[j].chord;

    if (!chord_contains(outer, inner) || (inner->count == outer->count && j < i))
        return;
    if (inner->count == outer->count)
        warn(checker, entries[j].line, "hotkeys", "%s: it may be the same chord as %s in line %u",
             entries[j].key, entries[i].key, entries[i].line);
    else
        warn(checker, entries[j].line, "hotkeys",
             "%s: %s in line %u is contained in it, and acts if its keys are pressed first",
             entries[j].key, entries[i].key, entries[i].line);
}

static void check_panics(struct checker *checker)
{
    char name[32];

    for (size_t i = 0; i < checker->rules.panic_count; i++) {
        snprintf(name, sizeof name, "chord %zu", i + 1);
        check_alone(checker, &checker->rules.panics[i], 0, "panic", name);
    }
}

static void check_off(struct checker *checker)
{
    for (size_t i = 0; i < checker->rules.chord_count; i++) {
        if (checker->rules.chords[i].verb == HOTKEY_OFF)
            return;
    }
    for (size_t i = 0; i < checker->rules.chord_count; i++) {
        if (checker->rules.chords[i].verb == HOTKEY_ON)
            warn(checker, checker->config->hotkeys.entries[i].line, "hotkeys",
                 "%s: no chord switches hotkeys off", checker->config->hotkeys.entries[i].key);
    }
}

size_t hotkey_config_warn(const struct hotkey_config *config,
                          void (*on_warning)(void *context, unsigned line, const char *option,
                                             const char *sentence),
                          void *context)
{
    struct checker checker = {.config = config, .warn = on_warning, .context = context};

    hotkey_config_make_rules(config, &checker.rules);
    for (size_t i = 0; i < checker.rules.chord_count; i++) {
        const struct config_entry *entry = &config->hotkeys.entries[i];
        const struct hotkey_chord *chord = &checker.rules.chords[i];
        check_alone(&checker, &chord->chord, entry->line, "hotkeys", entry->key);
        check_panic_keys(&checker, chord, entry->line, entry->key);
        check_leader(&checker, chord, entry->line, entry->key);
        for (size_t j = 0; j < checker.rules.chord_count; j++) {
            if (i != j)
                check_pair(&checker, i, j);
        }
    }
    check_panics(&checker);
    check_off(&checker);
    return checker.count;
}
