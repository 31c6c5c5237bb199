#include "server/decode/shape.h"

#include "protocol/cursor.h"

#define ENCODING_RAW 0
#define MASK_BYTES   (FRAME_CURSOR_SIDE_PX / 8 * FRAME_CURSOR_SIDE_PX)
#define SHAPE_PIXELS (FRAME_CURSOR_SIDE_PX * FRAME_CURSOR_SIDE_PX)

static bool is_hidden(const struct frame_rectangle *rectangle)
{
    return rectangle->width_px == 0 || rectangle->height_px == 0;
}

static bool size_is_good(struct source *source, const struct frame_rectangle *rectangle)
{
    return (rectangle->width_px <= FRAME_CURSOR_SIDE_PX &&
            rectangle->height_px <= FRAME_CURSOR_SIDE_PX) ||
           stop_because(source->stop, "a pointer of %ux%u pixels", rectangle->width_px,
                        rectangle->height_px);
}

static void set(struct picture *picture, const struct frame_rectangle *rectangle,
                const uint32_t *pixels)
{
    picture_set_cursor(picture, is_hidden(rectangle) ? NULL : pixels, rectangle->width_px,
                       rectangle->height_px, rectangle->x_px, rectangle->y_px);
}

bool shape_read_rich(struct source *source, struct picture *picture,
                     const struct frame_rectangle *rectangle)
{
    uint32_t pixels[SHAPE_PIXELS];
    uint8_t mask[MASK_BYTES];
    size_t row_bytes = (rectangle->width_px + 7u) / 8;
    size_t count = (size_t)rectangle->width_px * rectangle->height_px;

    if (!size_is_good(source, rectangle))
        return false;
    if (!is_hidden(rectangle) && (!source_read(source, pixels, count * FRAME_PIXEL_BYTES) ||
                                  !source_read(source, mask, row_bytes * rectangle->height_px)))
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t x = i % rectangle->width_px;
        size_t y = i / rectangle->width_px;
        bool seen = mask[y * row_bytes + x / 8] >> (7 - x % 8) & 1;
        pixels[i] = seen ? pixels[i] | 0xff000000 : 0;
    }
    set(picture, rectangle, pixels);
    return true;
}

/* From the wire's red, green, blue, alpha. No colour is stronger than its alpha: what draws it
 * relies on that. */
static uint32_t pixel_of(const uint8_t rgba[4])
{
    uint32_t pixel = (uint32_t)rgba[3] << 24;
    for (unsigned i = 0; i < 3; i++)
        pixel |= (uint32_t)(rgba[i] < rgba[3] ? rgba[i] : rgba[3]) << (16 - 8 * i);
    return pixel;
}

bool shape_read_alpha(struct source *source, struct picture *picture,
                      const struct frame_rectangle *rectangle)
{
    uint8_t encoding[4];
    uint8_t rgba[FRAME_CURSOR_FILE_BYTES];
    uint32_t pixels[SHAPE_PIXELS];
    size_t count = (size_t)rectangle->width_px * rectangle->height_px;
    struct reader reader;

    if (!size_is_good(source, rectangle) || !source_read(source, encoding, sizeof encoding))
        return false;
    reader_init(&reader, encoding, sizeof encoding);
    if (reader_i32(&reader) != ENCODING_RAW)
        return stop_because(source->stop, "a pointer in an encoding that was not asked for");
    if (!source_read(source, rgba, count * 4))
        return false;
    for (size_t i = 0; i < count; i++)
        pixels[i] = pixel_of(rgba + i * 4);
    set(picture, rectangle, pixels);
    return true;
}
