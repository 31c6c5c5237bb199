#include "protocol/link.h"

#include <string.h>

#include "protocol/cursor.h"
#include "protocol/message.h"
#include "protocol/report_wire.h"

#define LINK_HEAD_BYTES 9 /* type u8, grab number u32, sequence u32 */
#define LOCKS_MAX       (MESSAGE_LOCK_NUM | MESSAGE_LOCK_CAPS | MESSAGE_LOCK_SCROLL)

_Static_assert(LINK_HEAD_BYTES + REPORT_BYTES_MAX <= LINK_MESSAGE_BYTES, "a report fits");
_Static_assert(LINK_HEAD_BYTES + 5 + 3 * LINK_TEXT_ROOM <= LINK_MESSAGE_BYTES, "a device fits");

static bool command_is_valid(const struct command *command)
{
    bool is_scan = command->type == COMMAND_SCAN;

    if (command->scan_mode > SCAN_PAUSE || command->scan_s > LINK_SCAN_MAX_S ||
        (!is_scan && (command->scan_s || command->scan_mode || command->scan_end_keys[0] ||
                      command->scan_end_keys[1])))
        return false;
    if (command->type == COMMAND_TARGET)
        return command->number <= LINK_NUMBER_MAX &&
               (command->number == 0) == (command->name[0] != '\0');
    if (command->type == COMMAND_MONITOR)
        return command->number == 0 && command->name[0] != '\0';
    return command->type > COMMAND_TARGET && command->type <= COMMAND_SWITCHER &&
           command->number == 0 && command->name[0] == '\0';
}

static bool type_is_of(uint8_t type, bool from_source)
{
    return from_source ? type >= LINK_HELLO && type <= LINK_RELOADED
                       : type >= LINK_PING && type <= LINK_RELOAD;
}

/* What the fields of a message may be, for both ways; a report checks itself. */
static bool fields_are_valid(const struct link_message *message)
{
    switch (message->type) {
    case LINK_HELLO:
        return message->version == LINK_VERSION;
    case LINK_GRABBED:
        return message->grab_number > 0;
    case LINK_UNGRABBED:
        return message->ungrab_reason >= LINK_UNGRAB_ORDERED &&
               message->ungrab_reason <= LINK_UNGRAB_FAILED;
    case LINK_COMMAND:
        return command_is_valid(&message->command);
    case LINK_LEDS:
        return message->locks <= LOCKS_MAX;
    case LINK_TARGETS:
        return message->highest_number <= LINK_NUMBER_MAX;
    default:
        return true;
    }
}

static void write_device_text(struct writer *writer, const char text[LINK_TEXT_ROOM])
{
    if (strnlen(text, LINK_TEXT_ROOM) < LINK_TEXT_ROOM)
        writer_text(writer, text);
    else
        writer->failed = true;
}

static void write_device(struct writer *writer, const struct link_device *device)
{
    writer_u32(writer, device->id);
    writer_u8(writer, device->taken);
    write_device_text(writer, device->name);
    write_device_text(writer, device->path);
    write_device_text(writer, device->why);
}

static void write_command(struct writer *writer, const struct command *command)
{
    writer_u8(writer, (uint8_t)command->type);
    writer_u16(writer, command->number);
    if (strnlen(command->name, LINK_NAME_ROOM) < LINK_NAME_ROOM)
        writer_text(writer, command->name);
    else
        writer->failed = true;
    writer_u16(writer, command->scan_s);
    writer_u8(writer, (uint8_t)command->scan_mode);
    writer_u16(writer, command->scan_end_keys[0]);
    writer_u16(writer, command->scan_end_keys[1]);
}

static void write_reloaded(struct writer *writer, const struct link_reloaded *reloaded)
{
    if (strnlen(reloaded->error, LINK_ERROR_ROOM) < LINK_ERROR_ROOM)
        writer_text(writer, reloaded->error);
    else
        writer->failed = true;
    write_device_text(writer, reloaded->changed);
}

static void write_counts(struct writer *writer, const struct link_counts *counts)
{
    writer_u32(writer, counts->id);
    writer_u32(writer, counts->keys);
    writer_u32(writer, counts->buttons);
    writer_u32(writer, counts->motion);
    writer_u32(writer, counts->wheel);
}

static void write_fields(struct writer *writer, const struct link_message *message)
{
    switch (message->type) {
    case LINK_HELLO:
        writer_u16(writer, message->version);
        break;
    case LINK_GRABBED:
        writer_u8(writer, message->by_order);
        break;
    case LINK_UNGRABBED:
        writer_u8(writer, (uint8_t)message->ungrab_reason);
        break;
    case LINK_REPORT:
        report_write(writer, &message->report);
        break;
    case LINK_COMMAND:
        write_command(writer, &message->command);
        break;
    case LINK_PING:
    case LINK_PONG:
        writer_u32(writer, message->ping_number);
        break;
    case LINK_DEVICE:
        write_device(writer, &message->device);
        break;
    case LINK_DEVICE_GONE:
        writer_u32(writer, message->device.id);
        break;
    case LINK_LEDS:
        writer_u8(writer, message->locks);
        break;
    case LINK_TARGETS:
        writer_u16(writer, message->highest_number);
        break;
    case LINK_UNGRAB:
        writer_u64(writer, message->deliver_from_us);
        break;
    case LINK_HOTKEYS:
        writer_u8(writer, message->hotkeys_off);
        break;
    case LINK_DEVICE_COUNTS:
        write_counts(writer, &message->counts);
        break;
    case LINK_COUNT_DEVICES:
        writer_u8(writer, message->counting);
        break;
    case LINK_RELOADED:
        write_reloaded(writer, &message->reloaded);
        break;
    case LINK_RELOAD:
    case LINK_GRAB:
    case LINK_KEEP:
    case LINK_FLASH:
        break;
    }
}

bool link_encode(const struct link_message *message, uint8_t ret_bytes[LINK_MESSAGE_BYTES])
{
    struct writer writer;

    memset(ret_bytes, 0, LINK_MESSAGE_BYTES);
    if (!type_is_of((uint8_t)message->type, true) && !type_is_of((uint8_t)message->type, false))
        return false;
    if (!fields_are_valid(message))
        return false;
    writer_init(&writer, ret_bytes, LINK_MESSAGE_BYTES);
    writer_u8(&writer, (uint8_t)message->type);
    writer_u32(&writer, message->grab_number);
    writer_u32(&writer, message->sequence);
    write_fields(&writer, message);
    return !writer.failed;
}

static void read_device(struct reader *reader, struct link_device *ret_device)
{
    ret_device->id = reader_u32(reader);
    ret_device->taken = reader_bool(reader);
    reader_text(reader, ret_device->name, sizeof ret_device->name);
    reader_text(reader, ret_device->path, sizeof ret_device->path);
    reader_text(reader, ret_device->why, sizeof ret_device->why);
}

static void read_command(struct reader *reader, struct command *ret_command)
{
    ret_command->type = reader_u8(reader);
    ret_command->number = reader_u16(reader);
    reader_text(reader, ret_command->name, sizeof ret_command->name);
    ret_command->scan_s = reader_u16(reader);
    ret_command->scan_mode = reader_u8(reader);
    ret_command->scan_end_keys[0] = reader_u16(reader);
    ret_command->scan_end_keys[1] = reader_u16(reader);
}

static void read_counts(struct reader *reader, struct link_counts *ret_counts)
{
    ret_counts->id = reader_u32(reader);
    ret_counts->keys = reader_u32(reader);
    ret_counts->buttons = reader_u32(reader);
    ret_counts->motion = reader_u32(reader);
    ret_counts->wheel = reader_u32(reader);
}

static void read_fields(struct reader *reader, struct link_message *ret_message)
{
    switch (ret_message->type) {
    case LINK_HELLO:
        ret_message->version = reader_u16(reader);
        break;
    case LINK_GRABBED:
        ret_message->by_order = reader_bool(reader);
        break;
    case LINK_UNGRABBED:
        ret_message->ungrab_reason = reader_u8(reader);
        break;
    case LINK_REPORT:
        report_read(reader, &ret_message->report);
        break;
    case LINK_COMMAND:
        read_command(reader, &ret_message->command);
        break;
    case LINK_PING:
    case LINK_PONG:
        ret_message->ping_number = reader_u32(reader);
        break;
    case LINK_DEVICE:
        read_device(reader, &ret_message->device);
        break;
    case LINK_DEVICE_GONE:
        ret_message->device.id = reader_u32(reader);
        break;
    case LINK_LEDS:
        ret_message->locks = reader_u8(reader);
        break;
    case LINK_TARGETS:
        ret_message->highest_number = reader_u16(reader);
        break;
    case LINK_UNGRAB:
        ret_message->deliver_from_us = reader_u64(reader);
        break;
    case LINK_HOTKEYS:
        ret_message->hotkeys_off = reader_bool(reader);
        break;
    case LINK_DEVICE_COUNTS:
        read_counts(reader, &ret_message->counts);
        break;
    case LINK_COUNT_DEVICES:
        ret_message->counting = reader_bool(reader);
        break;
    case LINK_RELOADED:
        reader_text(reader, ret_message->reloaded.error, sizeof ret_message->reloaded.error);
        reader_text(reader, ret_message->reloaded.changed, sizeof ret_message->reloaded.changed);
        break;
    case LINK_RELOAD:
    case LINK_GRAB:
    case LINK_KEEP:
    case LINK_FLASH:
        break;
    }
}

bool link_decode(const uint8_t bytes[LINK_MESSAGE_BYTES], bool from_source,
                 struct link_message *ret_message, const char **ret_why)
{
    struct reader reader;
    struct link_message message = {0};

    reader_init(&reader, bytes, LINK_MESSAGE_BYTES);
    uint8_t type = reader_u8(&reader);
    if (!type_is_of(type, from_source)) {
        *ret_why = "a link message of an unknown type, or that only the other side may send";
        return false;
    }
    message.type = type;
    message.grab_number = reader_u32(&reader);
    message.sequence = reader_u32(&reader);
    read_fields(&reader, &message);
    if (type == LINK_HELLO && message.version != LINK_VERSION) {
        *ret_why = "the programs are of different versions of hotdesk: restart both";
        return false;
    }
    if (reader.failed || !fields_are_valid(&message) || !reader_rest_is_zero(&reader)) {
        *ret_why = "a link message with a field out of its range";
        return false;
    }
    *ret_message = message;
    return true;
}
