#include "server/vnc/canvas.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define EMPTY_WIDTH_PX  1024
#define EMPTY_HEIGHT_PX 768
#define EMPTY_COLOR     0x181a1d /* as the viewer's field */

static struct frame_rectangle whole(const struct canvas *canvas)
{
    return (struct frame_rectangle){.width_px = canvas->width_px, .height_px = canvas->height_px};
}

static void mark_whole(struct canvas *canvas)
{
    struct frame_rectangle rectangle = whole(canvas);
    rfb_damage(canvas->rfb, &rectangle);
}

static void blank(struct canvas *canvas)
{
    for (size_t i = 0; i < (size_t)canvas->width_px * canvas->height_px; i++)
        canvas->pixels[i] = EMPTY_COLOR;
    mark_whole(canvas);
}

static int resize(struct canvas *canvas, uint16_t width_px, uint16_t height_px)
{
    uint32_t *pixels = calloc((size_t)width_px * height_px, sizeof *pixels);
    if (!pixels)
        return -ENOMEM;
    rfb_set_picture(canvas->rfb, pixels, width_px, height_px);
    free(canvas->pixels);
    canvas->pixels = pixels;
    canvas->width_px = width_px;
    canvas->height_px = height_px;
    return 0;
}

int canvas_make_empty(struct canvas *canvas)
{
    int result = canvas->pixels ? 0 : resize(canvas, EMPTY_WIDTH_PX, EMPTY_HEIGHT_PX);
    if (result == 0)
        blank(canvas);
    return result;
}

static void copy(struct canvas *canvas, const struct frame_rectangle *rectangle)
{
    uint64_t sequence = 0;
    if (!canvas->map || !frame_rectangle_fits(rectangle, canvas->width_px, canvas->height_px))
        return;
    uint32_t *to = canvas->pixels + (size_t)rectangle->y_px * canvas->width_px + rectangle->x_px;
    int result = frame_map_copy(canvas->map, rectangle, to,
                                (size_t)canvas->width_px * sizeof *canvas->pixels, &sequence);
    rfb_damage(canvas->rfb, rectangle);
    canvas->is_due = canvas->is_due || result == -EAGAIN;
}

static void copy_cursor(struct canvas *canvas)
{
    static struct frame_cursor cursor;
    int result = canvas->map ? frame_map_copy_cursor(canvas->map, &cursor) : -ENODATA;
    if (result == 0)
        rfb_set_cursor(canvas->rfb, &cursor);
    canvas->cursor_is_due = result == -EAGAIN;
}

bool canvas_catch_up(struct canvas *canvas)
{
    if (canvas->is_due) {
        struct frame_rectangle rectangle = whole(canvas);
        canvas->is_due = false;
        copy(canvas, &rectangle);
    }
    if (canvas->cursor_is_due)
        copy_cursor(canvas);
    return canvas->is_due || canvas->cursor_is_due;
}

static int take_file(struct canvas *canvas, int fd)
{
    if (fd < 0)
        return -EBADF;
    canvas->map = frame_map_close(canvas->map);
    canvas->is_current = false;
    int result = frame_map_open(fd, &canvas->map);
    close(fd);
    return result;
}

static int take_size(struct canvas *canvas, const struct frame_size *size)
{
    int result = 0;
    if (!canvas->pixels || size->width_px != canvas->width_px ||
        size->height_px != canvas->height_px)
        result = resize(canvas, size->width_px, size->height_px);
    canvas->is_due = true;
    return result;
}

int canvas_note(struct canvas *canvas, const struct frame_message *message, int fd)
{
    switch (message->type) {
    case FRAME_FILE:
        return take_file(canvas, fd);
    case FRAME_SIZE:
        return take_size(canvas, &message->size);
    case FRAME_DAMAGE:
        for (uint8_t i = 0; i < message->damage.count && !canvas->is_due; i++)
            copy(canvas, &message->damage.rectangles[i]);
        break;
    case FRAME_CURSOR:
        copy_cursor(canvas);
        break;
    case FRAME_CURRENT:
        canvas->is_current = true;
        break;
    case FRAME_STATE:
        canvas->is_due = canvas->pixels && !message->text[0];
        if (message->text[0] && canvas->pixels)
            blank(canvas);
        break;
    case FRAME_POINTER:
        rfb_set_pointer(canvas->rfb, message->pointer.x_px, message->pointer.y_px);
        break;
    case FRAME_BELL:
        rfb_bell(canvas->rfb);
        break;
    default: /* MOVE: its damage follows */
        break;
    }
    return 0;
}
