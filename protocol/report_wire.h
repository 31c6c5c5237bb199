/*
 * A report in bytes, the same on the control connection and on the link: time u64, count u8, then
 * for each event type u8, code u16, value i32.
 */
#pragma once

#include "protocol/cursor.h"
#include "protocol/report.h"

#define REPORT_HEAD_BYTES  9
#define REPORT_EVENT_BYTES 7
#define REPORT_BYTES_MIN   (REPORT_HEAD_BYTES + REPORT_EVENT_BYTES)
#define REPORT_BYTES_MAX   (REPORT_HEAD_BYTES + REPORT_EVENTS_MAX * REPORT_EVENT_BYTES)

/* Both fail (stickily) on a report without events or with one that it may not carry. */
void report_write(struct writer *writer, const struct report *report);
void report_read(struct reader *reader, struct report *ret_report);
