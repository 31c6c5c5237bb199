/* Tiles: where they lie, and what of them is drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/frame_file.h"
#include "server/viewer/mosaic.h"

static const uint32_t SIZES[][2] = {{1280, 720},  {1920, 1080}, {3840, 2160}, {1080, 1920},
                                    {5120, 1440}, {640, 480},   {240, 150}};

static bool overlap(const struct osd_rectangle *a, const struct osd_rectangle *b)
{
    return a->x_px < b->x_px + (int32_t)b->width_px && b->x_px < a->x_px + (int32_t)a->width_px &&
           a->y_px < b->y_px + (int32_t)b->height_px && b->y_px < a->y_px + (int32_t)a->height_px;
}

/* Inside of the area with the frame around it, and no other's. */
static void assert_apart(const struct mosaic_layout *layout, uint32_t width_px, uint32_t height_px)
{
    int32_t frame_px = (int32_t)layout->frame_px;
    for (size_t i = 0; i < layout->count; i++) {
        struct mosaic_place one, other;
        mosaic_layout_place(layout, i, &one);
        assert_true(one.tile.x_px >= frame_px && one.tile.y_px >= frame_px);
        assert_true(one.tile.x_px + (int32_t)one.tile.width_px + frame_px <= (int32_t)width_px);
        assert_true(one.tile.y_px + (int32_t)one.tile.height_px + frame_px <= (int32_t)height_px);
        assert_true(one.picture.height_px > 0 && one.caption.height_px > 0);
        for (size_t j = 0; j < i; j++) {
            mosaic_layout_place(layout, j, &other);
            assert_false(overlap(&one.tile, &other.tile));
        }
    }
}

static void tiles_lie_apart_in_every_area(void **state)
{
    static const size_t COUNTS[] = {1, 2, 3, 4, 5, 7, 9, 12, 16, 40};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
        for (size_t j = 0; j < sizeof COUNTS / sizeof *COUNTS; j++) {
            struct mosaic_layout layout;
            if (SIZES[i][0] < 640 && COUNTS[j] > 4)
                continue;
            mosaic_layout_make(COUNTS[j], &(struct osd_window){SIZES[i][0], SIZES[i][1], 100},
                               &layout);
            assert_int_equal(layout.count, COUNTS[j]);
            assert_true(layout.rows * layout.columns >= layout.count);
            assert_true((layout.rows - 1) * layout.columns < layout.count);
            assert_apart(&layout, SIZES[i][0], SIZES[i][1]);
        }
}

static void assert_grid(size_t count, uint32_t width_px, uint32_t height_px, size_t columns,
                        size_t rows)
{
    struct mosaic_layout layout;
    mosaic_layout_make(count, &(struct osd_window){width_px, height_px, 100}, &layout);
    assert_int_equal(layout.columns, columns);
    assert_int_equal(layout.rows, rows);
}

static void rows_and_columns_make_large_tiles(void **state)
{
    assert_grid(1, 1920, 1080, 1, 1);
    assert_grid(2, 1920, 1080, 2, 1);
    assert_grid(4, 1920, 1080, 2, 2);
    assert_grid(9, 1280, 720, 3, 3);
    assert_grid(16, 3840, 2160, 4, 4);
    assert_grid(2, 1080, 1920, 1, 2);
    assert_grid(4, 1080, 1920, 1, 4);
    assert_grid(3, 5120, 1440, 3, 1);
}

static void letters_are_legible(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        struct mosaic_layout layout;
        mosaic_layout_make(16, &(struct osd_window){SIZES[i][0], SIZES[i][1], 100}, &layout);
        assert_true(layout.letter_px >= 13);
        assert_true(layout.letter_px >= SIZES[i][1] / 72);
        assert_true(layout.tile_height_px - layout.picture_height_px >= layout.letter_px * 3 / 2);
    }
}

/* Where everything is twice as many pixels, all is twice as large. */
static void dense_pixels_make_the_same_tiles(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        struct mosaic_layout usual, dense;
        const uint32_t *size = SIZES[i];
        mosaic_layout_make(40, &(struct osd_window){size[0] / 2, size[1] / 2, 100}, &usual);
        mosaic_layout_make(40, &(struct osd_window){size[0] / 2 * 2, size[1] / 2 * 2, 200}, &dense);
        assert_int_equal(usual.columns, dense.columns);
        assert_in_range(dense.letter_px, 2 * usual.letter_px, 2 * usual.letter_px + 1);
        assert_in_range(dense.tile_width_px + 8, 2 * usual.tile_width_px,
                        2 * usual.tile_width_px + 16);
    }
}

static void a_place_is_a_tile_or_none(void **state)
{
    struct mosaic_layout layout;
    mosaic_layout_make(7, &(struct osd_window){1280, 720, 100}, &layout);
    for (size_t i = 0; i < 7; i++) {
        struct mosaic_place place;
        mosaic_layout_place(&layout, i, &place);
        int32_t right_px = place.tile.x_px + (int32_t)place.tile.width_px;
        int32_t bottom_px = place.tile.y_px + (int32_t)place.tile.height_px;
        assert_int_equal(mosaic_layout_at(&layout, place.tile.x_px, place.tile.y_px), i);
        assert_int_equal(mosaic_layout_at(&layout, right_px - 1, bottom_px - 1), i);
        assert_int_equal(mosaic_layout_at(&layout, right_px, bottom_px - 1), MOSAIC_NONE);
    }
    assert_int_equal(mosaic_layout_at(&layout, 0, 0), MOSAIC_NONE);
    mosaic_layout_make(0, &(struct osd_window){1280, 720, 100}, &layout);
    assert_int_equal(mosaic_layout_at(&layout, 640, 360), MOSAIC_NONE);
}

static void arrows_go_round(void **state)
{
    struct mosaic_layout layout; /* 0 1 2 / 3 4 5 / 6 */
    mosaic_layout_make(7, &(struct osd_window){1280, 720, 100}, &layout);
    assert_int_equal(layout.columns, 3);
    assert_int_equal(mosaic_layout_beside(&layout, 2, MOSAIC_RIGHT), 3);
    assert_int_equal(mosaic_layout_beside(&layout, 6, MOSAIC_RIGHT), 0);
    assert_int_equal(mosaic_layout_beside(&layout, 0, MOSAIC_LEFT), 6);
    assert_int_equal(mosaic_layout_beside(&layout, 3, MOSAIC_DOWN), 6);
    assert_int_equal(mosaic_layout_beside(&layout, 6, MOSAIC_DOWN), 0);
    assert_int_equal(mosaic_layout_beside(&layout, 4, MOSAIC_DOWN), 1);
    assert_int_equal(mosaic_layout_beside(&layout, 1, MOSAIC_UP), 4);
    assert_int_equal(mosaic_layout_beside(&layout, MOSAIC_NONE, MOSAIC_DOWN), 0);
    assert_int_equal(mosaic_layout_beside(&layout, MOSAIC_NONE, MOSAIC_LEFT), 6);
}

/* --- drawing, without letters --- */

#define WIDTH_PX          640
#define HEIGHT_PX         360
#define PICTURE_WIDTH_PX  320
#define PICTURE_HEIGHT_PX 180

struct file {
    uint8_t *bytes;
    struct frame_head *head;
    struct frame_map *map;
};

static void fill(struct file *file, const struct frame_rectangle *place, uint32_t color)
{
    uint32_t *pixels = (uint32_t *)(void *)(file->bytes + FRAME_PIXELS_OFFSET);
    for (uint32_t y = place->y_px; y < place->y_px + (uint32_t)place->height_px; y++)
        for (uint32_t x = place->x_px; x < place->x_px + (uint32_t)place->width_px; x++)
            pixels[y * PICTURE_WIDTH_PX + x] = color;
    file->head->sequence += 2;
}

static void open_file(struct file *file, uint32_t color)
{
    int fd = frame_file_create();
    file->bytes = mmap(NULL, FRAME_FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(file->bytes != MAP_FAILED);
    assert_int_equal(frame_file_seal(fd), 0);
    assert_int_equal(frame_map_open(fd, &file->map), 0);
    close(fd);
    file->head = (struct frame_head *)(void *)file->bytes;
    *file->head = (struct frame_head){.magic = FRAME_FILE_MAGIC,
                                      .version = FRAME_FILE_VERSION,
                                      .width_px = PICTURE_WIDTH_PX,
                                      .height_px = PICTURE_HEIGHT_PX,
                                      .stride_bytes = PICTURE_WIDTH_PX * 4};
    fill(file, &(struct frame_rectangle){0, 0, PICTURE_WIDTH_PX, PICTURE_HEIGHT_PX}, color);
}

static void close_file(struct file *file)
{
    frame_map_close(file->map);
    munmap(file->bytes, FRAME_FILE_BYTES);
}

struct wall {
    struct file files[4];
    SDL_Surface *surface;
    struct mosaic *mosaic;
    struct surface_updates updates;
};

static struct wall wall;

static bool paint(void)
{
    wall.updates.count = 0;
    return mosaic_paint(wall.mosaic, wall.surface, 100, &wall.updates);
}

static int set_up(void **state)
{
    wall.surface =
        SDL_CreateRGBSurfaceWithFormat(0, WIDTH_PX, HEIGHT_PX, 32, SDL_PIXELFORMAT_RGB888);
    wall.mosaic = mosaic_create(NULL, FIT_WHOLE);
    mosaic_set_count(wall.mosaic, 4);
    for (size_t i = 0; i < 4; i++) {
        open_file(&wall.files[i], 0x102030u * (uint32_t)(i + 1));
        mosaic_set_map(wall.mosaic, i, wall.files[i].map);
    }
    assert_true(paint());
    return 0;
}

static int tear_down(void **state)
{
    mosaic_destroy(wall.mosaic);
    SDL_FreeSurface(wall.surface);
    for (size_t i = 0; i < 4; i++)
        close_file(&wall.files[i]);
    return 0;
}

static uint32_t pixel(int32_t x_px, int32_t y_px)
{
    uint32_t value;
    memcpy(&value, surface_pixel(wall.surface, x_px, y_px), sizeof value);
    return value & 0xffffff;
}

/* In the middle of its picture. */
static uint32_t middle(size_t at)
{
    struct mosaic_place place;
    mosaic_layout_place(mosaic_layout_of(wall.mosaic), at, &place);
    return pixel(place.picture.x_px + (int32_t)place.picture.width_px / 2,
                 place.picture.y_px + (int32_t)place.picture.height_px / 2);
}

static void each_picture_is_in_its_tile(void **state)
{
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(middle(i), 0x102030u * (uint32_t)(i + 1));
    assert_int_equal(pixel(0, 0), MOSAIC_FIELD_COLOR);
    assert_false(mosaic_needs_paint(wall.mosaic));
}

static void only_new_damage_is_drawn(void **state)
{
    struct frame_damage damage = {.count = 1, .rectangles = {{150, 80, 20, 20}}};
    struct mosaic_place place;
    fill(&wall.files[1], &damage.rectangles[0], 0xff0000);
    fill(&wall.files[2], &damage.rectangles[0], 0x00ff00); /* nobody tells */
    damage.sequence = wall.files[1].head->sequence;
    mosaic_damage(wall.mosaic, 1, &damage);
    assert_true(mosaic_needs_paint(wall.mosaic));
    assert_true(paint());
    assert_int_equal(middle(1), 0xff0000);
    assert_int_equal(middle(2), 0x306090);
    mosaic_layout_place(mosaic_layout_of(wall.mosaic), 1, &place);
    assert_int_equal(wall.updates.count, 1);
    const SDL_Rect *update = &wall.updates.rectangles[0];
    assert_true(update->x >= place.picture.x_px && update->y >= place.picture.y_px);
    assert_true(update->w < (int)place.picture.width_px / 4);
    assert_true(update->h < (int)place.picture.height_px / 4);
}

static void what_is_being_written_is_not_drawn(void **state)
{
    struct frame_damage damage = {.count = 1, .rectangles = {{150, 80, 20, 20}}};
    fill(&wall.files[0], &damage.rectangles[0], 0xff0000);
    fill(&wall.files[3], &damage.rectangles[0], 0x00ff00);
    wall.files[0].head->sequence++;
    mosaic_damage(wall.mosaic, 0, &damage);
    mosaic_damage(wall.mosaic, 3, &damage);
    assert_false(paint());
    assert_int_equal(middle(0), 0x102030);
    assert_int_equal(middle(3), 0x00ff00); /* waits for nobody */
    wall.files[0].head->sequence++;
    assert_true(mosaic_needs_paint(wall.mosaic));
    assert_true(paint());
    assert_int_equal(middle(0), 0xff0000);
}

static void words_are_drawn_only_where_they_changed(void **state)
{
    struct mosaic_tile tile = {.number = 3, .name = "lab3", .is_selected = true};
    struct mosaic_place place;
    mosaic_set_tile(wall.mosaic, 2, &tile);
    assert_true(paint());
    mosaic_layout_place(mosaic_layout_of(wall.mosaic), 2, &place);
    assert_int_equal(wall.updates.count, 1);
    assert_int_equal(pixel(place.tile.x_px - 1, place.tile.y_px + 5), 0xffffff);
    mosaic_set_tile(wall.mosaic, 2, &tile);
    assert_false(mosaic_needs_paint(wall.mosaic));
    tile.is_selected = false;
    mosaic_set_tile(wall.mosaic, 2, &tile);
    assert_true(paint());
    assert_int_equal(pixel(place.tile.x_px - 1, place.tile.y_px + 5), MOSAIC_FIELD_COLOR);
    assert_int_equal(middle(2), 0x306090);
}

/* Comes and goes, and is whole when it is there again. */
static void a_picture_may_go(void **state)
{
    mosaic_set_map(wall.mosaic, 1, NULL);
    assert_true(paint());
    assert_int_not_equal(middle(1), 0x204060);
    mosaic_set_map(wall.mosaic, 1, wall.files[1].map);
    assert_true(paint());
    assert_int_equal(middle(1), 0x204060);
    struct mosaic_tile tile = {.hides_picture = true};
    mosaic_set_tile(wall.mosaic, 1, &tile);
    assert_true(paint());
    assert_int_not_equal(middle(1), 0x204060);
    assert_false(mosaic_needs_paint(wall.mosaic));
    tile.hides_picture = false;
    mosaic_set_tile(wall.mosaic, 1, &tile);
    assert_true(paint());
    assert_int_equal(middle(1), 0x204060);
}

static void more_and_fewer_tiles(void **state)
{
    mosaic_set_count(wall.mosaic, 1);
    assert_true(paint());
    assert_int_equal(mosaic_layout_of(wall.mosaic)->columns, 1);
    assert_int_equal(middle(0), 0x102030);
    mosaic_set_count(wall.mosaic, MOSAIC_TILES_MAX + 1);
    assert_true(paint()); /* not all of them have room */
    assert_int_equal(mosaic_layout_of(wall.mosaic)->count, MOSAIC_TILES_MAX);
    assert_false(mosaic_needs_paint(wall.mosaic));
}

#define DRAWN(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_lie_apart_in_every_area),
        cmocka_unit_test(rows_and_columns_make_large_tiles),
        cmocka_unit_test(letters_are_legible),
        cmocka_unit_test(dense_pixels_make_the_same_tiles),
        cmocka_unit_test(a_place_is_a_tile_or_none),
        cmocka_unit_test(arrows_go_round),
        DRAWN(each_picture_is_in_its_tile),
        DRAWN(only_new_damage_is_drawn),
        DRAWN(what_is_being_written_is_not_drawn),
        DRAWN(words_are_drawn_only_where_they_changed),
        DRAWN(a_picture_may_go),
        DRAWN(more_and_fewer_tiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
