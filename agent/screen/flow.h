/*
 * How much may be on the way to the other side, so that nothing waits long behind what was sent.
 * Every update ends with a Fence; its answer tells when the update arrived. Pure.
 *
 * The rate is what the answers showed; what is allowed on the way is what the link carries within
 * its own round trip, and an update more that waits for it. That round trip is seen only while
 * nothing else is on the way: on a link that is never idle it is let run empty once in ten seconds,
 * else our own queue would be taken for it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/limits.h"

struct flow_update {
    uint64_t since_us; /* the oldest change that it shows; 0: not known */
    uint64_t sent_us;
    size_t bytes;
    uint64_t arrived_before_bytes; /* of all, when it was sent */
    uint64_t arrived_before_us;
    bool limited;    /* more was there to be sent: the link was kept busy */
    bool alone;      /* nothing else was on the way */
    bool after_idle; /* nothing had arrived since nothing was on the way */
};

struct flow {
    struct flow_update updates[FLOW_UPDATES_MAX]; /* on the way, oldest first */
    size_t count;
    size_t way_bytes; /* of them all */
    uint32_t first;   /* number of the oldest */
    uint64_t arrived_bytes, arrived_us;
    double bytes_per_us;
    uint64_t trip_us;      /* of the empty link */
    uint64_t trip_seen_us; /* 0: not seen yet */
    bool after_idle;       /* nothing has arrived since nothing was on the way */
    bool draining;         /* the way is let run empty, to see it anew */
};

void flow_init(struct flow *flow);
/* May another update begin now? */
bool flow_is_open(const struct flow *flow);
/* How large it should be at most. */
size_t flow_piece_bytes(const struct flow *flow);
/* Bytes a microsecond. */
double flow_rate(const struct flow *flow);
/* What goes into the Fence of the next one. */
uint32_t flow_next_number(const struct flow *flow);
/* It was sent. `limited`: there is more. */
void flow_sent(struct flow *flow, size_t bytes, bool limited, uint64_t now_us);
/* Of the one that was sent last: it shows a change of that time. */
void flow_note_since(struct flow *flow, uint64_t since_us);
/* An answer with this number came. Returns the time of the change that it shows; 0: not known. */
uint64_t flow_arrived(struct flow *flow, uint32_t number, uint64_t now_us);
