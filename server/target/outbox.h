/*
 * Reports on their way to one target: what waits, what merges, what was sent and not yet
 * acknowledged. Pure: (reports, acknowledgements, now) -> the next report to send.
 *
 * On a good link every report goes at once; every key asks for an acknowledgement, of motion every
 * 16th report. Once an acknowledgement is overdue by twice the best round trip plus
 * TIME_CONGESTED_SLACK the link is congested: every report asks, motion waits while 3 are on the
 * way, and motion that waits is merged: counts and wheel summed, places replaced, never across a
 * key or button. Keys, and the motion before them, still go, until the link is stalled (the same
 * with TIME_STALLED): so a short pause of the other side costs nothing, and a long one does not end
 * in a burst of late keys. An acknowledgement that comes in time ends it;
 * on a short link only when nothing waits or is on the way: a mouse that is quicker than its link
 * stays merged.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/limits.h"
#include "protocol/report.h"

#define OUTBOX_MOTION_ON_WAY     3 /* while congested */
#define OUTBOX_MOTION_ASKS_EVERY 16

struct outbox_waiting {
    struct report report; /* time_us: of the newest event in it */
    uint64_t oldest_us;   /* of the oldest event in it */
    bool has_keys;
};

struct outbox_on_way {
    uint32_t sequence;
    uint64_t sent_us;
    uint64_t oldest_us;
};

struct outbox {
    struct outbox_waiting waiting[OUTBOX_WAITING_MAX]; /* a ring */
    size_t waiting_first, waiting_count, waiting_keys;
    struct outbox_on_way on_way[OUTBOX_ON_WAY_MAX]; /* a ring */
    size_t on_way_first, on_way_count;
    uint32_t next_sequence;
    unsigned motion_unasked; /* motion reports since one asked */
    bool congested;
    uint64_t congested_count; /* times that it became so */
};

/* One report as it goes out. */
struct outbox_item {
    uint32_t sequence;
    bool wants_ack;
    struct report report;
};

enum outbox_result {
    OUTBOX_NOTHING, /* nothing may go now */
    OUTBOX_ITEM,
    OUTBOX_LATE, /* it is older than may be sent: cut the link */
};

/* What the peer's acknowledgement told. */
struct outbox_acked {
    uint64_t oldest_us;     /* the oldest event of the report */
    uint64_t round_trip_us; /* sent to acknowledged */
};

void outbox_init(struct outbox *outbox);
/* For another enter: throws away what waits, and awaits no acknowledgement of what was sent before.
 * An agent acknowledges nothing that it did not type; sequences go on. */
void outbox_start_anew(struct outbox *outbox);
/* 0, or -ENOBUFS: too much waits, cut the link. An empty report is nothing. */
int outbox_put(struct outbox *outbox, const struct report *report);
/* `flush`: all that waits goes, whatever is on the way (before a leave). */
enum outbox_result outbox_next(struct outbox *outbox, uint64_t best_round_trip_us, bool flush,
                               uint64_t now_us, struct outbox_item *ret_item);
/* 0 with *ret_acked filled; -EALREADY: told before, or did not ask; -EPROTO: was never sent. */
int outbox_ack(struct outbox *outbox, uint32_t sequence, uint64_t best_round_trip_us,
               uint64_t now_us, struct outbox_acked *ret_acked);
/* How long ago the oldest event was that is not acknowledged, or not even sent; 0: there is none.
 * What was sent before `done_us` has been dealt with: what an agent cannot type it never
 * acknowledges. */
uint64_t outbox_waits_us(const struct outbox *outbox, uint64_t done_us, uint64_t now_us);
/* Keys have waited longer than TIME_QUEUE: cut the link. */
bool outbox_is_late(const struct outbox *outbox, uint64_t now_us);
