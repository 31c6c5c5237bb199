#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/pointer.h"

static void reaches_both_borders(void **state)
{
    assert_int_equal(pointer_scale(0, 1920), 0);
    assert_int_equal(pointer_scale(REPORT_FIELD_SPAN, 1920), 1919);
    assert_int_equal(pointer_scale(REPORT_FIELD_SPAN, 32000), 31999);
    assert_int_equal(pointer_scale(REPORT_FIELD_SPAN, 1), 0);
}

static void stays_inside(void **state)
{
    assert_int_equal(pointer_scale(-5, 1920), 0);
    assert_int_equal(pointer_scale(INT32_MIN, 1920), 0);
    assert_int_equal(pointer_scale(INT32_MAX, 1920), 1919);
    assert_int_equal(pointer_scale(1000, 0), 0);
}

/* A window as large as the target: each pixel of it is that pixel there. */
static void hits_each_pixel(void **state)
{
    const uint16_t sizes_px[] = {2, 3, 1080, 1366, 1920, 32000};
    for (size_t s = 0; s < sizeof sizes_px / sizeof sizes_px[0]; s++)
        for (int32_t x = 0; x < sizes_px[s]; x++) {
            int32_t last_px = sizes_px[s] - 1;
            int32_t field = (int32_t)(((int64_t)x * REPORT_FIELD_SPAN + last_px / 2) / last_px);
            assert_int_equal(pointer_scale(field, sizes_px[s]), x);
        }
}

static void scales_places_only(void **state)
{
    struct report report = {0};
    report_add(&report, EV_ABS, ABS_X, REPORT_FIELD_SPAN);
    report_add(&report, EV_REL, REL_X, 5);
    report_add(&report, EV_ABS, ABS_Y, REPORT_FIELD_SPAN);
    report_add(&report, EV_KEY, BTN_LEFT, 1);
    pointer_to_target(&report, 1920, 1080);
    assert_int_equal(report.event_count, 4);
    assert_int_equal(report.events[0].value, 1919);
    assert_int_equal(report.events[1].value, 5);
    assert_int_equal(report.events[2].value, 1079);
    assert_int_equal(report.events[3].value, 1);
}

static void leaves_places_of_an_unknown_screen(void **state)
{
    struct report report = {0};
    report_add(&report, EV_ABS, ABS_X, 100);
    report_add(&report, EV_KEY, BTN_LEFT, 1);
    report_add(&report, EV_ABS, ABS_Y, 100);
    pointer_to_target(&report, 0, 0);
    assert_int_equal(report.event_count, 3);
    assert_int_equal(report.events[0].value, 100);
    assert_int_equal(report.events[2].value, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reaches_both_borders),
        cmocka_unit_test(stays_inside),
        cmocka_unit_test(hits_each_pixel),
        cmocka_unit_test(scales_places_only),
        cmocka_unit_test(leaves_places_of_an_unknown_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
