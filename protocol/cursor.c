#include "protocol/cursor.h"

#include <string.h>

void reader_init(struct reader *reader, const void *bytes, size_t size_bytes)
{
    reader->at = bytes;
    reader->end = reader->at + size_bytes;
    reader->failed = false;
}

/* The next `size_bytes`, or NULL; after the first failure always NULL. */
static const uint8_t *reader_take(struct reader *reader, size_t size_bytes)
{
    if (reader->failed || size_bytes > (size_t)(reader->end - reader->at)) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *taken = reader->at;
    reader->at += size_bytes;
    return taken;
}

static uint64_t reader_number(struct reader *reader, size_t size_bytes)
{
    const uint8_t *bytes = reader_take(reader, size_bytes);
    uint64_t value = 0;
    for (size_t i = 0; bytes && i < size_bytes; i++)
        value = value << 8 | bytes[i];
    return value;
}

uint8_t reader_u8(struct reader *reader)
{
    return (uint8_t)reader_number(reader, 1);
}

uint16_t reader_u16(struct reader *reader)
{
    return (uint16_t)reader_number(reader, 2);
}

uint32_t reader_u32(struct reader *reader)
{
    return (uint32_t)reader_number(reader, 4);
}

uint64_t reader_u64(struct reader *reader)
{
    return reader_number(reader, 8);
}

int32_t reader_i32(struct reader *reader)
{
    return (int32_t)reader_u32(reader);
}

bool reader_bool(struct reader *reader)
{
    uint8_t value = reader_u8(reader);
    if (value > 1)
        reader->failed = true;
    return value == 1;
}

void reader_bytes(struct reader *reader, void *ret_bytes, size_t size_bytes)
{
    const uint8_t *bytes = reader_take(reader, size_bytes);
    if (bytes)
        memcpy(ret_bytes, bytes, size_bytes);
    else
        memset(ret_bytes, 0, size_bytes);
}

static void read_text(struct reader *reader, char *ret_text, size_t room_bytes,
                      bool (*is_clean)(const char *text, size_t size_bytes))
{
    size_t length = reader_u8(reader);
    const uint8_t *bytes = reader_take(reader, length);
    ret_text[0] = '\0';
    if (!bytes)
        return;
    if (length >= room_bytes || !is_clean((const char *)bytes, length)) {
        reader->failed = true;
        return;
    }
    memcpy(ret_text, bytes, length);
    ret_text[length] = '\0';
}

void reader_text(struct reader *reader, char *ret_text, size_t room_bytes)
{
    read_text(reader, ret_text, room_bytes, text_is_clean);
}

void reader_lines(struct reader *reader, char *ret_text, size_t room_bytes)
{
    read_text(reader, ret_text, room_bytes, lines_are_clean);
    if (ret_text[0] == '\0')
        reader->failed = true;
}

bool reader_done(const struct reader *reader)
{
    return !reader->failed && reader->at == reader->end;
}

bool reader_rest_is_zero(const struct reader *reader)
{
    for (const uint8_t *at = reader->at; at < reader->end; at++) {
        if (*at != 0)
            return false;
    }
    return true;
}

void writer_init(struct writer *writer, void *buffer, size_t room_bytes)
{
    writer->start = buffer;
    writer->at = buffer;
    writer->end = writer->start + room_bytes;
    writer->failed = false;
}

static uint8_t *writer_take(struct writer *writer, size_t size_bytes)
{
    if (writer->failed || size_bytes > (size_t)(writer->end - writer->at)) {
        writer->failed = true;
        return NULL;
    }
    uint8_t *taken = writer->at;
    writer->at += size_bytes;
    return taken;
}

static void writer_number(struct writer *writer, uint64_t value, size_t size_bytes)
{
    uint8_t *bytes = writer_take(writer, size_bytes);
    for (size_t i = size_bytes; bytes && i > 0; i--) {
        bytes[i - 1] = (uint8_t)value;
        value >>= 8;
    }
}

void writer_u8(struct writer *writer, uint8_t value)
{
    writer_number(writer, value, 1);
}

void writer_u16(struct writer *writer, uint16_t value)
{
    writer_number(writer, value, 2);
}

void writer_u32(struct writer *writer, uint32_t value)
{
    writer_number(writer, value, 4);
}

void writer_u64(struct writer *writer, uint64_t value)
{
    writer_number(writer, value, 8);
}

void writer_i32(struct writer *writer, int32_t value)
{
    writer_number(writer, (uint32_t)value, 4);
}

void writer_bytes(struct writer *writer, const void *bytes, size_t size_bytes)
{
    uint8_t *room = writer_take(writer, size_bytes);
    if (room)
        memcpy(room, bytes, size_bytes);
}

void writer_text(struct writer *writer, const char *text)
{
    char clean[UINT8_MAX + 1];
    if (strlen(text) > UINT8_MAX) {
        writer->failed = true;
        return;
    }
    text_make_clean(text, clean, sizeof clean);
    writer_u8(writer, (uint8_t)strlen(clean));
    writer_bytes(writer, clean, strlen(clean));
}

void writer_lines(struct writer *writer, const char *text, size_t room_bytes)
{
    size_t length = strnlen(text, room_bytes);
    if (length == 0 || length >= room_bytes || length > UINT8_MAX ||
        !lines_are_clean(text, length)) {
        writer->failed = true;
        return;
    }
    writer_u8(writer, (uint8_t)length);
    writer_bytes(writer, text, length);
}

size_t writer_size(const struct writer *writer)
{
    return (size_t)(writer->at - writer->start);
}
