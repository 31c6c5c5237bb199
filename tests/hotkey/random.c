/*
 * Random keys, hotkeys, losses, stops, clients and panics over the model, seeded. After each step
 * what must never be is looked for; at the end everything runs on and must come to rest. Usage:
 * random [SEED]: one seed alone, with all that happened.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/hotkey/hotkey_config.h"
#include "tests/hotkey/model.h"

#define SEEDS   400
#define STEPS   2000
#define TARGETS 12

struct random_run {
    struct model *model;
    bool foreign; /* another maker's profile: what its keys do is not known here */
    uint64_t state;
};

/* xorshift64* */
static unsigned below(struct random_run *run, unsigned bound)
{
    run->state ^= run->state >> 12;
    run->state ^= run->state << 25;
    run->state ^= run->state >> 27;
    return (unsigned)((run->state * UINT64_C(2685821657736338717)) >> 33) % bound;
}

static void pass_time(struct random_run *run, unsigned most_ms)
{
    model_run_until(run->model, run->model->now_us + (uint64_t)below(run, most_ms * 1000));
}

static void touch_key(struct random_run *run)
{
    static const uint16_t CODES[] = {
        KEY_A,        KEY_B,          KEY_LEFTSHIFT, KEY_RIGHTCTRL, KEY_LEFTCTRL, KEY_SCROLLLOCK,
        KEY_1,        KEY_0,          KEY_TAB,       KEY_BACKSPACE, KEY_ENTER,    BTN_LEFT,
        KEY_CAPSLOCK, KEY_SCROLLLOCK, KEY_NUMLOCK,   KEY_KPMINUS,   KEY_LEFTALT,  KEY_LEFTMETA,
        BTN_SIDE,     KEY_F2,         KEY_S};
    uint16_t code = CODES[below(run, sizeof CODES / sizeof CODES[0])];

    if (below(run, 3))
        model_key(run->model, code, !keyset_has(&run->model->physical, code));
    else
        model_tap(run->model, code);
}

static void lift_keys(struct model *model)
{
    for (uint16_t code = keyset_next(&model->physical, 0); code < KEY_CNT;
         code = keyset_next(&model->physical, code))
        model_key(model, code, false);
}

/* Is what comes now surely a hotkey, whatever goes on? */
static bool hotkey_is_sure(const struct model *model)
{
    const struct model_source *evdev = &model->sources[DESK_EVDEV];

    return evdev->exists && !evdev->stopped && !model->window_has_focus &&
           evdev->grab.hotkey.phase == HOTKEY_IDLE && !evdev->grab.hotkey.off &&
           !keyset_has(&model->physical, evdev->grab.hotkey.leader_key);
}

static const struct {
    const char *chord, *action;
    uint16_t code; /* with Meta */
} CHORDS[] = {
    {"Meta+F1", "target 1", KEY_F1},
    {"Meta+F2", "target lab2", KEY_F2},
    {"Meta+F3", "target nobody", KEY_F3},
    {"Meta+F4", "next", KEY_F4},
    {"Meta+F5", "previous", KEY_F5},
    {"Meta+F6", "last", KEY_F6},
    {"Meta+F7", "local", KEY_F7},
    {"Meta+F8", "lock", KEY_F8},
    {"Meta+F9", "scan 1 s", KEY_F9},
    {"Meta+F10", "scan 1 s watch", KEY_F10},
    {"Meta+F11", "scan 1 s pause", KEY_F11},
    {"Meta+F12", "hotkeys off", KEY_F12},
    {"Meta+Mouse8", "next", BTN_SIDE},
};

static bool other_modifier_is_down(const struct model *model)
{
    for (uint16_t code = keyset_next(&model->physical, 0); code < KEY_CNT;
         code = keyset_next(&model->physical, (uint16_t)(code + 1))) {
        if (key_is_modifier(code) && code != KEY_LEFTMETA && code != KEY_RIGHTMETA)
            return true;
    }
    return false;
}

/* Meta reaches whoever has the keyboard; the key that completes the chord reaches no target. */
static void use_chord(struct random_run *run)
{
    struct model *model = run->model;
    size_t i = below(run, sizeof CHORDS / sizeof CHORDS[0]);
    bool is_held = keyset_has(&model->physical, KEY_LEFTMETA);

    if (keyset_has(&model->physical, CHORDS[i].code))
        return;
    model_key(model, KEY_LEFTMETA, true);
    if (below(run, 2))
        pass_time(run, 100);
    model->hotkey_comes = hotkey_is_sure(model) && !other_modifier_is_down(model);
    model_key(model, CHORDS[i].code, true);
    model->hotkey_comes = false;
    if (below(run, 2)) /* the next word rolled over it */
        model_tap(model, KEY_H);
    model_key(model, CHORDS[i].code, false);
    if (!is_held && below(run, 4))
        model_key(model, KEY_LEFTMETA, false);
}

static void use_hotkey(struct random_run *run)
{
    static const uint16_t KEYS[] = {KEY_1, KEY_2,   KEY_3,   KEY_KP4,  KEY_5,         KEY_0,
                                    KEY_0, KEY_KP0, KEY_TAB, KEY_LEFT, KEY_BACKSPACE, KEY_X};
    struct model *model = run->model;
    uint16_t code = KEYS[below(run, sizeof KEYS / sizeof KEYS[0])];

    if (keyset_has(&model->physical, code))
        return;
    if (model->rules.leader == HOTKEY_LEADER_CTRL_ALT ||
        model->rules.leader == HOTKEY_LEADER_NUM_LOCK_MINUS) {
        model_leader(model);
        model_tap(model, code);
        model_key(model, KEY_LEFTALT, false);
        return;
    }
    model->hotkey_comes = hotkey_is_sure(model) && !run->foreign;
    model_tap(model, model->sources[DESK_EVDEV].grab.hotkey.leader_key);
    pass_time(run, 150);
    model_key(model, model->sources[DESK_EVDEV].grab.hotkey.leader_key, true);
    if (below(run, 2))
        pass_time(run, 300);
    model_key(model, model->sources[DESK_EVDEV].grab.hotkey.leader_key, false);
    model_key(model, code, true);
    model->hotkey_comes = false;
    if (below(run, 2)) /* and the next word rolled over it */
        model_tap(model, KEY_H);
    model_key(model, code, false);
    for (unsigned i = below(run, 4); i > 0; i--)
        touch_key(run);
}

static void hold_panic(struct random_run *run)
{
    struct model *model = run->model;
    const struct model_source *evdev = &model->sources[DESK_EVDEV];

    static const uint16_t KEYS[][3] = {{KEY_ESC, KEY_BACKSPACE, KEY_ENTER},
                                       {KEY_RIGHTCTRL, KEY_LEFTALT, KEY_PAUSE}};
    const uint16_t *keys = KEYS[below(run, 2)];

    if (below(run, 2))
        lift_keys(model);
    for (int i = 0; i < 3; i++)
        model_key(model, keys[i], false);
    for (int i = 0; i < 3; i++)
        model_key(model, keys[i], true);
    if (evdev->exists && !evdev->stopped && evdev->kernel_grabbed)
        snprintf(model->wrong, sizeof model->wrong, "the panic keys did not bring it home");
    else if (evdev->exists && !evdev->stopped && !evdev->link_full && !model->net_stopped &&
             model->desk.sources[DESK_EVDEV].connected &&
             model->desk.switcher.active != SWITCH_LOCAL)
        snprintf(model->wrong, sizeof model->wrong, "the panic keys did not make local active");
    if (below(run, 2))
        lift_keys(model);
}

static void change_target(struct random_run *run)
{
    uint16_t number = (uint16_t)(1 + below(run, TARGETS));
    char name[16];

    snprintf(name, sizeof name, "lab%u", number);
    switch (below(run, 5)) {
    case 0:
        desk_remove_target(&run->model->desk, number, run->model->now_us);
        break;
    case 1:
        model_target(run->model, number, name, SWITCH_OFFLINE, "no answer");
        break;
    case 2:
        run->model->targets[number].answer = (enum model_answer)below(run, 3);
        break;
    case 3:
        run->model->targets[number].answer = MODEL_TAKES;
        break;
    default:
        model_target(run->model, number, name, SWITCH_READY, "");
        break;
    }
}

static void change_programs(struct random_run *run)
{
    struct model *model = run->model;
    struct model_source *evdev = &model->sources[DESK_EVDEV];
    struct model_source *window = &model->sources[DESK_WINDOW];

    switch (below(run, 12)) {
    case 0:
        evdev->exists ? model_end_source(model, DESK_EVDEV) : model_start_source(model, DESK_EVDEV);
        break;
    case 1:
        window->exists ? model_end_source(model, DESK_WINDOW)
                       : model_start_source(model, DESK_WINDOW);
        break;
    case 2:
        model_focus_window(model, window->exists && !model->window_has_focus);
        break;
    case 3:
        evdev->take_fails = !below(run, 3);
        break;
    case 4:
        evdev->link_full = !below(run, 3);
        break;
    case 5:
        if (evdev->exists)
            model_stop_source(model, DESK_EVDEV, true);
        break;
    case 6:
    case 7:
        model_stop_source(model, DESK_EVDEV, false);
        break;
    case 8:
    case 9:
        model_stop_net(model, true);
        break;
    default:
        model_stop_net(model, false);
        break;
    }
}

/* A switch that no key makes, and keys that the server has not read. */
static void switch_behind_keys(struct random_run *run)
{
    static const enum command_type TYPES[] = {COMMAND_LOCAL, COMMAND_LOCAL, COMMAND_NEXT};

    model_lag_net(run->model, true);
    for (unsigned i = below(run, 4); i > 0; i--)
        touch_key(run);
    if (!run->model->net_stopped)
        model_client(run->model, TYPES[below(run, 3)], 0);
    for (unsigned i = below(run, 4); i > 0; i--)
        touch_key(run);
    if (!run->model->net_stopped && below(run, 2))
        model_client(run->model, TYPES[below(run, 3)], 0);
    model_lag_net(run->model, false);
}

static void use_client(struct random_run *run)
{
    static const enum command_type TYPES[] = {COMMAND_LOCAL, COMMAND_NEXT,   COMMAND_PREV,
                                              COMMAND_LAST,  COMMAND_TARGET, COMMAND_LOCK,
                                              COMMAND_SCAN};
    enum command_type type = TYPES[below(run, 7)];

    if (run->model->net_stopped)
        return;
    if (type == COMMAND_SCAN)
        model_scan(run->model, (uint16_t)below(run, 3), (enum scan_mode)below(run, 3));
    else
        model_client(run->model, type,
                     type == COMMAND_TARGET ? (uint16_t)(1 + below(run, TARGETS)) : 0);
}

/* A lock that was not taken off holds. */
static void check_lock(struct model *model, unsigned mode_changes, uint16_t was_active)
{
    const struct switcher *switcher = &model->desk.switcher;

    if (switcher->locked && model->mode_changes == mode_changes && switcher->active != was_active &&
        !model->wrong[0])
        snprintf(model->wrong, sizeof model->wrong, "locked to %u, and %u is active", was_active,
                 switcher->active);
}

static void step(struct random_run *run)
{
    unsigned dice = below(run, 100);

    if (run->model->sources[DESK_EVDEV].devices.count > MODEL_QUEUE_ROOM / 2)
        model_stop_source(run->model, DESK_EVDEV, false);
    if (dice < 40)
        touch_key(run);
    else if (dice < 50)
        use_hotkey(run);
    else if (dice < 55)
        use_chord(run);
    else if (dice < 60)
        model_move(run->model, 1, 2);
    else if (dice < 63)
        model_wheel(run->model, 1);
    else if (dice < 80)
        pass_time(run, 60);
    else if (dice < 84)
        pass_time(run, 1500);
    else if (dice < 86)
        hold_panic(run);
    else if (dice < 90)
        change_target(run);
    else if (dice < 95)
        change_programs(run);
    else if (dice < 97)
        use_client(run);
    else if (dice < 98)
        switch_behind_keys(run);
    else
        lift_keys(run->model);
}

/* Everything goes on and nobody touches a key: keyboard and active target belong together. */
static void come_to_rest(struct model *model)
{
    struct model_source *evdev = &model->sources[DESK_EVDEV];
    struct model_source *window = &model->sources[DESK_WINDOW];

    evdev->link_full = false;
    evdev->take_fails = false;
    model_stop_source(model, DESK_EVDEV, false);
    model_stop_net(model, false);
    desk_end_scan(&model->desk);
    lift_keys(model);
    model_run_until(model, model->now_us + 5000000);
    model_check(model);
    bool is_local = model->desk.switcher.active == SWITCH_LOCAL;
    if (model->wrong[0])
        return;
    if (is_local && (evdev->kernel_grabbed || window->kernel_grabbed))
        snprintf(model->wrong, sizeof model->wrong, "at rest: local, and grabbed");
    if (!is_local && evdev->exists && !evdev->kernel_grabbed && !window->kernel_grabbed)
        snprintf(model->wrong, sizeof model->wrong, "at rest: remote, and not grabbed");
    for (size_t i = 0; i < DESK_SOURCE_COUNT; i++) {
        if (model->sources[i].exists &&
            model->sources[i].kernel_grabbed != model->desk.sources[i].grabbed)
            snprintf(model->wrong, sizeof model->wrong, "at rest: source and desk do not agree");
    }
}

static void print_line(void *context, const char *line)
{
    const struct random_run *run = context;
    printf("# %9.3f ms  %s\n", (double)run->model->now_us / 1000, line);
}

/* One seed in eight has another maker's profile, with its own leader or Num Lock and minus. */
static struct hotkey_rules make_rules(struct random_run *run, uint64_t seed)
{
    struct hotkey_config config = {.panic = "Ctrl+Alt+Pause"};
    struct hotkey_rules rules;

    run->foreign = seed % 8 == 7;
    config.leader = seed % 2 ? HOTKEY_LEADER_SCROLL_LOCK : HOTKEY_LEADER_RIGHT_CTRL;
    if (run->foreign) {
        config.profile = (int32_t)(seed / 8 % HOTKEY_PROFILE_COUNT);
        config.leader = seed % 3 ? HOTKEY_LEADER_OF_PROFILE : HOTKEY_LEADER_NUM_LOCK_MINUS;
    }
    for (size_t i = 0; i < sizeof CHORDS / sizeof CHORDS[0]; i++) {
        struct config_entry *entry = &config.hotkeys.entries[config.hotkeys.count++];
        snprintf(entry->key, sizeof entry->key, "%s", CHORDS[i].chord);
        snprintf(entry->text, sizeof entry->text, "%s", CHORDS[i].action);
    }
    hotkey_config_make_rules(&config, &rules);
    return rules;
}

static int run_seed(uint64_t seed, bool is_loud)
{
    struct random_run run = {.state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1};
    int steps = 0;

    struct hotkey_rules rules = make_rules(&run, seed);

    run.model = model_create(&rules, NULL, NULL);
    run.model->say = is_loud ? print_line : NULL;
    run.model->say_context = &run;
    for (uint16_t number = 1; number <= (seed % 4 ? 5 : TARGETS); number++)
        model_target(run.model, number, "lab", SWITCH_READY, "");
    while (steps < STEPS && !run.model->wrong[0]) {
        unsigned mode_changes = run.model->mode_changes;
        uint16_t was_active = run.model->desk.switcher.active;
        step(&run);
        check_lock(run.model, mode_changes, was_active);
        model_check(run.model);
        steps++;
    }
    if (!run.model->wrong[0])
        come_to_rest(run.model);
    bool good = !run.model->wrong[0];
    if (!good)
        printf("# seed %llu, step %d, %.3f ms: %s\n", (unsigned long long)seed, steps,
               (double)run.model->now_us / 1000, run.model->wrong);
    model_destroy(run.model);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    int failures = 0;

    if (argc > 1)
        return run_seed(strtoull(argv[1], NULL, 10), true);
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        failures += run_seed(seed, false);
    printf("1..1\n%s 1 - %d seeds of %d steps\n", failures ? "not ok" : "ok", SEEDS, STEPS);
    return failures ? 1 : 0;
}
