#include "agent/display.h"

#include <X11/extensions/XTest.h>
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "protocol/message.h"

#define LOG_MODULE "display"

struct display {
    uv_poll_t poll;
    uv_idle_t again; /* events have come, and no descriptor tells of them any more */
    unsigned handles;
    Display *xlib;
    bool lost, told, has_xtest;
    const struct display_handlers *handlers;
    void *context;
};

static _Thread_local unsigned display_error_count;

/* A target's desktop can make any request fail (a window that is gone, DPMS that is off); it
 * matters only to who asks display_errors. */
static int display_on_error(Display *xlib, XErrorEvent *error)
{
    display_error_count++;
    log_debug("X error %d of request %d.%d", error->error_code, error->request_code,
              error->minor_code);
    return 0;
}

/* While a connection is set up it has no exit handler of ours yet, and Xlib's own ends the process:
 * the only way around it leads out of Xlib. What it had allocated is lost; that takes an X server
 * that ends within these milliseconds. */
static _Thread_local sigjmp_buf *display_way_out;

/* Xlib's own prints a line for each; `lost` tells it once. */
static int display_on_io_error(Display *xlib)
{
    if (display_way_out) {
        close(ConnectionNumber(xlib));
        siglongjmp(*display_way_out, 1);
    }
    return 0;
}

static Display *display_open_safely(const char *name)
{
    sigjmp_buf way_out;
    Display *xlib = NULL;

    if (sigsetjmp(way_out, 0) == 0) {
        display_way_out = &way_out;
        xlib = XOpenDisplay(name);
        display_way_out = NULL;
        return xlib;
    }
    display_way_out = NULL;
    return NULL;
}

void display_init(void)
{
    XInitThreads();
}

static void display_on_exit(Display *xlib, void *data)
{
    struct display *display = data;

    display->lost = true;
}

void display_process(struct display *display)
{
    XEvent event;

    while (!display->lost && XPending(display->xlib) > 0 && !display->lost) {
        XNextEvent(display->xlib, &event);
        if (display->handlers->event && !display->lost)
            display->handlers->event(display->context, &event);
    }
    if (!display->lost && display->handlers->settled)
        display->handlers->settled(display->context);
    display_flush(display);
}

static void display_turn(struct display *display)
{
    if (!display->lost)
        display_process(display);
    if (!display->lost || display->told)
        return;
    display->told = true;
    uv_poll_stop(&display->poll);
    uv_idle_stop(&display->again);
    display->handlers->lost(display->context);
}

static void display_on_poll(uv_poll_t *poll, int status, int events)
{
    struct display *display = poll->data;

    if (status < 0)
        display->lost = true;
    display_turn(display);
}

static void display_on_again(uv_idle_t *again)
{
    uv_idle_stop(again);
    display_turn(again->data);
}

void display_answered(struct display *display)
{
    if (!display->lost && XEventsQueued(display->xlib, QueuedAfterReading) > 0)
        uv_idle_start(&display->again, display_on_again);
}

static int display_connect(struct display *display, const char *name, char *ret_why)
{
    if (!XDisplayName(name)[0]) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "no X display (DISPLAY is not set)");
        return -ENODEV;
    }
    XSetErrorHandler(display_on_error);
    XSetIOErrorHandler(display_on_io_error);
    display->xlib = display_open_safely(name);
    if (!display->xlib) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "cannot open the X display %.60s",
                 XDisplayName(name));
        return -ECONNREFUSED;
    }
    XSetIOErrorExitHandler(display->xlib, display_on_exit, display);
    return 0;
}

static void display_pass_grabs(struct display *display)
{
    int event, error, major, minor;

    display->has_xtest = XTestQueryExtension(display->xlib, &event, &error, &major, &minor);
    if (display->has_xtest)
        XTestGrabControl(display->xlib, True);
}

int display_open(uv_loop_t *loop, const char *name, const struct display_handlers *handlers,
                 void *context, struct display **ret_display, char *ret_why)
{
    struct display *display = calloc(1, sizeof *display);

    if (!display)
        return -ENOMEM;
    display->handlers = handlers;
    display->context = context;
    int error = display_connect(display, name && *name ? name : NULL, ret_why);
    if (error) {
        free(display);
        return error;
    }
    display_pass_grabs(display);
    display->poll.data = display->again.data = display;
    error = uv_poll_init(loop, &display->poll, ConnectionNumber(display->xlib));
    if (error) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "cannot watch the X display");
        XCloseDisplay(display->xlib);
        free(display);
        return error;
    }
    uv_idle_init(loop, &display->again);
    display->handles = 2;
    uv_poll_start(&display->poll, UV_READABLE, display_on_poll);
    *ret_display = display;
    return 0;
}

static void display_on_closed(uv_handle_t *handle)
{
    struct display *display = handle->data;

    if (--display->handles == 0)
        free(display);
}

struct display *display_destroy(struct display *display)
{
    if (!display)
        return NULL;
    uv_poll_stop(&display->poll);
    uv_close((uv_handle_t *)&display->poll, display_on_closed);
    uv_close((uv_handle_t *)&display->again, display_on_closed);
    XCloseDisplay(display->xlib);
    return NULL;
}

Display *display_xlib(struct display *display)
{
    return display->xlib;
}

bool display_is_lost(const struct display *display)
{
    return display->lost;
}

bool display_has_xtest(const struct display *display)
{
    return display->has_xtest;
}

void display_flush(struct display *display)
{
    if (display->lost)
        return;
    XFlush(display->xlib); /* it reads, too */
    if (XEventsQueued(display->xlib, QueuedAlready) > 0)
        uv_idle_start(&display->again, display_on_again);
}

unsigned display_errors(void)
{
    return display_error_count;
}
