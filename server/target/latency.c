#include "server/target/latency.h"

void latency_round_trip(struct latency *latency, uint64_t round_trip_us, uint64_t now_us)
{
    if (round_trip_us == 0)
        round_trip_us = 1; /* 0 means "none yet" */
    if (latency->best_us != 0 && now_us - latency->window_start_us > LATENCY_WINDOW_US) {
        latency->best_before_us = latency->best_us;
        latency->best_us = 0;
    }
    if (latency->best_us == 0)
        latency->window_start_us = now_us;
    if (latency->best_us == 0 || round_trip_us < latency->best_us)
        latency->best_us = round_trip_us;
}

uint64_t latency_best_us(const struct latency *latency)
{
    if (latency->best_us == 0 || latency->best_before_us == 0)
        return latency->best_us != 0 ? latency->best_us : latency->best_before_us;
    return latency->best_us < latency->best_before_us ? latency->best_us : latency->best_before_us;
}

static uint64_t windows_since(const struct latency *latency, uint64_t now_us)
{
    uint64_t start_us = latency->recent_start_us;
    return now_us > start_us ? (now_us - start_us) / LATENCY_RECENT_US : 0;
}

static void add_recent(struct latency *latency, uint64_t value_us, uint64_t now_us)
{
    uint64_t windows = windows_since(latency, now_us);
    if (windows > 0) {
        if (windows == 1)
            latency->recent[1] = latency->recent[0];
        else
            histogram_clear(&latency->recent[1]);
        histogram_clear(&latency->recent[0]);
        latency->recent_start_us += windows * LATENCY_RECENT_US;
    }
    histogram_add(&latency->recent[0], value_us);
    latency->last_us = value_us;
    latency->last_at_us = now_us;
}

void latency_injected(struct latency *latency, uint64_t event_us, uint64_t ack_us)
{
    uint64_t way_back_us = latency_best_us(latency) / 2;
    uint64_t whole_us = ack_us > event_us ? ack_us - event_us : 0;
    uint64_t value_us = whole_us > way_back_us ? whole_us - way_back_us : 0;
    histogram_add(&latency->histogram, value_us);
    add_recent(latency, value_us, ack_us);
}

struct latency_recent latency_recent(const struct latency *latency, uint64_t now_us)
{
    uint64_t windows = windows_since(latency, now_us);
    struct histogram both = {0};
    if (windows < 2)
        both = latency->recent[0];
    if (windows == 0)
        histogram_merge(&both, &latency->recent[1]);
    return (struct latency_recent){.count = both.total,
                                   .p50_us = histogram_percentile_us(&both, 50),
                                   .p99_us = histogram_percentile_us(&both, 99)};
}
