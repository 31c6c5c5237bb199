#include "agent/places.h"

#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct desktop_place PLACE = {1920, 120, 1920 + 1280, 1200};

static struct report at(int32_t x_px, int32_t y_px)
{
    struct report report = {0};

    report_add(&report, EV_ABS, ABS_X, x_px);
    report_add(&report, EV_ABS, ABS_Y, y_px);
    report_add(&report, EV_KEY, BTN_LEFT, 1);
    return report;
}

static void in_pixels_of_the_root(void **state)
{
    struct report report = at(10, 20);

    places_to_root(&report, &PLACE);
    assert_int_equal(report.events[0].value, 1930);
    assert_int_equal(report.events[1].value, 140);
    assert_int_equal(report.events[2].value, 1);
}

/* What an X server makes of a place of the kernel's device, on a root window of this size. */
static int32_t landed_px(int32_t value, int32_t size_px)
{
    return (int32_t)((int64_t)value * size_px / (REPORT_FIELD_SPAN + 1));
}

static void each_pixel_is_met_by_a_device_that_spans_all(void **state)
{
    for (int32_t x_px = 0; x_px < 1280; x_px++) {
        struct report report = at(x_px, x_px % 1080);
        places_to_span(&report, &PLACE);
        assert_int_equal(landed_px(report.events[0].value, PLACE.root_width_px), 1920 + x_px);
        assert_int_equal(landed_px(report.events[1].value, PLACE.root_height_px),
                         120 + x_px % 1080);
        assert_int_equal(report.events[2].value, 1);
    }
}

static void what_is_outside_stays_on_the_desktop(void **state)
{
    struct report report = at(60000, 60000);

    places_to_span(&report, &PLACE);
    assert_int_equal(report.events[0].value, REPORT_FIELD_SPAN);
    assert_int_equal(report.events[1].value, REPORT_FIELD_SPAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_pixels_of_the_root),
        cmocka_unit_test(each_pixel_is_met_by_a_device_that_spans_all),
        cmocka_unit_test(what_is_outside_stays_on_the_desktop),
    };
    return cmocka_run_group_tests_name("places", tests, NULL, NULL);
}
