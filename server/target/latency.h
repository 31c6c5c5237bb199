/*
 * How long a report takes from the kernel's event to its injection, all on the console's clock:
 * acknowledgement - event - half the best round trip. Pure.
 *
 * The best round trip is the least of the last one to two LATENCY_WINDOW_US, so that it follows
 * when a machine moves from a cable to a slow network.
 *
 * All since the connection began are kept, and apart from them what is recent: the last one to two
 * LATENCY_RECENT_US.
 */
#pragma once

#include <stdint.h>

#include "common/histogram.h"

#define LATENCY_WINDOW_US (30 * 1000 * 1000)
#define LATENCY_RECENT_US (5 * 1000 * 1000)

struct latency {
    struct histogram histogram;       /* event to injection, us */
    uint64_t best_us, best_before_us; /* of this window and of the one before; 0: none yet */
    uint64_t window_start_us;
    struct histogram recent[2]; /* this window's and the one's before */
    uint64_t recent_start_us;
    uint64_t last_us, last_at_us;
};

/* What was injected lately. */
struct latency_recent {
    uint64_t count; /* 0: nothing */
    uint64_t p50_us, p99_us;
};

void latency_round_trip(struct latency *latency, uint64_t round_trip_us, uint64_t now_us);
uint64_t latency_best_us(const struct latency *latency); /* 0: none yet */
void latency_injected(struct latency *latency, uint64_t event_us, uint64_t ack_us);
struct latency_recent latency_recent(const struct latency *latency, uint64_t now_us);
