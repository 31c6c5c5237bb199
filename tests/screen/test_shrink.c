/* A screen's pixels in a smaller size: against the same means taken in floating point. */
#include "agent/screen/shrink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIDE_PX 97

static uint32_t from[SIDE_PX * SIDE_PX], small[SIDE_PX * SIDE_PX], other[SIDE_PX * SIDE_PX];

static struct area whole(const struct shrink *shrink)
{
    return (struct area){0, 0, shrink->to_width_px, shrink->to_height_px};
}

static double overlap(double from_px, double to_px, int at_px)
{
    double left = from_px > at_px ? from_px : at_px, right = to_px < at_px + 1 ? to_px : at_px + 1;
    return right > left ? right - left : 0;
}

static double expected(const struct shrink *shrink, int at_x_px, int at_y_px, int shift)
{
    double wide = (double)shrink->from_width_px / shrink->to_width_px;
    double high = (double)shrink->from_height_px / shrink->to_height_px, sum = 0;
    for (int y = 0; y < shrink->from_height_px; y++)
        for (int x = 0; x < shrink->from_width_px; x++)
            sum += overlap(at_x_px * wide, (at_x_px + 1) * wide, x) *
                   overlap(at_y_px * high, (at_y_px + 1) * high, y) *
                   (from[y * shrink->from_width_px + x] >> shift & 0xff);
    return sum / (wide * high);
}

static int set_up(void **state)
{
    srand(6);
    for (int i = 0; i < SIDE_PX * SIDE_PX; i++)
        from[i] = (uint32_t)rand() << 16 ^ (uint32_t)rand();
    memset(small, 0, sizeof small);
    return 0;
}

static void each_pixel_is_the_mean_of_what_it_covers(void **state)
{
    static const int PERMILLES[] = {50, 250, 333, 500, 617, 750, 999, 1000};
    for (size_t i = 0; i < sizeof PERMILLES / sizeof *PERMILLES; i++) {
        struct shrink shrink;
        shrink_init(&shrink, 61, 43, PERMILLES[i]);
        struct area all = whole(&shrink);
        shrink_part(&shrink, from, &all, small);
        for (int y = 0; y < shrink.to_height_px; y++)
            for (int x = 0; x < shrink.to_width_px; x++)
                for (int shift = 0; shift < 32; shift += 8)
                    assert_float_equal((float)(small[y * shrink.to_width_px + x] >> shift & 0xff),
                                       (float)expected(&shrink, x, y, shift), 0.501f);
    }
}

static void full_size_is_the_picture_itself(void **state)
{
    struct shrink shrink;
    shrink_init(&shrink, SIDE_PX, SIDE_PX, 2000);
    struct area all = whole(&shrink);
    assert_int_equal(shrink.to_width_px, SIDE_PX);
    shrink_part(&shrink, from, &all, small);
    assert_memory_equal(small, from, sizeof from);
}

static void sizes_are_never_none(void **state)
{
    struct shrink shrink;
    shrink_init(&shrink, 1, 65535, 0);
    assert_int_equal(shrink.to_width_px, 1);
    assert_int_equal(shrink.to_height_px, 3277);
    shrink_init(&shrink, 1920, 1080, 250);
    assert_int_equal(shrink.to_width_px, 480);
    assert_int_equal(shrink.to_height_px, 270);
}

/* Whatever changes, what it reaches made anew is all that a whole picture made anew would have. */
static void a_change_reaches_no_further(void **state)
{
    for (int round = 0; round < 300; round++) {
        struct shrink shrink;
        shrink_init(&shrink, SIDE_PX, SIDE_PX, 50 + rand() % 951);
        struct area all = whole(&shrink), area = {rand() % SIDE_PX, rand() % SIDE_PX, 0, 0};
        area.width_px = 1 + rand() % (SIDE_PX - area.x_px);
        area.height_px = 1 + rand() % (SIDE_PX - area.y_px);
        shrink_part(&shrink, from, &all, small);
        for (int y = area.y_px; y < area.y_px + area.height_px; y++)
            for (int x = area.x_px; x < area.x_px + area.width_px; x++)
                from[y * SIDE_PX + x] = (uint32_t)rand();
        struct area part = shrink_reach(&shrink, &area);
        assert_true(part.x_px >= 0 && part.x_px + part.width_px <= shrink.to_width_px);
        assert_true(part.y_px >= 0 && part.y_px + part.height_px <= shrink.to_height_px);
        shrink_part(&shrink, from, &part, small);
        memset(other, 0, sizeof other);
        shrink_part(&shrink, from, &all, other);
        size_t bytes = sizeof *small * (size_t)(shrink.to_width_px * shrink.to_height_px);
        assert_memory_equal(small, other, bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_pixel_is_the_mean_of_what_it_covers, set_up),
        cmocka_unit_test_setup(full_size_is_the_picture_itself, set_up),
        cmocka_unit_test(sizes_are_never_none),
        cmocka_unit_test_setup(a_change_reaches_no_further, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
