/* What of a thumbnail is sent, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/screen/thumbnail.h"
#include "common/times.h"

static void assert_fits(int width_px, int height_px, int wanted_width_px, int wanted_height_px)
{
    const struct thumbnail thumbnail = {.width_max_px = 480, .height_max_px = 300};
    int got_width_px = 0, got_height_px = 0;
    thumbnail_fit(&thumbnail, width_px, height_px, &got_width_px, &got_height_px);
    assert_int_equal(got_width_px, wanted_width_px);
    assert_int_equal(got_height_px, wanted_height_px);
}

static void test_sizes(void **state)
{
    assert_fits(1920, 1080, 480, 270);
    assert_fits(1920, 1200, 480, 300);
    assert_fits(1080, 1920, 168, 300);
    assert_fits(480, 300, 480, 300);
    assert_fits(100, 50, 100, 50);
    assert_fits(65535, 1, 480, 1);
    assert_fits(1, 65535, 1, 300);
}

static struct area make(struct thumbnail *thumbnail, const struct picture *picture)
{
    struct area area = {0};
    int error = -1;
    if (!thumbnail_make(thumbnail, picture, &area, &error))
        area = (struct area){0};
    assert_int_equal(error, 0);
    return area;
}

static void assert_area(struct area area, int x_px, int y_px, int width_px, int height_px)
{
    assert_int_equal(area.x_px, x_px);
    assert_int_equal(area.y_px, y_px);
    assert_int_equal(area.width_px, width_px);
    assert_int_equal(area.height_px, height_px);
}

static void test_what_changed_in_whole_blocks(void **state)
{
    struct thumbnail thumbnail = {0};
    struct picture picture;
    assert_int_equal(picture_init(&picture, 200, 100), 0);
    thumbnail_want(&thumbnail, true, 480, 300);
    assert_area(make(&thumbnail, &picture), 0, 0, 200, 100);
    thumbnail_sent(&thumbnail, 100, 0);
    assert_area(make(&thumbnail, &picture), 0, 0, 0, 0);
    picture.pixels[20 * 200 + 40] = picture.pixels[50 * 200 + 199] = 1;
    assert_area(make(&thumbnail, &picture), 32, 16, 168, 48);
    assert_area(make(&thumbnail, &picture), 32, 16, 168, 48); /* it was not sent */
    thumbnail_want(&thumbnail, true, 480, 300);
    assert_area(make(&thumbnail, &picture), 0, 0, 200, 100);
    thumbnail_sent(&thumbnail, 100, 0);
    picture_finish(&picture);
    assert_int_equal(picture_init(&picture, 100, 200), 0);
    assert_area(make(&thumbnail, &picture), 0, 0, 100, 200);
    picture_finish(&picture);
    thumbnail_finish(&thumbnail);
}

static void test_many_bytes_take_their_time(void **state)
{
    struct thumbnail thumbnail = {0};
    struct picture picture;
    assert_int_equal(picture_init(&picture, 200, 100), 0);
    thumbnail_want(&thumbnail, true, 480, 300);
    assert_int_equal(thumbnail.due_us, 0);
    make(&thumbnail, &picture);
    thumbnail_sent(&thumbnail, 200, 1000);
    assert_int_equal(thumbnail.due_us, 1000 + time_us(TIME_THUMBNAIL));
    thumbnail_sent(&thumbnail, 20000, 1000);
    assert_int_equal(thumbnail.due_us, 1000 + 4000000);
    thumbnail_want(&thumbnail, true, 480, 300);
    assert_int_equal(thumbnail.due_us, 0); /* somebody looks anew */
    picture_finish(&picture);
    thumbnail_finish(&thumbnail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_what_changed_in_whole_blocks),
        cmocka_unit_test(test_many_bytes_take_their_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
