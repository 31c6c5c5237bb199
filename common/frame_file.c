#include "common/frame_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS      (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)
#define COPY_TRIES 50

struct frame_map {
    const uint8_t *bytes;
    bool shows_thumbnail;
};

int frame_file_create(void)
{
    int fd = memfd_create("hotdesk-picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    if (ftruncate(fd, FRAME_FILE_BYTES) < 0) {
        int result = -errno;
        close(fd);
        return result;
    }
    return fd;
}

int frame_file_seal(int fd)
{
    struct stat status;

    if (fcntl(fd, F_ADD_SEALS, SEALS) < 0 || fstat(fd, &status) < 0)
        return -errno;
    return (uint64_t)status.st_size == FRAME_FILE_BYTES ? 0 : -EBADF;
}

bool frame_file_is_sealed(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & SEALS) == SEALS;
}

int frame_map_open(int fd, struct frame_map **ret_map)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return -errno;
    if ((uint64_t)status.st_size != FRAME_FILE_BYTES || !frame_file_is_sealed(fd))
        return -EBADF;
    struct frame_map *map = malloc(sizeof *map);
    if (!map)
        return -ENOMEM;
    void *bytes = mmap(NULL, FRAME_FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        int result = -errno;
        free(map);
        return result;
    }
    map->bytes = bytes;
    map->shows_thumbnail = false;
    *ret_map = map;
    return 0;
}

struct frame_map *frame_map_close(struct frame_map *map)
{
    if (map)
        munmap((void *)map->bytes, FRAME_FILE_BYTES);
    free(map);
    return NULL;
}

/* The decoder may write this very moment: a field is read once, into a copy, and checked there. */
static uint32_t field(const uint32_t *at)
{
    return *(const volatile uint32_t *)at;
}

static const struct frame_head *head_of(const struct frame_map *map)
{
    return (const struct frame_head *)(const void *)map->bytes;
}

static int read_sequence(const struct frame_map *map, uint64_t *ret_sequence)
{
    const struct frame_head *head = head_of(map);
    *ret_sequence = atomic_load_explicit(&head->sequence, memory_order_acquire);
    if (*ret_sequence == 0)
        return -ENODATA;
    if (field(&head->magic) != FRAME_FILE_MAGIC || field(&head->version) != FRAME_FILE_VERSION)
        return -EPROTO;
    return *ret_sequence % 2 ? -EAGAIN : 0;
}

static bool sequence_is(const struct frame_map *map, uint64_t sequence)
{
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&head_of(map)->sequence, memory_order_relaxed) == sequence;
}

void frame_map_show_thumbnail(struct frame_map *map, bool shown)
{
    map->shows_thumbnail = shown;
}

static void read_head(const struct frame_map *map, struct frame_picture *ret_picture)
{
    const struct frame_head *head = head_of(map);

    ret_picture->width_px = field(&head->width_px);
    ret_picture->height_px = field(&head->height_px);
    ret_picture->stride_bytes = field(&head->stride_bytes);
    ret_picture->pixels = map->bytes + FRAME_PIXELS_OFFSET;
}

static void read_thumbnail_head(const struct frame_map *map, struct frame_picture *ret_picture)
{
    const struct frame_head *head = head_of(map);

    ret_picture->width_px = field(&head->thumbnail_width_px);
    ret_picture->height_px = field(&head->thumbnail_height_px);
    ret_picture->stride_bytes = (size_t)ret_picture->width_px * FRAME_PIXEL_BYTES;
    ret_picture->pixels = map->bytes + FRAME_THUMBNAIL_OFFSET;
}

static bool size_is_valid(const struct frame_map *map, const struct frame_picture *picture)
{
    return map->shows_thumbnail
               ? frame_thumbnail_size_is_valid(picture->width_px, picture->height_px)
               : frame_size_is_valid(picture->width_px, picture->height_px);
}

int frame_map_look(const struct frame_map *map, struct frame_picture *ret_picture)
{
    struct frame_picture picture;

    int result = read_sequence(map, &picture.sequence);
    if (result < 0)
        return result;
    if (map->shows_thumbnail)
        read_thumbnail_head(map, &picture);
    else
        read_head(map, &picture);
    if (picture.width_px == 0 && picture.height_px == 0)
        return -ENODATA;
    if (!size_is_valid(map, &picture) ||
        picture.stride_bytes != (size_t)picture.width_px * FRAME_PIXEL_BYTES)
        return sequence_is(map, picture.sequence) ? -EPROTO : -EAGAIN;
    *ret_picture = picture;
    return 0;
}

bool frame_map_is_unchanged(const struct frame_map *map, const struct frame_picture *picture)
{
    return sequence_is(map, picture->sequence);
}

void frame_picture_copy(const struct frame_picture *picture,
                        const struct frame_rectangle *rectangle, void *ret_pixels,
                        size_t stride_bytes)
{
    uint8_t *to = ret_pixels;
    const uint8_t *from = picture->pixels + rectangle->y_px * picture->stride_bytes +
                          (size_t)rectangle->x_px * FRAME_PIXEL_BYTES;
    size_t row_bytes = (size_t)rectangle->width_px * FRAME_PIXEL_BYTES;

    for (unsigned y = 0; y < rectangle->height_px; y++) {
        memcpy(to, from, row_bytes);
        to += stride_bytes;
        from += picture->stride_bytes;
    }
}

const uint8_t *frame_map_patch(const struct frame_map *map, const struct frame_move *move)
{
    const struct frame_head *head = head_of(map);

    atomic_thread_fence(memory_order_acquire); /* what was read before was read before this */
    uint64_t sequence = atomic_load_explicit(&head->patch_sequence, memory_order_acquire);
    return sequence == move->sequence ? map->bytes + FRAME_PATCH_OFFSET : NULL;
}

int frame_map_copy(const struct frame_map *map, const struct frame_rectangle *rectangle,
                   void *ret_pixels, size_t stride_bytes, uint64_t *ret_sequence)
{
    for (int try = 0; try < COPY_TRIES; try++) {
        struct frame_picture picture;
        int result = frame_map_look(map, &picture);
        if (result == -EAGAIN) {
            sched_yield();
            continue;
        }
        if (result < 0)
            return result;
        if (!frame_rectangle_fits(rectangle, picture.width_px, picture.height_px))
            return -ERANGE;
        frame_picture_copy(&picture, rectangle, ret_pixels, stride_bytes);
        if (frame_map_is_unchanged(map, &picture)) {
            *ret_sequence = picture.sequence;
            return 0;
        }
    }
    return -EAGAIN;
}

static bool read_cursor_head(const struct frame_head *head, struct frame_cursor *ret_cursor)
{
    ret_cursor->sequence = field(&head->cursor_sequence);
    ret_cursor->width_px = field(&head->cursor_width_px);
    ret_cursor->height_px = field(&head->cursor_height_px);
    ret_cursor->hot_x_px = field(&head->cursor_hot_x_px);
    ret_cursor->hot_y_px = field(&head->cursor_hot_y_px);
    uint32_t visible = field(&head->cursor_visible);
    ret_cursor->visible = visible == 1;
    if (ret_cursor->width_px == 0 && ret_cursor->height_px == 0)
        return visible == 0;
    return ret_cursor->width_px > 0 && ret_cursor->width_px <= FRAME_CURSOR_SIDE_PX &&
           ret_cursor->height_px > 0 && ret_cursor->height_px <= FRAME_CURSOR_SIDE_PX &&
           ret_cursor->hot_x_px < ret_cursor->width_px &&
           ret_cursor->hot_y_px < ret_cursor->height_px && visible <= 1;
}

int frame_map_copy_cursor(const struct frame_map *map, struct frame_cursor *ret_cursor)
{
    for (int try = 0; try < COPY_TRIES; try++) {
        uint64_t sequence = 0;
        int result = read_sequence(map, &sequence);
        if (result == -EAGAIN) {
            sched_yield();
            continue;
        }
        if (result < 0)
            return result;
        bool good = read_cursor_head(head_of(map), ret_cursor);
        if (good)
            memcpy(ret_cursor->pixels, map->bytes + FRAME_CURSOR_OFFSET,
                   (size_t)ret_cursor->width_px * ret_cursor->height_px * FRAME_PIXEL_BYTES);
        if (sequence_is(map, sequence))
            return good ? 0 : -EPROTO;
    }
    return -EAGAIN;
}
