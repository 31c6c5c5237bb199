#include "server/viewer/fit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_lies(enum fit_scale scale, uint32_t picture_w, uint32_t picture_h,
                        uint32_t window_w, uint32_t window_h, int32_t x, int32_t y, uint32_t w,
                        uint32_t h)
{
    struct fit fit;
    fit_make(scale, 100, picture_w, picture_h, window_w, window_h, &fit);
    assert_int_equal(fit.x_px, x);
    assert_int_equal(fit.y_px, y);
    assert_int_equal(fit.width_px, w);
    assert_int_equal(fit.height_px, h);
    assert_int_equal(fit_is_exact(&fit), w == picture_w && h == picture_h);
}

static void what_fits_is_exact(void **state)
{
    assert_lies(FIT_WHOLE, 1920, 1080, 1920, 1080, 0, 0, 1920, 1080);
    assert_lies(FIT_WHOLE, 1280, 1024, 1920, 1080, 320, 28, 1280, 1024);
    assert_lies(FIT_ONE, 1280, 1024, 1920, 1080, 320, 28, 1280, 1024);
    assert_lies(FIT_ONE, 2560, 1440, 1920, 1080, 0, 0, 2560, 1440);
    assert_lies(FIT_FILL, 1920, 1080, 1920, 1080, 0, 0, 1920, 1080);
}

static void the_aspect_is_kept(void **state)
{
    assert_lies(FIT_WHOLE, 3840, 2160, 1920, 1080, 0, 0, 1920, 1080);
    assert_lies(FIT_WHOLE, 1600, 1200, 800, 400, 133, 0, 533, 400);
    assert_lies(FIT_WHOLE, 1000, 4000, 800, 400, 350, 0, 100, 400);
    assert_lies(FIT_WHOLE, 32000, 2, 1000, 1000, 0, 499, 1000, 1);
    /* Too small to be read. */
    assert_lies(FIT_WHOLE, 640, 480, 3840, 2160, 480, 0, 2880, 2160);
    assert_lies(FIT_FILL, 1600, 1200, 800, 400, 0, 0, 800, 600);
    assert_lies(FIT_FILL, 640, 480, 1920, 1080, 0, 0, 1920, 1440);
}

/* What has not the desktop's own size of pixels would have letters half as large as all others. */
static void dense_pixels_enlarge_sooner(void **state)
{
    static const struct {
        uint32_t scale_percent, width, height, drawn_width;
    } CASES[] = {{100, 2560, 1440, 2560}, {150, 2560, 1440, 3840}, {150, 3200, 1800, 3200},
                 {200, 2560, 1440, 3840}, {200, 3200, 1800, 3840}, {200, 3840, 2160, 3840},
                 {300, 3840, 2160, 3840}, {200, 1600, 1200, 2880}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct fit fit;
        fit_make(FIT_WHOLE, CASES[i].scale_percent, CASES[i].width, CASES[i].height, 3840, 2160,
                 &fit);
        assert_int_equal(fit.width_px, CASES[i].drawn_width);
        fit_make(FIT_ONE, CASES[i].scale_percent, CASES[i].width, CASES[i].height, 3840, 2160,
                 &fit);
        assert_true(fit_is_exact(&fit));
    }
}

static void the_pointer_is_always_seen(void **state)
{
    struct fit fit;
    int32_t x_px, y_px;
    fit_make(FIT_ONE, 100, 3000, 2000, 1000, 700, &fit);
    srand(7);
    for (int i = 0; i < 10000; i++) {
        uint32_t at_x = (uint32_t)rand() % 3000, at_y = (uint32_t)rand() % 2000;
        fit_show(&fit, at_x, at_y);
        fit_to_window(&fit, at_x, at_y, &x_px, &y_px);
        assert_in_range(x_px, 0, 999);
        assert_in_range(y_px, 0, 699);
        assert_true(fit.x_px <= 0 && fit.x_px >= 1000 - 3000);
        assert_true(fit.y_px <= 0 && fit.y_px >= 700 - 2000);
        assert_false(fit_show(&fit, at_x, at_y));
    }
}

static void what_is_seen_already_moves_nothing(void **state)
{
    struct fit fit;
    fit_make(FIT_ONE, 100, 3000, 2000, 1000, 700, &fit);
    assert_false(fit_show(&fit, 999, 699));
    assert_true(fit_show(&fit, 1000, 699));
    assert_int_equal(fit.x_px, -1);
    fit_make(FIT_WHOLE, 100, 500, 400, 1000, 700, &fit);
    assert_false(fit_show(&fit, 0, 0));
    assert_int_equal(fit.x_px, 250);
}

static void parts_outside_are_cut(void **state)
{
    struct fit fit;
    struct frame_rectangle all = {0, 0, 3000, 2000}, outside = {1000, 0, 10, 10}, seen;
    int32_t x_px, y_px;
    fit_make(FIT_ONE, 100, 3000, 2000, 1000, 700, &fit);
    assert_true(fit_clip(&fit, &all, &x_px, &y_px, &seen));
    assert_int_equal(seen.width_px, 1000);
    assert_int_equal(seen.height_px, 700);
    assert_false(fit_clip(&fit, &outside, &x_px, &y_px, &seen));
    fit_show(&fit, 2000, 1000);
    assert_true(fit_clip(&fit, &all, &x_px, &y_px, &seen));
    assert_int_equal(x_px, 0);
    assert_int_equal(seen.x_px, 1001);
    assert_int_equal(seen.y_px, 301);
    assert_true(fit_clip(&fit, &outside, &x_px, &y_px, &seen) == false);
}

/* What is under a place is what input.c makes of it: a span of the whole window. */
static void a_larger_picture_is_panned_to_what_is_pointed_at(void **state)
{
    struct fit fit;
    fit_make(FIT_ONE, 100, 1000, 200, 401, 300, &fit);
    assert_true(fit_pan(&fit, 400, 150) && fit.x_px == -599);
    assert_int_equal(fit.y_px, 50); /* what fits stays */
    assert_false(fit_pan(&fit, 9000, 150));
    for (int32_t x_px = 0; x_px <= 400; x_px++) {
        fit_pan(&fit, x_px, 0);
        int32_t pointed_px = (x_px * 999 + 200) / 400;
        assert_in_range(x_px - fit.x_px, pointed_px - 1 + (pointed_px == 0), pointed_px + 1);
    }
    assert_true(fit_pan(&fit, -5, 0) && fit.x_px == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_exact),
        cmocka_unit_test(the_aspect_is_kept),
        cmocka_unit_test(dense_pixels_enlarge_sooner),
        cmocka_unit_test(the_pointer_is_always_seen),
        cmocka_unit_test(what_is_seen_already_moves_nothing),
        cmocka_unit_test(parts_outside_are_cut),
        cmocka_unit_test(a_larger_picture_is_panned_to_what_is_pointed_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
