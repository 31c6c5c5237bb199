/* Moves: what the other side makes of moves and changes is the new picture, whatever it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/screen/moves.h"

#define WIDTH  640
#define HEIGHT 400

struct bench {
    struct picture picture, client, image; /* as known here, as known there, what is there now */
    struct pixel_format format;
    struct tiles changed, unsent;
    struct moves moves;
    int64_t changed_px;
};

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);

    srand(7);
    assert_int_equal(picture_init(&bench->picture, WIDTH, HEIGHT), 0);
    assert_int_equal(picture_init(&bench->client, WIDTH, HEIGHT), 0);
    assert_int_equal(picture_init(&bench->image, WIDTH, HEIGHT), 0);
    assert_int_equal(tiles_init(&bench->changed, WIDTH, HEIGHT), 0);
    assert_int_equal(tiles_init(&bench->unsent, WIDTH, HEIGHT), 0);
    assert_true(pixel_format_init(&bench->format, 32, 0xff0000, 0xff00, 0xff));
    bench->moves.unsent[0] = &bench->unsent;
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;

    picture_finish(&bench->picture);
    picture_finish(&bench->client);
    picture_finish(&bench->image);
    tiles_finish(&bench->changed);
    tiles_finish(&bench->unsent);
    free(bench);
    return 0;
}

static uint32_t *at(struct picture *picture, int x, int y)
{
    return picture->pixels + (size_t)y * WIDTH + x;
}

static void copy(struct picture *from, int from_x, int from_y, struct picture *to, int to_x,
                 int to_y, int width, int height)
{
    static uint32_t pixels[WIDTH * HEIGHT];
    struct picture was = {.pixels = pixels};

    memcpy(was.pixels, from->pixels, sizeof(uint32_t) * WIDTH * HEIGHT);
    for (int y = 0; y < height; y++)
        memcpy(at(to, to_x, to_y + y), at(&was, from_x, from_y + y),
               (size_t)width * sizeof(uint32_t));
}

/* Lines of dark glyphs on white, each pixel column of a glyph its own. */
static void write_text(struct picture *picture, int x, int y, int width, int height)
{
    for (int row = y; row < y + height; row++) {
        for (int column = x; column < x + width; column++)
            *at(picture, column, row) = row % 14 < 10 && rand() % 3 == 0 ? 0x202020 : 0xffffff;
    }
}

static void paint_noise(struct picture *picture)
{
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        picture->pixels[i] = (uint32_t)rand() & 0xffffff;
}

static void everybody_has_it(struct bench *bench)
{
    memcpy(bench->picture.pixels, bench->image.pixels, sizeof(uint32_t) * WIDTH * HEIGHT);
    memcpy(bench->client.pixels, bench->image.pixels, sizeof(uint32_t) * WIDTH * HEIGHT);
}

/* The image is read, and the client told of it; it then has it too. */
static void read_area(struct bench *bench, struct area area)
{
    moves_take(&bench->moves, &bench->picture, &bench->format, &area,
               (const uint8_t *)at(&bench->image, area.x_px, area.y_px), WIDTH * sizeof(uint32_t),
               &bench->changed);
    moves_settle(&bench->moves, &bench->picture);
    assert_memory_equal(bench->picture.pixels, bench->image.pixels,
                        sizeof(uint32_t) * WIDTH * HEIGHT);
    for (size_t i = 0; i < bench->moves.count; i++) {
        const struct move *move = &bench->moves.moves[i];
        copy(&bench->client, move->from_x_px, move->from_y_px, &bench->client, move->to.x_px,
             move->to.y_px, move->to.width_px, move->to.height_px);
    }
    bench->changed_px = 0;
    while (tiles_take(&bench->changed, 0, INT32_MAX, &area, NULL)) {
        copy(&bench->image, area.x_px, area.y_px, &bench->client, area.x_px, area.y_px,
             area.width_px, area.height_px);
        bench->changed_px += area.width_px * area.height_px;
    }
    assert_memory_equal(bench->client.pixels, bench->image.pixels,
                        sizeof(uint32_t) * WIDTH * HEIGHT);
}

static void scrolls_are_found(void **state)
{
    struct bench *bench = *state;

    write_text(&bench->image, 0, 0, WIDTH, HEIGHT);
    for (int step = 1; step <= 3; step++) {
        const int lines_px = step * 14;
        everybody_has_it(bench);
        bench->moves.count = 0;
        copy(&bench->image, 0, lines_px, &bench->image, 0, 0, WIDTH, HEIGHT - lines_px);
        write_text(&bench->image, 0, HEIGHT - lines_px, WIDTH, lines_px);
        read_area(bench, (struct area){0, 0, WIDTH, HEIGHT});
        assert_int_equal(bench->moves.count, 1);
        assert_true(bench->changed_px <= WIDTH * lines_px);
    }
}

static void a_dragged_window_is_found(void **state)
{
    static const struct {
        int x, y;
    } ways[] = {{8, 3}, {-8, -3}, {0, 7}, {-7, 0}, {13, -21}};
    struct bench *bench = *state;
    struct picture window;

    assert_int_equal(picture_init(&window, WIDTH, HEIGHT), 0);
    write_text(&window, 0, 0, WIDTH, HEIGHT);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct picture photo;
        assert_int_equal(picture_init(&photo, WIDTH, HEIGHT), 0);
        paint_noise(&photo);
        memcpy(bench->image.pixels, photo.pixels, sizeof(uint32_t) * WIDTH * HEIGHT);
        copy(&window, 0, 0, &bench->image, 150, 100, 300, 200);
        everybody_has_it(bench);
        bench->moves.count = 0;
        memcpy(bench->image.pixels, photo.pixels, sizeof(uint32_t) * WIDTH * HEIGHT);
        copy(&window, 0, 0, &bench->image, 150 + ways[i].x, 100 + ways[i].y, 300, 200);
        read_area(bench, (struct area){120, 70, 360, 260});
        assert_int_equal(bench->moves.count, 1);
        assert_true(bench->moves.moves[0].to.width_px * bench->moves.moves[0].to.height_px >=
                    300 * 200 * 9 / 10);
        picture_finish(&photo);
    }
    picture_finish(&window);
}

/* What the other side does not have cannot move there. */
static void nothing_moves_from_what_was_not_sent(void **state)
{
    struct bench *bench = *state;

    write_text(&bench->image, 0, 0, WIDTH, HEIGHT);
    everybody_has_it(bench);
    tiles_add(&bench->unsent, &(struct area){320, 200, 1, 1});
    copy(&bench->image, 0, 14, &bench->image, 0, 0, WIDTH, HEIGHT - 14);
    read_area(bench, (struct area){0, 0, WIDTH, HEIGHT});
    assert_int_equal(bench->moves.count, 0);
}

static void nothing_moves_in_a_film(void **state)
{
    struct bench *bench = *state;

    paint_noise(&bench->image);
    everybody_has_it(bench);
    paint_noise(&bench->image);
    read_area(bench, (struct area){0, 0, WIDTH, HEIGHT});
    assert_int_equal(bench->moves.count, 0);
}

/* What moved is the last that the picture gets: what is to be sent from there must wait for it. */
static void what_moved_comes_late(void **state)
{
    struct bench *bench = *state;
    const struct area strip = {0, HEIGHT - 14, WIDTH, 14}, within = {100, 0, 1, HEIGHT - 13};

    write_text(&bench->image, 0, 0, WIDTH, HEIGHT);
    everybody_has_it(bench);
    copy(&bench->image, 0, 14, &bench->image, 0, 0, WIDTH, HEIGHT - 14);
    moves_take(&bench->moves, &bench->picture, &bench->format, &(struct area){0, 0, WIDTH, HEIGHT},
               (const uint8_t *)bench->image.pixels, WIDTH * sizeof(uint32_t), &bench->changed);
    assert_int_equal(bench->moves.count, 1);
    moves_settle_in(&bench->moves, &bench->picture, &strip);
    assert_memory_not_equal(bench->picture.pixels, bench->image.pixels,
                            sizeof(uint32_t) * WIDTH * HEIGHT);
    moves_settle_in(&bench->moves, &bench->picture, &within);
    assert_memory_equal(bench->picture.pixels, bench->image.pixels,
                        sizeof(uint32_t) * WIDTH * HEIGHT);
}

/* Some displays have anything in the byte that means nothing. */
static void the_highest_byte_means_nothing(void **state)
{
    struct bench *bench = *state;

    write_text(&bench->image, 0, 0, WIDTH, HEIGHT);
    everybody_has_it(bench);
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        bench->image.pixels[i] |= 0xff000000;
    *at(&bench->image, 300, 200) = 0xab123456;
    picture_take(&bench->picture, &bench->format, &(struct area){0, 0, WIDTH, HEIGHT},
                 (const uint8_t *)bench->image.pixels, WIDTH * sizeof(uint32_t), &bench->changed);
    assert_int_equal(*at(&bench->picture, 300, 200), 0x123456);
    assert_int_equal(bench->changed.count, 1);
    *at(&bench->picture, 300, 200) = *at(&bench->client, 300, 200);
    assert_memory_equal(bench->picture.pixels, bench->client.pixels,
                        sizeof(uint32_t) * WIDTH * HEIGHT);
}

/* Anything at all, many times over: repeated patterns, several moves, parts of the screen. */
static void whatever_moves_comes_out_the_same(void **state)
{
    struct bench *bench = *state;

    for (int round = 0; round < 150; round++) {
        struct area area = {rand() % 100, rand() % 100, 0, 0};
        area.width_px = 200 + rand() % (WIDTH - area.x_px - 199);
        area.height_px = 100 + rand() % (HEIGHT - area.y_px - 99);
        if (round % 5 == 0)
            write_text(&bench->image, 0, 0, WIDTH, HEIGHT);
        if (round % 7 == 0) /* the same line again and again */
            for (int y = 14; y < HEIGHT; y++)
                copy(&bench->image, 0, y % 14, &bench->image, 0, y, WIDTH, 1);
        everybody_has_it(bench);
        bench->moves.count = 0;
        for (int i = rand() % 3; i >= 0; i--) {
            const int width = 1 + rand() % area.width_px, height = 1 + rand() % area.height_px;
            copy(&bench->image, rand() % (WIDTH - width + 1), rand() % (HEIGHT - height + 1),
                 &bench->image, area.x_px + rand() % (area.width_px - width + 1),
                 area.y_px + rand() % (area.height_px - height + 1), width, height);
        }
        read_area(bench, area);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scrolls_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_dragged_window_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_moves_from_what_was_not_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_moves_in_a_film, setup, teardown),
        cmocka_unit_test_setup_teardown(what_moved_comes_late, setup, teardown),
        cmocka_unit_test_setup_teardown(the_highest_byte_means_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(whatever_moves_comes_out_the_same, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
