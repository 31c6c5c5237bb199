/*
 * The configuration of a running worker, and reading it again: hotkeys count as soon as none is
 * begun, rules of devices and keys that are sent as soon as nothing is grabbed, so that no key that
 * is down is lost or left down. A file that is wrong changes nothing.
 */
#pragma once

#include <stdbool.h>

#include "common/keyset.h"
#include "protocol/link.h"
#include "server/hotkey/profile.h"
#include "server/input/settings.h"

struct reload {
    const struct settings *settings;
    struct settings_values values, wanted; /* what counts; what the file says */
    struct hotkey_rules rules;             /* of `values`, where grab looks at them */
    struct keyset sent_keys;
    bool hotkeys_due, devices_due;
};

void reload_init(struct reload *reload, const struct settings *settings,
                 const struct settings_values *values);
/* Reads the file, and logs as it says from now on; what comes of it is the caller's to tell. */
void reload_read(struct reload *reload, struct link_reloaded *ret_result);
/* Makes what is due count. True: the rules have changed, tell who uses them. */
bool reload_take_hotkeys(struct reload *reload); /* while no hotkey is begun */
bool reload_take_devices(struct reload *reload); /* while nothing is grabbed */
