/*
 * A page of text on a target's display, with the keyboard's focus: each key that is pressed draws a
 * glyph and the next number in a mark at the page's left top corner. Lines of standard input draw
 * too: "mark NUMBER" the number alone, in the left top and in the right bottom corner, "page
 * NUMBER" a page of other text and both, "blank NUMBER" white paper and both.
 *
 * Prints "ready", "key NUMBER" for each key, "drawn NUMBER" once the X server has drawn what a line
 * asked for.
 */
#include <X11/Xlib.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "loads.h"

static const char HELP[] = "usage: keypage [--on DISPLAY] [--area WxH+X+Y]\n";

static void draw_marks(struct page *page, unsigned number)
{
    const struct mark first = MARK_FIRST;
    struct mark last = first;
    last.x_px = (int)page->place.width_px - mark_width_px(&last);
    last.y_px = (int)page->place.height_px - mark_height_px(&last);
    mark_draw(page->x, page->window, page->bit, &first, number);
    mark_draw(page->x, page->window, page->bit, &last, number);
}

static void obey(struct page *page, const char *line)
{
    unsigned number;
    char what[16];
    if (sscanf(line, "%15s %u", what, &number) != 2)
        return;
    if (strcmp(what, "page") == 0)
        page_draw_text(page, number);
    else if (strcmp(what, "blank") == 0)
        XClearWindow(page->x, page->window);
    draw_marks(page, number);
    XSync(page->x, False);
    printf("drawn %u\n", number);
    fflush(stdout);
}

static void take_events(struct page *page, unsigned *number)
{
    while (XPending(page->x)) {
        XEvent event;
        XNextEvent(page->x, &event);
        if (event.type != KeyPress)
            continue;
        page_draw_glyph(page, ++*number);
        mark_draw(page->x, page->window, page->bit, &MARK_FIRST, *number);
        XFlush(page->x);
        printf("key %u\n", *number);
        fflush(stdout);
    }
}

static void run(struct page *page)
{
    struct pollfd both[] = {{.fd = ConnectionNumber(page->x), .events = POLLIN},
                            {.fd = STDIN_FILENO, .events = POLLIN}};
    unsigned number = 0;
    char line[64];
    for (;;) {
        take_events(page, &number);
        poll(both, 2, -1);
        if (both[1].revents & (POLLIN | POLLHUP)) {
            if (!fgets(line, sizeof line, stdin))
                both[1].fd = -1; /* nobody says anything any more: keys go on */
            else
                obey(page, line);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"on", required_argument, NULL, 'o'}, {"area", required_argument, NULL, 'p'}, {0}};
    struct page page = {0};
    struct place place = {0};
    const char *on = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        if (option == 'o')
            on = optarg;
        else if (option != 'p' || !place_parse(optarg, &place))
            die("keypage", HELP);
    }
    setvbuf(stdin, NULL, _IONBF, 0);
    page_open(&page, on, place.width_px ? &place : NULL);
    XSelectInput(page.x, page.window, KeyPressMask | StructureNotifyMask);
    page_draw_text(&page, 0);
    draw_marks(&page, 0);
    XSync(page.x, False);
    XSetInputFocus(page.x, page.window, RevertToParent, CurrentTime);
    XSync(page.x, False);
    puts("ready");
    fflush(stdout);
    run(&page);
    return 0;
}
