/*
 * How long a report takes from the kernel's event to its injection, all on the console's clock:
 * acknowledgement - event - half the best round trip. Pure.
 *
 * The best round trip is the least of the last one to two LATENCY_WINDOW_US, so that it follows
 * when a machine moves from a cable to a slow network.
 */
#pragma once

#include <stdint.h>

#include "common/histogram.h"

#define LATENCY_WINDOW_US (30 * 1000 * 1000)

struct latency {
    struct histogram histogram;       /* event to injection, us */
    uint64_t best_us, best_before_us; /* of this window and of the one before; 0: none yet */
    uint64_t window_start_us;
};

void latency_round_trip(struct latency *latency, uint64_t round_trip_us, uint64_t now_us);
uint64_t latency_best_us(const struct latency *latency); /* 0: none yet */
void latency_injected(struct latency *latency, uint64_t event_us, uint64_t ack_us);
