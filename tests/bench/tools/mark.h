/*
 * A number that is drawn, 16 cells that are black or white, and read again from another display.
 * Cells of 8 pixels and more survive JPEG.
 */
#pragma once

#include <X11/Xlib.h>
#include <stdbool.h>

#define MARK_BITS 16

struct mark {
    int x_px, y_px; /* left top corner */
    int cell_px;
    int columns; /* cells in a row */
};

/* The one in the left top corner of what is drawn: a single row. */
#define MARK_FIRST ((struct mark){0, 0, 16, MARK_BITS})

int mark_width_px(const struct mark *mark);
int mark_height_px(const struct mark *mark);
/* bit[0] draws black, bit[1] white. */
void mark_draw(Display *x, Drawable on, const GC bit[2], const struct mark *mark, unsigned number);
/* Into an image of 32 bits a pixel. */
void mark_put(XImage *image, const struct mark *mark, unsigned number);
/* 0 where nothing can be read. */
unsigned mark_read(Display *x, Window root, const struct mark *mark);
/* "X,Y,CELL,COLUMNS" */
bool mark_parse(const char *text, struct mark *ret_mark);
