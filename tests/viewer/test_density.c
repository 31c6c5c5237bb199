#include "server/viewer/density.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_scale(int points, int px, uint32_t asked_percent, uint32_t percent)
{
    struct density density;
    density_make(points, points, px, px, asked_percent, &density);
    assert_int_equal(density.scale_percent, percent);
}

static void pixels_of_a_point_are_the_scale(void **state)
{
    assert_scale(960, 960, 100, 100);
    assert_scale(960, 1920, 100, 200);
    assert_scale(1280, 1920, 100, 150);
    assert_scale(1093, 1366, 100, 125);
    assert_scale(1920, 960, 100, 100); /* never less than can be read */
    assert_scale(0, 0, 100, 100);
    assert_scale(1, 100, 100, DENSITY_MAX_PERCENT);
}

static void what_the_desktop_asks_for_counts_too(void **state)
{
    assert_scale(960, 960, 200, 200);
    assert_scale(960, 1920, 125, 250);
    assert_scale(960, 960, 0, 100);
    assert_scale(960, 960, 1u << 31, DENSITY_MAX_PERCENT);
}

/* The corners are where the hand is sure to get to, and each place is in its own point. */
static void places_are_pixels(void **state)
{
    static const int SIZES[][2] = {{800, 800}, {400, 800}, {533, 800}, {1093, 1366}, {1, 2}};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        int points = SIZES[i][0], px = SIZES[i][1];
        struct density density;
        density_make(points, points, px, px, 100, &density);
        assert_int_equal(density_x_px(&density, 0), 0);
        for (int at = 0; at < points; at++) {
            int at_px = density_x_px(&density, at);
            assert_int_equal(density_y_px(&density, at), at_px);
            assert_true(at_px >= at * px / points && at_px <= ((at + 1) * px - 1) / points);
        }
        if (points > 1)
            assert_int_equal(density_x_px(&density, points - 1), px - 1);
        assert_true(density_x_px(&density, points + 5) >= px);
        assert_true(density_x_px(&density, -5) < 0);
    }
}

/* What a compositor rounded to a 256th is the pixel that the pointer is on. */
static void exact_places_are_each_pixel(void **state)
{
    static const int SIZES[][2] = {{800, 800}, {400, 800}, {1280, 1920}, {1093, 1366}, {1920, 960}};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        int points = SIZES[i][0], px = SIZES[i][1];
        struct density density;
        density_make(points, points, px, px, 100, &density);
        for (int at_px = 0; at_px < px; at_px++) {
            double place_256ths = (double)at_px * points * 256 / px;
            assert_int_equal(density_exact_x_px(&density, (int32_t)(place_256ths + 0.5)), at_px);
            assert_int_equal(density_exact_y_px(&density, (int32_t)place_256ths + 1), at_px);
        }
        assert_true(density_exact_x_px(&density, points * 256) >= px);
        assert_true(density_exact_x_px(&density, -256) < 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_of_a_point_are_the_scale),
        cmocka_unit_test(what_the_desktop_asks_for_counts_too),
        cmocka_unit_test(places_are_pixels),
        cmocka_unit_test(exact_places_are_each_pixel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
