/*
 * Looks at marks on an X display, and says when they show another number: "seen INDEX NUMBER
 * AT-MICROSECONDS". With --pointer it looks at a row of pixels that is white but for the pointer:
 * "pointer X AT-MICROSECONDS", X its leftmost pixel.
 */
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/Xdamage.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "clock.h"
#include "mark.h"

#define MARKS_MAX 16

static const char HELP[] = "usage: markwatch [--on DISPLAY] [--mark X,Y,CELL,COLUMNS]...\n"
                           "                 [--pointer Y,FROM,TO]\n";

struct watch {
    Display *x;
    Window root;
    int damage_event;
    Damage damage;
    struct mark marks[MARKS_MAX];
    unsigned seen[MARKS_MAX];
    int count;
    int row_px, from_px, to_px; /* of the pointer; to 0: not looked for */
    int pointer_px;
};

static void open_display(struct watch *watch, const char *name)
{
    int error_base;
    watch->x = XOpenDisplay(name);
    if (!watch->x)
        die("markwatch", "the display cannot be opened");
    watch->root = DefaultRootWindow(watch->x);
    if (!XDamageQueryExtension(watch->x, &watch->damage_event, &error_base))
        die("markwatch", "the display has no DAMAGE");
    watch->damage = XDamageCreate(watch->x, watch->root, XDamageReportNonEmpty);
    XSync(watch->x, False);
}

static void look_at_marks(struct watch *watch)
{
    for (int i = 0; i < watch->count; i++) {
        unsigned number = mark_read(watch->x, watch->root, &watch->marks[i]);
        if (number == watch->seen[i])
            continue;
        watch->seen[i] = number;
        printf("seen %d %u %lu\n", i, number, now_us());
    }
}

static void look_at_pointer(struct watch *watch)
{
    const int width_px = watch->to_px - watch->from_px;
    XImage *image = XGetImage(watch->x, watch->root, watch->from_px, watch->row_px,
                              (unsigned)width_px, 1, AllPlanes, ZPixmap);
    int x_px = 0;
    while (image && x_px < width_px && (XGetPixel(image, x_px, 0) & 0xffffff) == 0xffffff)
        x_px++;
    if (image)
        XDestroyImage(image);
    if (!image || x_px == width_px || x_px == watch->pointer_px)
        return;
    watch->pointer_px = x_px;
    printf("pointer %d %lu\n", watch->from_px + x_px, now_us());
}

static void look_at_all(struct watch *watch)
{
    look_at_marks(watch);
    if (watch->to_px)
        look_at_pointer(watch);
}

static void run(struct watch *watch)
{
    for (;;) {
        XEvent event;
        XNextEvent(watch->x, &event);
        if (event.type != watch->damage_event + XDamageNotify)
            continue;
        XDamageSubtract(watch->x, watch->damage, None, None);
        look_at_all(watch);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    static const struct option OPTIONS[] = {{"on", required_argument, NULL, 'o'},
                                            {"mark", required_argument, NULL, 'm'},
                                            {"pointer", required_argument, NULL, 'p'},
                                            {0}};
    struct watch watch = {.pointer_px = -1};
    const char *on = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        bool good = false;
        if (option == 'o') {
            on = optarg;
            good = true;
        } else if (option == 'm' && watch.count < MARKS_MAX) {
            good = mark_parse(optarg, &watch.marks[watch.count++]);
        } else if (option == 'p') {
            good = sscanf(optarg, "%d,%d,%d", &watch.row_px, &watch.from_px, &watch.to_px) == 3 &&
                   watch.to_px > watch.from_px;
        }
        if (!good)
            die("markwatch", HELP);
    }
    open_display(&watch, on);
    look_at_all(&watch);
    puts("ready");
    fflush(stdout);
    run(&watch);
    return 0;
}
