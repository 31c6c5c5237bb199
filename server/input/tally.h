/*
 * How often a device said something and of what kind, for `hotdesk devices --watch`; never which
 * key (rule 7). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/link.h"

struct tally {
    bool on;            /* somebody watches */
    bool moved, rolled; /* in the report that is not finished */
    struct link_counts counts;
};

/* From zero on, or no more. */
void tally_start(struct tally *tally, bool on);
/* One event as the kernel has it. Repeats and releases of keys do not count. */
void tally_add(struct tally *tally, uint16_t type, uint16_t code, int32_t value);
/* What was counted since the last time; false when that is nothing. The id is the caller's. */
bool tally_finish(struct tally *tally, struct link_counts *ret_counts);
