#include "agent/screen/mono.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#define STREAM         3 /* libvncserver uses 0 to 2 */
#define CONTROL_FILL   0x80
#define CONTROL_FILTER 0x40
#define FILTER_PALETTE 1
#define WIDTH_MAX_PX   2048 /* of such a rectangle (rfbproto) */
#define BITS_MAX_BYTES 16384
#define PLAIN_BYTES    12 /* less is not compressed */
#define HEAD_BYTES     16
#define OUT_BYTES      (HEAD_BYTES + BITS_MAX_BYTES + BITS_MAX_BYTES / 8 + 64)
#define LEVEL          1

struct mono {
    z_stream stream;
    uint8_t bits[BITS_MAX_BYTES];
    uint8_t out[OUT_BYTES];
};

int mono_create(struct mono **ret_mono)
{
    struct mono *mono = calloc(1, sizeof *mono);

    if (!mono)
        return -ENOMEM;
    if (deflateInit(&mono->stream, LEVEL) != Z_OK) {
        free(mono);
        return -ENOMEM;
    }
    *ret_mono = mono;
    return 0;
}

struct mono *mono_destroy(struct mono *mono)
{
    if (mono)
        deflateEnd(&mono->stream);
    free(mono);
    return NULL;
}

static const uint32_t *row_of(const struct picture *picture, const struct area *area, int y)
{
    return picture->pixels + (size_t)(area->y_px + y) * (size_t)picture->width_px + area->x_px;
}

/* How many there are: 1, 2, or 3 for more. */
static int find_colours(const struct picture *picture, const struct area *area,
                        uint32_t ret_colours[2])
{
    int count = 1;

    ret_colours[0] = ret_colours[1] = *row_of(picture, area, 0);
    for (int y = 0; y < area->height_px; y++) {
        const uint32_t *row = row_of(picture, area, y);
        for (int x = 0; x < area->width_px; x++) {
            if (row[x] == ret_colours[0] || row[x] == ret_colours[1])
                continue;
            if (count == 2)
                return 3;
            ret_colours[1] = row[x];
            count = 2;
        }
    }
    return count;
}

/* The first pixel of eight is the highest bit. */
static size_t pack(struct mono *mono, const struct picture *picture, const struct area *area,
                   uint32_t second)
{
    uint8_t *to = mono->bits;

    for (int y = 0; y < area->height_px; y++) {
        const uint32_t *row = row_of(picture, area, y);
        for (int x = 0; x < area->width_px; x += 8) {
            const int count = area->width_px - x < 8 ? area->width_px - x : 8;
            unsigned byte = 0;
            for (int i = 0; i < count; i++)
                byte |= (unsigned)(row[x + i] == second) << (7 - i);
            *to++ = (uint8_t)byte;
        }
    }
    return (size_t)(to - mono->bits);
}

static uint8_t *write_colour(uint8_t *to, uint32_t colour)
{
    *to++ = (uint8_t)(colour >> 16);
    *to++ = (uint8_t)(colour >> 8);
    *to++ = (uint8_t)colour;
    return to;
}

size_t tight_write_length(size_t size_bytes, uint8_t ret_bytes[3])
{
    ret_bytes[0] = size_bytes & 0x7f;
    if (size_bytes < 1u << 7)
        return 1;
    ret_bytes[0] |= 0x80;
    ret_bytes[1] = size_bytes >> 7 & 0x7f;
    if (size_bytes < 1u << 14)
        return 2;
    ret_bytes[1] |= 0x80;
    ret_bytes[2] = (uint8_t)(size_bytes >> 14);
    return 3;
}

/* The length stands before what is as long only once it was made: room for it is left, and what is
 * not needed of it cut off in front. */
static int compress_bits(struct mono *mono, uint8_t *head, size_t head_bytes, size_t bits_bytes,
                         const uint8_t **ret_bytes, size_t *ret_size_bytes)
{
    uint8_t *body = mono->out + HEAD_BYTES;
    uint8_t length[3];

    mono->stream.next_in = mono->bits;
    mono->stream.avail_in = (uInt)bits_bytes;
    mono->stream.next_out = body;
    mono->stream.avail_out = OUT_BYTES - HEAD_BYTES;
    if (deflate(&mono->stream, Z_SYNC_FLUSH) != Z_OK || mono->stream.avail_in > 0 ||
        mono->stream.avail_out == 0)
        return -EIO;
    const size_t body_bytes = (size_t)(mono->stream.next_out - body);
    const size_t length_bytes = tight_write_length(body_bytes, length);
    uint8_t *start = body - length_bytes - head_bytes;
    for (size_t i = 0; i < head_bytes; i++)
        start[i] = head[i];
    for (size_t i = 0; i < length_bytes; i++)
        start[head_bytes + i] = length[i];
    *ret_bytes = start;
    *ret_size_bytes = head_bytes + length_bytes + body_bytes;
    return 0;
}

static int encode_two(struct mono *mono, const struct picture *picture, const struct area *area,
                      const uint32_t colours[2], const uint8_t **ret_bytes, size_t *ret_size_bytes)
{
    uint8_t head[9] = {CONTROL_FILTER | STREAM << 4, FILTER_PALETTE, 2 - 1};
    const size_t bits_bytes = pack(mono, picture, area, colours[1]);

    write_colour(write_colour(head + 3, colours[0]), colours[1]);
    if (bits_bytes >= PLAIN_BYTES)
        return compress_bits(mono, head, sizeof head, bits_bytes, ret_bytes, ret_size_bytes);
    for (size_t i = 0; i < sizeof head; i++)
        mono->out[i] = head[i];
    for (size_t i = 0; i < bits_bytes; i++)
        mono->out[sizeof head + i] = mono->bits[i];
    *ret_bytes = mono->out;
    *ret_size_bytes = sizeof head + bits_bytes;
    return 0;
}

int mono_encode(struct mono *mono, const struct picture *picture, const struct area *area,
                const uint8_t **ret_bytes, size_t *ret_size_bytes)
{
    const size_t bits_bytes = ((size_t)area->width_px + 7) / 8 * (size_t)area->height_px;
    uint32_t colours[2];

    *ret_size_bytes = 0;
    if (area->width_px > WIDTH_MAX_PX || bits_bytes > BITS_MAX_BYTES)
        return 0;
    const int count = find_colours(picture, area, colours);
    if (count == 2)
        return encode_two(mono, picture, area, colours, ret_bytes, ret_size_bytes);
    if (count > 2)
        return 0;
    mono->out[0] = CONTROL_FILL;
    *ret_bytes = mono->out;
    *ret_size_bytes = (size_t)(write_colour(mono->out + 1, colours[0]) - mono->out);
    return 0;
}
