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

void latency_injected(struct latency *latency, uint64_t event_us, uint64_t ack_us)
{
    uint64_t way_back_us = latency_best_us(latency) / 2;
    uint64_t whole_us = ack_us > event_us ? ack_us - event_us : 0;
    histogram_add(&latency->histogram, whole_us > way_back_us ? whole_us - way_back_us : 0);
}
