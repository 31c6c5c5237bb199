#include "mark.h"

#include <X11/Xutil.h>
#include <stdio.h>

int mark_width_px(const struct mark *mark)
{
    return mark->columns * mark->cell_px;
}

int mark_height_px(const struct mark *mark)
{
    return (MARK_BITS + mark->columns - 1) / mark->columns * mark->cell_px;
}

void mark_draw(Display *x, Drawable on, const GC bit[2], const struct mark *mark, unsigned number)
{
    for (int i = 0; i < MARK_BITS; i++)
        XFillRectangle(x, on, bit[number >> i & 1], mark->x_px + i % mark->columns * mark->cell_px,
                       mark->y_px + i / mark->columns * mark->cell_px, (unsigned)mark->cell_px,
                       (unsigned)mark->cell_px);
}

void mark_put(XImage *image, const struct mark *mark, unsigned number)
{
    for (int y = 0; y < mark_height_px(mark); y++) {
        unsigned *row =
            (unsigned *)(void *)(image->data + (mark->y_px + y) * (long)image->bytes_per_line);
        for (int x = 0; x < mark_width_px(mark); x++) {
            const int i = y / mark->cell_px * mark->columns + x / mark->cell_px;
            row[mark->x_px + x] = number >> i & 1 ? 0xffffff : 0;
        }
    }
}

unsigned mark_read(Display *x, Window root, const struct mark *mark)
{
    const int half_px = mark->cell_px / 2;
    unsigned number = 0;
    XImage *image = XGetImage(x, root, mark->x_px, mark->y_px, (unsigned)mark_width_px(mark),
                              (unsigned)mark_height_px(mark), AllPlanes, ZPixmap);

    if (!image)
        return 0;
    for (int i = 0; i < MARK_BITS; i++) {
        const unsigned long pixel = XGetPixel(image, i % mark->columns * mark->cell_px + half_px,
                                              i / mark->columns * mark->cell_px + half_px);
        if ((pixel >> 8 & 0xff) > 127)
            number |= 1u << i;
    }
    XDestroyImage(image);
    return number;
}

bool mark_parse(const char *text, struct mark *ret_mark)
{
    struct mark *mark = ret_mark;

    return sscanf(text, "%d,%d,%d,%d", &mark->x_px, &mark->y_px, &mark->cell_px, &mark->columns) ==
               4 &&
           mark->cell_px > 0 && mark->columns > 0;
}
