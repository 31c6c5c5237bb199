/*
 * One node that is known: whether it is taken, and when it is, its events, its keys, its LEDs, its
 * grab. Reports are told by a callback from node_read, but also from node_take, node_settle and
 * node_close: the receiver only puts them aside.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "protocol/report.h"
#include "server/input/evdev.h"
#include "server/input/frame.h"
#include "server/input/lamps.h"
#include "server/input/monitor.h"
#include "server/input/rules.h"
#include "server/input/tally.h"
#include "server/input/ungrab.h"

struct node;

struct node_handlers {
    void (*readable)(void *context, struct node *node);
    void (*report)(void *context, const struct report *report);
};

struct node {
    struct node *next; /* for the owner's list */
    uint32_t id;
    bool judged, told; /* it has a verdict; the server knows it */
    struct monitor_node info;
    enum verdict alone; /* looked at without its neighbours */
    enum rule rule;     /* of the configuration, about this node */
    enum verdict verdict;
    struct evdev *evdev; /* NULL when not open */
    struct node_watch *watch;
    bool silent; /* open only to be grabbed: nothing of it is read */
    bool grabbed;
    /* what libevdev has read and a turn left: its descriptor does not tell of that */
    bool has_more;
    bool lost;          /* it stopped answering; udev will say that it is gone */
    struct keyset down; /* counted in `presses` */
    uint64_t key_us;    /* of its last key event */
    struct frame frame;
    struct tally tally; /* on: motion wakes us without a grab, too */
    struct lamps lamps;
    uint8_t locks_before; /* LEDs at node_note_locks */
    struct ungrab ungrab;
    bool tried; /* whether another program has grabbed it was looked at since it is open */
    struct presses *presses;
    struct led_guard *guard;
    const struct node_handlers *handlers;
    void *context;
};

/* `sent`: keys of this computer that are told all the same; the caller's. */
struct node *node_create(const struct monitor_node *info, const struct keyset *sent,
                         struct presses *presses, struct led_guard *guard,
                         const struct node_handlers *handlers, void *context);
struct node *node_destroy(struct node *node); /* NULL; lifts its keys first */

/* Opens the node and listens to it. Keys that are down already are counted and not told: nobody
 * knows whom they were meant for. 0 or -errno. */
int node_open(struct node *node, uv_loop_t *loop, bool silent);
/* Closes it, and tells the releases of its keys. Also when it is not open. */
void node_close(struct node *node);
/* Tells what it has said, up to a bound. 0, or -errno: it is gone, close it. */
int node_read(struct node *node);
/* Counts what it says, from zero on, or no more. */
void node_count(struct node *node, bool counting);

/* Before it, or another node, is tried, taken or given back: notes its LEDs for the guard. */
void node_note_locks(struct node *node);

/* Whether another program has grabbed it: 0, -EBUSY, or what is wrong; 1: not to be found out while
 * a key is down. Not while it is grabbed. */
int node_try(struct node *node);
/* The same of one that another program had grabbed, and nothing else: that program and its keys are
 * left alone. Also while other nodes are grabbed. */
int node_try_held(struct node *node);

/* Rule 2. 0 or -errno; -EBUSY: another program has grabbed it. */
int node_take(struct node *node);
/* Begins to give it back: the grab ends soon, and then the LEDs are as before. */
void node_give_begin(struct node *node, uint64_t now_us);
/* Waits for that end, and tells what it has said up to now. What it said until *ret_begun_us nobody
 * else has seen. */
void node_give_end(struct node *node, uint64_t *ret_begun_us);
/* Keys that are down for the kernel. 0 or -errno. */
int node_keys_down(const struct node *node, struct keyset *ret_down);
/* Types for the desktop, after node_give_end. `anew`: a key that is down for the kernel is pressed
 * once more, if it really is down. */
void node_type(struct node *node, uint16_t code, bool down, bool anew);
/* After all typing: forgets its echoes, and tells what changed apart from them. */
void node_settle(struct node *node);

void node_show_locks(struct node *node, uint8_t locks, uint64_t now_us);
void node_tick(struct node *node, uint64_t now_us);
