/* What may be on the way, on links of any rate and length: a model of a link that is always busy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <string.h>

#include "agent/screen/flow.h"

#define STEP_US   100
#define QUEUE_US  20000 /* beyond the round trip, and a piece */
#define SETTLE_US 3000000

struct link {
    double bytes_per_us;
    uint64_t trip_us;
    struct flow flow;
    uint64_t now_us, free_us; /* when what was sent so far has left */
    struct {
        uint32_t number;
        uint64_t at_us;
    } answers[FLOW_UPDATES_MAX];
    size_t answer_count;
    uint64_t sent_bytes, delay_max_us;
};

static void send(struct link *link)
{
    const size_t bytes = flow_piece_bytes(&link->flow);
    const uint64_t from_us = link->free_us > link->now_us ? link->free_us : link->now_us;

    link->free_us = from_us + (uint64_t)((double)bytes / link->bytes_per_us);
    assert_true(link->answer_count < FLOW_UPDATES_MAX);
    link->answers[link->answer_count].number = flow_next_number(&link->flow);
    link->answers[link->answer_count++].at_us = link->free_us + link->trip_us;
    flow_sent(&link->flow, bytes, true, link->now_us);
    link->sent_bytes += bytes;
    if (link->free_us - link->now_us > link->delay_max_us)
        link->delay_max_us = link->free_us - link->now_us;
}

/* As much as may go, always. */
static void run(struct link *link, uint64_t for_us)
{
    for (const uint64_t end_us = link->now_us + for_us; link->now_us < end_us;
         link->now_us += STEP_US) {
        while (link->answer_count > 0 && link->answers[0].at_us <= link->now_us) {
            flow_arrived(&link->flow, link->answers[0].number, link->now_us);
            link->answer_count--;
            memmove(link->answers, link->answers + 1, link->answer_count * sizeof *link->answers);
        }
        while (flow_is_open(&link->flow))
            send(link);
    }
}

static void begin(struct link *link, double bytes_per_us, uint64_t trip_us)
{
    *link = (struct link){
        .bytes_per_us = bytes_per_us, .trip_us = trip_us, .now_us = 1000000, .free_us = 0};
    flow_init(&link->flow);
    flow_sent(&link->flow, 13, false, link->now_us); /* as feed.c does: to see the round trip */
    link->now_us += trip_us;
    flow_arrived(&link->flow, 1, link->now_us);
}

/* Full, and what waits before it is short: two pieces at most, and what the round trip is off. */
static void check(double bytes_per_us, uint64_t trip_us, double used_at_least)
{
    struct link link;

    begin(&link, bytes_per_us, trip_us);
    run(&link, SETTLE_US);
    link.sent_bytes = link.delay_max_us = 0;
    run(&link, 30 * SETTLE_US);
    const double used = (double)link.sent_bytes / (bytes_per_us * 30 * SETTLE_US);
    const uint64_t piece_us = (uint64_t)((double)flow_piece_bytes(&link.flow) / bytes_per_us);
    print_message("# %.0f kbit/s, %u ms: %.0f %% used, %u ms queued at most\n", bytes_per_us * 8000,
                  (unsigned)(trip_us / 1000), used * 100, (unsigned)(link.delay_max_us / 1000));
    assert_true(used > used_at_least);
    assert_true(link.delay_max_us < QUEUE_US + 2 * piece_us + trip_us / 2);
}

static void slow_and_long(void **state)
{
    check(0.625, 40000, 0.9); /* 5 Mbit/s */
    check(0.25, 100000, 0.9);
}

static void as_at_home(void **state)
{
    check(2.5, 20000, 0.9); /* 20 Mbit/s */
    check(12.5, 2000, 0.9);
}

static void no_longer_as_slow(void **state)
{
    struct link link;

    begin(&link, 0.625, 20000);
    run(&link, SETTLE_US);
    link.bytes_per_us = 5;
    run(&link, SETTLE_US);
    assert_true(flow_rate(&link.flow) > 3);
}

static void slower_than_before(void **state)
{
    struct link link;

    begin(&link, 5, 20000);
    run(&link, SETTLE_US);
    link.bytes_per_us = 0.5;
    run(&link, 2 * SETTLE_US);
    link.delay_max_us = 0;
    run(&link, 4 * SETTLE_US);
    assert_true(link.delay_max_us < QUEUE_US + 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_and_long),
        cmocka_unit_test(as_at_home),
        cmocka_unit_test(no_longer_as_slow),
        cmocka_unit_test(slower_than_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
