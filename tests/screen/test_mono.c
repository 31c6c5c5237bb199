/* Rectangles of two colours: read back with a decoder of its own, they are the picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "agent/screen/mono.h"

#define WIDTH  2100
#define HEIGHT 90

struct bench {
    struct picture picture;
    struct mono *mono;
    z_stream stream;
    uint8_t bits[65536];
};

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);

    srand(11);
    assert_int_equal(picture_init(&bench->picture, WIDTH, HEIGHT), 0);
    assert_int_equal(mono_create(&bench->mono), 0);
    assert_int_equal(inflateInit(&bench->stream), Z_OK);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;

    picture_finish(&bench->picture);
    mono_destroy(bench->mono);
    inflateEnd(&bench->stream);
    free(bench);
    return 0;
}

static uint32_t colour_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
}

/* As rfbproto tells; the bits, from wherever they are. */
static const uint8_t *read_bits(struct bench *bench, const uint8_t *bytes, size_t size_bytes,
                                size_t bits_bytes)
{
    size_t length = bytes[0] & 0x7f, used = 1;

    if (bits_bytes < 12) {
        assert_int_equal(size_bytes, bits_bytes);
        return bytes;
    }
    for (int shift = 7; bytes[used - 1] & 0x80; shift += 7)
        length |= (size_t)(bytes[used++] & 0x7f) << shift;
    assert_int_equal(length, size_bytes - used);
    bench->stream.next_in = (uint8_t *)bytes + used;
    bench->stream.avail_in = (uInt)length;
    bench->stream.next_out = bench->bits;
    bench->stream.avail_out = sizeof bench->bits;
    assert_int_equal(inflate(&bench->stream, Z_SYNC_FLUSH), Z_OK);
    assert_int_equal(bench->stream.avail_in, 0);
    assert_int_equal(sizeof bench->bits - bench->stream.avail_out, bits_bytes);
    return bench->bits;
}

static void check(struct bench *bench, const struct area *area)
{
    const size_t row_bytes = ((size_t)area->width_px + 7) / 8;
    const uint8_t *bytes = NULL;
    size_t size_bytes = 0;

    assert_int_equal(mono_encode(bench->mono, &bench->picture, area, &bytes, &size_bytes), 0);
    assert_true(size_bytes > 0);
    if (bytes[0] == 0x80) {
        assert_int_equal(size_bytes, 4);
        for (int i = 0; i < area->width_px * area->height_px; i++)
            assert_int_equal(bench->picture.pixels[(area->y_px + i / area->width_px) * WIDTH +
                                                   area->x_px + i % area->width_px],
                             colour_at(bytes + 1));
        return;
    }
    assert_int_equal(bytes[0], 0x70);
    assert_int_equal(bytes[1], 1);
    assert_int_equal(bytes[2], 1);
    const uint32_t colours[] = {colour_at(bytes + 3), colour_at(bytes + 6)};
    const uint8_t *bits =
        read_bits(bench, bytes + 9, size_bytes - 9, row_bytes * (size_t)area->height_px);
    for (int y = 0; y < area->height_px; y++) {
        for (int x = 0; x < area->width_px; x++) {
            const int bit = bits[(size_t)y * row_bytes + (size_t)x / 8] >> (7 - x % 8) & 1;
            assert_int_equal(bench->picture.pixels[(area->y_px + y) * WIDTH + area->x_px + x],
                             colours[bit]);
        }
    }
}

static void two_colours_come_back(void **state)
{
    struct bench *bench = *state;

    for (int round = 0; round < 300; round++) {
        const uint32_t colours[] = {(uint32_t)rand() & 0xffffff, (uint32_t)rand() & 0xffffff};
        struct area area = {rand() % 100, rand() % 30, 0, 0};
        area.width_px = 1 + rand() % (round % 3 ? 40 : 1990);
        area.height_px = 1 + rand() % (round % 4 ? 20 : 60);
        for (int i = 0; i < WIDTH * HEIGHT; i++)
            bench->picture.pixels[i] = colours[rand() % (round % 5 ? 2 : 1)];
        check(bench, &area);
    }
}

static void the_rest_is_left_to_others(void **state)
{
    struct bench *bench = *state;
    const uint8_t *bytes = NULL;
    size_t size_bytes = 1;

    bench->picture.pixels[5] = 1;
    bench->picture.pixels[WIDTH + 3] = 2;
    assert_int_equal(
        mono_encode(bench->mono, &bench->picture, &(struct area){0, 0, 10, 2}, &bytes, &size_bytes),
        0);
    assert_int_equal(size_bytes, 0);
    size_bytes = 1;
    assert_int_equal(mono_encode(bench->mono, &bench->picture, &(struct area){0, 10, 2049, 1},
                                 &bytes, &size_bytes),
                     0);
    assert_int_equal(size_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_colours_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(the_rest_is_left_to_others, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
