/* What a report may carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/input-event-codes.h>

#include "protocol/report.h"

static bool valid(uint16_t type, uint16_t code, int32_t value)
{
    return report_event_is_valid(&(struct report_event){type, code, value});
}

static void test_keys(void **state)
{
    assert_true(valid(EV_KEY, KEY_ESC, 0));
    assert_true(valid(EV_KEY, KEY_MAX, 1));
    assert_true(valid(EV_KEY, BTN_LEFT, 1));
    assert_false(valid(EV_KEY, KEY_RESERVED, 1));
    assert_false(valid(EV_KEY, KEY_MAX + 1, 1));
    assert_false(valid(EV_KEY, KEY_A, 2)); /* a repeat */
    assert_false(valid(EV_KEY, KEY_A, -1));
}

static void test_motion(void **state)
{
    for (uint16_t code = 0; code <= REL_MAX; code++) {
        bool carried =
            code == REL_X || code == REL_Y || code == REL_WHEEL_HI_RES || code == REL_HWHEEL_HI_RES;
        assert_int_equal(valid(EV_REL, code, 1), carried);
    }
    assert_true(valid(EV_REL, REL_X, 32767));
    assert_true(valid(EV_REL, REL_X, -32767));
    assert_false(valid(EV_REL, REL_X, 32768));
    assert_false(valid(EV_REL, REL_X, -32768));
    assert_false(valid(EV_REL, REL_Y, INT32_MIN));
    for (uint16_t code = 0; code <= ABS_MAX; code++)
        assert_int_equal(valid(EV_ABS, code, 0), code == ABS_X || code == ABS_Y);
    assert_true(valid(EV_ABS, ABS_X, 65535));
    assert_false(valid(EV_ABS, ABS_X, 65536));
    assert_false(valid(EV_ABS, ABS_Y, -1));
}

static void test_other_types(void **state)
{
    for (unsigned type = 0; type <= UINT16_MAX; type++)
        assert_int_equal(valid((uint16_t)type, 1, 1),
                         type == EV_KEY || type == EV_REL || type == EV_ABS);
}

static void test_adding(void **state)
{
    struct report report = {0};

    assert_false(report_has_keys(&report));
    assert_true(report_add(&report, EV_REL, REL_X, INT32_MAX));
    assert_true(report_add(&report, EV_REL, REL_Y, INT32_MIN));
    assert_int_equal(report.events[0].value, REPORT_REL_MAX);
    assert_int_equal(report.events[1].value, -REPORT_REL_MAX);
    assert_false(report_has_keys(&report));
    assert_true(report_add(&report, EV_KEY, KEY_A, 1));
    assert_true(report_has_keys(&report));
    while (report.event_count < REPORT_EVENTS_MAX)
        assert_true(report_add(&report, EV_KEY, KEY_A, 0));
    assert_false(report_add(&report, EV_KEY, KEY_B, 1));
    assert_int_equal(report.event_count, REPORT_EVENTS_MAX);
}

static void test_clamping(void **state)
{
    assert_int_equal(report_clamp_rel(0), 0);
    assert_int_equal(report_clamp_rel(-5), -5);
    assert_int_equal(report_clamp_rel(INT64_MAX), REPORT_REL_MAX);
    assert_int_equal(report_clamp_rel(INT64_MIN), -REPORT_REL_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),        cmocka_unit_test(test_motion),
        cmocka_unit_test(test_other_types), cmocka_unit_test(test_adding),
        cmocka_unit_test(test_clamping),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
