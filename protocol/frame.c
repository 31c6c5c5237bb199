#include "protocol/frame.h"

#include <string.h>

#include "protocol/cursor.h"

#define NUMBER_MAX 999 /* as LINK_NUMBER_MAX */

_Static_assert(3 + 9 + 8 * FRAME_RECTANGLES_MAX <= FRAME_MESSAGE_BYTES, "the damage fits");
_Static_assert(3 + 29 + 8 * FRAME_RECTANGLES_MAX <= FRAME_MESSAGE_BYTES, "a move fits");
_Static_assert(3 + FRAME_TEXT_ROOM <= FRAME_MESSAGE_BYTES, "a text fits");
_Static_assert(sizeof(struct frame_head) <= FRAME_CURSOR_OFFSET, "the head fits");

bool frame_size_is_valid(uint32_t width_px, uint32_t height_px)
{
    return width_px > 0 && height_px > 0 && width_px <= FRAME_SIDE_MAX_PX &&
           height_px <= FRAME_SIDE_MAX_PX && (uint64_t)width_px * height_px <= FRAME_PIXELS_MAX;
}

bool frame_thumbnail_size_is_valid(uint32_t width_px, uint32_t height_px)
{
    return width_px > 0 && height_px > 0 && width_px <= THUMBNAIL_WIDTH_MAX_PX &&
           height_px <= THUMBNAIL_HEIGHT_MAX_PX;
}

bool frame_rectangle_fits(const struct frame_rectangle *rectangle, uint32_t width_px,
                          uint32_t height_px)
{
    return rectangle->width_px > 0 && rectangle->height_px > 0 &&
           (uint32_t)rectangle->x_px + rectangle->width_px <= width_px &&
           (uint32_t)rectangle->y_px + rectangle->height_px <= height_px;
}

bool frame_damage_fits(const struct frame_damage *damage, uint32_t width_px, uint32_t height_px)
{
    for (size_t i = 0; i < damage->count; i++) {
        if (!frame_rectangle_fits(&damage->rectangles[i], width_px, height_px))
            return false;
    }
    return true;
}

static uint64_t area_of(const struct frame_rectangle *rectangle)
{
    return (uint64_t)rectangle->width_px * rectangle->height_px;
}

bool frame_move_fits(const struct frame_move *move, uint32_t width_px, uint32_t height_px)
{
    const struct frame_rectangle from = {move->from_x_px, move->from_y_px, move->to.width_px,
                                         move->to.height_px};
    uint64_t patch_px = 0;

    for (size_t i = 0; i < move->count; i++) {
        if (!frame_rectangle_fits(&move->rectangles[i], width_px, height_px))
            return false;
        patch_px += area_of(&move->rectangles[i]);
    }
    return patch_px <= FRAME_PATCH_PIXELS_MAX &&
           frame_rectangle_fits(&move->to, width_px, height_px) &&
           frame_rectangle_fits(&from, width_px, height_px);
}

void frame_rows_move(void *to, const void *from, size_t stride_bytes, uint32_t width_px,
                     uint32_t height_px)
{
    bool upwards = (uintptr_t)to <= (uintptr_t)from;

    for (uint32_t i = 0; i < height_px; i++) {
        size_t at = (upwards ? i : height_px - 1 - i) * stride_bytes;
        memmove((uint8_t *)to + at, (const uint8_t *)from + at,
                (size_t)width_px * FRAME_PIXEL_BYTES);
    }
}

static struct frame_rectangle merge(const struct frame_rectangle *a,
                                    const struct frame_rectangle *b)
{
    uint32_t left = a->x_px < b->x_px ? a->x_px : b->x_px;
    uint32_t top = a->y_px < b->y_px ? a->y_px : b->y_px;
    uint32_t a_right = (uint32_t)a->x_px + a->width_px;
    uint32_t b_right = (uint32_t)b->x_px + b->width_px;
    uint32_t a_bottom = (uint32_t)a->y_px + a->height_px;
    uint32_t b_bottom = (uint32_t)b->y_px + b->height_px;
    return (struct frame_rectangle){
        .x_px = (uint16_t)left,
        .y_px = (uint16_t)top,
        .width_px = (uint16_t)((a_right > b_right ? a_right : b_right) - left),
        .height_px = (uint16_t)((a_bottom > b_bottom ? a_bottom : b_bottom) - top)};
}

static bool is_inside(const struct frame_rectangle *inner, const struct frame_rectangle *outer)
{
    struct frame_rectangle both = merge(inner, outer);
    return area_of(&both) == area_of(outer);
}

static void remove_at(struct frame_damage *damage, size_t at)
{
    damage->rectangles[at] = damage->rectangles[--damage->count];
}

/* How many pixels a merge of both would tell that did not change; less than nothing if they
 * overlap. */
static int64_t waste_of(const struct frame_rectangle *a, const struct frame_rectangle *b)
{
    struct frame_rectangle both = merge(a, b);
    return (int64_t)area_of(&both) - (int64_t)area_of(a) - (int64_t)area_of(b);
}

static size_t find_cheapest(const struct frame_damage *damage,
                            const struct frame_rectangle *rectangle)
{
    size_t best = 0;
    for (size_t i = 1; i < damage->count; i++) {
        if (waste_of(&damage->rectangles[i], rectangle) <
            waste_of(&damage->rectangles[best], rectangle))
            best = i;
    }
    return best;
}

void frame_damage_add(struct frame_damage *damage, const struct frame_rectangle *rectangle)
{
    struct frame_rectangle added = *rectangle;

    for (size_t i = 0; i < damage->count;) {
        if (is_inside(&added, &damage->rectangles[i]))
            return;
        if (is_inside(&damage->rectangles[i], &added))
            remove_at(damage, i);
        else
            i++;
    }
    if (damage->count == FRAME_RECTANGLES_MAX) {
        size_t at = find_cheapest(damage, &added);
        added = merge(&damage->rectangles[at], &added);
        remove_at(damage, at);
    }
    damage->rectangles[damage->count++] = added;
}

static bool type_goes(uint8_t type, enum frame_way way)
{
    switch (way) {
    case FRAME_FROM_DECODER:
        return type >= FRAME_READY && type <= FRAME_THUMBNAIL;
    case FRAME_TO_DECODER:
        return type == FRAME_SEALED || type == FRAME_LOOK;
    case FRAME_TO_FOLLOWER:
        return (type >= FRAME_SIZE && type <= FRAME_CURRENT) || type == FRAME_MOVE ||
               type == FRAME_THUMBNAIL || (type >= FRAME_FILE && type <= FRAME_STATE);
    }
    return false;
}

static bool damage_is_valid(const struct frame_damage *damage)
{
    return damage->count > 0 && damage->count <= FRAME_RECTANGLES_MAX &&
           frame_damage_fits(damage, FRAME_SIDE_MAX_PX, FRAME_SIDE_MAX_PX);
}

static bool move_is_valid(const struct frame_move *move)
{
    return move->count <= FRAME_RECTANGLES_MAX &&
           frame_move_fits(move, FRAME_SIDE_MAX_PX, FRAME_SIDE_MAX_PX);
}

static bool fields_are_valid(const struct frame_message *message)
{
    if (message->number > NUMBER_MAX)
        return false;
    switch (message->type) {
    case FRAME_SIZE:
        return frame_size_is_valid(message->size.width_px, message->size.height_px);
    case FRAME_THUMBNAIL:
        return frame_thumbnail_size_is_valid(message->size.width_px, message->size.height_px);
    case FRAME_LOOK:
        return message->look <= FRAME_LOOK_THUMBNAIL;
    case FRAME_DAMAGE:
        return damage_is_valid(&message->damage);
    case FRAME_MOVE:
        return move_is_valid(&message->move);
    case FRAME_STOPPED:
    case FRAME_STATE:
        return memchr(message->text, '\0', FRAME_TEXT_ROOM) != NULL;
    default:
        return true;
    }
}

static void write_rectangle(struct writer *writer, const struct frame_rectangle *rectangle)
{
    writer_u16(writer, rectangle->x_px);
    writer_u16(writer, rectangle->y_px);
    writer_u16(writer, rectangle->width_px);
    writer_u16(writer, rectangle->height_px);
}

static void write_damage(struct writer *writer, const struct frame_damage *damage)
{
    writer_u64(writer, damage->sequence);
    writer_u8(writer, damage->count);
    for (size_t i = 0; i < damage->count; i++)
        write_rectangle(writer, &damage->rectangles[i]);
}

static void write_move(struct writer *writer, const struct frame_move *move)
{
    writer_u64(writer, move->sequence);
    writer_u64(writer, move->before);
    write_rectangle(writer, &move->to);
    writer_u16(writer, move->from_x_px);
    writer_u16(writer, move->from_y_px);
    writer_u8(writer, move->count);
    for (size_t i = 0; i < move->count; i++)
        write_rectangle(writer, &move->rectangles[i]);
}

static void write_fields(struct writer *writer, const struct frame_message *message)
{
    switch (message->type) {
    case FRAME_SIZE:
    case FRAME_THUMBNAIL:
        writer_u16(writer, message->size.width_px);
        writer_u16(writer, message->size.height_px);
        break;
    case FRAME_DAMAGE:
        write_damage(writer, &message->damage);
        break;
    case FRAME_MOVE:
        write_move(writer, &message->move);
        break;
    case FRAME_LOOK:
        writer_u8(writer, (uint8_t)message->look);
        break;
    case FRAME_POINTER:
        writer_u16(writer, message->pointer.x_px);
        writer_u16(writer, message->pointer.y_px);
        writer_u8(writer, message->pointer.visible);
        writer_u8(writer, message->pointer.warped);
        break;
    case FRAME_STOPPED:
    case FRAME_STATE:
        writer_text(writer, message->text);
        break;
    case FRAME_READY:
    case FRAME_CURSOR:
    case FRAME_BELL:
    case FRAME_CURRENT:
    case FRAME_SEALED:
    case FRAME_FILE:
        break;
    }
}

bool frame_message_encode(const struct frame_message *message,
                          uint8_t ret_bytes[FRAME_MESSAGE_BYTES])
{
    struct writer writer;

    memset(ret_bytes, 0, FRAME_MESSAGE_BYTES);
    if (!fields_are_valid(message))
        return false;
    writer_init(&writer, ret_bytes, FRAME_MESSAGE_BYTES);
    writer_u8(&writer, (uint8_t)message->type);
    writer_u16(&writer, message->number);
    write_fields(&writer, message);
    return !writer.failed;
}

static void read_rectangle(struct reader *reader, struct frame_rectangle *ret_rectangle)
{
    ret_rectangle->x_px = reader_u16(reader);
    ret_rectangle->y_px = reader_u16(reader);
    ret_rectangle->width_px = reader_u16(reader);
    ret_rectangle->height_px = reader_u16(reader);
}

static void read_damage(struct reader *reader, struct frame_damage *ret_damage)
{
    ret_damage->sequence = reader_u64(reader);
    ret_damage->count = reader_u8(reader);
    if (ret_damage->count > FRAME_RECTANGLES_MAX) {
        reader->failed = true;
        return;
    }
    for (size_t i = 0; i < ret_damage->count; i++)
        read_rectangle(reader, &ret_damage->rectangles[i]);
}

static void read_move(struct reader *reader, struct frame_move *ret_move)
{
    ret_move->sequence = reader_u64(reader);
    ret_move->before = reader_u64(reader);
    read_rectangle(reader, &ret_move->to);
    ret_move->from_x_px = reader_u16(reader);
    ret_move->from_y_px = reader_u16(reader);
    ret_move->count = reader_u8(reader);
    if (ret_move->count > FRAME_RECTANGLES_MAX) {
        reader->failed = true;
        return;
    }
    for (size_t i = 0; i < ret_move->count; i++)
        read_rectangle(reader, &ret_move->rectangles[i]);
}

static void read_fields(struct reader *reader, struct frame_message *ret_message)
{
    switch (ret_message->type) {
    case FRAME_SIZE:
    case FRAME_THUMBNAIL:
        ret_message->size.width_px = reader_u16(reader);
        ret_message->size.height_px = reader_u16(reader);
        break;
    case FRAME_DAMAGE:
        read_damage(reader, &ret_message->damage);
        break;
    case FRAME_MOVE:
        read_move(reader, &ret_message->move);
        break;
    case FRAME_LOOK:
        ret_message->look = reader_u8(reader);
        break;
    case FRAME_POINTER:
        ret_message->pointer.x_px = reader_u16(reader);
        ret_message->pointer.y_px = reader_u16(reader);
        ret_message->pointer.visible = reader_bool(reader);
        ret_message->pointer.warped = reader_bool(reader);
        break;
    case FRAME_STOPPED:
    case FRAME_STATE:
        reader_text(reader, ret_message->text, sizeof ret_message->text);
        break;
    case FRAME_READY:
    case FRAME_CURSOR:
    case FRAME_BELL:
    case FRAME_CURRENT:
    case FRAME_SEALED:
    case FRAME_FILE:
        break;
    }
}

bool frame_message_decode(const uint8_t bytes[FRAME_MESSAGE_BYTES], enum frame_way way,
                          struct frame_message *ret_message, const char **ret_why)
{
    struct reader reader;
    struct frame_message message = {0};

    reader_init(&reader, bytes, FRAME_MESSAGE_BYTES);
    uint8_t type = reader_u8(&reader);
    if (!type_goes(type, way)) {
        *ret_why = "a frame message of an unknown type, or that only another program may send";
        return false;
    }
    message.type = type;
    message.number = reader_u16(&reader);
    read_fields(&reader, &message);
    if (reader.failed || !fields_are_valid(&message) || !reader_rest_is_zero(&reader)) {
        *ret_why = "a frame message with a field out of its range";
        return false;
    }
    *ret_message = message;
    return true;
}
