/* A source in another size: over a fake one whose pixels are here. */
#include "agent/screen/scaled.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "agent/screen/shrink.h"

#define WIDTH_PX  200
#define HEIGHT_PX 120

static uint32_t pixels[WIDTH_PX * HEIGHT_PX];
static struct {
    struct source source;
    struct area changed;
    bool is_watched, wanted_moves;
} fake;
static struct scaled *scaled;
static struct picture picture;
static struct tiles changed;
static struct shape shape;

static void fake_watch(struct source *source, bool on)
{
    fake.is_watched = source->has_news = on;
    fake.changed = (struct area){0, 0, source->width_px, source->height_px};
}

static int fake_read(struct source *source, struct picture *to, struct tiles *ret_changed,
                     struct moves *moves)
{
    static const struct pixel_format format = {.bits = 32, .is_picture = true};
    const struct area *area = &fake.changed;
    source->has_news = false;
    fake.wanted_moves = moves != NULL;
    picture_take(to, &format, area,
                 (const uint8_t *)(pixels + area->y_px * source->width_px + area->x_px),
                 sizeof *pixels * (size_t)source->width_px, ret_changed);
    return 0;
}

static int fake_read_shape(struct source *source, struct shape *ret_shape)
{
    *ret_shape = (struct shape){.width_px = 24, .height_px = 24, .hot_x_px = 8, .hot_y_px = 4};
    for (int i = 0; i < 24 * 24; i++)
        ret_shape->pixels[i] = 0xff102030;
    return 0;
}

static const struct source_ops fake_ops = {
    .watch = fake_watch, .read = fake_read, .read_shape = fake_read_shape};

static void renew(void)
{
    picture_finish(&picture);
    tiles_finish(&changed);
    const struct source *source = scaled_source(scaled);
    assert_int_equal(picture_init(&picture, source->width_px, source->height_px), 0);
    assert_int_equal(tiles_init(&changed, source->width_px, source->height_px), 0);
}

static int set_up(void **state)
{
    memset(&fake, 0, sizeof fake);
    fake.source = (struct source){
        .ops = &fake_ops, .width_px = WIDTH_PX, .height_px = HEIGHT_PX, .depth = 24};
    for (int i = 0; i < WIDTH_PX * HEIGHT_PX; i++)
        pixels[i] = (uint32_t)(i * 2654435761u) & 0xffffff;
    if (scaled_create(&fake.source, &scaled) < 0)
        return -1;
    renew();
    return 0;
}

static int clean_up(void **state)
{
    picture_finish(&picture);
    tiles_finish(&changed);
    scaled = scaled_destroy(scaled);
    return 0;
}

static bool fit(int permille)
{
    bool resized = false;
    assert_int_equal(scaled_fit(scaled, permille, &resized), 0);
    if (resized)
        renew();
    return resized;
}

static void assert_shown(void)
{
    static uint32_t wanted[WIDTH_PX * HEIGHT_PX];
    struct shrink shrink = {fake.source.width_px, fake.source.height_px, picture.width_px,
                            picture.height_px};
    struct area all = {0, 0, picture.width_px, picture.height_px};
    shrink_part(&shrink, pixels, &all, wanted);
    assert_memory_equal(picture.pixels, wanted,
                        sizeof *wanted * (size_t)(picture.width_px * picture.height_px));
}

static void read_all(void)
{
    struct moves moves = {0};
    assert_true(scaled_source(scaled)->has_news);
    assert_int_equal(source_read(scaled_source(scaled), &picture, &changed, &moves), 0);
    assert_false(scaled_source(scaled)->has_news);
}

static void full_size_is_the_source_itself(void **state)
{
    source_watch(scaled_source(scaled), true);
    read_all();
    assert_true(fake.wanted_moves);
    assert_shown();
    assert_int_equal(source_read_shape(scaled_source(scaled), &shape), 0);
    assert_int_equal(shape.width_px, 24);
    source_watch(scaled_source(scaled), false);
    assert_false(fake.is_watched);
}

static void smaller_is_the_mean(void **state)
{
    assert_true(fit(250));
    assert_int_equal(picture.width_px, 50);
    assert_int_equal(picture.height_px, 30);
    source_watch(scaled_source(scaled), true);
    read_all();
    assert_false(fake.wanted_moves);
    assert_shown();
    assert_int_equal(source_read_shape(scaled_source(scaled), &shape), 0);
    assert_int_equal(shape.width_px, 6);
    assert_int_equal(shape.hot_x_px, 2);
    assert_int_equal(shape.hot_y_px, 1);
    assert_int_equal(shape.pixels[35], 0xff102030);
}

static void only_what_changed_is_told(void **state)
{
    struct area area, told = {0};
    assert_true(fit(333));
    source_watch(scaled_source(scaled), true);
    read_all();
    tiles_clear(&changed);
    pixels[61 * WIDTH_PX + 100] ^= 0xffffff;
    fake.changed = (struct area){100, 61, 1, 1};
    fake.source.has_news = true;
    scaled_on_changed(scaled);
    read_all();
    assert_shown();
    while (tiles_take(&changed, 0, INT32_MAX, &area, NULL))
        told = area;
    assert_in_range(told.width_px * told.height_px, 1, 4);
    fake.source.has_news = true; /* nothing is other: nothing is told */
    scaled_on_changed(scaled);
    read_all();
    assert_int_equal(changed.count, 0);
}

/* Another scale, or another size of the screen, while somebody looks: all is read anew. */
static void another_size_shows_all(void **state)
{
    static const int PERMILLES[] = {500, 750, 1000, 250, 1000};
    source_watch(scaled_source(scaled), true);
    read_all();
    for (size_t i = 0; i < sizeof PERMILLES / sizeof *PERMILLES; i++) {
        assert_true(fit(PERMILLES[i]));
        read_all();
        assert_shown();
        assert_false(fit(PERMILLES[i]));
    }
    fake.source.width_px = 160;
    fake.source.height_px = 90;
    assert_true(fit(500));
    assert_int_equal(picture.width_px, 80);
    read_all();
    assert_shown();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(full_size_is_the_source_itself, set_up, clean_up),
        cmocka_unit_test_setup_teardown(smaller_is_the_mean, set_up, clean_up),
        cmocka_unit_test_setup_teardown(only_what_changed_is_told, set_up, clean_up),
        cmocka_unit_test_setup_teardown(another_size_shows_all, set_up, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
