#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/times.h"
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

/* Both ends stay ends, and no pixel of the screen is outside of a smaller picture. */
static void a_smaller_picture_has_each_pixel(void **state)
{
    static const uint32_t pictures_px[] = {1, 480, 639, 960, 1919, 1920};
    for (size_t p = 0; p < sizeof pictures_px / sizeof *pictures_px; p++) {
        int32_t last_px = 0;
        for (int32_t x = 0; x < 1920; x++) {
            int32_t small_px = pointer_to_picture(x, 1920, pictures_px[p]);
            assert_in_range(small_px, last_px, last_px + 1);
            last_px = small_px;
        }
        assert_int_equal(pointer_to_picture(0, 1920, pictures_px[p]), 0);
        assert_int_equal(last_px, pictures_px[p] - 1);
    }
    assert_int_equal(pointer_to_picture(1001, 1920, 960), 500);
    assert_int_equal(pointer_to_picture(1001, 0, 960), 1001); /* not known */
    assert_int_equal(pointer_to_picture(1001, 1920, 0), 1001);
    assert_int_equal(pointer_to_picture(5000, 1920, 960), 959);
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

/* -- places of our own -- */

#define SECOND_US UINT64_C(1000000)

static struct pointer pointer;
static uint64_t now_us;
static struct report sent;

/* A picture of 800x600 is shown, and the agent has told that its pointer is at 100, 100. */
static int shown(void **state)
{
    pointer = (struct pointer){.shown = true, .width_px = 800, .height_px = 600};
    now_us = 1000 * SECOND_US;
    assert_true(pointer_told(&pointer, 100, 100, now_us));
    return 0;
}

static bool move(int32_t dx, int32_t dy)
{
    struct report report = {.time_us = 7};
    now_us += 10000;
    report_add(&report, EV_REL, REL_X, dx);
    report_add(&report, EV_REL, REL_Y, dy);
    return pointer_report(&pointer, &report, now_us, &sent);
}

/* What the target's agent makes of the last report. */
static void expect_place(int32_t x_px, int32_t y_px)
{
    struct report report = sent;
    pointer_to_target(&report, 800, 600);
    assert_int_equal(report.event_count, 2);
    assert_int_equal(report.events[0].type, EV_ABS);
    assert_int_equal(report.events[0].value, x_px);
    assert_int_equal(report.events[1].type, EV_ABS);
    assert_int_equal(report.events[1].value, y_px);
    assert_int_equal(pointer.x_px, x_px);
    assert_int_equal(pointer.y_px, y_px);
    assert_int_equal(sent.time_us, 7);
}

static void expect_counts(int32_t dx, int32_t dy)
{
    assert_int_equal(sent.event_count, 2);
    assert_int_equal(sent.events[0].type, EV_REL);
    assert_int_equal(sent.events[0].value, dx);
    assert_int_equal(sent.events[1].value, dy);
}

static bool tell(uint16_t x_px, uint16_t y_px)
{
    now_us += 10000;
    return pointer_told(&pointer, x_px, y_px, now_us);
}

static void counts_become_places(void **state)
{
    assert_true(move(5, -3));
    expect_place(105, 97);
    assert_true(move(-200, 1000));
    expect_place(0, 599);
    assert_false(move(-1, 1)); /* it is in the corner */
    expect_place(0, 599);
    assert_true(move(INT32_MAX, INT32_MIN));
    expect_place(799, 0);
}

static void motion_keeps_its_place_among_keys(void **state)
{
    struct report report = {0};
    report_add(&report, EV_REL, REL_X, 1);
    report_add(&report, EV_KEY, BTN_LEFT, 1);
    report_add(&report, EV_REL, REL_Y, 2);
    report_add(&report, EV_REL, REL_WHEEL_HI_RES, 120);
    assert_true(pointer_report(&pointer, &report, now_us, &sent));
    static const struct {
        uint16_t type, code;
    } wanted[] = {{EV_ABS, ABS_X}, {EV_ABS, ABS_Y}, {EV_KEY, BTN_LEFT},
                  {EV_ABS, ABS_X}, {EV_ABS, ABS_Y}, {EV_REL, REL_WHEEL_HI_RES}};
    assert_int_equal(sent.event_count, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(sent.events[i].type, wanted[i].type);
        assert_int_equal(sent.events[i].code, wanted[i].code);
    }
}

static void without_picture_counts_travel(void **state)
{
    pointer.shown = false;
    assert_false(move(5, 5));
    expect_counts(5, 5);
    pointer.shown = pointer.wants_counts = true;
    assert_false(move(5, 5));
    expect_counts(5, 5);
    pointer.wants_counts = false;
    pointer.is_empty = true;
    assert_false(move(5, 5));
    expect_counts(5, 5);
}

static void an_agent_that_tells_nothing_gets_counts(void **state)
{
    pointer_reset(&pointer);
    move(5, 5);
    expect_counts(5, 5);
    now_us += 10 * SECOND_US;
    move(5, 5);
    expect_counts(5, 5);
}

/* What it has told may be from before the last counts arrived. */
static void places_begin_once_counts_are_through(void **state)
{
    pointer_reset(&pointer);
    move(5, 5);
    assert_true(tell(300, 200));
    move(5, 5);
    expect_counts(5, 5);
    assert_true(tell(310, 210));
    now_us += time_us(TIME_POINTER_SETTLED);
    assert_true(move(1, 1));
    expect_place(311, 211);
}

static void its_own_places_are_no_news(void **state)
{
    move(5, 0);
    move(5, 0);
    assert_false(tell(105, 100)); /* the agent is a step behind */
    assert_false(tell(110, 100));
    assert_int_equal(pointer.x_px, 110);
}

static void a_warp_is_taken_over(void **state)
{
    move(5, 5);
    assert_true(tell(400, 300));
    assert_true(move(1, 1));
    expect_place(401, 301);
}

static void three_warps_in_a_second_want_counts(void **state)
{
    for (int i = 0; i < 3; i++) {
        move(5, 5);
        expect_place((i ? 400 : 100) + 5, (i ? 300 : 100) + 5);
        assert_true(tell(400, 300));
    }
    move(5, 5);
    expect_counts(5, 5);
    now_us += time_us(TIME_POINTER_QUIET) - 20000;
    move(5, 5);
    expect_counts(5, 5); /* not quite two seconds */
    tell(400, 300);
    now_us += time_us(TIME_POINTER_QUIET);
    move(5, 5);
    expect_place(405, 305);
}

static void rare_warps_are_harmless(void **state)
{
    for (int i = 0; i < 10; i++) {
        now_us += SECOND_US;
        move(5, 5);
        assert_int_equal(sent.events[0].type, EV_ABS);
        tell(400, 300);
    }
}

/* Where two monitors of different heights meet, the target's pointer stops earlier than ours. */
static void a_border_inside_is_no_warp(void **state)
{
    for (int i = 0; i < 10; i++) {
        move(1, 50);
        assert_int_equal(sent.events[0].type, EV_ABS);
        tell((uint16_t)pointer.x_px, 120);
        assert_int_equal(pointer.y_px, 120);
    }
}

static void places_of_a_window_are_followed(void **state)
{
    struct report report = {0};
    pointer.shown = false;
    report_add(&report, EV_ABS, ABS_X, REPORT_FIELD_SPAN);
    report_add(&report, EV_ABS, ABS_Y, 0);
    assert_true(pointer_report(&pointer, &report, now_us, &sent));
    assert_int_equal(sent.events[0].value, REPORT_FIELD_SPAN);
    assert_int_equal(pointer.x_px, 799);
    assert_int_equal(pointer.y_px, 0);
    assert_false(tell(799, 0));
}

/* A window asks for the corner, before or while the agent tells where its pointer was. */
static void the_corner_is_news_too(void **state)
{
    struct report report = {0};
    report_add(&report, EV_ABS, ABS_X, 0);
    report_add(&report, EV_ABS, ABS_Y, 0);
    pointer_reset(&pointer);
    assert_true(pointer_report(&pointer, &report, now_us, &sent));
    assert_true(tell(0, 180));
    assert_int_equal(pointer.y_px, 180);
    assert_true(tell(0, 0));
    assert_int_equal(pointer.y_px, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reaches_both_borders),
        cmocka_unit_test(stays_inside),
        cmocka_unit_test(hits_each_pixel),
        cmocka_unit_test(a_smaller_picture_has_each_pixel),
        cmocka_unit_test(scales_places_only),
        cmocka_unit_test(leaves_places_of_an_unknown_screen),
        cmocka_unit_test_setup(counts_become_places, shown),
        cmocka_unit_test_setup(motion_keeps_its_place_among_keys, shown),
        cmocka_unit_test_setup(without_picture_counts_travel, shown),
        cmocka_unit_test_setup(an_agent_that_tells_nothing_gets_counts, shown),
        cmocka_unit_test_setup(places_begin_once_counts_are_through, shown),
        cmocka_unit_test_setup(its_own_places_are_no_news, shown),
        cmocka_unit_test_setup(a_warp_is_taken_over, shown),
        cmocka_unit_test_setup(three_warps_in_a_second_want_counts, shown),
        cmocka_unit_test_setup(rare_warps_are_harmless, shown),
        cmocka_unit_test_setup(a_border_inside_is_no_warp, shown),
        cmocka_unit_test_setup(places_of_a_window_are_followed, shown),
        cmocka_unit_test_setup(the_corner_is_news_too, shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
