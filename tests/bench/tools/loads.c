#include "loads.h"

#include <X11/Xutil.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

#define LINE_PX        13 /* the font `fixed` */
#define GLYPH_PX       6
#define DRAG_WIDTH_PX  600
#define DRAG_HEIGHT_PX 400
#define FILM_CELL_PX   8
#define TILE_PX        64 /* a mark of a film lies within one, whoever cuts the picture up */

static unsigned long mixed(unsigned long value)
{
    value = (value ^ (value >> 15)) * 0x2c1b3c6dul & 0xffffffff;
    return (value ^ (value >> 12)) * 0x297a2d39ul & 0xffffffff;
}

/* --- text --- */

static void make_line(unsigned number, char *ret_line, unsigned length)
{
    for (unsigned i = 0; i < length; i++) {
        unsigned long letter = mixed(number * 977ul + i);
        ret_line[i] = letter % 6 == 0 ? ' ' : (char)('a' + letter % 26);
    }
}

static void draw_line(struct page *page, Drawable on, unsigned number, int y_px, unsigned width_px)
{
    char line[1024];
    unsigned length = width_px / GLYPH_PX;
    if (length > sizeof line)
        length = sizeof line;
    make_line(number, line, length);
    XDrawString(page->x, on, page->text, 0, y_px, line, (int)length);
}

void page_draw_text(struct page *page, unsigned number)
{
    const struct place *place = &page->place;
    XFillRectangle(page->x, page->window, page->paper, 0, 0, place->width_px, place->height_px);
    for (unsigned row = 0; row < place->height_px / LINE_PX; row++)
        draw_line(page, page->window, row + number * 1000, (int)((row + 1) * LINE_PX),
                  place->width_px);
}

void page_draw_glyph(struct page *page, unsigned number)
{
    char glyph = (char)('a' + number % 26);
    unsigned columns = page->place.width_px / GLYPH_PX;
    int x_px = (int)(number % columns * GLYPH_PX);
    int y_px = (int)(20 + number / columns % 20) * LINE_PX;
    XFillRectangle(page->x, page->window, page->paper, x_px, y_px - LINE_PX + 3, GLYPH_PX, LINE_PX);
    XDrawString(page->x, page->window, page->text, x_px, y_px, &glyph, 1);
}

static void draw_scroll(struct page *page, unsigned number)
{
    const unsigned width_px = page->place.width_px;
    unsigned height_px = page->place.height_px / LINE_PX * LINE_PX;
    XCopyArea(page->x, page->window, page->window, page->text, 0, LINE_PX, width_px,
              height_px - LINE_PX, 0, 0);
    XFillRectangle(page->x, page->window, page->paper, 0, (int)(height_px - LINE_PX), width_px,
                   LINE_PX);
    draw_line(page, page->window, number + 10000, (int)height_px - 3, width_px);
}

/* --- photos --- */

/* Grain over large soft shapes: what a camera gives. */
static void fill_photo(XImage *image, unsigned number)
{
    for (int y = 0; y < image->height; y++) {
        unsigned *row = (unsigned *)(void *)(image->data + y * image->bytes_per_line);
        for (int x = 0; x < image->width; x++) {
            unsigned long grain =
                mixed((unsigned long)y * 65536 + (unsigned long)x + number * 7919ul);
            unsigned red = (unsigned)((x + (int)number * 40) / 9 + y / 13) % 200 + (grain & 15);
            unsigned green = (unsigned)(y + (int)number * 25) / 6 % 200 + (grain >> 4 & 15);
            unsigned blue = (unsigned)(x + y) / 11 % 200 + (grain >> 8 & 15);
            row[x] = red << 16 | green << 8 | blue;
        }
    }
}

static void make_photo(struct page *page, unsigned number, struct shm *shm)
{
    shm_make(page->x, page->place.width_px, page->place.height_px, shm);
    if (!shm->image)
        die("screenload", "the target's display has no 32-bit pixels in shared memory");
    fill_photo(shm->image, number);
}

static void put_photo(struct page *page, Drawable on, const struct shm *photo)
{
    XShmPutImage(page->x, on, page->text, photo->image, 0, 0, 0, 0, page->place.width_px,
                 page->place.height_px, False);
}

static int film_offset(int at, int count, int size_px, int start_px)
{
    const int middle_px = start_px + size_px * (2 * at + 1) / (2 * count);
    return middle_px / TILE_PX * TILE_PX;
}

struct mark load_film_mark(const struct place *place, int column, int row)
{
    return (struct mark){
        film_offset(column, FILM_COLUMNS, (int)place->width_px, place->x_px),
        film_offset(row, FILM_ROWS, (int)place->height_px, place->y_px),
        FILM_CELL_PX,
        TILE_PX / FILM_CELL_PX,
    };
}

static void draw_film(struct page *page, unsigned number)
{
    const struct shm *frame = &page->film[number % FILM_FRAMES];
    for (int i = 0; i < FILM_COLUMNS * FILM_ROWS; i++) {
        struct mark mark = load_film_mark(&page->place, i % FILM_COLUMNS, i / FILM_COLUMNS);
        mark.x_px -= page->place.x_px;
        mark.y_px -= page->place.y_px;
        mark_put(frame->image, &mark, number);
    }
    put_photo(page, page->window, frame);
}

/* --- windows --- */

static Window make_window(struct page *page, Window parent, const struct place *place)
{
    XSetWindowAttributes attributes = {.override_redirect = True, .background_pixel = 0xffffff};
    Window window = XCreateWindow(page->x, parent, place->x_px, place->y_px, place->width_px,
                                  place->height_px, 0, CopyFromParent, InputOutput, CopyFromParent,
                                  CWOverrideRedirect | CWBackPixel, &attributes);
    XMapRaised(page->x, window);
    return window;
}

static void draw_drag(struct page *page, unsigned number)
{
    unsigned range_x = page->place.width_px - DRAG_WIDTH_PX;
    unsigned range_y = page->place.height_px - DRAG_HEIGHT_PX;
    unsigned step = number * 12, x = step % (2 * range_x), y = step / 2 % (2 * range_y);
    XMoveWindow(page->x, page->dragged, (int)(x < range_x ? x : 2 * range_x - x),
                (int)(y < range_y ? y : 2 * range_y - y));
}

static unsigned depth_of(const struct page *page)
{
    return (unsigned)DefaultDepth(page->x, DefaultScreen(page->x));
}

static void begin_drag(struct page *page)
{
    const struct place *place = &page->place;
    struct shm photo;
    make_photo(page, 0, &photo);
    Pixmap behind =
        XCreatePixmap(page->x, page->window, place->width_px, place->height_px, depth_of(page));
    put_photo(page, behind, &photo);
    XSetWindowBackgroundPixmap(page->x, page->window, behind);
    XClearWindow(page->x, page->window);

    Pixmap text =
        XCreatePixmap(page->x, page->window, DRAG_WIDTH_PX, DRAG_HEIGHT_PX, depth_of(page));
    XFillRectangle(page->x, text, page->paper, 0, 0, DRAG_WIDTH_PX, DRAG_HEIGHT_PX);
    for (int row = 0; row < DRAG_HEIGHT_PX / LINE_PX; row++)
        draw_line(page, text, (unsigned)row, (row + 1) * LINE_PX, DRAG_WIDTH_PX);
    page->dragged =
        make_window(page, page->window, &(struct place){0, 0, DRAG_WIDTH_PX, DRAG_HEIGHT_PX});
    XSetWindowBackgroundPixmap(page->x, page->dragged, text);
    XClearWindow(page->x, page->dragged);
}

/* --- what others call --- */

static GC make_gc(struct page *page, unsigned long color)
{
    XGCValues values = {.foreground = color, .graphics_exposures = False};
    GC gc = XCreateGC(page->x, page->root, GCForeground | GCGraphicsExposures, &values);
    Font font = XLoadFont(page->x, "fixed");
    XSetFont(page->x, gc, font);
    return gc;
}

void page_open(struct page *page, const char *display, const struct place *place)
{
    page->x = XOpenDisplay(display && *display ? display : NULL);
    if (!page->x)
        die("page", "the display to draw on cannot be opened");
    const int screen = DefaultScreen(page->x);
    page->root = DefaultRootWindow(page->x);
    page->place = place ? *place
                        : (struct place){0, 0, (unsigned)DisplayWidth(page->x, screen),
                                         (unsigned)DisplayHeight(page->x, screen)};
    page->text = make_gc(page, 0x101010);
    page->paper = make_gc(page, 0xffffff);
    page->bit[0] = make_gc(page, 0x000000);
    page->bit[1] = make_gc(page, 0xffffff);
    page->window = make_window(page, page->root, &page->place);
}

bool place_parse(const char *text, struct place *ret_place)
{
    return sscanf(text, "%ux%u+%d+%d", &ret_place->width_px, &ret_place->height_px,
                  &ret_place->x_px, &ret_place->y_px) == 4 &&
           ret_place->width_px > 0 && ret_place->height_px > 0;
}

load_draw load_begin(struct page *page, const char *name)
{
    if (strcmp(name, "drag") == 0) {
        begin_drag(page);
        return draw_drag;
    }
    if (strcmp(name, "film") == 0) {
        for (unsigned i = 0; i < FILM_FRAMES; i++)
            make_photo(page, i, &page->film[i]);
        return draw_film;
    }
    page_draw_text(page, 0);
    return strcmp(name, "scroll") == 0   ? draw_scroll
           : strcmp(name, "typing") == 0 ? page_draw_glyph
                                         : NULL;
}
