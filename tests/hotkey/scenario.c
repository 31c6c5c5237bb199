/* Plays one scenario file over the model (scenarios/README.md tells the format) and prints TAP. */
#include <errno.h>
#include <libevdev/libevdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/hotkey/hotkey_config.h"
#include "tests/hotkey/model.h"

#define LINES_MAX 512
#define WORDS_MAX 32

struct scenario {
    struct model *model;
    const char *path;
    int line_number;
    bool shows_locks;
    struct hotkey_config config;
    uint64_t start_us;
    char *expected[LINES_MAX];
    int expected_lines[LINES_MAX]; /* where they stand in the file */
    size_t expected_count;
    char *said[LINES_MAX];
    size_t said_count;
    size_t checked_count;
    bool failed;
};

struct words {
    char *at[WORDS_MAX];
    size_t count;
};

static void fail(struct scenario *scenario, const char *what, const char *more)
{
    printf("# %s:%d: %s%s\n", scenario->path, scenario->line_number, what, more);
    scenario->failed = true;
}

static void on_say(void *context, const char *line)
{
    struct scenario *scenario = context;

    if (!scenario->shows_locks && strncmp(line, "locks ", 6) == 0)
        return;
    if (scenario->said_count < LINES_MAX)
        scenario->said[scenario->said_count++] = strdup(line);
    else
        fail(scenario, "too many lines were said", "");
}

static uint16_t key_of(struct scenario *scenario, const char *name)
{
    int code = libevdev_event_code_from_name(EV_KEY, name);

    if (code > 0)
        return (uint16_t)code;
    fail(scenario, "no such key: ", name);
    return KEY_A;
}

static struct words split(char *line)
{
    struct words words = {0};
    char *rest = NULL;

    for (char *word = strtok_r(line, " \t", &rest); word && words.count < WORDS_MAX;
         word = strtok_r(NULL, " \t", &rest))
        words.at[words.count++] = word;
    return words;
}

/* What was said since the last check must be what is written since then. */
static void check(struct scenario *scenario)
{
    size_t i = scenario->checked_count;

    for (; i < scenario->expected_count || i < scenario->said_count; i++) {
        const char *expected =
            i < scenario->expected_count ? scenario->expected[i] : "(nothing more)";
        const char *said = i < scenario->said_count ? scenario->said[i] : "(nothing more)";
        if (strcmp(expected, said) != 0) {
            if (i < scenario->expected_count)
                scenario->line_number = scenario->expected_lines[i];
            printf("# %s:%d: expected: %s\n#   but it was: %s\n", scenario->path,
                   scenario->line_number, expected, said);
            scenario->failed = true;
            break;
        }
    }
    scenario->checked_count = i;
}

static void expect(struct scenario *scenario, const char *line)
{
    if (scenario->expected_count == LINES_MAX) {
        fail(scenario, "too many lines are expected", "");
        return;
    }
    scenario->expected_lines[scenario->expected_count] = scenario->line_number;
    scenario->expected[scenario->expected_count++] = strdup(line);
}

/* "> target 1 tap KEY_A KEY_B" stands for a down and an up of each. */
static void expect_line(struct scenario *scenario, char *line)
{
    char text[256];
    char *tap = strstr(line, " tap ");

    if (!tap) {
        expect(scenario, line);
        return;
    }
    *tap = '\0';
    struct words keys = split(tap + 5);
    for (size_t i = 0; i < 2 * keys.count; i++) {
        snprintf(text, sizeof text, "%s %s %s", line, i % 2 ? "up" : "down", keys.at[i / 2]);
        expect(scenario, text);
    }
}

/* The rest of a line again as one text. */
static void join(const struct words *words, size_t from, char *ret_text, size_t room_bytes)
{
    size_t used = 0;

    ret_text[0] = '\0';
    for (size_t i = from; i < words->count && used < room_bytes; i++)
        used += (size_t)snprintf(ret_text + used, room_bytes - used, "%s%s", i > from ? " " : "",
                                 words->at[i]);
}

static bool is(const struct words *words, size_t i, const char *word)
{
    return i < words->count && strcmp(words->at[i], word) == 0;
}

static int number_at(const struct words *words, size_t i)
{
    return i < words->count ? atoi(words->at[i]) : 0;
}

static bool act_on_keys(struct scenario *scenario, const struct words *words)
{
    struct model *model = scenario->model;

    if (is(words, 0, "leader")) {
        model_leader(model);
    } else if (is(words, 0, "down") || is(words, 0, "up")) {
        for (size_t i = 1; i < words->count; i++)
            model_key(model, key_of(scenario, words->at[i]), is(words, 0, "down"));
    } else if (is(words, 0, "tap")) {
        for (size_t i = 1; i < words->count; i++)
            model_tap(model, key_of(scenario, words->at[i]));
    } else if (is(words, 0, "move")) {
        model_move(model, number_at(words, 1), number_at(words, 2));
    } else if (is(words, 0, "wheel")) {
        model_wheel(model, number_at(words, 1));
    } else {
        return false;
    }
    return true;
}

static bool act_on_target(struct scenario *scenario, const struct words *words)
{
    struct model *model = scenario->model;
    uint16_t number = (uint16_t)number_at(words, 1);
    char rest[128];

    join(words, is(words, 0, "target") ? 4 : 2, rest, sizeof rest);
    if (is(words, 0, "target")) { /* NUMBER NAME STATE REASON */
        enum switch_state state = is(words, 3, "offline")      ? SWITCH_OFFLINE
                                  : is(words, 3, "connecting") ? SWITCH_CONNECTING
                                  : is(words, 3, "not-ready")  ? SWITCH_NOT_READY
                                                               : SWITCH_READY;
        model_target(model, number, words->at[2], state, rest);
    } else if (is(words, 0, "answer")) {
        model->targets[number].answer = is(words, 2, "refused")  ? MODEL_REFUSES
                                        : is(words, 2, "silent") ? MODEL_SILENT
                                                                 : MODEL_TAKES;
    } else if (is(words, 0, "ready")) {
        model_target(model, number, NULL, SWITCH_READY, "");
    } else if (is(words, 0, "offline")) {
        model_target(model, number, NULL, SWITCH_OFFLINE, rest);
    } else if (is(words, 0, "forget")) {
        desk_remove_target(&model->desk, number, model->now_us);
        model_run_until(model, model->now_us);
    } else if (is(words, 0, "locks")) {
        model_set_locks(model, number, (uint8_t)number_at(words, 2));
    } else {
        return false;
    }
    return true;
}

static void act_as_client(struct scenario *scenario, const struct words *words)
{
    static const struct {
        const char *word;
        enum command_type type;
    } COMMANDS[] = {
        {"local", COMMAND_LOCAL},
        {"next", COMMAND_NEXT},
        {"prev", COMMAND_PREV},
        {"last", COMMAND_LAST},
    };
    int r = 0;
    char text[64];

    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        if (is(words, 1, COMMANDS[i].word))
            r = model_client(scenario->model, COMMANDS[i].type, 0);
    }
    if (number_at(words, 1) > 0)
        r = model_client(scenario->model, COMMAND_TARGET, (uint16_t)number_at(words, 1));
    if (is(words, 1, "lock"))
        desk_set_lock(&scenario->model->desk, is(words, 2, "on"));
    if (is(words, 1, "scan"))
        r = model_scan(scenario->model, (uint16_t)number_at(words, 2),
                       is(words, 3, "watch")   ? SCAN_WATCH
                       : is(words, 3, "pause") ? SCAN_PAUSE
                                               : SCAN_CONTROL);
    if (r < 0) {
        snprintf(text, sizeof text, "client gets %s",
                 r == -ENOENT         ? "no such target"
                 : r == -EHOSTUNREACH ? "not ready"
                 : r == -EPERM        ? "locked"
                                      : "?");
        on_say(scenario, text);
    }
}

static bool act_on_programs(struct scenario *scenario, const struct words *words)
{
    struct model *model = scenario->model;
    enum desk_source_id id = is(words, 0, "window") ? DESK_WINDOW : DESK_EVDEV;

    if (is(words, 0, "client")) {
        act_as_client(scenario, words);
    } else if (is(words, 0, "net") && is(words, 1, "lags")) {
        model_lag_net(model, true);
    } else if (is(words, 0, "net") && is(words, 1, "reads")) {
        model_lag_net(model, false);
    } else if (is(words, 0, "net")) {
        model_stop_net(model, is(words, 1, "stops"));
    } else if (!is(words, 0, "evdev") && !is(words, 0, "window")) {
        return false;
    } else if (is(words, 1, "stops") || is(words, 1, "continues")) {
        model_stop_source(model, id, is(words, 1, "stops"));
    } else if (is(words, 1, "starts")) {
        model_start_source(model, id);
    } else if (is(words, 1, "ends")) {
        model_end_source(model, id);
    } else if (is(words, 1, "fails")) {
        model->sources[id].take_fails = is(words, 2, "yes");
    } else if (is(words, 1, "link")) {
        model->sources[id].link_full = is(words, 2, "full");
    } else if (is(words, 1, "focus")) {
        model_focus_window(model, is(words, 2, "in"));
    } else {
        return false;
    }
    return true;
}

static void act(struct scenario *scenario, const struct words *words)
{
    if (words->count == 0)
        return; /* only to look at what was said by then */
    if (!act_on_keys(scenario, words) && !act_on_target(scenario, words) &&
        !act_on_programs(scenario, words))
        fail(scenario, "nobody knows what this is: ", words->at[0]);
}

/* "at 120 ms down KEY_A" */
static void act_at(struct scenario *scenario, const struct words *words)
{
    struct words action = {0};
    uint64_t at_us = scenario->start_us + (uint64_t)number_at(words, 1) * 1000;

    if (!is(words, 2, "ms"))
        fail(scenario, "a time must be: at 120 ms", "");
    if (at_us + 999 < scenario->model->now_us)
        fail(scenario, "times must grow", "");
    model_run_until(scenario->model, at_us);
    check(scenario);
    for (size_t i = 3; i < words->count; i++)
        action.at[action.count++] = words->at[i];
    act(scenario, &action);
}

static int32_t index_of(const char *const *words, const char *word)
{
    for (int32_t i = 0; words[i]; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
    }
    return -1;
}

/* "config profile aten", "config leader none", "config panic CHORD...", "config CHORD = ACTION" */
static void configure(struct scenario *scenario, const struct words *words)
{
    struct hotkey_config *config = &scenario->config;
    struct config_entry *entry = &config->hotkeys.entries[config->hotkeys.count];
    struct hotkey_rules rules;
    char why[256];
    bool good = true;

    if (is(words, 1, "profile")) {
        config->profile = index_of(HOTKEY_CONFIG_PROFILES, words->at[2]);
        good = config->profile >= 0;
    } else if (is(words, 1, "leader")) {
        config->leader = index_of(HOTKEY_CONFIG_LEADERS, words->at[2]);
        good = config->leader >= 0;
    } else if (is(words, 1, "panic")) {
        join(words, 2, config->panic, sizeof config->panic);
        good = hotkey_config_check_panic(NULL, config->panic, why, sizeof why);
    } else {
        snprintf(entry->key, sizeof entry->key, "%s", words->at[1]);
        join(words, 3, entry->text, sizeof entry->text);
        good = is(words, 2, "=") &&
               hotkey_config_check_hotkey(entry->key, entry->text, why, sizeof why);
        config->hotkeys.count++;
    }
    if (!good) {
        fail(scenario, "this is no configuration: ", words->at[1]);
        return;
    }
    hotkey_config_make_rules(config, &rules);
    model_set_rules(scenario->model, &rules);
}

static void read_line(struct scenario *scenario, char *line)
{
    char *end = strchr(line, '#');

    if (end)
        *end = '\0';
    end = line + strlen(line);
    while (end > line && strchr(" \t\r\n", end[-1]))
        *--end = '\0';
    line += strspn(line, " \t");
    if (*line == '>') {
        expect_line(scenario, line + 1 + strspn(line + 1, " \t"));
        return;
    }
    struct words words = split(line);
    if (words.count == 0)
        return;
    if (is(&words, 0, "at"))
        act_at(scenario, &words);
    else if (is(&words, 0, "show"))
        scenario->shows_locks = true;
    else if (is(&words, 0, "config") && words.count > 2)
        configure(scenario, &words);
    else
        act(scenario, &words);
}

/* Everything goes on, nobody touches a key: nothing may be left over. */
static void check_end(struct scenario *scenario)
{
    struct model *model = scenario->model;

    check(scenario);
    model_check(model);
    scenario->said_count = scenario->checked_count;
    model_stop_net(model, false);
    model_lag_net(model, false);
    for (int i = 0; i < DESK_SOURCE_COUNT; i++) {
        model->sources[i].link_full = false;
        model_stop_source(model, (enum desk_source_id)i, false);
    }
    for (uint16_t code = keyset_next(&model->physical, 0); code < KEY_CNT;
         code = keyset_next(&model->physical, code))
        model_key(model, code, false);
    model_run_until(model, model->now_us + 5000000);
    model_check(model);
    if (model->desk.switcher.active == SWITCH_LOCAL &&
        (model->sources[DESK_EVDEV].kernel_grabbed || model->sources[DESK_WINDOW].kernel_grabbed))
        snprintf(model->wrong, sizeof model->wrong, "local is active and the keyboard is grabbed");
}

static void play(struct scenario *scenario, FILE *file)
{
    char line[512];

    while (fgets(line, sizeof line, file) && !scenario->failed) {
        scenario->line_number++;
        read_line(scenario, line);
    }
    if (!scenario->failed)
        check_end(scenario);
}

int main(int argc, char **argv)
{
    static struct scenario scenario; /* large */
    struct hotkey_rules rules;

    scenario.path = argc > 1 ? argv[1] : "";
    FILE *file = fopen(scenario.path, "r");

    if (!file) {
        printf("Bail out! cannot open %s\n", scenario.path);
        return 1;
    }
    hotkey_rules_init(&rules, HOTKEY_PROFILE_HOTDESK, HOTKEY_LEADER_OF_PROFILE);
    scenario.model = model_create(&rules, on_say, &scenario);
    scenario.start_us = scenario.model->now_us;
    play(&scenario, file);
    fclose(file);
    printf("1..2\n%s 1 - what happens is what is written\n", scenario.failed ? "not ok" : "ok");
    if (scenario.model->wrong[0])
        printf("# %s\n", scenario.model->wrong);
    printf("%s 2 - no key is lost, doubled, misled or left down\n",
           scenario.model->wrong[0] ? "not ok" : "ok");
    bool good = !scenario.failed && !scenario.model->wrong[0];
    model_destroy(scenario.model);
    for (size_t i = 0; i < scenario.expected_count; i++)
        free(scenario.expected[i]);
    for (size_t i = 0; i < LINES_MAX; i++)
        free(scenario.said[i]);
    return good ? 0 : 1;
}
