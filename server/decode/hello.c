#include "server/decode/hello.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/times.h"
#include "protocol/cursor.h"
#include "protocol/limits.h"
#include "server/decode/decoder.h"
#include "server/decode/encodings.h"

#define VERSION       "RFB 003.008\n"
#define VERSION_BYTES 12
#define SECURITY_NONE 1
#define FORMAT_BYTES  16
#define INIT_BYTES    (4 + FORMAT_BYTES + 4)
#define ENCODINGS_MAX 32

#define MESSAGE_SET_PIXEL_FORMAT 0
#define MESSAGE_SET_ENCODINGS    2

static bool read_u32(struct decoder *decoder, uint32_t *ret_value)
{
    uint8_t bytes[4];
    struct reader reader;

    if (!source_read(&decoder->source, bytes, sizeof bytes))
        return false;
    reader_init(&reader, bytes, sizeof bytes);
    *ret_value = reader_u32(&reader);
    return true;
}

static bool exchange_versions(struct decoder *decoder)
{
    char version[VERSION_BYTES + 1] = {0};
    unsigned major = 0;
    unsigned minor = 0;

    if (!source_read(&decoder->source, version, VERSION_BYTES))
        return false;
    if (sscanf(version, "RFB %3u.%3u\n", &major, &minor) != 2 || major != 3 || minor < 8)
        return stop_because(&decoder->stop, "the target does not speak RFB 3.8");
    return source_write(&decoder->source, VERSION, VERSION_BYTES);
}

static bool refused(struct decoder *decoder)
{
    uint32_t size_bytes = 0;
    char reason[RFB_REASON_MAX_BYTES + 1] = {0};

    if (!read_u32(decoder, &size_bytes))
        return false;
    if (size_bytes > RFB_REASON_MAX_BYTES)
        size_bytes = RFB_REASON_MAX_BYTES;
    if (!source_read(&decoder->source, reason, size_bytes))
        return false;
    return stop_because(&decoder->stop, "the target refused: %s", reason);
}

static bool choose_security(struct decoder *decoder)
{
    uint8_t count = 0;
    uint8_t types[UINT8_MAX];
    const uint8_t none = SECURITY_NONE;
    uint32_t result = 0;

    if (!source_read(&decoder->source, &count, 1))
        return false;
    if (count == 0)
        return refused(decoder);
    if (!source_read(&decoder->source, types, count))
        return false;
    if (!memchr(types, SECURITY_NONE, count))
        return stop_because(&decoder->stop, "the target's screen asks for a password");
    if (!source_write(&decoder->source, &none, 1) || !read_u32(decoder, &result))
        return false;
    return result == 0 || refused(decoder);
}

static bool exchange_init(struct decoder *decoder)
{
    const uint8_t shared = 1;
    uint8_t bytes[INIT_BYTES];
    uint8_t format[FORMAT_BYTES]; /* the target's own: ours is asked for */
    struct reader reader;

    if (!source_write(&decoder->source, &shared, 1) ||
        !source_read(&decoder->source, bytes, sizeof bytes))
        return false;
    reader_init(&reader, bytes, sizeof bytes);
    uint32_t width_px = reader_u16(&reader);
    uint32_t height_px = reader_u16(&reader);
    reader_bytes(&reader, format, sizeof format);
    uint32_t name_bytes = reader_u32(&reader);
    if (!frame_size_is_valid(width_px, height_px))
        return stop_because(&decoder->stop, "a screen of %ux%u pixels", width_px, height_px);
    if (name_bytes > DESKTOP_NAME_MAX_BYTES)
        return stop_because(&decoder->stop, "a name of %u bytes", name_bytes);
    return source_skip(&decoder->source, name_bytes) &&
           picture_resize(&decoder->picture, &decoder->stop, width_px, height_px);
}

/* As protocol/frame.h has them, so that nothing needs to be converted. */
static bool ask_for_pixels(struct decoder *decoder)
{
    uint8_t bytes[4 + FORMAT_BYTES] = {MESSAGE_SET_PIXEL_FORMAT};
    struct writer writer;

    writer_init(&writer, bytes + 4, FORMAT_BYTES);
    writer_u8(&writer, 32); /* bits */
    writer_u8(&writer, 24); /* depth */
    writer_u8(&writer, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    writer_u8(&writer, 1); /* true colour */
    for (int i = 0; i < 3; i++)
        writer_u16(&writer, 255);
    writer_u8(&writer, 16);
    writer_u8(&writer, 8);
    writer_u8(&writer, 0);
    return source_write(&decoder->source, bytes, sizeof bytes);
}

static bool ask_for_encodings(struct decoder *decoder)
{
    uint8_t bytes[4 + 4 * ENCODINGS_MAX];
    struct writer writer;
    size_t count = 0;
    const struct encoding *table = encodings_table(&count);

    writer_init(&writer, bytes, sizeof bytes);
    writer_u8(&writer, MESSAGE_SET_ENCODINGS);
    writer_u8(&writer, 0);
    writer_u16(&writer, (uint16_t)count);
    for (size_t i = 0; i < count; i++)
        writer_i32(&writer, table[i].number);
    return source_write(&decoder->source, bytes, writer_size(&writer));
}

bool hello_run(struct decoder *decoder)
{
    decoder->source.deadline_us = clock_now_us() + time_us(TIME_DECODE_HELLO);
    bool good = exchange_versions(decoder) && choose_security(decoder) && exchange_init(decoder) &&
                ask_for_pixels(decoder) && ask_for_encodings(decoder);
    decoder->source.deadline_us = 0;
    return good;
}
