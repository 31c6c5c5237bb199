/* Percentiles within a sixteenth, at every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/histogram.h"

static void test_empty(void **state)
{
    struct histogram histogram;
    histogram_clear(&histogram);
    assert_int_equal(histogram_percentile_us(&histogram, 50), 0);
    assert_int_equal(histogram_percentile_us(&histogram, 100), 0);
}

/* Not less than the value, and at most a sixteenth more. */
static void assert_within(uint64_t got, uint64_t value)
{
    assert_true(got >= value);
    assert_true(got - value <= value / 16);
}

static void test_one_value_of_each_size(void **state)
{
    for (unsigned power = 0; power < 35; power++) {
        for (int step = -1; step <= 1; step++) {
            struct histogram histogram = {0};
            uint64_t value = (UINT64_C(1) << power) + (uint64_t)(int64_t)step;
            histogram_add(&histogram, value);
            assert_within(histogram_percentile_us(&histogram, 1), value);
            assert_within(histogram_percentile_us(&histogram, 99.9), value);
        }
    }
}

static void test_small_values_are_exact(void **state)
{
    for (uint64_t value = 0; value < 32; value++) {
        struct histogram histogram = {0};
        histogram_add(&histogram, value);
        assert_int_equal(histogram_percentile_us(&histogram, 50), value);
    }
}

static void test_huge_values_are_kept_inside(void **state)
{
    struct histogram histogram = {0};
    histogram_add(&histogram, UINT64_MAX);
    histogram_add(&histogram, UINT64_C(1) << 40);
    assert_int_equal(histogram.total, 2);
    assert_true(histogram_percentile_us(&histogram, 50) >= UINT64_C(1) << 34);
}

static void test_percentiles(void **state)
{
    struct histogram histogram = {0};
    for (uint64_t value = 1; value <= 1000; value++)
        histogram_add(&histogram, value);
    assert_int_equal(histogram.total, 1000);
    assert_within(histogram_percentile_us(&histogram, 0), 1);
    assert_within(histogram_percentile_us(&histogram, 50), 500);
    assert_within(histogram_percentile_us(&histogram, 90), 900);
    assert_within(histogram_percentile_us(&histogram, 99), 990);
    assert_within(histogram_percentile_us(&histogram, 100), 1000);
}

/* One slow one in a hundred shows at 99.5 and not at 99. */
static void test_tail(void **state)
{
    struct histogram histogram = {0};
    for (int i = 0; i < 99; i++)
        histogram_add(&histogram, 200);
    histogram_add(&histogram, 50000);
    assert_within(histogram_percentile_us(&histogram, 50), 200);
    assert_within(histogram_percentile_us(&histogram, 99), 200);
    assert_within(histogram_percentile_us(&histogram, 99.5), 50000);
    histogram_clear(&histogram);
    assert_int_equal(histogram_percentile_us(&histogram, 99.5), 0);
}

static void test_full_bucket(void **state)
{
    struct histogram histogram = {0};
    histogram.counts[5] = UINT32_MAX;
    histogram.total = UINT32_MAX;
    histogram_add(&histogram, 5);
    assert_int_equal(histogram.counts[5], UINT32_MAX);
    assert_int_equal(histogram.total, UINT32_MAX);
    assert_int_equal(histogram_percentile_us(&histogram, 50), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_one_value_of_each_size),
        cmocka_unit_test(test_small_values_are_exact),
        cmocka_unit_test(test_huge_values_are_kept_inside),
        cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_tail),
        cmocka_unit_test(test_full_bucket),
    };
    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
