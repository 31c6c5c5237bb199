/* The pure parts: tiles, what is still to be sent, flow, and what an RFB client says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/screen/flow.h"
#include "agent/screen/stock.h"

#define WIDTH  300
#define HEIGHT 200

static void assert_area(const struct area *area, int x, int y, int width, int height)
{
    assert_int_equal(area->x_px, x);
    assert_int_equal(area->y_px, y);
    assert_int_equal(area->width_px, width);
    assert_int_equal(area->height_px, height);
}

static void all_comes_out_as_one(void **state)
{
    struct tiles tiles;
    struct area area;

    assert_int_equal(tiles_init(&tiles, WIDTH, HEIGHT), 0);
    assert_false(tiles_take(&tiles, 0, INT32_MAX, &area, NULL));
    tiles_add_all(&tiles);
    assert_true(tiles_take(&tiles, 7, INT32_MAX, &area, NULL));
    assert_int_equal(area.y_px, 64); /* from the tile that was asked for */
    tiles_clear(&tiles);
    tiles_add_all(&tiles);
    assert_true(tiles_take(&tiles, 0, INT32_MAX, &area, NULL));
    assert_area(&area, 0, 0, WIDTH, HEIGHT);
    assert_int_equal(tiles.count, 0);
    tiles_finish(&tiles);
}

static void a_glyph_stays_small(void **state)
{
    struct tiles tiles;
    struct area area;

    assert_int_equal(tiles_init(&tiles, WIDTH, HEIGHT), 0);
    tiles_add(&tiles, &(struct area){70, 80, 8, 16});
    tiles_add(&tiles, &(struct area){-5, 199, 10, 100});
    tiles_add(&tiles, &(struct area){400, 10, 10, 10});
    assert_int_equal(tiles.count, 2);
    assert_true(tiles_take(&tiles, 0, INT32_MAX, &area, NULL));
    assert_area(&area, 70, 80, 8, 16);
    assert_true(tiles_take(&tiles, 0, INT32_MAX, &area, NULL));
    assert_area(&area, 0, 199, 5, 1);
    tiles_finish(&tiles);
}

/* Whatever is added, what is taken covers all of it, and nothing is taken twice. */
static void nothing_is_lost(void **state)
{
    struct tiles tiles;
    static uint8_t wanted[HEIGHT][WIDTH], got[HEIGHT][WIDTH];

    srand(3);
    assert_int_equal(tiles_init(&tiles, WIDTH, HEIGHT), 0);
    for (int round = 0; round < 200; round++) {
        struct area area;
        memset(wanted, 0, sizeof wanted);
        memset(got, 0, sizeof got);
        for (int i = rand() % 8; i >= 0; i--) {
            area =
                (struct area){rand() % WIDTH, rand() % HEIGHT, 1 + rand() % 150, 1 + rand() % 150};
            tiles_add(&tiles, &area);
            if (!area_clip(&area, WIDTH, HEIGHT))
                continue;
            for (int y = area.y_px; y < area.y_px + area.height_px; y++)
                memset(&wanted[y][area.x_px], 1, (size_t)area.width_px);
        }
        while (tiles_take(&tiles, (size_t)rand() % 20, rand() % 20000, &area, NULL)) {
            for (int y = area.y_px; y < area.y_px + area.height_px; y++) {
                for (int x = area.x_px; x < area.x_px + area.width_px; x++)
                    assert_int_equal(got[y][x]++, 0);
            }
        }
        for (int i = 0; i < WIDTH * HEIGHT; i++)
            assert_true(got[i / WIDTH][i % WIDTH] >= wanted[i / WIDTH][i % WIDTH]);
    }
    tiles_finish(&tiles);
}

static void paint_noise(struct picture *picture, int from_y, int to_y)
{
    for (int i = from_y * WIDTH; i < to_y * WIDTH; i++)
        picture->pixels[i] = (uint32_t)rand() & 0xffffff;
}

/* The upper tiles are noise, the others one colour. */
static void photos_are_found_and_refreshed(void **state)
{
    struct picture picture;
    struct stock stock;
    struct area area;
    int photo_px = 0, plain_px = 0, still_px = 0;

    assert_int_equal(picture_init(&picture, WIDTH, HEIGHT), 0);
    assert_int_equal(stock_init(&stock, WIDTH, HEIGHT), 0);
    paint_noise(&picture, 0, TILE_PX);
    stock_sort(&stock, &picture, true);
    stock_owe(&stock);
    while (stock_take_plain(&stock, 10000, &area))
        plain_px += area.width_px * area.height_px;
    assert_true(stock_owes(&stock));
    while (stock_take_photo(&stock, 10000, 1000, &area))
        photo_px += area.width_px * area.height_px;
    assert_false(stock_owes(&stock));
    assert_true(stock_is_empty(&stock));
    assert_int_equal(photo_px, WIDTH * TILE_PX);
    assert_int_equal(plain_px, WIDTH * (HEIGHT - TILE_PX));
    assert_int_equal(stock_still_us(&stock), 1000 + STOCK_STILL_US);
    assert_false(stock_take_still(&stock, 10000, 1000 + STOCK_STILL_US - 1, &area));
    while (stock_take_still(&stock, 10000, 1000 + STOCK_STILL_US, &area))
        still_px += area.width_px * area.height_px;
    assert_int_equal(still_px, WIDTH * TILE_PX);
    assert_int_equal(stock_still_us(&stock), UINT64_MAX);
    stock_finish(&stock);
    picture_finish(&picture);
}

/* What changes again is not still, and what was sent lossless needs no refresh. */
static void a_change_puts_the_refresh_off(void **state)
{
    struct picture picture;
    struct stock stock;
    struct area area;

    assert_int_equal(picture_init(&picture, WIDTH, HEIGHT), 0);
    assert_int_equal(stock_init(&stock, WIDTH, HEIGHT), 0);
    paint_noise(&picture, 0, HEIGHT);
    stock_sort(&stock, &picture, true);
    while (stock_take_photo(&stock, INT32_MAX, 1000, &area))
        ;
    tiles_add(&stock.fresh, &(struct area){0, 0, TILE_PX, TILE_PX});
    stock_sort(&stock, &picture, true);
    assert_true(stock_take_photo(&stock, INT32_MAX, 90000, &area));
    while (stock_take_still(&stock, 1, 1000 + STOCK_STILL_US, &area))
        assert_true(area.x_px >= TILE_PX || area.y_px >= TILE_PX);
    assert_int_equal(stock_still_us(&stock), 90000 + STOCK_STILL_US);
    tiles_add(&stock.fresh, &(struct area){0, 0, TILE_PX, TILE_PX});
    stock_sort(&stock, &picture, false);
    assert_true(stock_take_plain(&stock, INT32_MAX, &area));
    assert_int_equal(stock_still_us(&stock), UINT64_MAX);
    stock_finish(&stock);
    picture_finish(&picture);
}

/* A link of 600 bytes a millisecond and 40 ms there and back: what is on the way stays what it
 * carries in its round trip and 20 ms, and an update what it carries in 20 ms. */
static void a_slow_link_is_not_filled(void **state)
{
    struct flow flow;
    struct {
        uint32_t number;
        uint64_t arrives_us;
    } way[64];
    size_t first = 0, last = 0, sent_bytes = 0;
    uint64_t now_us = 1000000, link_free_us = 0;

    flow_init(&flow);
    for (int step = 0; step < 20000; step++, now_us += 500) {
        while (first < last && way[first % 64].arrives_us <= now_us)
            flow_arrived(&flow, way[first++ % 64].number, now_us);
        if (!flow_is_open(&flow))
            continue;
        const size_t bytes = step ? flow_piece_bytes(&flow) : 13; /* as the first Fence */
        link_free_us = (link_free_us > now_us ? link_free_us : now_us) + bytes * 1000 / 600;
        way[last % 64].number = flow_next_number(&flow);
        way[last++ % 64].arrives_us = link_free_us + 40000;
        flow_sent(&flow, bytes, true, now_us);
        if (step > 10000) {
            assert_in_range(flow.way_bytes, 8000, 600 * 100);
            assert_in_range(bytes, 8 * 1024, 600 * 25);
            assert_true(link_free_us < now_us + 60000); /* waits before it travels */
            sent_bytes += bytes;
        }
    }
    /* And the link was kept busy all the time. */
    assert_in_range(sent_bytes, 5000 * 600 * 9 / 10, 5000 * 600 * 11 / 10);
}

static void an_unknown_answer_is_ignored(void **state)
{
    struct flow flow;

    flow_init(&flow);
    flow_arrived(&flow, 0, 5);
    flow_sent(&flow, 100, false, 10);
    flow_arrived(&flow, 77, 20);
    assert_int_equal(flow.way_bytes, 100);
    flow_arrived(&flow, flow_next_number(&flow) - 1, 30);
    assert_int_equal(flow.way_bytes, 0);
    assert_true(flow_is_open(&flow));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_comes_out_as_one),
        cmocka_unit_test(a_glyph_stays_small),
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(photos_are_found_and_refreshed),
        cmocka_unit_test(a_change_puts_the_refresh_off),
        cmocka_unit_test(a_slow_link_is_not_filled),
        cmocka_unit_test(an_unknown_answer_is_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
