/* What a screen connection tells of itself. */
#include "agent/screen/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW_US 5000000

static struct tally tally;
static struct message_screen_figures figures;

static int set_up(void **state)
{
    tally_init(&tally, NOW_US);
    return 0;
}

static void nothing_is_nothing(void **state)
{
    tally_report(&tally, NOW_US, &figures);
    assert_int_equal(figures.updates + figures.waits_permille + figures.works_permille, 0);
    assert_int_equal(figures.p50_us + figures.p99_us, 0);
}

static void what_waits_counts_until_it_goes(void **state)
{
    tally_waits(&tally, true, NOW_US);
    tally_waits(&tally, false, NOW_US + 300000);
    tally_waits(&tally, true, NOW_US + 900000);
    tally_worked(&tally, 100000);
    tally_report(&tally, NOW_US + 1000000, &figures);
    assert_int_equal(figures.waits_permille, 400);
    assert_int_equal(figures.works_permille, 100);
    tally_waits(&tally, false, NOW_US + 1500000); /* it has waited on */
    tally_report(&tally, NOW_US + 2000000, &figures);
    assert_int_equal(figures.waits_permille, 500);
    assert_int_equal(figures.works_permille, 0);
    tally_report(&tally, NOW_US + 3000000, &figures);
    assert_int_equal(figures.waits_permille, 0);
}

static void a_change_is_as_old_as_its_first(void **state)
{
    tally_changed(&tally, NOW_US);
    tally_changed(&tally, NOW_US + 40000);
    uint64_t since_us = tally_sent(&tally);
    assert_int_equal(since_us, NOW_US);
    assert_int_equal(tally_sent(&tally), 0); /* of what rested: it is not late */
    tally_seen(&tally, 0, 20000, NOW_US + 100000);
    tally_seen(&tally, since_us, 20000, NOW_US + 100000);
    tally_report(&tally, NOW_US + 1000000, &figures);
    assert_in_range(figures.p50_us, 90000, 96000);
    assert_int_equal(figures.updates, 2);
    tally_report(&tally, NOW_US + 2000000, &figures);
    assert_int_equal(figures.p50_us, 0);
    assert_int_equal(figures.updates, 2);
}

static void only_news_is_told(void **state)
{
    struct message_screen_figures before;
    tally_report(&tally, NOW_US, &before);
    tally_report(&tally, NOW_US + 1000000, &figures);
    assert_false(tally_is_news(&figures, &before));
    tally_sent(&tally);
    tally_report(&tally, NOW_US + 2000000, &figures);
    assert_true(tally_is_news(&figures, &before));
    before = figures;
    tally_worked(&tally, 100000);
    tally_report(&tally, NOW_US + 3000000, &figures);
    assert_true(tally_is_news(&figures, &before));
    before = figures;
    tally_report(&tally, NOW_US + 4000000, &figures); /* it does not work any more */
    assert_true(tally_is_news(&figures, &before));
    before = figures;
    tally_report(&tally, NOW_US + 5000000, &figures);
    assert_false(tally_is_news(&figures, &before));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_nothing, set_up),
        cmocka_unit_test_setup(what_waits_counts_until_it_goes, set_up),
        cmocka_unit_test_setup(a_change_is_as_old_as_its_first, set_up),
        cmocka_unit_test_setup(only_news_is_told, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
