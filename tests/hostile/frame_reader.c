#include "tests/hostile/frame_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/frame_file.h"

#define COPY_PIXELS_MAX (64u << 10)

static uint8_t *file; /* as its writer has it, mapped before it was sealed */
static struct frame_map *map;

static void make_file(void)
{
    const int fd = frame_file_create();

    if (fd < 0)
        abort();
    file = mmap(NULL, FRAME_FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED || frame_file_seal(fd) < 0 || frame_map_open(fd, &map) < 0)
        abort();
    close(fd);
}

/* Into a room of its own, so that the sanitizer sees a byte that is written behind its end. */
static int copy(const struct frame_rectangle *rectangle)
{
    const size_t stride_bytes = (size_t)rectangle->width_px * FRAME_PIXEL_BYTES;
    uint64_t sequence;

    if ((size_t)rectangle->width_px * rectangle->height_px > COPY_PIXELS_MAX)
        return 0;
    void *room = malloc(stride_bytes * rectangle->height_px + 1);
    if (!room)
        abort();
    const int result = frame_map_copy(map, rectangle, room, stride_bytes, &sequence);
    free(room);
    return result;
}

static void check_picture(const struct frame_picture *picture, size_t room_bytes)
{
    const size_t size_bytes = picture->stride_bytes * picture->height_px;
    const struct frame_rectangle last = {.x_px = (uint16_t)(picture->width_px - 1),
                                         .y_px = (uint16_t)(picture->height_px - 1),
                                         .width_px = 1,
                                         .height_px = 1};

    if (picture->stride_bytes / FRAME_PIXEL_BYTES != picture->width_px || size_bytes > room_bytes ||
        picture->sequence % 2)
        abort(); /* rows that are not in the file */
    if (copy(&last) < 0)
        abort();
}

static int check_cursor(void)
{
    struct frame_cursor *cursor = malloc(sizeof *cursor);

    if (!cursor)
        abort();
    const int result = frame_map_copy_cursor(map, cursor);
    if (result == 0 &&
        (cursor->width_px > FRAME_CURSOR_SIDE_PX || cursor->height_px > FRAME_CURSOR_SIDE_PX ||
         (cursor->visible &&
          (cursor->hot_x_px >= cursor->width_px || cursor->hot_y_px >= cursor->height_px))))
        abort(); /* a pointer that is nowhere in its shape */
    free(cursor);
    return result;
}

static const char *reason_of(int result)
{
    switch (result) {
    case 0:
        return "it was taken";
    case -EAGAIN:
        return "it is being written";
    case -ENODATA:
        return "there is none yet";
    default:
        return "the head is nonsense";
    }
}

const char *frame_reader_run(const uint8_t *bytes, size_t size_bytes)
{
    struct frame_rectangle rectangle = {0};
    struct frame_picture picture;
    struct frame_move move = {.sequence = 2};
    const size_t head_bytes = size_bytes < sizeof rectangle ? 0 : size_bytes - sizeof rectangle;

    if (!map)
        make_file();
    memcpy(&rectangle, bytes, size_bytes < sizeof rectangle ? size_bytes : sizeof rectangle);
    memset(file, 0, sizeof(struct frame_head));
    memcpy(file, bytes + size_bytes - head_bytes,
           head_bytes < sizeof(struct frame_head) ? head_bytes : sizeof(struct frame_head));
    frame_map_patch(map, &move);
    check_cursor();
    frame_map_show_thumbnail(map, true);
    if (frame_map_look(map, &picture) == 0)
        check_picture(&picture, FRAME_FILE_BYTES - FRAME_THUMBNAIL_OFFSET);
    frame_map_show_thumbnail(map, false);
    const int result = frame_map_look(map, &picture);
    if (result == 0)
        check_picture(&picture, FRAME_PATCH_OFFSET - FRAME_PIXELS_OFFSET);
    if (copy(&rectangle) == 0 && result == 0 &&
        (size_t)rectangle.width_px * rectangle.height_px <= COPY_PIXELS_MAX &&
        !frame_rectangle_fits(&rectangle, picture.width_px, picture.height_px))
        abort();
    return reason_of(result);
}
