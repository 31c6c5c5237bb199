/*
 * Which devices the configuration includes or excludes, whatever they look like. Pure.
 *
 * A rule is an entry of the section `devices` of input.conf: a pattern and `include` or `exclude`.
 *   "name:*Receiver*"      the name that the device gives itself, without regard to case
 *   "id:046d:c52b"         vendor and product, of the node or of its USB device (lsusb)
 *   "path:/dev/input/..."  the node, or a link of udev's to it (by-id, by-path)
 * Patterns are those of fnmatch(3). It is enough that a pattern fits one node of a physical device.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"
#include "server/input/monitor.h"

enum rule { RULE_NONE, RULE_INCLUDE, RULE_EXCLUDE };

/* For the table of options: see common/config.h. */
bool rules_check(const char *key, const char *text, char *ret_why, size_t room_bytes);

/* Of all rules that fit; one that excludes wins. `section` may be NULL. */
enum rule rules_find(const struct config_section *section, const struct monitor_node *node);
