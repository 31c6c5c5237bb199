/*
 * Keys that the desktop must still see when the devices are given back: what grab.h's `give` names,
 * and what was pressed after that while the grab was not yet gone.
 *
 * To end a grab takes the kernel two grace periods of RCU, tens of milliseconds (evdev.c,
 * evdev_ungrab; input.c, input_release_device); from its beginning on the desktop sees the device.
 * So keys are written afterwards, by what is down then: a key that came up meanwhile is written as
 * a tap, and none can stay down. A key pressed in that time overtakes those written after it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "protocol/report.h"
#include "server/hotkey/grab.h"

#define HANDOVER_KEYS_MAX (GRAB_GIVEN_MAX + 512)

struct node;

struct handover {
    struct grab_key keys[HANDOVER_KEYS_MAX];
    size_t count;   /* beyond the room they are left out */
    size_t written; /* the first so many */
};

void handover_add(struct handover *handover, uint16_t code, bool down);
void handover_add_report(struct handover *handover, const struct report *report);

/* The node at which a key is typed: where it is down, else of those that have it the one whose keys
 * were pressed last. NULL: none. */
struct node *handover_node(struct node *nodes, uint16_t code);

/* Writes what is not yet written. No node that is typed at may be grabbed. */
void handover_write(struct handover *handover, struct node *nodes);
