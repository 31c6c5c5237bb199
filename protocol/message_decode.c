#include "protocol/message.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "protocol/cursor.h"
#include "protocol/message_fields.h"
#include "protocol/report_wire.h"

static void store_number(const struct message_field *field, void *at, uint64_t value)
{
    uint8_t u8 = (uint8_t)value;
    uint16_t u16 = (uint16_t)value;
    uint32_t u32 = (uint32_t)value;

    if (field->kind == FIELD_U8)
        memcpy(at, &u8, sizeof u8);
    else if (field->kind == FIELD_U16)
        memcpy(at, &u16, sizeof u16);
    else if (field->kind == FIELD_U32)
        memcpy(at, &u32, sizeof u32);
    else
        memcpy(at, &value, sizeof value);
}

static void read_number(struct reader *reader, const struct message_field *field, void *at)
{
    uint64_t value = field->kind == FIELD_U8    ? reader_u8(reader)
                     : field->kind == FIELD_U16 ? reader_u16(reader)
                     : field->kind == FIELD_U32 ? reader_u32(reader)
                                                : reader_u64(reader);
    if (value < field->min || value > field->max)
        reader->failed = true;
    store_number(field, at, value);
}

static void read_monitors(struct reader *reader, struct message_geometry *ret_geometry)
{
    ret_geometry->monitor_count = reader_u8(reader);
    if (ret_geometry->monitor_count > MESSAGE_MONITORS_MAX) {
        reader->failed = true;
        return;
    }
    for (uint8_t i = 0; i < ret_geometry->monitor_count; i++) {
        struct message_monitor *monitor = &ret_geometry->monitors[i];
        monitor->x_px = reader_u16(reader);
        monitor->y_px = reader_u16(reader);
        monitor->width_px = reader_u16(reader);
        monitor->height_px = reader_u16(reader);
        reader_text(reader, monitor->name, sizeof monitor->name);
        if (monitor->width_px == 0 || monitor->height_px == 0)
            reader->failed = true;
    }
}

static void read_keys(struct reader *reader, struct message_press *ret_press)
{
    ret_press->key_count = reader_u8(reader);
    if (ret_press->key_count == 0 || ret_press->key_count > SCRIPT_KEYS_MAX) {
        reader->failed = true;
        return;
    }
    for (uint8_t i = 0; i < ret_press->key_count; i++) {
        ret_press->keys[i] = reader_u16(reader);
        if (ret_press->keys[i] == 0 || ret_press->keys[i] > KEY_MAX)
            reader->failed = true;
    }
}

static void read_field(struct reader *reader, const struct message_field *field,
                       struct message *ret_message)
{
    uint8_t *at = (uint8_t *)ret_message + field->offset;

    switch (field->kind) {
    case FIELD_MAGIC:
        if (reader_u32(reader) != MESSAGE_MAGIC)
            reader->failed = true;
        break;
    case FIELD_TEXT:
        reader_text(reader, (char *)at, field->room);
        break;
    case FIELD_LINES:
        reader_lines(reader, (char *)at, field->room);
        break;
    case FIELD_KEYS:
        read_keys(reader, &ret_message->press);
        break;
    case FIELD_BYTES:
        reader_bytes(reader, at, field->room);
        break;
    case FIELD_REPORT:
        report_read(reader, &ret_message->report.report);
        break;
    case FIELD_MONITORS:
        read_monitors(reader, &ret_message->geometry);
        break;
    default:
        read_number(reader, field, at);
    }
}

/* NULL, or what is wrong with the body. */
static const char *read_body(const struct message_layout *layout, const uint8_t *body,
                             size_t body_bytes, struct message *ret_message)
{
    struct reader reader;

    reader_init(&reader, body, body_bytes);
    for (size_t i = 0; i < MESSAGE_FIELDS_MAX && layout->fields[i].why_bad; i++) {
        read_field(&reader, &layout->fields[i], ret_message);
        if (reader.failed)
            return layout->fields[i].why_bad;
    }
    if (!reader_done(&reader))
        return "bytes are left over at the end of a message";
    return message_contradiction(ret_message);
}

static const char *check_header(const struct message_layout *layout, size_t body_bytes,
                                enum message_direction direction)
{
    if (!layout)
        return "a message of an unknown type";
    if (!(layout->info.direction & direction))
        return "a message that only the other side may send";
    if (body_bytes < layout->info.body_min_bytes || body_bytes > layout->info.body_max_bytes)
        return "a message of a length that its type cannot have";
    return NULL;
}

enum message_result message_decode(const void *bytes, size_t size_bytes,
                                   enum message_direction direction, struct message *ret_message,
                                   size_t *ret_used_bytes, const char **ret_why)
{
    struct reader reader;

    if (size_bytes < MESSAGE_HEADER_BYTES)
        return MESSAGE_NEED_MORE;
    reader_init(&reader, bytes, size_bytes);
    size_t body_bytes = reader_u16(&reader);
    const struct message_layout *layout = message_layout(reader_u8(&reader));
    const char *why = check_header(layout, body_bytes, direction);

    if (!why && size_bytes < MESSAGE_HEADER_BYTES + body_bytes)
        return MESSAGE_NEED_MORE;
    if (!why) {
        struct message message;
        memset(&message, 0, sizeof message); /* what no field fills is 0, in every member */
        message.type = layout->info.type;
        why = read_body(layout, reader.at, body_bytes, &message);
        if (!why) {
            *ret_message = message;
            *ret_used_bytes = MESSAGE_HEADER_BYTES + body_bytes;
            return MESSAGE_OK;
        }
    }
    *ret_why = why;
    return MESSAGE_BAD;
}
