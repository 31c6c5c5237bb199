#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/target/latency.h"

static struct latency latency;

static int start(void **state)
{
    latency = (struct latency){0};
    return 0;
}

static void keeps_the_least_round_trip(void **state)
{
    assert_int_equal(latency_best_us(&latency), 0);
    latency_round_trip(&latency, 900, 1000);
    latency_round_trip(&latency, 300, 2000);
    latency_round_trip(&latency, 5000, 3000);
    assert_int_equal(latency_best_us(&latency), 300);
}

/* A machine moved from a cable to a slow network: after a while that is the best. */
static void forgets_an_old_best(void **state)
{
    uint64_t now_us = 1000;
    latency_round_trip(&latency, 300, now_us);
    for (int i = 0; i < 10; i++) {
        now_us += LATENCY_WINDOW_US / 4;
        latency_round_trip(&latency, 40000, now_us);
    }
    assert_int_equal(latency_best_us(&latency), 40000);
}

static void keeps_the_best_of_the_window_before(void **state)
{
    latency_round_trip(&latency, 300, 1000);
    latency_round_trip(&latency, 40000, 1000 + LATENCY_WINDOW_US + 1);
    assert_int_equal(latency_best_us(&latency), 300);
}

static void takes_half_the_way_off(void **state)
{
    latency_round_trip(&latency, 200, 1000);
    latency_injected(&latency, 10000, 10400);
    uint64_t p50_us = histogram_percentile_us(&latency.histogram, 50);
    assert_in_range(p50_us, 300, 320); /* 400 - 100, within a bucket */
}

static void never_falls_below_nothing(void **state)
{
    latency_round_trip(&latency, 2000, 1000);
    latency_injected(&latency, 10000, 10100);
    latency_injected(&latency, 10000, 9000); /* a source with a wrong clock */
    assert_int_equal(latency.histogram.total, 2);
    assert_in_range(histogram_percentile_us(&latency.histogram, 99), 0, 1);
}

/* The last seconds alone, however much there was before. */
static void what_is_recent_ends(void **state)
{
    uint64_t now_us = 1000000;
    assert_int_equal(latency_recent(&latency, now_us).count, 0);
    for (int i = 0; i < 1000; i++)
        latency_injected(&latency, now_us, now_us + 500000);
    now_us += LATENCY_RECENT_US;
    for (int i = 0; i < 3; i++)
        latency_injected(&latency, now_us, now_us + 1000);
    assert_int_equal(latency_recent(&latency, now_us).count, 1003);
    now_us += LATENCY_RECENT_US;
    assert_int_equal(latency_recent(&latency, now_us).count, 3);
    assert_in_range(latency_recent(&latency, now_us).p99_us, 1000, 1100);
    latency_injected(&latency, now_us, now_us + 2000);
    assert_int_equal(latency_recent(&latency, now_us).count, 4);
    now_us += 3 * LATENCY_RECENT_US;
    assert_int_equal(latency_recent(&latency, now_us).count, 0);
    latency_injected(&latency, now_us, now_us + 2000);
    assert_int_equal(latency_recent(&latency, now_us + 2000).count, 1);
    assert_int_equal(latency.histogram.total, 1005);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(keeps_the_least_round_trip, start),
        cmocka_unit_test_setup(forgets_an_old_best, start),
        cmocka_unit_test_setup(keeps_the_best_of_the_window_before, start),
        cmocka_unit_test_setup(takes_half_the_way_off, start),
        cmocka_unit_test_setup(never_falls_below_nothing, start),
        cmocka_unit_test_setup(what_is_recent_ends, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
