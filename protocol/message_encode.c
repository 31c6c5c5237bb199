#include "protocol/message.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "protocol/cursor.h"
#include "protocol/message_fields.h"
#include "protocol/report_wire.h"

static uint64_t number_of(const struct message_field *field, const void *at)
{
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;

    switch (field->kind) {
    case FIELD_U8:
        memcpy(&u8, at, sizeof u8);
        return u8;
    case FIELD_U16:
        memcpy(&u16, at, sizeof u16);
        return u16;
    case FIELD_U32:
        memcpy(&u32, at, sizeof u32);
        return u32;
    default:
        memcpy(&u64, at, sizeof u64);
        return u64;
    }
}

static void write_number(struct writer *writer, const struct message_field *field, const void *at)
{
    uint64_t value = number_of(field, at);

    if (value < field->min || value > field->max)
        writer->failed = true;
    else if (field->kind == FIELD_U8)
        writer_u8(writer, (uint8_t)value);
    else if (field->kind == FIELD_U16)
        writer_u16(writer, (uint16_t)value);
    else if (field->kind == FIELD_U32)
        writer_u32(writer, (uint32_t)value);
    else
        writer_u64(writer, value);
}

static void write_text(struct writer *writer, const char *text, size_t room_bytes)
{
    if (strnlen(text, room_bytes) < room_bytes)
        writer_text(writer, text);
    else
        writer->failed = true;
}

static void write_monitors(struct writer *writer, const struct message_geometry *geometry)
{
    if (geometry->monitor_count > MESSAGE_MONITORS_MAX) {
        writer->failed = true;
        return;
    }
    writer_u8(writer, geometry->monitor_count);
    for (uint8_t i = 0; i < geometry->monitor_count; i++) {
        const struct message_monitor *monitor = &geometry->monitors[i];
        if (monitor->width_px == 0 || monitor->height_px == 0)
            writer->failed = true;
        writer_u16(writer, monitor->x_px);
        writer_u16(writer, monitor->y_px);
        writer_u16(writer, monitor->width_px);
        writer_u16(writer, monitor->height_px);
        write_text(writer, monitor->name, sizeof monitor->name);
    }
}

static void write_keys(struct writer *writer, const struct message_press *press)
{
    if (press->key_count == 0 || press->key_count > SCRIPT_KEYS_MAX) {
        writer->failed = true;
        return;
    }
    writer_u8(writer, press->key_count);
    for (uint8_t i = 0; i < press->key_count; i++) {
        if (press->keys[i] == 0 || press->keys[i] > KEY_MAX)
            writer->failed = true;
        writer_u16(writer, press->keys[i]);
    }
}

static void write_field(struct writer *writer, const struct message_field *field,
                        const struct message *message)
{
    const uint8_t *at = (const uint8_t *)message + field->offset;

    switch (field->kind) {
    case FIELD_MAGIC:
        writer_u32(writer, MESSAGE_MAGIC);
        break;
    case FIELD_TEXT:
        write_text(writer, (const char *)at, field->room);
        break;
    case FIELD_LINES:
        writer_lines(writer, (const char *)at, field->room);
        break;
    case FIELD_KEYS:
        write_keys(writer, &message->press);
        break;
    case FIELD_BYTES:
        writer_bytes(writer, at, field->room);
        break;
    case FIELD_REPORT:
        report_write(writer, &message->report.report);
        break;
    case FIELD_MONITORS:
        write_monitors(writer, &message->geometry);
        break;
    default:
        write_number(writer, field, at);
    }
}

size_t message_encode(const struct message *message, void *buffer, size_t room_bytes)
{
    const struct message_layout *layout = message_layout((uint8_t)message->type);
    struct writer writer;

    if (!layout || message_contradiction(message) || room_bytes < MESSAGE_HEADER_BYTES)
        return 0;
    writer_init(&writer, (uint8_t *)buffer + MESSAGE_HEADER_BYTES,
                room_bytes - MESSAGE_HEADER_BYTES);
    for (size_t i = 0; i < MESSAGE_FIELDS_MAX && layout->fields[i].why_bad; i++)
        write_field(&writer, &layout->fields[i], message);
    if (writer.failed)
        return 0;

    size_t body_bytes = writer_size(&writer);
    writer_init(&writer, buffer, MESSAGE_HEADER_BYTES);
    writer_u16(&writer, (uint16_t)body_bytes);
    writer_u8(&writer, (uint8_t)message->type);
    return MESSAGE_HEADER_BYTES + body_bytes;
}
