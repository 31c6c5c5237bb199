/* What goes at once, what waits and what merges, on good links and bad ones. */
#include <errno.h>
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/times.h"
#include "server/target/outbox.h"

#define BEST_US  1000
#define START_US 50000000

static struct outbox *outbox;
static uint64_t now_us;

static int start(void **state)
{
    outbox = calloc(1, sizeof *outbox);
    outbox_init(outbox);
    now_us = START_US;
    return outbox ? 0 : -1;
}

static int finish(void **state)
{
    free(outbox);
    return 0;
}

static struct report motion(int32_t dx, int32_t dy)
{
    struct report report = {.time_us = now_us};
    report_add(&report, EV_REL, REL_X, dx);
    report_add(&report, EV_REL, REL_Y, dy);
    return report;
}

static struct report one_event(uint16_t type, uint16_t code, int32_t value)
{
    struct report report = {.time_us = now_us};
    report_add(&report, type, code, value);
    return report;
}

static void put(struct report report)
{
    assert_int_equal(outbox_put(outbox, &report), 0);
}

static void put_key(uint16_t code, int32_t value)
{
    put(one_event(EV_KEY, code, value));
}

static struct outbox_item take(void)
{
    struct outbox_item item;
    assert_int_equal(outbox_next(outbox, BEST_US, false, now_us, &item), OUTBOX_ITEM);
    return item;
}

static void assert_nothing(void)
{
    struct outbox_item item;
    assert_int_equal(outbox_next(outbox, BEST_US, false, now_us, &item), OUTBOX_NOTHING);
}

static int ack(uint32_t sequence, struct outbox_acked *ret_acked)
{
    return outbox_ack(outbox, sequence, BEST_US, now_us, ret_acked);
}

static void ack_well(uint32_t sequence)
{
    struct outbox_acked acked;
    assert_int_equal(ack(sequence, &acked), 0);
}

/* A key was sent, and its acknowledgement does not come. */
static uint32_t congest(void)
{
    put_key(KEY_A, 1);
    uint32_t sequence = take().sequence;
    now_us += 2 * BEST_US + time_us(TIME_CONGESTED_SLACK) + 1;
    assert_nothing();
    assert_true(outbox->congested);
    return sequence;
}

static void assert_event(const struct report *report, size_t i, uint16_t code, int32_t value)
{
    assert_in_range(i, 0, report->event_count - 1);
    assert_int_equal(report->events[i].code, code);
    assert_int_equal(report->events[i].value, value);
}

static void keys_go_at_once_and_ask(void **state)
{
    for (int i = 0; i < 100; i++) {
        put_key(KEY_A, !(i & 1));
        struct outbox_item item = take();
        assert_true(item.wants_ack);
        assert_int_equal(item.sequence, i + 1);
        assert_int_equal(item.report.events[0].value, !(i & 1));
        assert_nothing();
    }
    assert_false(outbox->congested);
}

static void every_sixteenth_motion_asks(void **state)
{
    int asked = 0;
    for (int i = 1; i <= 64; i++) {
        put(motion(1, 0));
        struct outbox_item item = take();
        asked += item.wants_ack;
        assert_int_equal(item.wants_ack, i % OUTBOX_MOTION_ASKS_EVERY == 0);
    }
    assert_int_equal(asked, 4);
}

static void what_waits_merges(void **state)
{
    put(motion(3, -2));
    put(motion(4, 5));
    put(one_event(EV_REL, REL_WHEEL_HI_RES, 120));
    put(one_event(EV_REL, REL_WHEEL_HI_RES, 120));
    struct report report = take().report;
    assert_int_equal(report.event_count, 3);
    assert_event(&report, 0, REL_X, 7);
    assert_event(&report, 1, REL_Y, 3);
    assert_event(&report, 2, REL_WHEEL_HI_RES, 240);
    assert_nothing();
}

static void places_replace(void **state)
{
    put(motion(100, 100));
    put(one_event(EV_ABS, ABS_X, 10));
    put(one_event(EV_ABS, ABS_Y, 20));
    put(one_event(EV_ABS, ABS_X, 30));
    put(one_event(EV_REL, REL_X, 2)); /* after the place: it counts */
    struct report report = take().report;
    assert_int_equal(report.event_count, 3);
    assert_event(&report, 0, ABS_X, 30);
    assert_event(&report, 1, ABS_Y, 20);
    assert_event(&report, 2, REL_X, 2);
}

/* What an event may carry at most: more cannot be sent, and nobody moves so far. */
static void sums_stay_in_range(void **state)
{
    put(motion(REPORT_REL_MAX, -REPORT_REL_MAX));
    put(motion(5, -5));
    struct report report = take().report;
    assert_event(&report, 0, REL_X, REPORT_REL_MAX);
    assert_event(&report, 1, REL_Y, -REPORT_REL_MAX);
}

static void keys_and_motion_keep_their_order(void **state)
{
    put(motion(1, 0));
    put_key(BTN_LEFT, 1);
    put(motion(2, 0));
    put(motion(3, 0));
    put_key(BTN_LEFT, 0);
    put(motion(4, 0));
    const uint16_t codes[] = {REL_X, BTN_LEFT, REL_X, BTN_LEFT, REL_X};
    const int32_t values[] = {1, 1, 5, 0, 4};
    for (size_t i = 0; i < 5; i++) {
        struct report report = take().report;
        assert_event(&report, 0, codes[i], values[i]);
    }
    assert_nothing();
}

static void a_merged_report_tells_both_its_times(void **state)
{
    put(motion(1, 0));
    now_us += 700;
    put(motion(1, 0));
    now_us += 100;
    assert_int_equal(outbox->waiting[0].oldest_us, START_US);
    assert_int_equal(take().report.time_us, START_US + 700);
}

static void an_overdue_ack_congests(void **state)
{
    put_key(KEY_A, 1);
    take();
    now_us += 2 * BEST_US + time_us(TIME_CONGESTED_SLACK);
    assert_nothing();
    assert_false(outbox->congested);
    now_us++;
    assert_nothing();
    assert_true(outbox->congested);
    assert_int_equal(outbox->congested_count, 1);
}

static void congested_motion_waits_for_three(void **state)
{
    congest(); /* one is on the way */
    for (int i = 0; i < 2; i++) {
        put(motion(1, 1));
        assert_true(take().wants_ack);
    }
    for (int i = 0; i < 50; i++) {
        put(motion(1, 1));
        assert_nothing();
    }
    assert_int_equal(outbox->waiting_count, 1);
    assert_int_equal(outbox->on_way_count, OUTBOX_MOTION_ON_WAY);
}

static void late_acks_let_motion_follow(void **state)
{
    uint32_t first = congest();
    put(motion(1, 0));
    take();
    put(motion(1, 0));
    take();
    put(motion(5, 0));
    put(motion(6, 0));
    assert_nothing();
    ack_well(first); /* late: still congested, but there is room */
    assert_true(outbox->congested);
    struct outbox_item item = take();
    assert_event(&item.report, 0, REL_X, 11);
    assert_true(item.wants_ack);
    assert_nothing();
}

static void an_ack_in_time_ends_it(void **state)
{
    uint32_t first = congest();
    ack_well(first);
    assert_true(outbox->congested);
    put(motion(1, 0));
    uint32_t second = take().sequence;
    now_us += BEST_US;
    ack_well(second);
    assert_false(outbox->congested);
    put(motion(1, 0));
    assert_false(take().wants_ack);
}

/* Acknowledgements come in time because no more than three are on the way. */
static void motion_that_still_comes_keeps_it(void **state)
{
    ack_well(congest()); /* late */
    put(motion(1, 0));
    uint32_t first = take().sequence;
    put(motion(1, 0));
    uint32_t second = take().sequence;
    now_us += BEST_US;
    ack_well(first);
    assert_true(outbox->congested);
    ack_well(second);
    assert_false(outbox->congested);
}

static void congested_keys_take_the_motion_before_them_along(void **state)
{
    congest();
    put(motion(1, 0));
    take();
    put(motion(1, 0));
    take();
    put(motion(9, 0));
    assert_nothing();
    put_key(KEY_B, 1);
    struct report report = take().report;
    assert_event(&report, 0, REL_X, 9);
    report = take().report;
    assert_event(&report, 0, KEY_B, 1);
    assert_nothing();
}

/* The first key is on its way for longer than a stalled link is given. */
static uint32_t stall(void)
{
    uint32_t first = congest();
    now_us = START_US + 2 * BEST_US + time_us(TIME_STALLED) + 1;
    return first;
}

static void congested_keys_still_go(void **state)
{
    congest();
    for (int i = 0; i < 100; i++) {
        put_key(KEY_A, i & 1);
        assert_true(take().wants_ack);
    }
    now_us = START_US + 2 * BEST_US + time_us(TIME_STALLED);
    put_key(KEY_B, 1);
    take();
    now_us++;
    put_key(KEY_B, 0);
    assert_nothing();
}

static void stalled_keys_wait_in_order(void **state)
{
    uint32_t first = stall();
    for (int i = 0; i < 40; i++)
        put_key((uint16_t)(KEY_1 + i), 1);
    assert_nothing();
    ack_well(first); /* late, but it moves again */
    for (int i = 0; i < 40; i++) {
        struct report report = take().report;
        assert_event(&report, 0, (uint16_t)(KEY_1 + i), 1);
    }
    assert_nothing();
}

static void too_many_are_refused(void **state)
{
    stall();
    struct report report = one_event(EV_KEY, KEY_A, 0);
    int result = 0, count = 0;
    while ((result = outbox_put(outbox, &report)) == 0)
        count++;
    assert_int_equal(result, -ENOBUFS);
    assert_int_equal(count, OUTBOX_WAITING_MAX);
}

static void motion_alone_never_fills_it(void **state)
{
    stall();
    for (int i = 0; i < 10 * OUTBOX_WAITING_MAX; i++)
        put(motion(1, -1));
    assert_int_equal(outbox->waiting_count, 1);
}

static void keys_wait_one_second(void **state)
{
    stall();
    put(motion(1, 1));
    put_key(KEY_B, 1);
    now_us += time_us(TIME_QUEUE);
    assert_false(outbox_is_late(outbox, now_us));
    now_us++;
    assert_true(outbox_is_late(outbox, now_us));
}

static void motion_that_waits_is_not_late(void **state)
{
    put(motion(1, 1));
    assert_false(outbox_is_late(outbox, now_us + 10 * time_us(TIME_QUEUE)));
}

static void an_old_report_is_not_sent(void **state)
{
    struct outbox_item item;
    put_key(KEY_A, 1);
    now_us += time_us(TIME_REPORT_OLD) + 1;
    assert_int_equal(outbox_next(outbox, BEST_US, false, now_us, &item), OUTBOX_LATE);
}

static void dropped_is_dropped(void **state)
{
    stall();
    put(motion(1, 1));
    put_key(KEY_B, 1);
    outbox_start_anew(outbox);
    assert_nothing();
    assert_false(outbox_is_late(outbox, now_us + 10 * time_us(TIME_QUEUE)));
}

static void what_is_never_acknowledged_slows_no_other_enter(void **state)
{
    struct outbox_acked acked;
    put_key(KEY_A, 1);
    uint32_t before = take().sequence;
    stall();
    outbox_start_anew(outbox);
    put_key(KEY_B, 1);
    uint32_t sequence = take().sequence;
    assert_true(sequence > before);
    put(motion(1, 1));
    take();
    assert_int_equal(ack(before, &acked), -EALREADY);
    assert_int_equal(ack(sequence, &acked), 0);
}

static void a_leave_takes_all_along(void **state)
{
    struct outbox_item item;
    stall();
    for (int i = 0; i < 20; i++)
        put_key(KEY_1 + i, 1);
    for (int i = 0; i < 20; i++)
        assert_int_equal(outbox_next(outbox, BEST_US, true, now_us, &item), OUTBOX_ITEM);
    assert_int_equal(outbox_next(outbox, BEST_US, true, now_us, &item), OUTBOX_NOTHING);
}

static void an_ack_tells_times(void **state)
{
    struct outbox_acked acked;
    put_key(KEY_A, 1);
    now_us += 50;
    uint32_t sequence = take().sequence;
    now_us += 400;
    assert_int_equal(ack(sequence, &acked), 0);
    assert_int_equal(acked.oldest_us, START_US);
    assert_int_equal(acked.round_trip_us, 400);
}

static void an_ack_speaks_for_all_before_it(void **state)
{
    struct outbox_acked acked;
    put_key(KEY_A, 1);
    uint32_t first = take().sequence;
    put_key(KEY_B, 1);
    uint32_t second = take().sequence;
    assert_int_equal(ack(second, &acked), 0);
    assert_int_equal(outbox->on_way_count, 0);
    assert_int_equal(ack(first, &acked), -EALREADY);
    assert_int_equal(ack(second, &acked), -EALREADY);
}

static void an_ack_of_nothing_is_told(void **state)
{
    struct outbox_acked acked;
    assert_int_equal(ack(1, &acked), -EPROTO);
    put_key(KEY_A, 1);
    uint32_t sequence = take().sequence;
    assert_int_equal(ack(sequence + 1, &acked), -EPROTO);
    assert_int_equal(ack(sequence + 0x7fffffff, &acked), -EPROTO);
    assert_int_equal(ack(sequence, &acked), 0);
}

static void sequences_wrap(void **state)
{
    outbox->next_sequence = UINT32_MAX;
    for (int i = 0; i < 4; i++) {
        put_key(KEY_A, !(i & 1));
        ack_well(take().sequence);
    }
    assert_int_equal(outbox->next_sequence, 3);
    assert_int_equal(outbox->on_way_count, 0);
}

/* More keys than can be on the way: they wait, and go on as acknowledgements come. */
static void a_burst_goes_through(void **state)
{
    uint32_t sent = 0, acked = 0;
    struct outbox_item item;
    for (int i = 0; i < 5000; i++) {
        put_key(KEY_A, !(i & 1));
        while (outbox_next(outbox, BEST_US, false, now_us, &item) == OUTBOX_ITEM)
            assert_int_equal(item.sequence, ++sent);
        if (outbox->waiting_count == OUTBOX_WAITING_MAX / 2)
            for (int k = 0; k < OUTBOX_ON_WAY_MAX / 2; k++)
                ack_well(++acked);
    }
    assert_true(sent - acked <= OUTBOX_ON_WAY_MAX);
    assert_int_equal(sent + outbox->waiting_count, 5000);
    assert_false(outbox->congested);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

static void what_waits_tells_since_when(void **state)
{
    assert_int_equal(outbox_waits_us(outbox, 0, now_us), 0);
    put_key(KEY_A, 1);
    now_us += 700;
    assert_int_equal(outbox_waits_us(outbox, 0, now_us), 700); /* not sent */
    struct outbox_item item = take();
    uint64_t sent_us = now_us;
    now_us += 300;
    assert_int_equal(outbox_waits_us(outbox, sent_us, now_us), 1000);
    put_key(KEY_A, 0);
    now_us += 50;
    /* It was never typed, and so is never acknowledged: only what came after it waits. */
    assert_int_equal(outbox_waits_us(outbox, sent_us + 1, now_us), 50);
    struct outbox_acked acked;
    assert_int_equal(outbox_ack(outbox, item.sequence, BEST_US, now_us, &acked), 0);
    assert_int_equal(outbox_waits_us(outbox, 0, now_us), 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_go_at_once_and_ask),
        TEST(every_sixteenth_motion_asks),
        TEST(what_waits_merges),
        TEST(places_replace),
        TEST(sums_stay_in_range),
        TEST(keys_and_motion_keep_their_order),
        TEST(a_merged_report_tells_both_its_times),
        TEST(an_overdue_ack_congests),
        TEST(congested_motion_waits_for_three),
        TEST(late_acks_let_motion_follow),
        TEST(an_ack_in_time_ends_it),
        TEST(motion_that_still_comes_keeps_it),
        TEST(congested_keys_take_the_motion_before_them_along),
        TEST(congested_keys_still_go),
        TEST(stalled_keys_wait_in_order),
        TEST(too_many_are_refused),
        TEST(motion_alone_never_fills_it),
        TEST(keys_wait_one_second),
        TEST(motion_that_waits_is_not_late),
        TEST(an_old_report_is_not_sent),
        TEST(dropped_is_dropped),
        TEST(what_is_never_acknowledged_slows_no_other_enter),
        TEST(a_leave_takes_all_along),
        TEST(an_ack_tells_times),
        TEST(an_ack_speaks_for_all_before_it),
        TEST(an_ack_of_nothing_is_told),
        TEST(sequences_wrap),
        TEST(a_burst_goes_through),
        TEST(what_waits_tells_since_when),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
