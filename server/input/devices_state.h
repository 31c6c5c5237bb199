/* What devices.c and giving.c share. */
#pragma once

#include "server/input/devices.h"
#include "server/input/led_guard.h"
#include "server/input/node.h"

/* Every node's kernel buffer (64 events) full twice, with nodes to spare. */
#define QUEUE_MAX 1024

struct devices {
    uv_loop_t *loop;
    uv_idle_t *again; /* runs while a node has more to read */
    const struct config_section *rules;
    const struct keyset *sent;
    const struct devices_handlers *handlers;
    void *context;
    struct monitor *monitor;
    struct node *nodes;
    uint32_t last_id;
    struct presses presses;
    struct led_guard guard;
    bool looking; /* verdicts are not told yet */
    bool grabbed; /* some device that is taken is; silent ones do not count */
    bool told_of_silence;
    bool counting;
    uint64_t search_us;  /* look again who holds what; UINT64_MAX: no need */
    uint64_t held_us;    /* look again at what another program holds; UINT64_MAX: nothing */
    uint64_t grabbed_us; /* since then */
    bool shows_locks;
    uint8_t locks;
    bool delivering;
    size_t queue_start, queue_count;
    struct report queue[QUEUE_MAX];
};

/* Tells it, if it is news. */
void devices_set_verdict(struct devices *devices, struct node *node, enum verdict verdict);
/* Of a node among its neighbours, as long as it can be opened and grabbed. */
enum verdict devices_verdict_of(const struct devices *devices, const struct node *node);
/* Unplugged, most likely: udev tells soon. */
void devices_lose_node(struct node *node, int error);
/* A node came, went or changed: its neighbours on the same device may be judged anew. What could
 * not be opened is tried again only when udev speaks of that very node (`changed`, may be NULL). */
void devices_choose(struct devices *devices, const struct node *changed);
/* Before any grab, be it a try, and before the end of all: notes the LEDs, for ungrab.h. */
void devices_note_locks(struct devices *devices);
/* Grabs one more node. *ret_result gets the error, but stays 0. */
void devices_take_node(struct devices *devices, struct node *node, int *ret_result);
