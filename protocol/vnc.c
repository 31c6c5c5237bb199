#include "protocol/vnc.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "protocol/cursor.h"

_Static_assert(5 + 1 + 8 * VNC_EVENTS_MAX <= FRAME_MESSAGE_BYTES, "a report fits");
_Static_assert(5 + 4 + VNC_PASSWORD_ROOM + VNC_LAYOUT_ROOM + VNC_NAME_ROOM <= FRAME_MESSAGE_BYTES,
               "the setup fits");

static void put_report(struct writer *writer, const struct vnc_report *report)
{
    writer_u8(writer, report->count);
    for (uint8_t i = 0; i < report->count && i < VNC_EVENTS_MAX; i++) {
        writer_u16(writer, report->events[i].type);
        writer_u16(writer, report->events[i].code);
        writer_i32(writer, report->events[i].value);
    }
}

static void put_setup(struct writer *writer, const struct vnc_setup *setup)
{
    writer_u8(writer, setup->control);
    writer_bytes(writer, setup->password, sizeof setup->password);
    writer_text(writer, setup->layout);
    writer_text(writer, setup->name);
}

bool vnc_message_encode(const struct vnc_message *message, uint8_t ret_bytes[FRAME_MESSAGE_BYTES])
{
    struct writer writer;
    memset(ret_bytes, 0, FRAME_MESSAGE_BYTES);
    writer_init(&writer, ret_bytes, FRAME_MESSAGE_BYTES);
    writer_u8(&writer, (uint8_t)message->type);
    writer_u32(&writer, message->client);
    if (message->type == VNC_SETUP)
        put_setup(&writer, &message->setup);
    else if (message->type == VNC_LOCKS)
        writer_u8(&writer, message->locks);
    else if (message->type == VNC_REPORT)
        put_report(&writer, &message->report);
    else if (message->type == VNC_GONE || message->type == VNC_STOPPED)
        writer_text(&writer, message->text);
    return !writer.failed &&
           (message->type != VNC_REPORT || message->report.count <= VNC_EVENTS_MAX);
}

static bool is_of_a_client(const struct report_event *event)
{
    bool wheel = event->type == EV_REL &&
                 (event->code == REL_WHEEL_HI_RES || event->code == REL_HWHEEL_HI_RES);
    return report_event_is_valid(event) &&
           (event->type == EV_KEY || event->type == EV_ABS || wheel);
}

static bool get_report(struct reader *reader, struct vnc_report *ret_report)
{
    ret_report->count = reader_u8(reader);
    if (ret_report->count == 0 || ret_report->count > VNC_EVENTS_MAX)
        return false;
    for (uint8_t i = 0; i < ret_report->count; i++) {
        struct report_event *event = &ret_report->events[i];
        event->type = reader_u16(reader);
        event->code = reader_u16(reader);
        event->value = reader_i32(reader);
        if (!is_of_a_client(event))
            return false;
    }
    return true;
}

static bool get_setup(struct reader *reader, struct vnc_setup *ret_setup)
{
    ret_setup->control = reader_bool(reader);
    reader_bytes(reader, ret_setup->password, sizeof ret_setup->password);
    reader_text(reader, ret_setup->layout, sizeof ret_setup->layout);
    reader_text(reader, ret_setup->name, sizeof ret_setup->name);
    return memchr(ret_setup->password, '\0', sizeof ret_setup->password);
}

static bool goes(uint8_t type, enum vnc_way way)
{
    return way == VNC_TO_CHILD ? type >= VNC_SETUP && type <= VNC_PING
                               : type >= VNC_READY && type <= VNC_STOPPED;
}

static bool get_fields(struct reader *reader, struct vnc_message *ret_message)
{
    switch (ret_message->type) {
    case VNC_SETUP:
        return get_setup(reader, &ret_message->setup);
    case VNC_LOCKS:
        ret_message->locks = reader_u8(reader);
        return true;
    case VNC_REPORT:
        return get_report(reader, &ret_message->report);
    case VNC_GONE:
    case VNC_STOPPED:
        reader_text(reader, ret_message->text, sizeof ret_message->text);
        return true;
    default:
        return true;
    }
}

bool vnc_message_decode(const uint8_t bytes[FRAME_MESSAGE_BYTES], enum vnc_way way,
                        struct vnc_message *ret_message, const char **ret_why)
{
    struct vnc_message message = {0};
    struct reader reader;
    reader_init(&reader, bytes, FRAME_MESSAGE_BYTES);
    uint8_t type = reader_u8(&reader);
    if (!goes(type, way)) {
        *ret_why = "a message of a type that is not known";
        return false;
    }
    message.type = type;
    message.client = reader_u32(&reader);
    if (!get_fields(&reader, &message) || reader.failed || !reader_rest_is_zero(&reader)) {
        *ret_why = "a message with a field out of its range";
        return false;
    }
    *ret_message = message;
    return true;
}
