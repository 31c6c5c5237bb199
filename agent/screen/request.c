#include "agent/screen/request.h"

#include <string.h>

#include "protocol/cursor.h"
#include "protocol/limits.h"
#include "protocol/thumbnail.h"

enum client_message {
    CLIENT_SET_PIXEL_FORMAT = 0,
    CLIENT_SET_ENCODINGS = 2,
    CLIENT_UPDATE_REQUEST = 3,
    CLIENT_KEY = 4,
    CLIENT_POINTER = 5,
    CLIENT_CUT_TEXT = 6,
    CLIENT_LOOK = 150,
    CLIENT_FENCE = 248,
};

/* Up to where the length is known, with the type's byte. */
static size_t head_bytes(uint8_t type)
{
    switch (type) {
    case CLIENT_SET_PIXEL_FORMAT:
        return 20;
    case CLIENT_SET_ENCODINGS:
        return 4;
    case CLIENT_UPDATE_REQUEST:
    case CLIENT_LOOK:
        return 10;
    case CLIENT_KEY:
    case CLIENT_CUT_TEXT:
        return 8;
    case CLIENT_POINTER:
        return 6;
    case THUMBNAIL_REQUEST:
        return THUMBNAIL_REQUEST_BYTES;
    case CLIENT_FENCE:
        return 9;
    default:
        return 0;
    }
}

static void note_encoding(struct request_encodings *encodings, int32_t number)
{
    switch (number) {
    case 7:
        encodings->tight = true;
        break;
    case 1:
        encodings->copy = true;
        break;
    case -314:
        encodings->alpha_cursor = true;
        break;
    case -239:
        encodings->rich_cursor = true;
        break;
    case -223:
        encodings->size = true;
        break;
    case -308:
        encodings->extended_size = true;
        break;
    case -224:
        encodings->last_rect = true;
        break;
    case -312:
        encodings->fence = true;
        break;
    case -313:
        encodings->continuous = true;
        break;
    default:
        if (number >= -32 && number <= -23) /* quality levels of JPEG */
            encodings->jpeg = true;
    }
}

static enum request_result read_encodings(const uint8_t *bytes, size_t size_bytes,
                                          struct request *ret_request, size_t *ret_used_bytes,
                                          const char **ret_why)
{
    struct reader reader;

    reader_init(&reader, bytes + 2, size_bytes - 2);
    const uint16_t count = reader_u16(&reader);
    if (count > REQUEST_ENCODINGS_MAX) {
        *ret_why = "it asked for more encodings than there are";
        return REQUEST_BAD;
    }
    if (size_bytes < 4 + 4u * count)
        return REQUEST_NEED_MORE;
    ret_request->type = REQUEST_ENCODINGS;
    for (uint16_t i = 0; i < count; i++)
        note_encoding(&ret_request->encodings, reader_i32(&reader));
    *ret_used_bytes = 4 + 4u * count;
    return REQUEST_OK;
}

/* RFC 6143, 7.4: 32 bits, depth 24, little-endian, true colour, 255 each, red 16 green 8 blue 0. */
static enum request_result read_format(const uint8_t *bytes, const char **ret_why)
{
    static const uint8_t ours[] = {32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0};

    if (memcmp(bytes + 4, ours, sizeof ours) == 0)
        return REQUEST_OK;
    *ret_why = "it asked for pixels of another format than hotdesk's";
    return REQUEST_BAD;
}

static enum request_result read_fence(const uint8_t *bytes, size_t size_bytes,
                                      struct request *ret_request, size_t *ret_used_bytes,
                                      const char **ret_why)
{
    struct reader reader;

    reader_init(&reader, bytes + 4, size_bytes - 4);
    ret_request->fence_flags = reader_u32(&reader);
    ret_request->fence_bytes = reader_u8(&reader);
    if (ret_request->fence_bytes > FENCE_MAX_BYTES) {
        *ret_why = "it sent a fence that is too long";
        return REQUEST_BAD;
    }
    reader_bytes(&reader, ret_request->fence, ret_request->fence_bytes);
    if (reader.failed)
        return REQUEST_NEED_MORE;
    ret_request->type = REQUEST_FENCE;
    *ret_used_bytes += ret_request->fence_bytes;
    return REQUEST_OK;
}

static enum request_result read_thumbnails(const uint8_t *bytes, struct request *ret_request,
                                           const char **ret_why)
{
    struct reader reader;

    reader_init(&reader, bytes + 1, THUMBNAIL_REQUEST_BYTES - 1);
    ret_request->type = REQUEST_THUMBNAILS;
    ret_request->look = reader_u8(&reader) != 0;
    ret_request->width_max_px = reader_u16(&reader);
    ret_request->height_max_px = reader_u16(&reader);
    if (ret_request->width_max_px > 0 && ret_request->width_max_px <= THUMBNAIL_WIDTH_MAX_PX &&
        ret_request->height_max_px > 0 && ret_request->height_max_px <= THUMBNAIL_HEIGHT_MAX_PX)
        return REQUEST_OK;
    *ret_why = "it asked for thumbnails of a size that there is none of";
    return REQUEST_BAD;
}

static enum request_result skip_text(const uint8_t *bytes, size_t size_bytes,
                                     size_t *ret_used_bytes, size_t *ret_skip_bytes,
                                     const char **ret_why)
{
    struct reader reader;

    reader_init(&reader, bytes + 4, 4);
    const uint32_t text_bytes = reader_u32(&reader);
    if (text_bytes > CUT_TEXT_MAX_BYTES) {
        *ret_why = "it sent a text that is too long";
        return REQUEST_BAD;
    }
    const size_t there_bytes = size_bytes - 8 < text_bytes ? size_bytes - 8 : text_bytes;
    *ret_used_bytes = 8 + there_bytes;
    *ret_skip_bytes = text_bytes - there_bytes;
    return REQUEST_OK;
}

enum request_result request_read(const uint8_t *bytes, size_t size_bytes,
                                 struct request *ret_request, size_t *ret_used_bytes,
                                 size_t *ret_skip_bytes, const char **ret_why)
{
    *ret_skip_bytes = 0;
    *ret_request = (struct request){.type = REQUEST_NOTHING};
    if (size_bytes == 0)
        return REQUEST_NEED_MORE;
    *ret_used_bytes = head_bytes(bytes[0]);
    if (*ret_used_bytes == 0) {
        *ret_why = "it sent a message that a screen has no use for";
        return REQUEST_BAD;
    }
    if (size_bytes < *ret_used_bytes)
        return REQUEST_NEED_MORE;
    switch (bytes[0]) {
    case CLIENT_SET_PIXEL_FORMAT:
        return read_format(bytes, ret_why);
    case CLIENT_SET_ENCODINGS:
        return read_encodings(bytes, size_bytes, ret_request, ret_used_bytes, ret_why);
    case CLIENT_UPDATE_REQUEST:
        ret_request->type = bytes[1] ? REQUEST_NOTHING : REQUEST_ALL;
        return REQUEST_OK;
    case CLIENT_LOOK:
        ret_request->type = REQUEST_LOOK;
        ret_request->look = bytes[1] != 0;
        return REQUEST_OK;
    case THUMBNAIL_REQUEST:
        return read_thumbnails(bytes, ret_request, ret_why);
    case CLIENT_FENCE:
        return read_fence(bytes, size_bytes, ret_request, ret_used_bytes, ret_why);
    case CLIENT_CUT_TEXT:
        return skip_text(bytes, size_bytes, ret_used_bytes, ret_skip_bytes, ret_why);
    default:
        return REQUEST_OK;
    }
}
