/*
 * A console, its server and its targets, played without a device, a socket or a clock.
 *
 *   physical keys -> kernel (grabbed or not) -> desktop, or the window that has the focus
 *                                           \-> evdev source: grab over hotkey
 *   each source <- two queues -> desk (switch, route) -> targets, each with the keys that are down
 * there
 *
 * The grab, hotkey, desk are the real ones; everything that happens is told as one line of text.
 * The model knows what must never be: model.wrong is empty, or says what was.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/keyset.h"
#include "server/hotkey/grab.h"
#include "server/switch/desk.h"

#define MODEL_TARGETS    1001 /* with the switcher */
#define MODEL_LINK_ROOM  200  /* messages; about what a socket takes */
#define MODEL_QUEUE_ROOM 512
#define MODEL_PRESSES    8192

struct model_queue {
    struct link_message *messages; /* a ring */
    size_t first, count;
};

struct model;

struct model_source {
    struct model *model;
    enum desk_source_id id;
    struct grab grab;
    bool exists;
    bool stopped;    /* does not read: SIGSTOP */
    bool take_fails; /* the next grab cannot be made */
    bool link_full;
    bool kernel_grabbed;         /* the desktop sees nothing of the devices */
    struct model_queue devices;  /* reports that it has not read */
    struct model_queue up, down; /* to the server, from it */
};

enum model_answer { MODEL_TAKES, MODEL_REFUSES, MODEL_SILENT };

struct model_target {
    bool entered;
    bool answer_due;
    enum model_answer answer;
    uint8_t locks;
    struct keyset down;
};

/* Where a press went; it may have gone to one place at most. */
struct model_press {
    uint16_t code;
    uint64_t time_us;
    bool is_hotkey; /* must not reach a target */
    bool arrived;
    uint64_t handed_from_us, handed_to_us; /* it is what was handed over, or another of that time */
};

struct model {
    struct hotkey_rules rules;
    uint64_t now_us;
    bool net_stopped;
    bool net_lags; /* what sources say is on its way */
    bool window_has_focus;
    struct desk desk;
    struct model_source sources[DESK_SOURCE_COUNT];
    struct model_target targets[MODEL_TARGETS];
    struct keyset physical, desktop;
    struct model_press presses[MODEL_PRESSES]; /* a ring */
    size_t press_count;
    unsigned mode_changes;
    bool hotkey_comes; /* presses from now on are of a hotkey */
    void (*say)(void *context, const char *line);
    void *say_context;
    char wrong[256];
};

/* `say` may be NULL. The evdev source is there, with one device. */
struct model *model_create(const struct hotkey_rules *rules,
                           void (*say)(void *context, const char *line), void *context);
/* Before anything happens. */
void model_set_rules(struct model *model, const struct hotkey_rules *rules);
struct model *model_destroy(struct model *model);

/* Plays until then: every deadline in between is met at its time. */
void model_run_until(struct model *model, uint64_t until_us);

void model_key(struct model *model, uint16_t code, bool down);
void model_tap(struct model *model, uint16_t code);
void model_leader(struct model *model); /* the leader key twice */
void model_move(struct model *model, int dx, int dy);
void model_wheel(struct model *model, int notches);

void model_target(struct model *model, uint16_t number, const char *name, enum switch_state state,
                  const char *reason);
void model_set_locks(struct model *model, uint16_t number, uint8_t locks);
int model_scan(struct model *model, uint16_t seconds, enum scan_mode mode);
int model_client(struct model *model, enum command_type type, uint16_t number);
void model_stop_net(struct model *model, bool stopped);
void model_lag_net(struct model *model, bool lags);
void model_stop_source(struct model *model, enum desk_source_id source, bool stopped);
void model_start_source(struct model *model, enum desk_source_id source);
void model_end_source(struct model *model, enum desk_source_id source);
void model_focus_window(struct model *model, bool focused);

/* What must hold when everything was read; fills model.wrong. */
void model_check(struct model *model);
