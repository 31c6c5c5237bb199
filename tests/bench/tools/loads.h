/* What is drawn on a target's display: a page of text, and four loads on it. */
#pragma once

#include <X11/Xlib.h>

#include "mark.h"
#include "shm.h"

#define FILM_FRAMES  6
#define FILM_COLUMNS 4 /* of marks within a film, evenly spread */
#define FILM_ROWS    3

struct place {
    int x_px, y_px;
    unsigned width_px, height_px;
};

struct page {
    Display *x;
    Window root, window, dragged;
    struct place place;
    GC text, paper, bit[2];
    struct shm film[FILM_FRAMES];
};

typedef void (*load_draw)(struct page *page, unsigned number);

/* `display` NULL or "": $DISPLAY; `place` NULL: all of it. Ends the program when it cannot. */
void page_open(struct page *page, const char *display, const struct place *place);
/* "WIDTHxHEIGHT+X+Y" */
bool place_parse(const char *text, struct place *ret_place);
/* All lines, other ones for each number. */
void page_draw_text(struct page *page, unsigned number);
void page_draw_glyph(struct page *page, unsigned number);
/* NULL: there is no such load. Draws what it begins with. */
load_draw load_begin(struct page *page, const char *name);
/* The film's own mark, as it lies on the display. */
struct mark load_film_mark(const struct place *place, int column, int row);
