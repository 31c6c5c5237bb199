/*
 * Which target is active. Pure: (commands, target states, answers, now) -> ops.
 *
 * A command is decided when it is read, without waiting for any peer: leave and enter are called at
 * once and every later report belongs to the new active target. `entered` is awaited for
 * TIME_ENTERED; without it, or when the target refuses, the switch is taken back to the target
 * before, if that is still ready, else to local. If the active target is lost, local becomes active
 * at once.
 *
 * A refused command stays where it is. After a refusal, a switch taken back or a loss the keys of
 * the next TIME_REFUSED_SWALLOW are swallowed: they were meant for another computer. If local is
 * active then the source is told to give back only at the end of that time.
 *
 * Every command of a hotkey is answered with exactly one order_keep, order_ungrab or order_flash.
 * next and prev go round over the targets that are ready, by number; local is not among them, and
 * from local they are the first and the last. `last` may be local.
 *
 * The switcher on the screen (COMMAND_SWITCHER) is entered as a target is, and lost as one is: then
 * local becomes active. It needs no answer, is no target for next, prev, last and scans, and goes
 * back to where it was opened by a second COMMAND_SWITCHER.
 *
 * Locked, no command leads to another target (-EPERM), but local by a client, who may be the
 * session that is being locked. The lock is of the active target and ends with its being active,
 * whatever ends that: panic, a loss, the source. A scan goes to the next ready target at each
 * interval; every command but cancel and stats ends it, and so does local becoming active. If its
 * target is lost it goes on to the next.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/link.h"
#include "server/switch/scan.h"

#define SWITCH_TARGETS_MAX 256
#define SWITCH_REASON_ROOM 192
#define SWITCH_LOCAL       0
/* No target: while the person chooses among them on the screen, keys go there, and nowhere else. */
#define SWITCH_CHOOSER (LINK_NUMBER_MAX + 1)

enum switch_state {
    SWITCH_OFFLINE,
    SWITCH_CONNECTING, /* it has not said yet whether it takes input */
    SWITCH_NOT_READY,  /* connected, and it takes none: `reason` */
    SWITCH_READY
};

enum switch_cause {                   /* who asked */
                    SWITCH_BY_HOTKEY, /* a source that has grabbed: it needs an order in answer,
                                         always */
                    SWITCH_BY_CLIENT, /* the control socket */
};

struct switch_target {
    uint16_t number; /* 1..LINK_NUMBER_MAX */
    char name[33];
    enum switch_state state;
    char reason[SWITCH_REASON_ROOM]; /* why it is not ready; empty when it is */
    uint64_t since_us;               /* of this state */
};

struct switch_ops {
    void (*enter)(void *context, uint16_t number);
    void (*leave)(void *context, uint16_t number);
    /* The source's devices: grab without a hotkey; granted, keep them; give them back. */
    void (*order_grab)(void *context);
    void (*order_keep)(void *context);
    /* Keys pressed from `from_us` on that were not read yet belong to local; LINK_NOTHING_US: none.
     */
    void (*order_ungrab)(void *context, uint64_t from_us);
    void (*order_flash)(void *context);
    /* The active target changed (SWITCH_LOCAL is local), with a word why, or NULL. */
    void (*switched)(void *context, uint16_t from, uint16_t to, const char *why);
    /* A command was not carried out, or was taken back. `number` may be SWITCH_LOCAL. */
    void (*refused)(void *context, uint16_t number, const char *why);
    /* The active target is to show another of its monitors. 0, or -errno with a sentence (room
     * SWITCH_REASON_ROOM). */
    int (*monitor)(void *context, uint16_t number, const char *word, char *ret_why);
    /* `locked` or the scan began or ended. */
    void (*mode)(void *context);
};

struct switcher {
    const struct switch_ops *ops;
    void *context;
    struct switch_target targets[SWITCH_TARGETS_MAX]; /* sorted by number */
    size_t target_count;
    uint16_t active, last;
    struct switch_target chooser; /* its state: whether a window can show it */
    uint16_t chooser_from;        /* what was active when it was opened */
    uint16_t entering_from;       /* while `entered` is awaited: where to go back to */
    uint16_t entering_last;       /* and what `last` was there */
    uint64_t entered_by_us;       /* 0: nothing awaited */
    uint64_t swallow_until_us;    /* keys before this are swallowed */
    bool ungrab_after_swallow;
    bool locked;
    bool shows_stats; /* figures over the picture; COMMAND_STATS goes to and fro */
    struct scan scan;
    char forbidden[SWITCH_REASON_ROOM]; /* why no target may be entered; empty: it may */
};

void switch_init(struct switcher *switcher, const struct switch_ops *ops, void *context);
/* Adds or renames; false when the table is full. A new one is offline, "never connected". */
bool switch_set_target(struct switcher *switcher, uint16_t number, const char *name,
                       uint64_t now_us);
/* The target has another number; who has that one gets the old number. What is active stays. */
void switch_order(struct switcher *switcher, uint16_t number, uint16_t wanted);
void switch_remove_target(struct switcher *switcher, uint16_t number, uint64_t now_us);
const struct switch_target *switch_find(const struct switcher *switcher, uint16_t number);
/* The active target, while the switcher is open that which was. */
uint16_t switch_shown(const struct switcher *switcher);
uint16_t switch_highest_number(const struct switcher *switcher);
/* The state of a target and why; losing the active one makes local active. */
void switch_set_state(struct switcher *switcher, uint16_t number, enum switch_state state,
                      const char *reason, uint64_t now_us);
/* 0; -ENOENT no such target; -EHOSTUNREACH not ready; -EPERM locked or forbidden. On failure
 * ret_why (room SWITCH_REASON_ROOM) has the sentence that `refused` got too. */
int switch_command(struct switcher *switcher, const struct command *command,
                   enum switch_cause cause, uint64_t now_us, char *ret_why);
/* The target's answer to the latest enter (the caller compares control numbers). */
void switch_entered(struct switcher *switcher, uint16_t number, bool taken, const char *reason,
                    uint64_t now_us);
/* Local becomes active now, and the source is told to give back: no key may go elsewhere. */
void switch_go_home(struct switcher *switcher, const char *why, uint64_t now_us);
/* From now on every command to a target is refused with this sentence; NULL: no longer. What is
 * active stays: go home too. */
void switch_forbid(struct switcher *switcher, const char *why);
/* The source gave its devices back by itself (panic, silence, focus): local is active. */
void switch_source_gave_back(struct switcher *switcher, const char *why, uint64_t now_us);
/* What clients say by name: COMMAND_LOCK and COMMAND_SCAN go to and fro. */
void switch_set_lock(struct switcher *switcher, bool locked);
void switch_end_scan(struct switcher *switcher);
void switch_set_stats(struct switcher *switcher, bool shown);
/* Whether downs, motion and wheel of it go nowhere, after a refusal or in a scan, which it may end.
 * Its time is when the key was pressed, not when it is read. */
bool switch_swallows(struct switcher *switcher, const struct report *report, uint64_t now_us);
void switch_tick(struct switcher *switcher, uint64_t now_us);
uint64_t switch_deadline_us(const struct switcher *switcher); /* UINT64_MAX: none */
