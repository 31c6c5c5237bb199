/* An image in an image (server/cli/part.c), against looking at every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/cli/part.h"

#define WIDTH  160
#define HEIGHT 90

static uint32_t screen_pixels[WIDTH * HEIGHT], part_pixels[WIDTH * HEIGHT];
static const struct part_image screen = {WIDTH, HEIGHT, screen_pixels};
static const struct part_area everywhere = {0, 0, UINT16_MAX, UINT16_MAX};

/* Few colours, so that much is alike. */
static void draw(unsigned seed, unsigned colors)
{
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        screen_pixels[i] = ((uint32_t)rand_r(&seed) % colors) * 0x123456u & 0xffffffu;
}

static struct part_image cut(uint32_t x_px, uint32_t y_px, uint32_t width_px, uint32_t height_px)
{
    for (uint32_t y = 0; y < height_px; y++)
        for (uint32_t x = 0; x < width_px; x++)
            part_pixels[y * width_px + x] =
                0xff000000u | screen_pixels[(y_px + y) * WIDTH + x_px + x];
    return (struct part_image){width_px, height_px, part_pixels};
}

static bool find(const struct part_image *image, const struct part_area *area, unsigned tolerance,
                 struct part_place *ret_place)
{
    struct part *part = part_create(image);
    assert_non_null(part);
    bool found = part_find(part, &screen, area, tolerance, ret_place);
    part_destroy(part);
    return found;
}

static void expect_at(const struct part_image *image, const struct part_area *area,
                      unsigned tolerance, uint32_t x_px, uint32_t y_px)
{
    struct part_place place = {0};
    assert_true(find(image, area, tolerance, &place));
    assert_int_equal(place.x_px, x_px);
    assert_int_equal(place.y_px, y_px);
}

static void expect_nowhere(const struct part_image *image, const struct part_area *area,
                           unsigned tolerance)
{
    struct part_place place;
    assert_false(find(image, area, tolerance, &place));
}

static void found_wherever_it_is(void **state)
{
    static const uint32_t places[][2] = {
        {0, 0}, {WIDTH - 20, 0}, {0, HEIGHT - 7}, {WIDTH - 20, HEIGHT - 7}, {77, 41}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        draw(7, 3);
        struct part_image image = cut(places[i][0], places[i][1], 20, 7);
        expect_at(&image, &everywhere, 0, places[i][0], places[i][1]);
        for (size_t at = 0; at < 20 * 7; at++) { /* each pixel counts */
            part_pixels[at] ^= 1;
            expect_nowhere(&image, &everywhere, 0);
            part_pixels[at] ^= 1;
        }
    }
}

static void the_first_by_rows(void **state)
{
    memset(screen_pixels, 0, sizeof screen_pixels);
    screen_pixels[5 * WIDTH + 100] = screen_pixels[5 * WIDTH + 30] = screen_pixels[4 * WIDTH + 90] =
        0xffffff;
    const struct part_image image = cut(100, 5, 1, 1);
    expect_at(&image, &everywhere, 0, 90, 4);
}

static void plain_images(void **state)
{
    memset(screen_pixels, 0, sizeof screen_pixels);
    struct part_image image = cut(3, 3, 40, 20);
    expect_at(&image, &everywhere, 0, 0, 0);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        if (i % WIDTH % 40 == 39)
            screen_pixels[i] = 1;
    expect_nowhere(&image, &everywhere, 0);
    expect_at(&image, &everywhere, 1, 0, 0);
}

static void within_a_tolerance(void **state)
{
    draw(9, 4);
    struct part_image image = cut(50, 30, 20, 10);
    part_pixels[47] ^= 0x000800; /* green, by 8 */
    expect_nowhere(&image, &everywhere, 7);
    expect_at(&image, &everywhere, 8, 50, 30);
}

static void only_in_its_area(void **state)
{
    draw(11, 5);
    struct part_image image = cut(50, 30, 20, 10);
    expect_at(&image, &(struct part_area){50, 30, 20, 10}, 0, 50, 30);
    expect_at(&image, &(struct part_area){41, 22, 29, 18}, 0, 50, 30);
    expect_nowhere(&image, &(struct part_area){51, 30, 40, 20}, 0);
    expect_nowhere(&image, &(struct part_area){0, 0, 69, 90}, 0);
    expect_nowhere(&image, &(struct part_area){50, 30, 20, 9}, 0);
    expect_nowhere(&image, &(struct part_area){WIDTH + 5, 0, 20, 10}, 0);
}

static void larger_than_the_screen(void **state)
{
    memset(part_pixels, 0xff, sizeof part_pixels);
    expect_nowhere(&(struct part_image){WIDTH + 1, 1, part_pixels}, &everywhere, 255);
    expect_nowhere(&(struct part_image){1, HEIGHT + 1, part_pixels}, &everywhere, 255);
}

static void transparent_pixels_match_any(void **state)
{
    draw(13, 4);
    struct part_image image = cut(60, 20, 20, 10);
    for (size_t i = 0; i < 20 * 10; i += 3)
        part_pixels[i] = 0x00abcdef;
    expect_at(&image, &everywhere, 0, 60, 20);
    memset(part_pixels, 0, sizeof part_pixels);
    assert_null(part_create(&image));
}

static void the_nearest_place(void **state)
{
    struct part_likeness likeness;
    draw(17, 6);
    struct part_image image = cut(90, 60, 20, 10);
    part_pixels[21] ^= 0x00000a;
    part_pixels[150] ^= 0x140000;
    struct part *part = part_create(&image);
    assert_true(part_nearest(part, &screen, &everywhere, 0, &likeness));
    assert_int_equal(likeness.place.x_px, 90);
    assert_int_equal(likeness.place.y_px, 60);
    assert_int_equal(likeness.percent, 99);
    expect_at(&image, &everywhere, likeness.tolerance, 90, 60);
    expect_nowhere(&image, &everywhere, likeness.tolerance - 1);
    part_destroy(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_wherever_it_is),
        cmocka_unit_test(the_first_by_rows),
        cmocka_unit_test(plain_images),
        cmocka_unit_test(within_a_tolerance),
        cmocka_unit_test(only_in_its_area),
        cmocka_unit_test(larger_than_the_screen),
        cmocka_unit_test(transparent_pixels_match_any),
        cmocka_unit_test(the_nearest_place),
    };
    return cmocka_run_group_tests_name("part", tests, NULL, NULL);
}
