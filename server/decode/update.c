#include "server/decode/update.h"

#include "protocol/cursor.h"
#include "server/decode/decoder.h"
#include "server/decode/encodings.h"

#define RECTANGLE_BYTES 12

/* False in *ret_encoding's place: refused. */
static bool read_head(struct decoder *decoder, struct frame_rectangle *ret_rectangle,
                      const struct encoding **ret_encoding)
{
    uint8_t bytes[RECTANGLE_BYTES];
    struct reader reader;

    if (!source_read(&decoder->source, bytes, sizeof bytes))
        return false;
    reader_init(&reader, bytes, sizeof bytes);
    ret_rectangle->x_px = reader_u16(&reader);
    ret_rectangle->y_px = reader_u16(&reader);
    ret_rectangle->width_px = reader_u16(&reader);
    ret_rectangle->height_px = reader_u16(&reader);
    int32_t number = reader_i32(&reader);
    *ret_encoding = encodings_find(number);
    return *ret_encoding ||
           stop_because(&decoder->stop, "encoding %d, which was not asked for", number);
}

static bool paint(struct decoder *decoder, const struct encoding *encoding,
                  const struct frame_rectangle *rectangle)
{
    struct picture *picture = &decoder->picture;

    if (!frame_rectangle_fits(rectangle, picture->width_px, picture->height_px))
        return stop_because(&decoder->stop, "a rectangle outside of the picture: %ux%u at %u,%u",
                            rectangle->width_px, rectangle->height_px, rectangle->x_px,
                            rectangle->y_px);
    if (jpeg_is_at_work(decoder->jpeg, rectangle) && !jpeg_wait(decoder->jpeg))
        return stop_because(&decoder->stop, "a JPEG that cannot be decoded");
    picture_touch(picture, rectangle);
    return encoding->decode(decoder, rectangle);
}

static bool read_rectangle(struct decoder *decoder, bool *ret_last)
{
    struct frame_rectangle rectangle;
    const struct encoding *encoding = NULL;

    if (!read_head(decoder, &rectangle, &encoding))
        return false;
    *ret_last = encoding->kind == ENCODING_LAST;
    return encoding->kind == ENCODING_PIXELS ? paint(decoder, encoding, &rectangle)
                                             : encoding->decode(decoder, &rectangle);
}

static bool finish(struct decoder *decoder)
{
    struct picture *picture = &decoder->picture;
    bool resized = picture->resized;
    bool painted = picture->damage.count > 0;

    if (!jpeg_wait(decoder->jpeg))
        return stop_because(&decoder->stop, "a JPEG that cannot be decoded");
    if (!picture_publish(picture, &decoder->stop))
        return false;
    if (resized &&
        !look_on_size(&decoder->look, (uint16_t)picture->width_px, (uint16_t)picture->height_px))
        return false;
    return look_on_update(&decoder->look, painted);
}

bool update_read(struct decoder *decoder)
{
    uint8_t bytes[3]; /* padding, how many rectangles */
    bool last = false;

    if (!source_read(&decoder->source, bytes, sizeof bytes))
        return false;
    unsigned count = (unsigned)bytes[1] << 8 | bytes[2];
    budget_begin(decoder->budget);
    for (unsigned i = 0; i < count && !last; i++) {
        if (!read_rectangle(decoder, &last))
            return false;
    }
    budget_end(decoder->budget);
    return finish(decoder);
}
