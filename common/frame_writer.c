#include "common/frame_writer.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct frame_writer {
    uint8_t *bytes;
    size_t used_bytes; /* of the pixels: what was ever written; the rest of the file is zero */
};

static struct frame_head *head_of(const struct frame_writer *writer)
{
    return (struct frame_head *)(void *)writer->bytes;
}

int frame_writer_open(int fd, struct frame_writer **ret_writer)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return -errno;
    if ((uint64_t)status.st_size != FRAME_FILE_BYTES)
        return -EBADF;
    struct frame_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return -ENOMEM;
    void *bytes = mmap(NULL, FRAME_FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        int result = -errno;
        free(writer);
        return result;
    }
    writer->bytes = bytes;
    head_of(writer)->magic = FRAME_FILE_MAGIC;
    head_of(writer)->version = FRAME_FILE_VERSION;
    *ret_writer = writer;
    return 0;
}

struct frame_writer *frame_writer_close(struct frame_writer *writer)
{
    if (writer)
        munmap(writer->bytes, FRAME_FILE_BYTES);
    free(writer);
    return NULL;
}

static uint64_t add_one(struct frame_writer *writer, memory_order order)
{
    _Atomic uint64_t *sequence = &head_of(writer)->sequence;
    uint64_t next = atomic_load_explicit(sequence, memory_order_relaxed) + 1;
    atomic_store_explicit(sequence, next, order);
    return next;
}

void frame_writer_begin(struct frame_writer *writer)
{
    uint64_t sequence = add_one(writer, memory_order_relaxed);
    assert(sequence % 2 == 1);
    atomic_thread_fence(memory_order_release); /* no pixel is seen before the odd number */
}

uint64_t frame_writer_end(struct frame_writer *writer)
{
    return add_one(writer, memory_order_release);
}

void frame_writer_set_size(struct frame_writer *writer, uint32_t width_px, uint32_t height_px)
{
    struct frame_head *head = head_of(writer);

    assert(frame_size_is_valid(width_px, height_px));
    head->width_px = width_px;
    head->height_px = height_px;
    head->stride_bytes = width_px * FRAME_PIXEL_BYTES;
    memset(writer->bytes + FRAME_PIXELS_OFFSET, 0, writer->used_bytes);
    writer->used_bytes = 0;
}

void frame_writer_copy(struct frame_writer *writer, const struct frame_rectangle *rectangle,
                       const void *pixels)
{
    const struct frame_head *head = head_of(writer);
    size_t stride_bytes = head->stride_bytes;
    size_t row_bytes = (size_t)rectangle->width_px * FRAME_PIXEL_BYTES;
    size_t start = rectangle->y_px * stride_bytes;
    size_t end = start + rectangle->height_px * stride_bytes;
    size_t left = (size_t)rectangle->x_px * FRAME_PIXEL_BYTES;
    uint8_t *to = writer->bytes + FRAME_PIXELS_OFFSET;
    const uint8_t *from = pixels;

    assert(frame_rectangle_fits(rectangle, head->width_px, head->height_px));
    if (row_bytes == stride_bytes)
        memcpy(to + start, from + start, end - start);
    for (size_t row = start; row_bytes < stride_bytes && row < end; row += stride_bytes)
        memcpy(to + row + left, from + row + left, row_bytes);
    if (end > writer->used_bytes)
        writer->used_bytes = end;
}

const void *frame_writer_pixels(const struct frame_writer *writer)
{
    return writer->bytes + FRAME_PIXELS_OFFSET;
}

uint64_t frame_writer_next(const struct frame_writer *writer)
{
    return atomic_load_explicit(&head_of(writer)->sequence, memory_order_relaxed) + 2;
}

void frame_writer_patch(struct frame_writer *writer, const struct frame_move *move,
                        const void *pixels)
{
    struct frame_head *head = head_of(writer);
    uint8_t *to = writer->bytes + FRAME_PATCH_OFFSET;

    assert(frame_move_fits(move, head->width_px, head->height_px));
    atomic_store_explicit(&head->patch_sequence, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* no pixel is seen before the odd number */
    for (size_t i = 0; i < move->count; i++) {
        const struct frame_rectangle *one = &move->rectangles[i];
        const uint8_t *from = (const uint8_t *)pixels + one->y_px * (size_t)head->stride_bytes +
                              (size_t)one->x_px * FRAME_PIXEL_BYTES;
        const size_t row_bytes = (size_t)one->width_px * FRAME_PIXEL_BYTES;
        for (unsigned y = 0; y < one->height_px; y++) {
            memcpy(to, from, row_bytes);
            to += row_bytes;
            from += head->stride_bytes;
        }
    }
    atomic_store_explicit(&head->patch_sequence, move->sequence, memory_order_release);
}

void frame_writer_set_cursor(struct frame_writer *writer, const uint32_t *pixels, uint32_t width_px,
                             uint32_t height_px, uint32_t hot_x_px, uint32_t hot_y_px)
{
    struct frame_head *head = head_of(writer);

    head->cursor_sequence++;
    head->cursor_visible = pixels != NULL;
    if (!pixels)
        return;
    assert(width_px > 0 && width_px <= FRAME_CURSOR_SIDE_PX && hot_x_px < width_px);
    assert(height_px > 0 && height_px <= FRAME_CURSOR_SIDE_PX && hot_y_px < height_px);
    head->cursor_width_px = width_px;
    head->cursor_height_px = height_px;
    head->cursor_hot_x_px = hot_x_px;
    head->cursor_hot_y_px = hot_y_px;
    memcpy(writer->bytes + FRAME_CURSOR_OFFSET, pixels,
           (size_t)width_px * height_px * FRAME_PIXEL_BYTES);
}

void frame_writer_set_thumbnail(struct frame_writer *writer, const uint32_t *pixels,
                                uint32_t width_px, uint32_t height_px)
{
    struct frame_head *head = head_of(writer);

    assert(frame_thumbnail_size_is_valid(width_px, height_px));
    head->thumbnail_width_px = width_px;
    head->thumbnail_height_px = height_px;
    memcpy(writer->bytes + FRAME_THUMBNAIL_OFFSET, pixels,
           (size_t)width_px * height_px * FRAME_PIXEL_BYTES);
}
