#include "server/decode/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "server/decode/messages.h"

#define CURSOR_PIXELS (FRAME_CURSOR_SIDE_PX * FRAME_CURSOR_SIDE_PX)

static size_t size_bytes(const struct picture *picture)
{
    return (size_t)picture->width_px * picture->height_px * FRAME_PIXEL_BYTES;
}

int picture_init(struct picture *picture, struct frame_writer *writer, int message_fd)
{
    uint32_t *cursor = calloc(CURSOR_PIXELS, sizeof *cursor);
    uint32_t *thumbnail = calloc(FRAME_THUMBNAIL_PIXELS_MAX, sizeof *thumbnail);
    if (!cursor || !thumbnail) {
        free(cursor);
        free(thumbnail);
        return -ENOMEM;
    }
    *picture = (struct picture){
        .writer = writer, .message_fd = message_fd, .cursor = cursor, .thumbnail = thumbnail};
    return 0;
}

void picture_finish(struct picture *picture)
{
    if (picture->pixels)
        munmap(picture->pixels, size_bytes(picture));
    free(picture->cursor);
    free(picture->thumbnail);
    *picture = (struct picture){0};
}

bool picture_resize(struct picture *picture, struct stop *stop, uint32_t width_px,
                    uint32_t height_px)
{
    if (picture->pixels)
        munmap(picture->pixels, size_bytes(picture));
    picture->width_px = width_px;
    picture->height_px = height_px;
    void *pixels =
        mmap(NULL, size_bytes(picture), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    picture->pixels = pixels == MAP_FAILED ? NULL : pixels;
    picture->damage.count = 0;
    picture->move.waits = false;
    picture->resized = true;
    return picture->pixels ||
           stop_because(stop, "no memory for a picture of %ux%u", width_px, height_px);
}

/* --- moves --- */

/* How much of a row, from x_px on, was not painted over; *ret_next_px: where it goes on. */
static uint32_t free_part(const struct picture_move *move, uint32_t x_px, uint32_t y_px,
                          uint32_t end_px, uint32_t *ret_next_px)
{
    uint32_t until_px = end_px;

    for (size_t i = 0; i < move->count; i++) {
        const struct frame_rectangle *over = &move->painted[i];
        const uint32_t right_px = (uint32_t)over->x_px + over->width_px;
        if (y_px < over->y_px || y_px >= (uint32_t)over->y_px + over->height_px || right_px <= x_px)
            continue;
        if (over->x_px <= x_px) {
            *ret_next_px = right_px;
            return 0;
        }
        until_px = over->x_px < until_px ? over->x_px : until_px;
    }
    *ret_next_px = until_px;
    return until_px - x_px;
}

static void settle_row(const struct picture *picture, uint32_t y_px)
{
    const struct picture_move *move = &picture->move;
    const uint32_t end_px = (uint32_t)move->to.x_px + move->to.width_px;
    const uint32_t from_y_px = y_px - move->to.y_px + move->from.y_px;
    const uint32_t *before = (const uint32_t *)frame_writer_pixels(picture->writer) +
                             (size_t)from_y_px * picture->width_px;

    for (uint32_t x = move->to.x_px, next; x < end_px; x = next) {
        const uint32_t count = free_part(move, x, y_px, end_px, &next);
        memcpy(picture_at(picture, x, y_px), before + (x - move->to.x_px + move->from.x_px),
               (size_t)count * FRAME_PIXEL_BYTES);
    }
}

/* The move that waits is made now, beneath what was painted since. */
static void settle(struct picture *picture)
{
    const struct frame_rectangle *to = &picture->move.to;

    for (uint32_t y = 0; picture->move.waits && y < to->height_px; y++)
        settle_row(picture, to->y_px + y);
    picture->move.waits = false;
}

void picture_touch(struct picture *picture, const struct frame_rectangle *rectangle)
{
    struct picture_move *move = &picture->move;

    frame_damage_add(&picture->damage, rectangle);
    picture->touched++;
    if (move->waits && move->count == FRAME_RECTANGLES_MAX)
        settle(picture);
    if (move->waits)
        move->painted[move->count++] = *rectangle;
}

void picture_copy(struct picture *picture, const struct frame_rectangle *from,
                  const struct frame_rectangle *to)
{
    struct picture_move *move = &picture->move;

    if (picture->touched == 1 && !picture->resized) {
        *move = (struct picture_move){.waits = true, .from = *from, .to = *to};
        return;
    }
    if (move->waits) {
        move->count--; /* `to` itself is not painted yet */
        settle(picture);
    }
    frame_rows_move(picture_at(picture, to->x_px, to->y_px),
                    picture_at(picture, from->x_px, from->y_px),
                    (size_t)picture->width_px * FRAME_PIXEL_BYTES, to->width_px, to->height_px);
}

/* --- the pointer --- */

void picture_set_cursor(struct picture *picture, const uint32_t *pixels, uint32_t width_px,
                        uint32_t height_px, uint32_t hot_x_px, uint32_t hot_y_px)
{
    picture->cursor_changed = true;
    picture->cursor_width_px = pixels ? width_px : 0;
    picture->cursor_height_px = pixels ? height_px : 0;
    if (!pixels)
        return;
    picture->cursor_hot_x_px = hot_x_px < width_px ? hot_x_px : width_px - 1;
    picture->cursor_hot_y_px = hot_y_px < height_px ? hot_y_px : height_px - 1;
    memcpy(picture->cursor, pixels, (size_t)width_px * height_px * FRAME_PIXEL_BYTES);
}

void picture_touch_thumbnail(struct picture *picture, uint32_t width_px, uint32_t height_px)
{
    picture->thumbnail_changed = true;
    if (picture->thumbnail_width_px == width_px && picture->thumbnail_height_px == height_px)
        return;
    picture->thumbnail_width_px = width_px;
    picture->thumbnail_height_px = height_px;
    memset(picture->thumbnail, 0, (size_t)width_px * height_px * FRAME_PIXEL_BYTES);
}

static uint64_t write_file(struct picture *picture)
{
    frame_writer_begin(picture->writer);
    if (picture->resized)
        frame_writer_set_size(picture->writer, picture->width_px, picture->height_px);
    for (size_t i = 0; i < picture->damage.count; i++)
        frame_writer_copy(picture->writer, &picture->damage.rectangles[i], picture->pixels);
    if (picture->cursor_changed)
        frame_writer_set_cursor(picture->writer,
                                picture->cursor_width_px > 0 ? picture->cursor : NULL,
                                picture->cursor_width_px, picture->cursor_height_px,
                                picture->cursor_hot_x_px, picture->cursor_hot_y_px);
    if (picture->thumbnail_changed)
        frame_writer_set_thumbnail(picture->writer, picture->thumbnail, picture->thumbnail_width_px,
                                   picture->thumbnail_height_px);
    return frame_writer_end(picture->writer);
}

static bool tell(const struct picture *picture, struct stop *stop, uint64_t sequence)
{
    struct frame_message size = {
        .type = FRAME_SIZE, .size = {(uint16_t)picture->width_px, (uint16_t)picture->height_px}};
    struct frame_message damage = {.type = FRAME_DAMAGE, .damage = picture->damage};
    const struct frame_message cursor = {.type = FRAME_CURSOR};
    const struct frame_message thumbnail = {
        .type = FRAME_THUMBNAIL,
        .size = {(uint16_t)picture->thumbnail_width_px, (uint16_t)picture->thumbnail_height_px}};

    damage.damage.sequence = sequence;
    return (!picture->resized || messages_send(picture->message_fd, stop, &size)) &&
           (picture->damage.count == 0 || messages_send(picture->message_fd, stop, &damage)) &&
           (!picture->cursor_changed || messages_send(picture->message_fd, stop, &cursor)) &&
           (!picture->thumbnail_changed || messages_send(picture->message_fd, stop, &thumbnail));
}

/* What was painted over it is small: that is handed over before the rest is written. */
static bool tell_move(struct picture *picture, struct stop *stop)
{
    const struct picture_move *move = &picture->move;
    struct frame_message message = {.type = FRAME_MOVE};
    struct frame_move *told = &message.move;

    *told = (struct frame_move){.sequence = frame_writer_next(picture->writer),
                                .before = picture->sequence,
                                .to = move->to,
                                .from_x_px = move->from.x_px,
                                .from_y_px = move->from.y_px,
                                .count = (uint8_t)move->count};
    memcpy(told->rectangles, move->painted, move->count * sizeof *move->painted);
    if (!move->waits || !frame_move_fits(told, picture->width_px, picture->height_px))
        return true;
    frame_writer_patch(picture->writer, told, picture->pixels);
    return messages_send(picture->message_fd, stop, &message);
}

bool picture_publish(struct picture *picture, struct stop *stop)
{
    bool has_pixels = picture->resized || picture->damage.count > 0;

    if (!has_pixels && !picture->cursor_changed && !picture->thumbnail_changed)
        return true;
    if (!tell_move(picture, stop))
        return false;
    settle(picture);
    uint64_t sequence = write_file(picture);
    if (has_pixels)
        picture->sequence = sequence;
    bool told = tell(picture, stop, sequence);
    picture->resized = false;
    picture->damage.count = 0;
    picture->touched = 0;
    picture->cursor_changed = picture->thumbnail_changed = false;
    return told;
}
