#include "server/viewer/scale.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIDE_MAX_PX 300

static uint32_t from[SIDE_MAX_PX * SIDE_MAX_PX], whole[SIDE_MAX_PX * SIDE_MAX_PX],
    parts[SIDE_MAX_PX * SIDE_MAX_PX];

static void draw(const struct scale *scale, uint32_t from_w, const struct frame_rectangle *to,
                 uint32_t to_w, uint32_t *ret_pixels)
{
    scale_draw(scale, from, from_w * 4, to, ret_pixels + to->y_px * to_w + to->x_px, to_w * 4);
}

static void one_colour_stays_itself(void **state)
{
    static const uint32_t SIZES[][4] = {
        {100, 100, 37, 41}, {37, 41, 100, 100}, {300, 7, 1, 7}, {1, 1, 300, 300}, {256, 2, 255, 3}};
    static const uint32_t COLORS[] = {0, 0xffffff, 0x123456, 0xff00fe, 0x7f8081};
    for (size_t i = 0; i < 5; i++) {
        const uint32_t *size = SIZES[i];
        struct scale *scale = scale_create(size[0], size[1], size[2], size[3]);
        struct frame_rectangle all = {0, 0, (uint16_t)size[2], (uint16_t)size[3]};
        for (size_t c = 0; c < 5; c++) {
            for (size_t at = 0; at < size[0] * size[1]; at++)
                from[at] = COLORS[c];
            draw(scale, size[0], &all, size[2], whole);
            for (size_t at = 0; at < size[2] * size[3]; at++)
                assert_int_equal(whole[at], COLORS[c]);
        }
        scale_destroy(scale);
    }
}

static void half_the_size_is_the_mean(void **state)
{
    struct scale *scale = scale_create(100, 100, 50, 50);
    struct frame_rectangle all = {0, 0, 50, 50};
    for (uint32_t at = 0; at < 100 * 100; at++)
        from[at] = at / 100 % 2 ? 0xffffff : 0;
    draw(scale, 100, &all, 50, whole);
    for (uint32_t y = 1; y < 49; y++)
        for (uint32_t x = 1; x < 49; x++)
            assert_in_range(whole[y * 50 + x] & 0xff, 0x7e, 0x81);
    scale_destroy(scale);
}

/* Any part drawn by itself is what it is in the whole; and what scale_reach leaves out has not
 * changed. */
static void parts_have_no_seam(void **state)
{
    static const uint32_t SIZES[][4] = {
        {200, 150, 133, 99}, {90, 60, 211, 143}, {150, 150, 50, 299}};
    srand(3);
    for (size_t i = 0; i < 3; i++) {
        const uint32_t *size = SIZES[i];
        struct scale *scale = scale_create(size[0], size[1], size[2], size[3]);
        struct frame_rectangle all = {0, 0, (uint16_t)size[2], (uint16_t)size[3]};
        for (size_t at = 0; at < size[0] * size[1]; at++)
            from[at] = (uint32_t)rand() & 0xffffff;
        draw(scale, size[0], &all, size[2], parts);
        for (int change = 0; change < 40; change++) {
            struct frame_rectangle place = {
                (uint16_t)(rand() % (int)(size[0] - 10)), (uint16_t)(rand() % (int)(size[1] - 10)),
                (uint16_t)(1 + rand() % 10), (uint16_t)(1 + rand() % 10)};
            struct frame_rectangle to;
            for (uint32_t y = 0; y < place.height_px; y++)
                for (uint32_t x = 0; x < place.width_px; x++)
                    from[(place.y_px + y) * size[0] + place.x_px + x] = (uint32_t)rand() & 0xffffff;
            scale_reach(scale, &place, &to);
            draw(scale, size[0], &to, size[2], parts);
            draw(scale, size[0], &all, size[2], whole);
            assert_memory_equal(parts, whole, (size_t)size[2] * size[3] * 4);
        }
        scale_destroy(scale);
    }
}

/* A part needs nothing of the source but what scale_source says. */
static void a_part_needs_only_its_source(void **state)
{
    struct scale *scale = scale_create(200, 150, 67, 40);
    struct frame_rectangle to = {20, 10, 7, 5}, needed;
    for (size_t at = 0; at < 200 * 150; at++)
        from[at] = (uint32_t)rand() & 0xffffff;
    draw(scale, 200, &to, 67, whole);
    scale_source(scale, &to, &needed);
    assert_true(frame_rectangle_fits(&needed, 200, 150));
    assert_true(needed.width_px < 60 && needed.height_px < 60);
    for (uint32_t y = 0; y < 150; y++)
        for (uint32_t x = 0; x < 200; x++)
            if (x < needed.x_px || x >= (uint32_t)needed.x_px + needed.width_px ||
                y < needed.y_px || y >= (uint32_t)needed.y_px + needed.height_px)
                from[y * 200 + x] ^= 0xffffff;
    memcpy(parts, whole, sizeof parts);
    draw(scale, 200, &to, 67, parts);
    assert_memory_equal(parts, whole, 67 * 40 * 4);
    scale_destroy(scale);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_colour_stays_itself),
        cmocka_unit_test(half_the_size_is_the_mean),
        cmocka_unit_test(parts_have_no_seam),
        cmocka_unit_test(a_part_needs_only_its_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
