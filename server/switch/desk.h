/*
 * The console's desk: several input sources on one side, targets on the other, the switch between.
 * Pure: (messages of sources, states and answers of targets, commands of clients, now) -> ops.
 * hotdesk-server gives it sockets, the scenario tests models.
 *
 * Owns the switch and the route, and all that a source is told: which grab a message belongs to,
 * orders, pings while grabbed, LEDs of the active target, how high numbers go. At most one source
 * holds the keyboard: evdev when it has grabbed, else the window; what the other one says is
 * ignored, and it is told to give back. A source that holds and says nothing for TIME_NET_SILENT,
 * goes or starts anew makes local active. A report older than TIME_REPORT_OLD is not sent: the
 * target's link is cut (mere motion is only dropped).
 *
 * Use the functions below to change anything; reading `switcher` (its targets, `active`) is fine.
 * Read all that sources said before a tick.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/link.h"
#include "server/switch/route.h"
#include "server/switch/switch.h"

enum desk_source_id { DESK_EVDEV, DESK_WINDOW, DESK_SOURCE_COUNT };

#define DESK_DEVICES_MAX 64 /* taken ones, that are told apart */

/* None of them may call back into the desk. */
struct desk_ops {
    /* To the target that was entered last. Already filtered: nothing that the target should not
     * see. */
    void (*send_report)(void *context, uint16_t number, const struct report *report);
    void (*enter)(void *context, uint16_t number);
    /* No more; the target lifts all keys. Its link may be gone already. */
    void (*leave)(void *context, uint16_t number);
    /* End the target's link, since what should be sent is too old. The desk takes it for offline
     * from now on; a leave comes after. */
    void (*cut)(void *context, uint16_t number, const char *why);
    /* One message for a source (orders, pings, LEDs). If it cannot be sent, close the source and
     * call desk_source_gone from the loop, not from here. */
    void (*send_order)(void *context, enum desk_source_id source,
                       const struct link_message *message);
    /* The active target changed (SWITCH_LOCAL is local), with a word why, or NULL. */
    void (*switched)(void *context, uint16_t from, uint16_t to, const char *why);
    /* A command was not carried out, or was taken back. `number` may be SWITCH_LOCAL. */
    void (*refused)(void *context, uint16_t number, const char *why);
    /* As switch_ops.monitor. */
    int (*monitor)(void *context, uint16_t number, const char *word, char *ret_why);
    /* What desk_mode tells changed. */
    void (*mode)(void *context);
};

struct desk_mode {
    bool locked;      /* to the active target */
    bool scanning;    /* round over the ready targets */
    bool hotkeys_off; /* of a source that is there: all keys pass */
    bool stats;       /* figures are written over the picture */
};

struct desk_source {
    bool connected;      /* said hello */
    bool grabbed;        /* as far as it told us */
    bool grab_ordered;   /* GRAB sent, neither GRABBED nor UNGRABBED came back yet */
    bool ungrab_ordered; /* UNGRAB sent; until it has obeyed, or put it off by a command, what it
                            says was typed for local */
    bool superseded; /* another one holds, or held since: what it says does not count any more */
    bool hotkeys_off;
    bool silent;       /* was given up for its silence, and has not spoken since */
    uint32_t number;   /* of the newest grab that we know */
    uint32_t sequence; /* of the last report or command that was read */
    uint32_t ping_number;
    uint64_t heard_us, ping_at_us;      /* while grabbed */
    uint32_t devices[DESK_DEVICES_MAX]; /* ids of the taken ones */
    size_t device_count;
};

struct desk {
    const struct desk_ops *ops;
    void *context;
    struct switcher switcher;
    struct route route;
    struct desk_source sources[DESK_SOURCE_COUNT];
    uint8_t locks;         /* of the active target */
    uint16_t told_highest; /* in LINK_TARGETS */
    uint64_t ticked_us, now_us;
};

void desk_init(struct desk *desk, const struct desk_ops *ops, void *context);

/* Any message of a source, from LINK_HELLO on; devices too (the list for people is the server's).
 */
void desk_source_message(struct desk *desk, enum desk_source_id source,
                         const struct link_message *message, uint64_t now_us);
/* Its connection is gone. */
void desk_source_gone(struct desk *desk, enum desk_source_id source, uint64_t now_us);
/* The source that holds the keyboard now, or DESK_SOURCE_COUNT. */
enum desk_source_id desk_holder(const struct desk *desk);

/* As switch_set_target, switch_order, switch_remove_target, switch_set_state; sources are told how
 * high numbers go. */
bool desk_set_target(struct desk *desk, uint16_t number, const char *name, uint64_t now_us);
void desk_order(struct desk *desk, uint16_t number, uint16_t wanted);
void desk_remove_target(struct desk *desk, uint16_t number, uint64_t now_us);
void desk_set_state(struct desk *desk, uint16_t number, enum switch_state state, const char *reason,
                    uint64_t now_us);
/* The answer to the latest enter of that target: compare control numbers first. `locks`: the
 * target's. */
void desk_entered(struct desk *desk, uint16_t number, bool taken, uint8_t locks, const char *reason,
                  uint64_t now_us);
void desk_set_locks(struct desk *desk, uint16_t number, uint8_t locks);

/* A command of a client of the control socket; results as switch_command. */
int desk_command(struct desk *desk, const struct command *command, uint64_t now_us,
                 char ret_why[SWITCH_REASON_ROOM]);

void desk_set_lock(struct desk *desk, bool locked);
void desk_end_scan(struct desk *desk);
void desk_set_stats(struct desk *desk, bool shown);
struct desk_mode desk_mode(const struct desk *desk);
/* Rule 6: the keyboard is the console's now, whatever holds it, also a leader that waits in local.
 */
void desk_go_home(struct desk *desk, const char *why, uint64_t now_us);
/* Commands to targets are refused with this sentence; NULL: no longer. */
void desk_forbid(struct desk *desk, const char *why);

void desk_tick(struct desk *desk, uint64_t now_us);
uint64_t desk_deadline_us(const struct desk *desk); /* UINT64_MAX: none */
