/*
 * Draws one of four loads on an X display, a given number of frames a second, each with a mark that
 * says its number, and looks on another display for the mark: the time from the first drawing
 * request of a frame to its mark being seen, pixel to pixel, whatever is between the displays.
 *
 * Prints "frame NUMBER MICROSECONDS" for each frame that was seen and "drawn COUNT seen COUNT" at
 * the end. Without a display to look at it only draws, for as long as it lives: "place X,Y,CELL,
 * COLUMNS" for each mark of a film, then "drawn NUMBER AT-MICROSECONDS" for each frame.
 */
#include <X11/Xlib.h>
#include <X11/extensions/Xdamage.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "loads.h"

#define FRAMES_MAX    60000
#define LOST_AFTER_US 2000000

static const char HELP[] =
    "usage: screenload --from DISPLAY [--to DISPLAY] --load typing|scroll|drag|film\n"
    "                  [--frames N] [--rate FRAMES-A-SECOND] [--at X,Y] [--area WxH+X+Y]\n"
    "--at: where the picture's left top corner is on the display that shows it\n"
    "--area: what of the first display is drawn on; all of it\n";

struct console {
    Display *x;
    Window root;
    struct mark mark;
    int damage_event;
    Damage damage;
};

struct run {
    struct page page;
    struct console console;
    load_draw draw;
    Window mark;
    unsigned frame_count, rate;
    unsigned drawn, seen_count, last_seen;
    unsigned long drawn_us[FRAMES_MAX];
};

/* --- what is drawn --- */

static void open_mark(struct run *run)
{
    struct page *page = &run->page;
    const struct mark mark = MARK_FIRST;
    XSetWindowAttributes attributes = {.override_redirect = True, .background_pixel = 0};
    run->mark = XCreateWindow(page->x, page->root, 0, 0, (unsigned)mark_width_px(&mark),
                              (unsigned)mark_height_px(&mark), 0, CopyFromParent, InputOutput,
                              CopyFromParent, CWOverrideRedirect | CWBackPixel, &attributes);
    XMapRaised(page->x, run->mark);
    XSync(page->x, False);
}

static void draw_frame(struct run *run)
{
    unsigned number = ++run->drawn;
    run->drawn_us[number] = now_us();
    run->draw(&run->page, number);
    mark_draw(run->page.x, run->mark, run->page.bit, &MARK_FIRST, number);
    XFlush(run->page.x);
}

/* --- what is seen --- */

static void open_console(struct console *console, const char *name)
{
    int error_base;
    console->x = XOpenDisplay(name);
    if (!console->x)
        die("screenload", "the display to look at cannot be opened");
    console->root = DefaultRootWindow(console->x);
    if (!XDamageQueryExtension(console->x, &console->damage_event, &error_base))
        die("screenload", "the display to look at has no DAMAGE");
    console->damage = XDamageCreate(console->x, console->root, XDamageReportNonEmpty);
    XSync(console->x, False);
}

static void look(struct run *run)
{
    struct console *console = &run->console;
    bool changed = false;
    while (XPending(console->x)) {
        XEvent event;
        XNextEvent(console->x, &event);
        changed = changed || event.type == console->damage_event + XDamageNotify;
    }
    if (!changed)
        return;
    XDamageSubtract(console->x, console->damage, None, None);
    unsigned number = mark_read(console->x, console->root, &console->mark);
    if (number <= run->last_seen || number > run->drawn)
        return;
    run->last_seen = number;
    run->seen_count++;
    printf("frame %u %lu\n", number, now_us() - run->drawn_us[number]);
}

static void wait_until(struct run *run, unsigned long until_us)
{
    struct pollfd one = {.fd = ConnectionNumber(run->console.x), .events = POLLIN};
    look(run);
    while (now_us() < until_us) {
        struct timespec wait = time_until(until_us);
        ppoll(&one, 1, &wait, NULL);
        look(run);
    }
}

/* The way is open once frames of no account are seen; the first ones of all peers set things up. */
static void warm_up(struct run *run)
{
    for (int i = 0; i < 200 && (run->seen_count < 10 || run->last_seen != run->drawn); i++) {
        if (run->last_seen == run->drawn || i % 10 == 0)
            draw_frame(run);
        wait_until(run, now_us() + 100000);
    }
    if (run->seen_count < 10)
        die("screenload", "no mark was seen: is it shown there, pixel for pixel?");
    run->seen_count = 0;
    printf("ready\n");
    fflush(stdout);
}

static void measure(struct run *run)
{
    warm_up(run);
    unsigned first = run->drawn;
    unsigned long next_us = now_us();
    while (run->drawn - first < run->frame_count) {
        draw_frame(run);
        next_us += 1000000 / run->rate;
        wait_until(run, next_us);
    }
    for (int i = 0; i < 20 && run->last_seen != run->drawn; i++)
        wait_until(run, now_us() + LOST_AFTER_US / 20);
    printf("drawn %u seen %u\n", run->drawn - first, run->seen_count);
}

/* --- only drawing --- */

static void tell_places(const struct run *run)
{
    for (int i = 0; i < FILM_COLUMNS * FILM_ROWS; i++) {
        struct mark mark = load_film_mark(&run->page.place, i % FILM_COLUMNS, i / FILM_COLUMNS);
        printf("place %d,%d,%d,%d\n", mark.x_px, mark.y_px, mark.cell_px, mark.columns);
    }
}

static void only_draw(struct run *run)
{
    unsigned long next_us = now_us();
    tell_places(run);
    for (unsigned number = 1; number < FRAMES_MAX; number++) {
        printf("drawn %u %lu\n", number, now_us());
        fflush(stdout);
        run->draw(&run->page, number);
        XSync(run->page.x, False);
        next_us += 1000000 / run->rate;
        struct timespec wait = time_until(next_us);
        nanosleep(&wait, NULL);
    }
}

int main(int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"from", required_argument, NULL, 'f'},
        {"to", required_argument, NULL, 't'},
        {"load", required_argument, NULL, 'l'},
        {"frames", required_argument, NULL, 'n'},
        {"rate", required_argument, NULL, 'r'},
        {"at", required_argument, NULL, 'a'},
        {"area", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    static struct run run = {.frame_count = 150, .rate = 30};
    const char *from = NULL, *to = NULL, *load = NULL;
    struct place place = {0};
    int option;
    run.console.mark = MARK_FIRST;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        if (option == 'f')
            from = optarg;
        else if (option == 't')
            to = optarg;
        else if (option == 'l')
            load = optarg;
        else if (option == 'n')
            run.frame_count = (unsigned)atoi(optarg);
        else if (option == 'r')
            run.rate = (unsigned)atoi(optarg);
        else if (option == 'p' ? !place_parse(optarg, &place)
                               : option != 'a' || sscanf(optarg, "%d,%d", &run.console.mark.x_px,
                                                         &run.console.mark.y_px) != 2)
            die("screenload", HELP);
    }
    if (!from || !load || run.rate == 0 || run.frame_count + 1000 > FRAMES_MAX)
        die("screenload", HELP);
    page_open(&run.page, from, place.width_px ? &place : NULL);
    run.draw = load_begin(&run.page, load);
    if (!run.draw)
        die("screenload", HELP);
    if (!to) {
        only_draw(&run);
        return 0;
    }
    open_mark(&run);
    open_console(&run.console, to);
    measure(&run);
    return 0;
}
