/*
 * What of a report goes to the active target. Pure.
 *
 * Keeps the keys that the active target was sent and that are still down: an up of any other key is
 * dropped, so whatever was held at a switch is spent until it is pressed again; a second down of a
 * key is dropped too. Start anew with route_reset at each switch.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/keyset.h"
#include "protocol/report.h"

struct route {
    struct keyset sent; /* down at the active target */
};

void route_reset(struct route *route);
/* Fills *ret_report with what is to be sent; false when nothing is left. `swallow`: downs are
 * dropped (and so are their ups later), motion and wheel too; ups of keys that were sent pass. */
bool route_report(struct route *route, const struct report *report, bool swallow,
                  struct report *ret_report);
/* Ups of what was sent, as many as fit; false when nothing is down any more. Call until then. */
bool route_lift(struct route *route, uint64_t at_us, struct report *ret_report);
bool route_has_keys_down(const struct route *route);
