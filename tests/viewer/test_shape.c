#include "server/viewer/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define WHITE 0xffffffffu
#define BLACK 0xff000000u

static struct frame_cursor cursor;
static struct shape shape;

/* Four fields, white and black. */
static void paint(uint32_t side_px)
{
    cursor.width_px = cursor.height_px = side_px;
    cursor.hot_x_px = 0;
    cursor.hot_y_px = side_px / 2;
    for (uint32_t y = 0; y < side_px; y++)
        for (uint32_t x = 0; x < side_px; x++)
            cursor.pixels[y * side_px + x] = (x < side_px / 2) == (y < side_px / 2) ? WHITE : BLACK;
}

static void assert_shape(uint32_t percent, uint32_t side_px, uint32_t hot_y_px)
{
    shape_make(&shape, &cursor, percent);
    assert_int_equal(shape.image.width_px, side_px);
    assert_int_equal(shape.image.height_px, side_px);
    assert_int_equal(shape.hot_x_px, 0);
    assert_int_equal(shape.hot_y_px, hot_y_px);
}

static void it_is_the_same_in_another_size(void **state)
{
    static const uint32_t PERCENTS[] = {50, 100, 150, 200, 300};
    for (size_t i = 0; i < sizeof PERCENTS / sizeof *PERCENTS; i++) {
        paint(24);
        uint32_t side_px = 24 * PERCENTS[i] / 100, last_px = side_px - 1;
        assert_shape(PERCENTS[i], side_px, 12 * PERCENTS[i] / 100);
        const uint32_t *pixels = shape.image.pixels;
        assert_int_equal(pixels[0], WHITE);
        assert_int_equal(pixels[last_px], BLACK);
        assert_int_equal(pixels[last_px * side_px], BLACK);
        assert_int_equal(pixels[side_px * side_px - 1], WHITE);
        shape_finish(&shape);
    }
}

static void what_falls_on_one_pixel_is_mixed(void **state)
{
    paint(2);
    assert_shape(50, 1, 0);
    assert_int_equal(shape.image.pixels[0], 0xff808080u);
    shape_finish(&shape);
    paint(FRAME_CURSOR_SIDE_PX);
    assert_shape(1000, FRAME_CURSOR_SIDE_PX * 10, FRAME_CURSOR_SIDE_PX * 5);
    shape_finish(&shape);
    paint(1);
    assert_shape(1, 1, 0);
    shape_finish(&shape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_same_in_another_size),
        cmocka_unit_test(what_falls_on_one_pixel_is_mixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
