/*
 * All devices of the console: which are taken, what they say, grabbing them together and giving
 * them back. Glue between udev, the nodes and the core of the source (server/hotkey/grab.h), whose
 * ops `take`, `give` and `show_locks` end here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/config.h"
#include "protocol/link.h"
#include "server/hotkey/grab.h"

struct devices;

struct devices_handlers {
    void (*before_read)(
        void *context); /* a device has something to say: whoever goes first, goes now */
    void (*report)(void *context, const struct report *report); /* keys counted over all devices */
    /* False when it could not be told: it is told again at the next devices_tell. */
    bool (*device)(void *context, const struct link_device *device, bool gone);
    void (*counts)(void *context, const struct link_counts *counts); /* devices_tell_counts */
    void (*lost)(void *context); /* the last grabbed device is gone: nothing is grabbed any more */
};

/* Begins to listen for devices and looks for those that are there. `rules` (rules.h; may be NULL)
 * and `sent` (sent_keys.h; may be NULL) stay the caller's. 0 or -errno. */
int devices_create(uv_loop_t *loop, const struct config_section *rules, const struct keyset *sent,
                   const struct devices_handlers *handlers, void *context,
                   struct devices **ret_devices);
/* NULL. Gives everything back; handles are freed when the loop has closed them. */
struct devices *devices_destroy(struct devices *devices);

/* The rules, or the keys that are sent, are others now; while nothing is grabbed. */
void devices_rules_changed(struct devices *devices);
/* 0, or -errno when not one device could be grabbed. */
int devices_take(struct devices *devices);
void devices_give(struct devices *devices, const struct grab_key *typed, size_t count);
void devices_show_locks(struct devices *devices, uint8_t locks);

/* Tells reports that came up while devices were taken, given or closed: they wait, so that a call
 * made from the `report` handler never leads back into it. Call it when no such call is under way.
 */
void devices_deliver(struct devices *devices);
/* Reads and delivers what the devices have said up to now. */
void devices_read_all(struct devices *devices);
/* Tells of all devices (a new server), or of those that it was not told of yet. */
void devices_tell(struct devices *devices, bool all);

/* Counts what each device says, while somebody watches; told by devices_tell_counts, which begins
 * at zero again. A device that says nothing is not told. */
void devices_count(struct devices *devices, bool counting);
void devices_tell_counts(struct devices *devices);

/* LEDs have times: call tick at the deadline. UINT64_MAX: none. */
uint64_t devices_deadline_us(const struct devices *devices);
void devices_tick(struct devices *devices, uint64_t now_us);
