#include "server/decode/encodings.h"

#include <string.h>

#include "protocol/cursor.h"
#include "protocol/thumbnail.h"
#include "server/decode/decoder.h"
#include "server/decode/shape.h"
#include "server/decode/thumbnail.h"

#define SCREEN_BYTES    16 /* of each screen of an ExtendedDesktopSize */
#define REASON_OUR_WISH 1  /* ExtendedDesktopSize answers a client's SetDesktopSize */

static bool decode_raw(struct decoder *decoder, const struct frame_rectangle *rectangle)
{
    const struct picture *picture = &decoder->picture;
    size_t row_bytes = (size_t)rectangle->width_px * FRAME_PIXEL_BYTES;

    if (rectangle->width_px == picture->width_px)
        return source_read(&decoder->source, picture_at(picture, 0, rectangle->y_px),
                           row_bytes * rectangle->height_px);
    for (uint32_t y = 0; y < rectangle->height_px; y++) {
        if (!source_read(&decoder->source,
                         picture_at(picture, rectangle->x_px, rectangle->y_px + y), row_bytes))
            return false;
    }
    return true;
}

static bool decode_copy(struct decoder *decoder, const struct frame_rectangle *rectangle)
{
    uint8_t bytes[4];
    struct reader reader;
    struct frame_rectangle from = *rectangle;
    struct picture *picture = &decoder->picture;

    if (!source_read(&decoder->source, bytes, sizeof bytes))
        return false;
    reader_init(&reader, bytes, sizeof bytes);
    from.x_px = reader_u16(&reader);
    from.y_px = reader_u16(&reader);
    if (!frame_rectangle_fits(&from, picture->width_px, picture->height_px))
        return stop_because(&decoder->stop, "a CopyRect from outside of the picture");
    if (jpeg_is_at_work(decoder->jpeg, &from) && !jpeg_wait(decoder->jpeg))
        return stop_because(&decoder->stop, "a JPEG that cannot be decoded");
    picture_copy(picture, &from, rectangle);
    return true;
}

static bool decode_tight(struct decoder *decoder, const struct frame_rectangle *rectangle)
{
    return tight_decode(decoder->tight, &decoder->picture, rectangle);
}

static bool decode_rich(struct decoder *decoder, const struct frame_rectangle *rectangle)
{
    return shape_read_rich(&decoder->source, &decoder->picture, rectangle);
}

static bool decode_alpha(struct decoder *decoder, const struct frame_rectangle *rectangle)
{
    return shape_read_alpha(&decoder->source, &decoder->picture, rectangle);
}

static bool set_size(struct decoder *decoder, const struct frame_rectangle *rectangle)
{
    struct picture *picture = &decoder->picture;

    if (!frame_size_is_valid(rectangle->width_px, rectangle->height_px))
        return stop_because(&decoder->stop, "a screen of %ux%u pixels", rectangle->width_px,
                            rectangle->height_px);
    if (rectangle->width_px == picture->width_px && rectangle->height_px == picture->height_px)
        return true;
    if (!jpeg_wait(decoder->jpeg))
        return stop_because(&decoder->stop, "a JPEG that cannot be decoded");
    return picture_resize(picture, &decoder->stop, rectangle->width_px, rectangle->height_px);
}

/* x is whose wish it was, y how it went; where the screens are is nothing to us. */
static bool decode_extended_size(struct decoder *decoder, const struct frame_rectangle *rectangle)
{
    uint8_t head[4]; /* how many screens, and padding */

    if (!source_read(&decoder->source, head, sizeof head) ||
        !source_skip(&decoder->source, (size_t)head[0] * SCREEN_BYTES))
        return false;
    if (rectangle->x_px == REASON_OUR_WISH && rectangle->y_px != 0)
        return true;
    return set_size(decoder, rectangle);
}

static bool decode_nothing(struct decoder *decoder, const struct frame_rectangle *rectangle)
{
    return true;
}

/* RFC 6143, 7.7 and 7.8, and rfbproto. */
static const struct encoding TABLE[] = {
    {7, ENCODING_PIXELS, decode_tight},
    {1, ENCODING_PIXELS, decode_copy},
    {0, ENCODING_PIXELS, decode_raw},
    {-24, ENCODING_HINT, NULL},  /* JPEG quality level 8 */
    {-255, ENCODING_HINT, NULL}, /* compression level 1 */
    {-314, ENCODING_SHAPE, decode_alpha},
    {-239, ENCODING_SHAPE, decode_rich},
    {-308, ENCODING_SIZE, decode_extended_size},
    {-223, ENCODING_SIZE, set_size},
    {-224, ENCODING_LAST, decode_nothing},
    {-312, ENCODING_HINT, NULL}, /* Fence, a message of its own */
    {-313, ENCODING_HINT, NULL}, /* ContinuousUpdates */
    {THUMBNAIL_ENCODING, ENCODING_THUMBNAIL, thumbnail_read},
};

const struct encoding *encodings_table(size_t *ret_count)
{
    *ret_count = sizeof TABLE / sizeof *TABLE;
    return TABLE;
}

const struct encoding *encodings_find(int32_t number)
{
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
        if (TABLE[i].number == number && TABLE[i].kind != ENCODING_HINT)
            return &TABLE[i];
    }
    return NULL;
}
