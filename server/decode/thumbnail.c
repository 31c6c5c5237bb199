#include "server/decode/thumbnail.h"

#include <stdlib.h>

#include "protocol/cursor.h"
#include "protocol/thumbnail.h"
#include "server/decode/decoder.h"

static bool read_jpeg(struct decoder *decoder, const struct frame_rectangle *rectangle,
                      size_t size_bytes)
{
    const struct picture *picture = &decoder->picture;
    uint8_t *bytes =
        size_bytes > 0 && size_bytes <= THUMBNAIL_JPEG_MAX_BYTES ? malloc(size_bytes) : NULL;

    if (!bytes)
        return stop_because(&decoder->stop, "a thumbnail of %zu bytes", size_bytes);
    if (!source_read(&decoder->source, bytes, size_bytes)) {
        free(bytes);
        return false;
    }
    return jpeg_decode(decoder->jpeg, bytes, size_bytes, rectangle, picture->thumbnail,
                       picture->thumbnail_width_px) ||
           stop_because(&decoder->stop, "a JPEG that cannot be decoded");
}

bool thumbnail_read(struct decoder *decoder, const struct frame_rectangle *rectangle)
{
    uint8_t head[THUMBNAIL_HEAD_BYTES];
    struct reader reader;

    if (!source_read(&decoder->source, head, sizeof head))
        return false;
    reader_init(&reader, head, sizeof head);
    const uint32_t width_px = reader_u16(&reader), height_px = reader_u16(&reader);
    const uint32_t size_bytes = reader_u32(&reader);
    if (!frame_thumbnail_size_is_valid(width_px, height_px) ||
        !frame_rectangle_fits(rectangle, width_px, height_px))
        return stop_because(&decoder->stop, "a thumbnail of %ux%u with %ux%u at %u,%u", width_px,
                            height_px, rectangle->width_px, rectangle->height_px, rectangle->x_px,
                            rectangle->y_px);
    /* One that is being painted may lie beneath, or have another size. */
    if (!jpeg_wait(decoder->jpeg))
        return stop_because(&decoder->stop, "a JPEG that cannot be decoded");
    picture_touch_thumbnail(&decoder->picture, width_px, height_px);
    return read_jpeg(decoder, rectangle, size_bytes);
}
