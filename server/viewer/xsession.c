#include "server/viewer/xsession.h"

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/extensions/scrnsaver.h>
#include <errno.h>
#include <stdlib.h>

#include "common/times.h"

#define CHECKS_MAX 10 /* a locker may try that long to get the keyboard */

struct xsession {
    Display *display;
    Window root;
    int width_px, height_px;
    int saver_event; /* -1: no MIT-SCREEN-SAVER */
    Atom status, version, command, deactivate;
    bool saver_on, xscreensaver_on;
    Window cover; /* unmanaged and as large as the screen; None */
    bool cover_locks;
    int checks_left;
    uint64_t check_us; /* when to see who has the keyboard */
};

/* Windows of others go at any time: what was asked of them is then not so. */
static int ignore_error(Display *display, XErrorEvent *event)
{
    return 0;
}

static long read_number(struct xsession *x, Window window, Atom property)
{
    Atom type;
    int format;
    unsigned long count, left;
    unsigned char *data = NULL;
    long value = 0;
    if (XGetWindowProperty(x->display, window, property, 0, 1, False, AnyPropertyType, &type,
                           &format, &count, &left, &data) == Success &&
        format == 32 && count > 0)
        value = *(long *)(void *)data;
    if (data)
        XFree(data);
    return value;
}

static bool has_property(struct xsession *x, Window window, Atom property)
{
    Atom type = None;
    int format;
    unsigned long count, left;
    unsigned char *data = NULL;
    int result = XGetWindowProperty(x->display, window, property, 0, 0, False, AnyPropertyType,
                                    &type, &format, &count, &left, &data);
    if (data)
        XFree(data);
    return result == Success && type != None;
}

/* --- windows that cover the screen --- */

static bool covers(struct xsession *x, Window window)
{
    XWindowAttributes at;
    return XGetWindowAttributes(x->display, window, &at) && at.override_redirect &&
           at.map_state == IsViewable && at.x <= 0 && at.y <= 0 && at.x + at.width >= x->width_px &&
           at.y + at.height >= x->height_px;
}

static void take_cover(struct xsession *x, Window window, uint64_t now_us)
{
    x->cover = window;
    x->cover_locks = true;
    x->checks_left = CHECKS_MAX;
    x->check_us = now_us + time_us(TIME_LOCKER_GRABS);
}

static void drop_cover(struct xsession *x)
{
    x->cover = None;
    x->cover_locks = false;
    x->check_us = UINT64_MAX;
}

/* The topmost one. */
static void look_for_cover(struct xsession *x, uint64_t now_us)
{
    Window root, parent, *windows = NULL;
    unsigned count = 0;
    drop_cover(x);
    if (!XQueryTree(x->display, x->root, &root, &parent, &windows, &count))
        return;
    while (count > 0 && !covers(x, windows[count - 1]))
        count--;
    if (count > 0)
        take_cover(x, windows[count - 1], now_us);
    if (windows)
        XFree(windows);
}

/* There is no other way to ask than to take it and give it back. */
static bool keyboard_is_held(struct xsession *x)
{
    int result =
        XGrabKeyboard(x->display, x->root, False, GrabModeAsync, GrabModeAsync, CurrentTime);
    if (result == GrabSuccess)
        XUngrabKeyboard(x->display, CurrentTime);
    XFlush(x->display);
    return result == AlreadyGrabbed || result == GrabFrozen;
}

/* A game or a desktop's background covers the screen too, without the keyboard: it is asked for a
 * while only, since each time the keyboard is away from its program for a moment. */
static void check_cover(struct xsession *x, uint64_t now_us)
{
    x->cover_locks = keyboard_is_held(x);
    if (x->cover_locks)
        x->checks_left = CHECKS_MAX;
    else if (x->checks_left > 0)
        x->checks_left--;
    x->check_us = x->checks_left > 0 ? now_us + time_us(TIME_LOCKER_GRABS) : UINT64_MAX;
}

/* --- events --- */

static void handle_event(struct xsession *x, XEvent *event, uint64_t now_us)
{
    if (event->type == PropertyNotify && event->xproperty.atom == x->status) {
        x->xscreensaver_on = read_number(x, x->root, x->status) != 0;
    } else if (event->type == x->saver_event) {
        int state = ((XScreenSaverNotifyEvent *)event)->state;
        x->saver_on = state == ScreenSaverOn || (state == ScreenSaverCycle && x->saver_on);
    } else if (event->type == MapNotify && event->xmap.override_redirect) {
        if (covers(x, event->xmap.window))
            take_cover(x, event->xmap.window, now_us);
    } else if (event->type == ConfigureNotify && event->xconfigure.window == x->root) {
        x->width_px = event->xconfigure.width;
        x->height_px = event->xconfigure.height;
        look_for_cover(x, now_us);
    } else if (event->type == ConfigureNotify && event->xconfigure.override_redirect) {
        if (event->xconfigure.window != x->cover && covers(x, event->xconfigure.window))
            take_cover(x, event->xconfigure.window, now_us);
    } else if ((event->type == UnmapNotify && event->xunmap.window == x->cover) ||
               (event->type == DestroyNotify && event->xdestroywindow.window == x->cover)) {
        look_for_cover(x, now_us);
    }
}

void xsession_turn(struct xsession *x, uint64_t now_us)
{
    XEvent event;
    while (XPending(x->display) > 0) {
        XNextEvent(x->display, &event);
        handle_event(x, &event, now_us);
    }
    if (now_us >= x->check_us)
        check_cover(x, now_us);
    XFlush(x->display);
}

/* --- life --- */

static void watch_saver(struct xsession *x)
{
    int event_base, error_base;
    XScreenSaverInfo info = {0};
    x->saver_event = -1;
    if (!XScreenSaverQueryExtension(x->display, &event_base, &error_base))
        return;
    x->saver_event = event_base + ScreenSaverNotify;
    XScreenSaverSelectInput(x->display, x->root, ScreenSaverNotifyMask);
    if (XScreenSaverQueryInfo(x->display, x->root, &info))
        x->saver_on = info.state == ScreenSaverOn;
}

int xsession_open(struct xsession **ret_session, uint64_t now_us)
{
    struct xsession *x = calloc(1, sizeof *x);
    if (!x)
        return -ENOMEM;
    x->display = XOpenDisplay(NULL);
    if (!x->display) {
        free(x);
        return -ENOTCONN;
    }
    XSetErrorHandler(ignore_error);
    x->root = DefaultRootWindow(x->display);
    x->width_px = DisplayWidth(x->display, DefaultScreen(x->display));
    x->height_px = DisplayHeight(x->display, DefaultScreen(x->display));
    x->status = XInternAtom(x->display, "_SCREENSAVER_STATUS", False);
    x->version = XInternAtom(x->display, "_SCREENSAVER_VERSION", False);
    x->command = XInternAtom(x->display, "_SCREENSAVER", False);
    x->deactivate = XInternAtom(x->display, "DEACTIVATE", False);
    XSelectInput(x->display, x->root,
                 SubstructureNotifyMask | StructureNotifyMask | PropertyChangeMask);
    watch_saver(x);
    x->xscreensaver_on = read_number(x, x->root, x->status) != 0;
    look_for_cover(x, now_us);
    if (x->cover)
        check_cover(x, now_us); /* it has been there for long */
    *ret_session = x;
    return 0;
}

struct xsession *xsession_close(struct xsession *x)
{
    if (x)
        XCloseDisplay(x->display);
    free(x);
    return NULL;
}

int xsession_fd(const struct xsession *x)
{
    return ConnectionNumber(x->display);
}

uint64_t xsession_deadline_us(const struct xsession *x)
{
    /* Answers to our questions may have brought events along: no descriptor tells of those. */
    return XEventsQueued(x->display, QueuedAfterReading) > 0 ? 0 : x->check_us;
}

const char *xsession_locked_by(const struct xsession *x)
{
    if (x->xscreensaver_on)
        return "xscreensaver";
    if (x->cover_locks)
        return "a window that covers it holds the keyboard";
    return x->saver_on ? "the screen saver is on" : NULL;
}

/* xscreensaver counts input by itself: it has to be told. */
static void wake_xscreensaver(struct xsession *x)
{
    Window root, parent, *windows = NULL;
    unsigned count = 0;
    if (!has_property(x, x->root, x->status) ||
        !XQueryTree(x->display, x->root, &root, &parent, &windows, &count))
        return;
    for (unsigned i = 0; i < count; i++) {
        XEvent event = {.xclient = {.type = ClientMessage,
                                    .window = windows[i],
                                    .message_type = x->command,
                                    .format = 32,
                                    .data.l = {(long)x->deactivate}}};
        if (has_property(x, windows[i], x->version))
            XSendEvent(x->display, windows[i], False, 0, &event);
    }
    if (windows)
        XFree(windows);
}

void xsession_keep_awake(struct xsession *x)
{
    XResetScreenSaver(x->display);
    wake_xscreensaver(x);
    XFlush(x->display);
}

void xsession_beep(struct xsession *x)
{
    XBell(x->display, 0);
    XFlush(x->display);
}
