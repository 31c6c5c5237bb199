#include "agent/screen/flow.h"

#include <string.h>

#include "protocol/limits.h"

#define PIECE_US         20000 /* of the link's time, in one update */
#define PIECE_MIN_BYTES  (8 * 1024)
#define PIECE_MAX_BYTES  (2 * 1024 * 1024)
#define WAY_MIN_BYTES    (16 * 1024)
#define WAY_UPDATES      3 /* one is drawn, one travels, one is made */
#define RATE_FIRST       4.0
#define FIRST_BYTES      (64 * 1024) /* on the way before anything is known, on a long link */
#define TRIP_FIRST_US    10000
#define TRIP_OLD_US      10000000
#define TRIP_BYTES       4096 /* at most, to tell of the trip and not of the rate */
#define SAMPLE_MIN_BYTES 4096 /* smaller ones tell of the round trip alone */

void flow_init(struct flow *flow)
{
    *flow = (struct flow){.bytes_per_us = RATE_FIRST, .trip_us = TRIP_FIRST_US, .first = 1};
}

static size_t bytes_in(const struct flow *flow, uint64_t time_us, size_t min_bytes,
                       size_t max_bytes)
{
    const double bytes = flow->bytes_per_us * (double)time_us;

    return bytes < (double)min_bytes   ? min_bytes
           : bytes > (double)max_bytes ? max_bytes
                                       : (size_t)bytes;
}

/* On a link with a long way more updates are under way at once. */
static size_t updates_max(const struct flow *flow)
{
    const size_t count = WAY_UPDATES + (size_t)(flow->trip_us / PIECE_US);

    return count < FLOW_UPDATES_MAX ? count : FLOW_UPDATES_MAX;
}

/* What arrives within a round trip, and a bit more: with another update there is always one that
 * waits for the link, and on a long way seldom two. */
static size_t flow_way_bytes(const struct flow *flow)
{
    const size_t piece_bytes = flow_piece_bytes(flow);
    const size_t bytes = bytes_in(flow, flow->trip_us, 0, SCREEN_WAY_MAX_BYTES) +
                         (flow->trip_us < PIECE_US ? piece_bytes : piece_bytes / 2);

    return bytes < WAY_MIN_BYTES          ? WAY_MIN_BYTES
           : bytes > SCREEN_WAY_MAX_BYTES ? SCREEN_WAY_MAX_BYTES
                                          : bytes;
}

bool flow_is_open(const struct flow *flow)
{
    if (flow->count == 0)
        return true;
    return !flow->draining && flow->count < updates_max(flow) &&
           flow->way_bytes < flow_way_bytes(flow);
}

size_t flow_piece_bytes(const struct flow *flow)
{
    return bytes_in(flow, PIECE_US, PIECE_MIN_BYTES, PIECE_MAX_BYTES);
}

double flow_rate(const struct flow *flow)
{
    return flow->bytes_per_us;
}

uint32_t flow_next_number(const struct flow *flow)
{
    return flow->first + (uint32_t)flow->count;
}

void flow_sent(struct flow *flow, size_t bytes, bool limited, uint64_t now_us)
{
    if (flow->count == 0) { /* the link was idle: this time is none of its */
        flow->arrived_us = now_us;
        flow->after_idle = true;
    }
    flow->updates[flow->count] = (struct flow_update){
        .sent_us = now_us,
        .bytes = bytes,
        .arrived_before_bytes = flow->arrived_bytes,
        .arrived_before_us = flow->arrived_us,
        .limited = limited,
        .alone = flow->count == 0,
        .after_idle = flow->after_idle,
    };
    flow->count++;
    flow->way_bytes += bytes;
}

void flow_note_since(struct flow *flow, uint64_t since_us)
{
    if (flow->count > 0)
        flow->updates[flow->count - 1].since_us = since_us;
}

/* Any may show a shorter one; a longer one is believed of an update that was alone. */
static void note_trip(struct flow *flow, const struct flow_update *update, uint64_t now_us)
{
    uint64_t trip_us = now_us - update->sent_us;
    const bool old = now_us - flow->trip_seen_us > TRIP_OLD_US;

    if (update->alone && (old || flow->draining)) {
        const uint64_t bytes_us = (uint64_t)((double)update->bytes / flow->bytes_per_us);
        if (update->bytes > TRIP_BYTES && bytes_us < trip_us)
            trip_us -= bytes_us;
    } else if (trip_us >= flow->trip_us && flow->trip_seen_us) {
        flow->draining = flow->draining || old;
        return;
    }
    if (!flow->trip_seen_us && flow->bytes_per_us * (double)trip_us > FIRST_BYTES)
        flow->bytes_per_us = FIRST_BYTES / (double)trip_us;
    flow->trip_us = trip_us;
    flow->trip_seen_us = now_us;
    flow->draining = false;
}

/* As many bytes came in that time. Slower than thought counts only when we did not spare it; of the
 * time after an idle one a round trip went by before anything could come. */
static void note_rate(struct flow *flow, const struct flow_update *update, uint64_t now_us)
{
    const uint64_t bytes = flow->arrived_bytes - update->arrived_before_bytes;
    const uint64_t time_us = now_us - update->arrived_before_us;

    if (bytes < SAMPLE_MIN_BYTES)
        return;
    double rate = (double)bytes / (double)(time_us ? time_us : 1);
    if (rate > flow->bytes_per_us) {
        flow->bytes_per_us = rate;
        return;
    }
    if (update->after_idle && time_us > flow->trip_us)
        rate = (double)bytes / (double)(time_us - flow->trip_us);
    if (update->limited && rate < flow->bytes_per_us)
        flow->bytes_per_us += (rate - flow->bytes_per_us) / 4;
}

uint64_t flow_arrived(struct flow *flow, uint32_t number, uint64_t now_us)
{
    const uint32_t index = number - flow->first;
    struct flow_update update = {0};

    if (index >= flow->count)
        return 0;
    for (uint32_t i = 0; i <= index; i++) {
        update = flow->updates[i];
        flow->way_bytes -= update.bytes;
        flow->arrived_bytes += update.bytes;
    }
    flow->count -= index + 1;
    memmove(flow->updates, flow->updates + index + 1, flow->count * sizeof *flow->updates);
    flow->first += index + 1;
    note_rate(flow, &update, now_us);
    note_trip(flow, &update, now_us);
    flow->arrived_us = now_us;
    flow->after_idle = false;
    return update.since_us;
}
