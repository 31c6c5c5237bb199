/*
 * An event of the X server that is read while something is sent: no descriptor tells of it any
 * more. Prints "told" when the handler is given it all the same, otherwise nothing in 5 s.
 */
#include <X11/Xatom.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/display.h"
#include "protocol/message.h"

static bool is_told;

static void on_event(void *context, XEvent *event)
{
    is_told = is_told || event->type == PropertyNotify;
    if (is_told)
        uv_stop(context);
}

static void on_lost(void *context)
{
    exit(1);
}

static void on_timer(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* By another client; when the event is here, unread. */
static void change(struct display *display)
{
    Display *other = XOpenDisplay(NULL);
    struct pollfd poll_fd = {.fd = ConnectionNumber(display_xlib(display)), .events = POLLIN};
    const unsigned char byte = 1;

    XChangeProperty(other, DefaultRootWindow(other), XA_CUT_BUFFER0, XA_INTEGER, 8, PropModeReplace,
                    &byte, 1);
    XSync(other, False);
    poll(&poll_fd, 1, 5000);
    XCloseDisplay(other);
}

int main(void)
{
    static const struct display_handlers handlers = {.event = on_event, .lost = on_lost};
    char why[MESSAGE_REASON_ROOM];
    struct display *display;
    uv_loop_t loop;
    uv_timer_t timer;

    uv_loop_init(&loop);
    uv_timer_init(&loop, &timer);
    if (display_open(&loop, NULL, &handlers, &loop, &display, why) < 0) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    XSelectInput(display_xlib(display), DefaultRootWindow(display_xlib(display)),
                 PropertyChangeMask);
    XSync(display_xlib(display), False);
    change(display);
    display_flush(display);
    uv_timer_start(&timer, on_timer, 5000, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    puts(is_told ? "told" : "");
    display_destroy(display);
    return 0;
}
