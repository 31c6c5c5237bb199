#include "protocol/report_wire.h"

void report_write(struct writer *writer, const struct report *report)
{
    if (report->event_count < 1 || report->event_count > REPORT_EVENTS_MAX) {
        writer->failed = true;
        return;
    }
    writer_u64(writer, report->time_us);
    writer_u8(writer, report->event_count);
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (!report_event_is_valid(event))
            writer->failed = true;
        writer_u8(writer, (uint8_t)event->type);
        writer_u16(writer, event->code);
        writer_i32(writer, event->value);
    }
}

void report_read(struct reader *reader, struct report *ret_report)
{
    ret_report->time_us = reader_u64(reader);
    ret_report->event_count = reader_u8(reader);
    if (ret_report->event_count < 1 || ret_report->event_count > REPORT_EVENTS_MAX) {
        ret_report->event_count = 0;
        reader->failed = true;
        return;
    }
    for (uint8_t i = 0; i < ret_report->event_count; i++) {
        struct report_event *event = &ret_report->events[i];
        event->type = reader_u8(reader);
        event->code = reader_u16(reader);
        event->value = reader_i32(reader);
        if (!report_event_is_valid(event))
            reader->failed = true;
    }
}
