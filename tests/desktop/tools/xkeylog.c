/*
 * An X client that prints exactly what a program on its display gets: what the desktop tests and
 * the demo compare with what was typed. A test tool, never installed: hotdesk's own programs log no
 * keys.
 */
#include <X11/XKBlib.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XInput2.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char HELP[] = "Usage: xkeylog [--raw] [--geometry WxH+X+Y] [--no-focus]\n"
                           "Prints, one line each, what a program on $DISPLAY gets. TIME is "
                           "CLOCK_MONOTONIC in microseconds, on arrival.\n"
                           "  ready WINDOW TIME           the window is there and has the focus; "
                           "from now on all is logged\n"
                           "  press KEYCODE TIME          X key code: evdev code + 8\n"
                           "  repeat KEYCODE TIME         a press of a key that is down already\n"
                           "  release KEYCODE TIME\n"
                           "  button N down TIME          and `up`; 4 to 7 are the wheel\n"
                           "  motion X Y TIME             root coordinates\n"
                           "  raw DX DY TIME              motion in --raw, as the device said it\n"
                           "  focus in TIME               and `out`\n"
                           "--raw takes XI2 raw events of the root window instead of opening a "
                           "window: no focus is needed.\n"
                           "--geometry: the default is the whole screen.\n";

struct xkeylog {
    Display *display;
    int xi_opcode;
    bool raw, takes_focus;
    int x_px, y_px;
    unsigned width_px, height_px;
    bool down[256];
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void print_key(struct xkeylog *log, unsigned keycode, bool pressed)
{
    const char *what = !pressed ? "release" : log->down[keycode & 255] ? "repeat" : "press";
    log->down[keycode & 255] = pressed;
    printf("%s %u %" PRIu64 "\n", what, keycode, now_us());
}

static void print_button(unsigned button, bool pressed)
{
    printf("button %u %s %" PRIu64 "\n", button, pressed ? "down" : "up", now_us());
}

/* Override-redirect and XSetInputFocus: works the same with and without a window manager. */
static void open_window(struct xkeylog *log)
{
    XSetWindowAttributes attributes = {
        .override_redirect = True,
        .background_pixel = BlackPixel(log->display, DefaultScreen(log->display)),
        .event_mask = KeyPressMask | KeyReleaseMask | ButtonPressMask | ButtonReleaseMask |
                      PointerMotionMask | FocusChangeMask | StructureNotifyMask,
    };
    Window window =
        XCreateWindow(log->display, DefaultRootWindow(log->display), log->x_px, log->y_px,
                      log->width_px, log->height_px, 0, CopyFromParent, InputOutput, CopyFromParent,
                      CWOverrideRedirect | CWBackPixel | CWEventMask, &attributes);
    XStoreName(log->display, window, "xkeylog");
    XMapRaised(log->display, window);
    XEvent event;
    do {
        XWindowEvent(log->display, window, StructureNotifyMask, &event);
    } while (event.type != MapNotify);
    if (log->takes_focus) {
        XSetInputFocus(log->display, window, RevertToPointerRoot, CurrentTime);
        do {
            XWindowEvent(log->display, window, FocusChangeMask, &event);
        } while (event.type != FocusIn);
    }
    printf("ready 0x%lx %" PRIu64 "\n", window, now_us());
}

static void select_raw(struct xkeylog *log)
{
    unsigned char bits[XIMaskLen(XI_LASTEVENT)] = {0};
    static const int events[] = {XI_RawKeyPress, XI_RawKeyRelease, XI_RawButtonPress,
                                 XI_RawButtonRelease, XI_RawMotion};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        XISetMask(bits, events[i]);
    XIEventMask mask = {.deviceid = XIAllMasterDevices, .mask_len = sizeof bits, .mask = bits};
    XISelectEvents(log->display, DefaultRootWindow(log->display), &mask, 1);
    XSync(log->display, False);
    printf("ready 0x%lx %" PRIu64 "\n", DefaultRootWindow(log->display), now_us());
}

static void print_raw_motion(const XIRawEvent *raw)
{
    double axes[2] = {0, 0};
    const double *value = raw->raw_values;
    for (int axis = 0; axis < raw->valuators.mask_len * 8; axis++) {
        if (!XIMaskIsSet(raw->valuators.mask, axis))
            continue;
        if (axis < 2)
            axes[axis] = *value;
        value++;
    }
    printf("raw %.0f %.0f %" PRIu64 "\n", axes[0], axes[1], now_us());
}

static void print_raw(struct xkeylog *log, XEvent *event)
{
    if (event->xcookie.extension != log->xi_opcode || !XGetEventData(log->display, &event->xcookie))
        return;
    const XIRawEvent *raw = event->xcookie.data;
    switch (raw->evtype) {
    case XI_RawKeyPress:
    case XI_RawKeyRelease:
        print_key(log, (unsigned)raw->detail, raw->evtype == XI_RawKeyPress);
        break;
    case XI_RawButtonPress:
    case XI_RawButtonRelease:
        print_button((unsigned)raw->detail, raw->evtype == XI_RawButtonPress);
        break;
    case XI_RawMotion:
        print_raw_motion(raw);
        break;
    }
    XFreeEventData(log->display, &event->xcookie);
}

static void print_event(struct xkeylog *log, XEvent *event)
{
    switch (event->type) {
    case KeyPress:
    case KeyRelease:
        print_key(log, event->xkey.keycode, event->type == KeyPress);
        break;
    case ButtonPress:
    case ButtonRelease:
        print_button(event->xbutton.button, event->type == ButtonPress);
        break;
    case MotionNotify:
        printf("motion %d %d %" PRIu64 "\n", event->xmotion.x_root, event->xmotion.y_root,
               now_us());
        break;
    case FocusIn:
    case FocusOut:
        printf("focus %s %" PRIu64 "\n", event->type == FocusIn ? "in" : "out", now_us());
        break;
    case GenericEvent:
        print_raw(log, event);
        break;
    }
}

static void parse_options(struct xkeylog *log, int argc, char **argv)
{
    static const struct option options[] = {{"raw", no_argument, NULL, 'r'},
                                            {"geometry", required_argument, NULL, 'g'},
                                            {"no-focus", no_argument, NULL, 'n'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'r':
            log->raw = true;
            break;
        case 'g':
            XParseGeometry(optarg, &log->x_px, &log->y_px, &log->width_px, &log->height_px);
            break;
        case 'n':
            log->takes_focus = false;
            break;
        default:
            fputs(HELP, option == 'h' ? stdout : stderr);
            exit(option == 'h' ? 0 : 2);
        }
    }
}

int main(int argc, char **argv)
{
    struct xkeylog log = {.takes_focus = true};
    log.display = XOpenDisplay(NULL);
    if (!log.display && !(argc > 1 && strcmp(argv[1], "--help") == 0)) {
        fprintf(stderr, "xkeylog: cannot open display %s\n", XDisplayName(NULL));
        return 1;
    }
    if (log.display) {
        int screen = DefaultScreen(log.display);
        log.width_px = (unsigned)DisplayWidth(log.display, screen);
        log.height_px = (unsigned)DisplayHeight(log.display, screen);
    }
    parse_options(&log, argc, argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (log.raw) {
        int event, error, major = 2, minor = 2;
        if (!XQueryExtension(log.display, "XInputExtension", &log.xi_opcode, &event, &error) ||
            XIQueryVersion(log.display, &major, &minor) != Success) {
            fputs("xkeylog: the display has no XInput 2\n", stderr);
            return 1;
        }
        select_raw(&log);
    } else {
        XkbSetDetectableAutoRepeat(log.display, True, NULL);
        open_window(&log);
    }
    for (;;) {
        XEvent event;
        XNextEvent(log.display, &event);
        print_event(&log, &event);
    }
}
