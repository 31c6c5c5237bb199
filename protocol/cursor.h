/*
 * Bounded cursors over bytes: all numbers of hotdesk's wire formats are read and written here.
 *
 * Failure is sticky: a read past the end or a write past the room sets `failed`, yields zeros from
 * then on and touches no memory outside the buffer, so callers check once, at the end.
 * Numbers are big-endian and fixed in size.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

struct writer {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end;
    bool failed;
};

void reader_init(struct reader *reader, const void *bytes, size_t size_bytes);
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
bool reader_bool(struct reader *reader); /* a byte, 0 or 1; anything else fails */
int32_t reader_i32(struct reader *reader);
void reader_bytes(struct reader *reader, void *ret_bytes, size_t size_bytes);

/* A text: u8 length, then that many bytes, without NUL. `ret_text` gets it with a NUL; it fails
 * when the text does not fit in `room_bytes` with the NUL, or is not clean (text_is_clean). */
void reader_text(struct reader *reader, char *ret_text, size_t room_bytes);

/* The same with line feeds and tabs, and it fails on an empty one. */
void reader_lines(struct reader *reader, char *ret_text, size_t room_bytes);

/* Everything was read, nothing failed, nothing is left over. */
bool reader_done(const struct reader *reader);
/* What was not read is padding: of messages that have a fixed size. */
bool reader_rest_is_zero(const struct reader *reader);

void writer_init(struct writer *writer, void *buffer, size_t room_bytes);
void writer_u8(struct writer *writer, uint8_t value);
void writer_u16(struct writer *writer, uint16_t value);
void writer_u32(struct writer *writer, uint32_t value);
void writer_u64(struct writer *writer, uint64_t value);
void writer_i32(struct writer *writer, int32_t value);
void writer_bytes(struct writer *writer, const void *bytes, size_t size_bytes);
/* Cleaned on the way (text_make_clean); fails when it is longer than 255 bytes. */
void writer_text(struct writer *writer, const char *text);
/* Fails when it is empty, longer than `room_bytes` with its NUL, or not clean (lines_are_clean). */
void writer_lines(struct writer *writer, const char *text, size_t room_bytes);
size_t writer_size(const struct writer *writer);

/* UTF-8 without control characters (C0, DEL, C1), surrogates, overlong forms, U+2028/2029 or the
 * bidirectional controls (U+202A..202E, U+2066..2069): safe to show in a log, a terminal, a window
 * title or JSON. */
bool text_is_clean(const char *text, size_t size_bytes);

/* The same, but for line feeds and tabs, which it may have. */
bool lines_are_clean(const char *text, size_t size_bytes);
/* The next character of a text that is clean, and moves on; 0 at its end. */
uint32_t text_next(const char **text);

/* Copies `text` so that it is clean and fits: bad bytes and characters become '?', the end is cut
 * between characters. Never longer than `text`; always ends in NUL. */
void text_make_clean(const char *text, char *ret_clean, size_t room_bytes);
