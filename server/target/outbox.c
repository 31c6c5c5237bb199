#include "server/target/outbox.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>

#include "common/times.h"

void outbox_init(struct outbox *outbox)
{
    /* The rings are left as they are: they are large, and most pages are never touched. */
    outbox->next_sequence = 1;
    outbox->congested_count = 0;
    outbox_start_anew(outbox);
}

void outbox_start_anew(struct outbox *outbox)
{
    outbox->waiting_first = outbox->waiting_count = outbox->waiting_keys = 0;
    outbox->on_way_first = outbox->on_way_count = 0;
    outbox->motion_unasked = 0;
    outbox->congested = false;
}

static struct outbox_waiting *waiting_at(struct outbox *outbox, size_t index)
{
    return &outbox->waiting[(outbox->waiting_first + index) % OUTBOX_WAITING_MAX];
}

/* Motion into the motion that waits last. False when they must stay apart. */
static bool merge(struct outbox *outbox, const struct report *report)
{
    if (outbox->waiting_count == 0)
        return false;
    struct outbox_waiting *last = waiting_at(outbox, outbox->waiting_count - 1);
    return report_merge(&last->report, report);
}

int outbox_put(struct outbox *outbox, const struct report *report)
{
    if (report->event_count == 0)
        return 0;
    bool has_keys = report_has_keys(report);
    if (!has_keys && merge(outbox, report))
        return 0;
    if (outbox->waiting_count == OUTBOX_WAITING_MAX)
        return -ENOBUFS;

    outbox->waiting_count++;
    outbox->waiting_keys += has_keys;
    struct outbox_waiting *last = waiting_at(outbox, outbox->waiting_count - 1);
    last->report = *report;
    last->oldest_us = report->time_us;
    last->has_keys = has_keys;
    return 0;
}

static uint64_t in_time_us(uint64_t best_round_trip_us)
{
    return 2 * best_round_trip_us + time_us(TIME_CONGESTED_SLACK);
}

/* How long the acknowledgement that is due first has been awaited. */
static uint64_t awaited_us(const struct outbox *outbox, uint64_t now_us)
{
    if (outbox->on_way_count == 0)
        return 0;
    uint64_t sent_us = outbox->on_way[outbox->on_way_first].sent_us;
    return now_us > sent_us ? now_us - sent_us : 0;
}

static void judge_overdue(struct outbox *outbox, uint64_t best_round_trip_us, uint64_t now_us)
{
    if (outbox->congested || awaited_us(outbox, now_us) <= in_time_us(best_round_trip_us))
        return;
    outbox->congested = true;
    outbox->congested_count++;
}

static bool may_go(const struct outbox *outbox, uint64_t best_round_trip_us, uint64_t now_us)
{
    if (outbox->on_way_count == OUTBOX_ON_WAY_MAX)
        return false;
    if (!outbox->congested)
        return true;
    if (outbox->waiting_keys == 0)
        return outbox->on_way_count < OUTBOX_MOTION_ON_WAY;
    return awaited_us(outbox, now_us) <= 2 * best_round_trip_us + time_us(TIME_STALLED);
}

static bool asks(struct outbox *outbox, bool has_keys)
{
    if (outbox->on_way_count == OUTBOX_ON_WAY_MAX) /* only when flushed */
        return false;
    if (!has_keys && !outbox->congested && ++outbox->motion_unasked < OUTBOX_MOTION_ASKS_EVERY)
        return false;
    outbox->motion_unasked = 0;
    return true;
}

static void note_on_way(struct outbox *outbox, uint32_t sequence, uint64_t oldest_us,
                        uint64_t now_us)
{
    assert(outbox->on_way_count < OUTBOX_ON_WAY_MAX);
    size_t end = (outbox->on_way_first + outbox->on_way_count++) % OUTBOX_ON_WAY_MAX;
    outbox->on_way[end] =
        (struct outbox_on_way){.sequence = sequence, .sent_us = now_us, .oldest_us = oldest_us};
}

enum outbox_result outbox_next(struct outbox *outbox, uint64_t best_round_trip_us, bool flush,
                               uint64_t now_us, struct outbox_item *ret_item)
{
    judge_overdue(outbox, best_round_trip_us, now_us);
    if (outbox->waiting_count == 0 || (!flush && !may_go(outbox, best_round_trip_us, now_us)))
        return OUTBOX_NOTHING;

    struct outbox_waiting *first = waiting_at(outbox, 0);
    if (now_us > first->report.time_us && now_us - first->report.time_us > time_us(TIME_REPORT_OLD))
        return OUTBOX_LATE;

    ret_item->sequence = outbox->next_sequence++;
    ret_item->wants_ack = asks(outbox, first->has_keys);
    ret_item->report = first->report;
    if (ret_item->wants_ack)
        note_on_way(outbox, ret_item->sequence, first->oldest_us, now_us);

    outbox->waiting_keys -= first->has_keys;
    outbox->waiting_first = (outbox->waiting_first + 1) % OUTBOX_WAITING_MAX;
    outbox->waiting_count--;
    if (outbox->waiting_count == 0)
        outbox->waiting_first = 0; /* the same page again, not all of them in turn */
    return OUTBOX_ITEM;
}

/* Sequences wrap: a is before b when the way from a to b is the short one. */
static bool is_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

/* A link may be quick only because motion waits: all that was said is there. On a long one that
 * would take a pause of the hand, and 3 on the way are few. */
static bool keeps_up(const struct outbox *outbox, uint64_t best_round_trip_us)
{
    return best_round_trip_us > time_us(TIME_CONGESTED_SLACK) ||
           (outbox->waiting_count == 0 && outbox->on_way_count == 0);
}

int outbox_ack(struct outbox *outbox, uint32_t sequence, uint64_t best_round_trip_us,
               uint64_t now_us, struct outbox_acked *ret_acked)
{
    if (!is_before(sequence, outbox->next_sequence))
        return -EPROTO;

    while (outbox->on_way_count > 0) {
        struct outbox_on_way done = outbox->on_way[outbox->on_way_first];
        if (is_before(sequence, done.sequence))
            break;
        outbox->on_way_first = (outbox->on_way_first + 1) % OUTBOX_ON_WAY_MAX;
        outbox->on_way_count--;
        if (outbox->on_way_count == 0)
            outbox->on_way_first = 0;
        if (done.sequence != sequence)
            continue; /* an acknowledgement speaks for all before it */

        uint64_t round_trip_us = now_us > done.sent_us ? now_us - done.sent_us : 0;
        if (round_trip_us <= in_time_us(best_round_trip_us) && keeps_up(outbox, best_round_trip_us))
            outbox->congested = false;
        *ret_acked =
            (struct outbox_acked){.oldest_us = done.oldest_us, .round_trip_us = round_trip_us};
        return 0;
    }
    return -EALREADY;
}

bool outbox_is_late(const struct outbox *outbox, uint64_t now_us)
{
    if (outbox->waiting_keys == 0)
        return false;
    for (size_t i = 0; i < outbox->waiting_count; i++) {
        const struct outbox_waiting *one =
            &outbox->waiting[(outbox->waiting_first + i) % OUTBOX_WAITING_MAX];
        if (one->has_keys)
            return now_us > one->oldest_us && now_us - one->oldest_us > time_us(TIME_QUEUE);
    }
    return false;
}

uint64_t outbox_waits_us(const struct outbox *outbox, uint64_t done_us, uint64_t now_us)
{
    uint64_t oldest_us = now_us;
    if (outbox->waiting_count > 0 && outbox->waiting[outbox->waiting_first].oldest_us < oldest_us)
        oldest_us = outbox->waiting[outbox->waiting_first].oldest_us;
    for (size_t i = 0; i < outbox->on_way_count; i++) {
        const struct outbox_on_way *one =
            &outbox->on_way[(outbox->on_way_first + i) % OUTBOX_ON_WAY_MAX];
        if (one->sent_us < done_us)
            continue;
        return now_us - (one->oldest_us < oldest_us ? one->oldest_us : oldest_us);
    }
    return now_us - oldest_us;
}
