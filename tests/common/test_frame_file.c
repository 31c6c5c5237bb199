/* The picture file: seals, whole pictures, and a head that lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/frame_file.h"
#include "common/frame_writer.h"

#define WIDTH  640
#define HEIGHT 480

struct rig {
    int fd;
    struct frame_writer *writer;
    struct frame_map *map;
    uint32_t *pixels;
    struct frame_head *head; /* to lie in it */
};

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    rig->fd = frame_file_create();
    assert_true(rig->fd >= 0);
    assert_int_equal(frame_writer_open(rig->fd, &rig->writer), 0);
    rig->head = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, rig->fd, 0);
    assert_true(rig->head != MAP_FAILED);
    assert_int_equal(frame_file_seal(rig->fd), 0);
    assert_int_equal(frame_map_open(rig->fd, &rig->map), 0);
    rig->pixels = calloc(WIDTH * HEIGHT, sizeof *rig->pixels);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    munmap(rig->head, 4096);
    rig->map = frame_map_close(rig->map);
    rig->writer = frame_writer_close(rig->writer);
    close(rig->fd);
    free(rig->pixels);
    free(rig);
    return 0;
}

static void fill(struct rig *rig, uint32_t colour)
{
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        rig->pixels[i] = colour;
}

static const struct frame_rectangle WHOLE = {0, 0, WIDTH, HEIGHT};

static uint64_t write_whole(struct rig *rig, bool resize)
{
    frame_writer_begin(rig->writer);
    if (resize)
        frame_writer_set_size(rig->writer, WIDTH, HEIGHT);
    frame_writer_copy(rig->writer, &WHOLE, rig->pixels);
    return frame_writer_end(rig->writer);
}

static void test_sealed_for_good(void **state)
{
    struct rig *rig = *state;

    assert_true(frame_file_is_sealed(rig->fd));
    assert_int_equal(ftruncate(rig->fd, 4096), -1);
    assert_int_equal(ftruncate(rig->fd, (off_t)FRAME_FILE_BYTES + 4096), -1);
    assert_true(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, rig->fd, 0) == MAP_FAILED);
    assert_int_equal(write(rig->fd, "x", 1), -1);
    void *read_only = mmap(NULL, 4096, PROT_READ, MAP_SHARED, rig->fd, 0);
    assert_true(read_only != MAP_FAILED);
    assert_int_equal(mprotect(read_only, 4096, PROT_READ | PROT_WRITE), -1);
    munmap(read_only, 4096);
    assert_int_equal(fcntl(rig->fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    struct frame_writer *writer = NULL;
    assert_true(frame_writer_open(rig->fd, &writer) < 0);
}

static void test_only_a_sealed_file_is_read(void **state)
{
    struct frame_map *map = NULL;
    int fd = frame_file_create();

    assert_int_equal(frame_map_open(fd, &map), -EBADF);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
    assert_false(frame_file_is_sealed(fd));
    assert_int_equal(frame_map_open(fd, &map), -EBADF);
    close(fd);
    fd = memfd_create("small", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(ftruncate(fd, 4096), 0);
    assert_int_equal(frame_file_seal(fd), -EBADF);
    assert_int_equal(frame_map_open(fd, &map), -EBADF);
    struct frame_writer *writer = NULL;
    assert_int_equal(frame_writer_open(fd, &writer), -EBADF);
    close(fd);
    assert_int_equal(frame_map_open(-1, &map), -EBADF);
}

static void test_sparse(void **state)
{
    struct rig *rig = *state;
    struct stat status;
    fill(rig, 0x123456);
    write_whole(rig, true);
    assert_int_equal(fstat(rig->fd, &status), 0);
    assert_true(status.st_size == (off_t)FRAME_FILE_BYTES);
    assert_in_range(status.st_blocks * 512, WIDTH * HEIGHT * 4, WIDTH * HEIGHT * 4 + (1 << 20));
}

static void test_what_is_written_is_read(void **state)
{
    struct rig *rig = *state;
    struct frame_picture picture;
    uint64_t sequence = 0;
    uint32_t part[3 * 2] = {0};

    assert_int_equal(frame_map_look(rig->map, &picture), -ENODATA);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        rig->pixels[i] = (uint32_t)i;
    uint64_t written = write_whole(rig, true);
    assert_int_equal(frame_map_look(rig->map, &picture), 0);
    assert_int_equal(picture.width_px, WIDTH);
    assert_int_equal(picture.height_px, HEIGHT);
    assert_int_equal(picture.stride_bytes, WIDTH * 4);
    assert_memory_equal(picture.pixels, rig->pixels, WIDTH * HEIGHT * 4);
    assert_true(frame_map_is_unchanged(rig->map, &picture));
    struct frame_rectangle corner = {WIDTH - 3, HEIGHT - 2, 3, 2};
    assert_int_equal(frame_map_copy(rig->map, &corner, part, 12, &sequence), 0);
    assert_int_equal(sequence, written);
    assert_int_equal(part[0], (HEIGHT - 2) * WIDTH + WIDTH - 3);
    assert_int_equal(part[5], HEIGHT * WIDTH - 1);
    corner.x_px++;
    assert_int_equal(frame_map_copy(rig->map, &corner, part, 12, &sequence), -ERANGE);
}

/* Only the rectangle is taken over; a new size is black. */
static void test_rectangles_and_sizes(void **state)
{
    struct rig *rig = *state;
    struct frame_picture picture;
    const struct frame_rectangle corner = {WIDTH - 1, HEIGHT - 1, 1, 1};

    fill(rig, 1);
    write_whole(rig, true);
    fill(rig, 2);
    frame_writer_begin(rig->writer);
    frame_writer_copy(rig->writer, &corner, rig->pixels);
    frame_writer_end(rig->writer);
    assert_int_equal(frame_map_look(rig->map, &picture), 0);
    const uint32_t *words = (const void *)picture.pixels;
    assert_int_equal(words[WIDTH * HEIGHT - 1], 2);
    assert_int_equal(words[WIDTH * HEIGHT - 2], 1);
    frame_writer_begin(rig->writer);
    frame_writer_set_size(rig->writer, 65535, 1024);
    frame_writer_end(rig->writer);
    assert_int_equal(frame_map_look(rig->map, &picture), 0);
    for (size_t i = 0; i < WIDTH * HEIGHT + 4096; i++)
        assert_int_equal(words[i], 0);
    assert_int_equal(words[(FRAME_FILE_BYTES - FRAME_PIXELS_OFFSET) / 4 - 1], 0);
}

static void test_cursor(void **state)
{
    struct rig *rig = *state;
    static struct frame_cursor cursor;
    static uint32_t shape[FRAME_CURSOR_SIDE_PX * FRAME_CURSOR_SIDE_PX];

    assert_int_equal(frame_map_copy_cursor(rig->map, &cursor), -ENODATA);
    fill(rig, 9);
    write_whole(rig, true);
    assert_int_equal(frame_map_copy_cursor(rig->map, &cursor), 0);
    assert_int_equal(cursor.width_px, 0);
    assert_false(cursor.visible);
    for (size_t i = 0; i < sizeof shape / 4; i++)
        shape[i] = (uint32_t)~i;
    frame_writer_begin(rig->writer);
    frame_writer_set_cursor(rig->writer, shape, FRAME_CURSOR_SIDE_PX, FRAME_CURSOR_SIDE_PX, 255, 1);
    frame_writer_end(rig->writer);
    assert_int_equal(frame_map_copy_cursor(rig->map, &cursor), 0);
    assert_int_equal(cursor.sequence, 1);
    assert_true(cursor.visible);
    assert_int_equal(cursor.hot_x_px, 255);
    assert_int_equal(cursor.hot_y_px, 1);
    assert_memory_equal(cursor.pixels, shape, sizeof shape);
    struct frame_picture picture;
    assert_int_equal(frame_map_look(rig->map, &picture), 0);
    assert_int_equal(*(const uint32_t *)(const void *)picture.pixels, 9);
    frame_writer_begin(rig->writer);
    frame_writer_set_cursor(rig->writer, NULL, 0, 0, 0, 0);
    frame_writer_end(rig->writer);
    assert_int_equal(frame_map_copy_cursor(rig->map, &cursor), 0);
    assert_false(cursor.visible);
    assert_int_equal(cursor.sequence, 2);
}

static void test_a_thumbnail_lies_beside_the_picture(void **state)
{
    struct rig *rig = *state;
    const uint32_t small[6] = {1, 2, 3, 4, 5, 6};
    struct frame_picture picture;
    uint32_t got[2] = {0};
    uint64_t sequence = 0;

    fill(rig, 9);
    write_whole(rig, true);
    frame_map_show_thumbnail(rig->map, true);
    assert_int_equal(frame_map_look(rig->map, &picture), -ENODATA);
    frame_writer_begin(rig->writer);
    frame_writer_set_thumbnail(rig->writer, small, 3, 2);
    frame_writer_end(rig->writer);
    assert_int_equal(frame_map_look(rig->map, &picture), 0);
    assert_int_equal(picture.width_px, 3);
    assert_int_equal(picture.height_px, 2);
    const struct frame_rectangle part = {1, 1, 2, 1};
    assert_int_equal(frame_map_copy(rig->map, &part, got, sizeof got, &sequence), 0);
    assert_int_equal(got[0], 5);
    assert_int_equal(got[1], 6);
    frame_map_show_thumbnail(rig->map, false);
    assert_int_equal(frame_map_look(rig->map, &picture), 0);
    assert_int_equal(picture.width_px, WIDTH);
    assert_int_equal(*(const uint32_t *)(const void *)picture.pixels, 9);

    static const uint32_t LIES[][2] = {{481, 2}, {3, 301}, {0, 2}, {3, UINT32_MAX}};
    frame_map_show_thumbnail(rig->map, true);
    for (size_t i = 0; i < sizeof LIES / sizeof *LIES; i++) {
        rig->head->thumbnail_width_px = LIES[i][0];
        rig->head->thumbnail_height_px = LIES[i][1];
        assert_int_equal(frame_map_look(rig->map, &picture), -EPROTO);
    }
}

/* What a decoder that was taken over could write into the head. */
static void test_a_lying_head(void **state)
{
    struct rig *rig = *state;
    struct frame_picture picture;
    static struct frame_cursor cursor;
    const struct frame_head good = {.magic = FRAME_FILE_MAGIC,
                                    .version = FRAME_FILE_VERSION,
                                    .sequence = 2,
                                    .width_px = 4,
                                    .height_px = 4,
                                    .stride_bytes = 16,
                                    .cursor_width_px = 1,
                                    .cursor_height_px = 1,
                                    .cursor_visible = 1};
    static const struct {
        size_t field;
        uint32_t value;
        bool picture, cursor; /* refused */
    } LIES[] = {
        {offsetof(struct frame_head, magic), 1, true, true},
        {offsetof(struct frame_head, version), FRAME_FILE_VERSION + 1, true, true},
        {offsetof(struct frame_head, width_px), 0, true, false},
        {offsetof(struct frame_head, width_px), 65536, true, false},
        {offsetof(struct frame_head, width_px), UINT32_MAX, true, false},
        {offsetof(struct frame_head, height_px), 1u << 31, true, false},
        {offsetof(struct frame_head, height_px), 65535, false, false},
        {offsetof(struct frame_head, stride_bytes), 20, true, false},
        {offsetof(struct frame_head, stride_bytes), 0, true, false},
        {offsetof(struct frame_head, stride_bytes), UINT32_MAX, true, false},
        {offsetof(struct frame_head, cursor_width_px), 257, false, true},
        {offsetof(struct frame_head, cursor_width_px), UINT32_MAX, false, true},
        {offsetof(struct frame_head, cursor_height_px), 0, false, true},
        {offsetof(struct frame_head, cursor_height_px), 1u << 31, false, true},
        {offsetof(struct frame_head, cursor_hot_x_px), 1, false, true},
        {offsetof(struct frame_head, cursor_hot_y_px), UINT32_MAX, false, true},
        {offsetof(struct frame_head, cursor_visible), 2, false, true},
    };

    memcpy(rig->head, &good, sizeof good);
    assert_int_equal(frame_map_look(rig->map, &picture), 0);
    assert_int_equal(frame_map_copy_cursor(rig->map, &cursor), 0);
    for (size_t i = 0; i < sizeof LIES / sizeof *LIES; i++) {
        memcpy(rig->head, &good, sizeof good);
        memcpy((char *)rig->head + LIES[i].field, &LIES[i].value, sizeof LIES[i].value);
        assert_int_equal(frame_map_look(rig->map, &picture) < 0, LIES[i].picture);
        assert_int_equal(frame_map_copy_cursor(rig->map, &cursor) < 0, LIES[i].cursor);
    }
    memcpy(rig->head, &good, sizeof good);
    rig->head->sequence = 3; /* for ever */
    uint64_t sequence = 0;
    uint32_t pixel = 0;
    const struct frame_rectangle one = {0, 0, 1, 1};
    assert_int_equal(frame_map_look(rig->map, &picture), -EAGAIN);
    assert_int_equal(frame_map_copy(rig->map, &one, &pixel, 4, &sequence), -EAGAIN);
    assert_int_equal(frame_map_copy_cursor(rig->map, &cursor), -EAGAIN);
}

static pid_t start_flipping(struct rig *rig)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (uint32_t colour = 0;; colour++) {
        fill(rig, colour % 2 ? 0xffffff : 0x0000ff);
        write_whole(rig, false);
        usleep(1000);
    }
}

/* A writer flips the picture between two colours as fast as it can: whatever is copied has one. */
static void test_never_half_a_picture(void **state)
{
    enum { WANTED = 200, TRIES_MAX = 100000 };
    struct rig *rig = *state;
    uint32_t *copy = calloc(WIDTH * HEIGHT, sizeof *copy);
    uint64_t sequence = 0;
    uint64_t before = 0;
    int got = 0;

    write_whole(rig, true);
    pid_t child = start_flipping(rig);
    for (int try = 0; got < WANTED && try < TRIES_MAX; try++) {
        if (frame_map_copy(rig->map, &WHOLE, copy, WIDTH * 4, &sequence) < 0 || sequence == before)
            continue;
        for (size_t i = 1; i < WIDTH * HEIGHT; i++) {
            if (copy[i] != copy[0])
                fail_msg("two colours in picture %llu, from pixel %zu on",
                         (unsigned long long)sequence, i);
        }
        before = sequence;
        got++;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    free(copy);
    assert_int_equal(got, WANTED);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sealed_for_good),
        TEST(test_only_a_sealed_file_is_read),
        TEST(test_sparse),
        TEST(test_what_is_written_is_read),
        TEST(test_rectangles_and_sizes),
        TEST(test_cursor),
        TEST(test_a_thumbnail_lies_beside_the_picture),
        TEST(test_a_lying_head),
        TEST(test_never_half_a_picture),
    };
    return cmocka_run_group_tests_name("frame file", tests, NULL, NULL);
}
