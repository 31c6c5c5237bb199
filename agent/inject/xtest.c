#include "agent/inject/xtest.h"

#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>
#include <X11/extensions/Xrandr.h>
#include <X11/extensions/dpms.h>
#include <errno.h>
#include <limits.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/display.h"
#include "agent/inject/keymap.h"
#include "agent/inject/wheel.h"
#include "agent/inject/xtest_devices.h"
#include "common/clock.h"
#include "common/log.h"

#define LOG_MODULE "xtest"

#define EVDEV_TO_X    8 /* X key codes are the kernel's plus this, in every evdev keymap */
#define X_KEYCODE_MAX 255
#define X_MOTION_MAX  32767 /* motion travels in 16 bits */

struct xtest {
    struct injector injector;
    struct display *display;
    struct keymap *keymap;
    const struct injector_events *events;
    void *context;
    struct wheel vertical, horizontal;
    uint32_t unsendable;
    bool has_dpms;
};

static struct xtest *xtest_of(struct injector *injector)
{
    return (struct xtest *)injector;
}

static Display *xlib_of(struct xtest *xtest)
{
    return display_xlib(xtest->display);
}

/* X's buttons 4 to 7 are the wheel's. 0: X has none for it. */
static unsigned xtest_button(uint16_t code)
{
    switch (code) {
    case BTN_LEFT:
        return 1;
    case BTN_MIDDLE:
        return 2;
    case BTN_RIGHT:
        return 3;
    case BTN_SIDE:
    case BTN_BACK:
        return 8;
    case BTN_EXTRA:
    case BTN_FORWARD:
        return 9;
    default:
        return 0;
    }
}

static void xtest_count_unsendable(struct xtest *xtest)
{
    if (xtest->unsendable++ == 0)
        log_warning(
            "a key was not typed: X has no key codes above %d. Others like it will be counted, "
            "and not typed either",
            X_KEYCODE_MAX);
}

static void xtest_key(struct xtest *xtest, const struct report_event *event)
{
    const unsigned button = xtest_button(event->code);
    const unsigned keycode = event->code + EVDEV_TO_X;

    if (button)
        XTestFakeButtonEvent(xlib_of(xtest), button, event->value != 0, CurrentTime);
    else if (keycode <= X_KEYCODE_MAX)
        XTestFakeKeyEvent(xlib_of(xtest), keycode, event->value != 0, CurrentTime);
    else if (event->value)
        xtest_count_unsendable(xtest);
}

static void xtest_click(struct xtest *xtest, unsigned button, int times)
{
    for (int i = 0; i < times; i++) {
        XTestFakeButtonEvent(xlib_of(xtest), button, True, CurrentTime);
        XTestFakeButtonEvent(xlib_of(xtest), button, False, CurrentTime);
    }
}

static void xtest_wheel(struct xtest *xtest, const struct report_event *event)
{
    const bool vertical = event->code == REL_WHEEL_HI_RES;
    const int clicks =
        wheel_turn(vertical ? &xtest->vertical : &xtest->horizontal, event->value, clock_now_us());

    /* evdev: up and right are positive. X: 4 up, 5 down, 6 left, 7 right. */
    if (vertical)
        xtest_click(xtest, clicks > 0 ? 4 : 5, abs(clicks));
    else
        xtest_click(xtest, clicks > 0 ? 7 : 6, abs(clicks));
}

static int clamp_motion(int32_t value)
{
    return value > X_MOTION_MAX ? X_MOTION_MAX : value < -X_MOTION_MAX ? -X_MOTION_MAX : value;
}

struct movement {
    bool relative, absolute, has_x, has_y;
    int dx, dy, x, y;
};

static void xtest_note_motion(const struct report_event *event, struct movement *movement)
{
    if (event->type == EV_REL) {
        movement->relative = true;
        *(event->code == REL_X ? &movement->dx : &movement->dy) = clamp_motion(event->value);
    } else {
        movement->absolute = true;
        *(event->code == ABS_X ? &movement->x : &movement->y) = clamp_motion(event->value);
        *(event->code == ABS_X ? &movement->has_x : &movement->has_y) = true;
    }
}

/* X and Y of one report are one movement; where the pointer is in the other axis X alone knows. */
static void xtest_move(struct xtest *xtest, struct movement *movement)
{
    if (movement->absolute && movement->has_x && movement->has_y)
        XTestFakeMotionEvent(xlib_of(xtest), -1, movement->x, movement->y, CurrentTime);
    if (movement->relative)
        XTestFakeRelativeMotionEvent(xlib_of(xtest), movement->dx, movement->dy, CurrentTime);
    memset(movement, 0, sizeof *movement);
}

static bool is_wheel(const struct report_event *event)
{
    return event->type == EV_REL &&
           (event->code == REL_WHEEL_HI_RES || event->code == REL_HWHEEL_HI_RES);
}

static int xtest_type(struct injector *injector, const struct report *report)
{
    struct xtest *xtest = xtest_of(injector);
    struct movement movement = {0};

    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (event->type != EV_KEY && !is_wheel(event)) {
            xtest_note_motion(event, &movement);
            continue;
        }
        xtest_move(xtest, &movement); /* it came before the key */
        if (event->type == EV_KEY)
            xtest_key(xtest, event);
        else
            xtest_wheel(xtest, event);
    }
    xtest_move(xtest, &movement);
    display_flush(xtest->display);
    return display_is_lost(xtest->display) ? -EIO : 0;
}

static int xtest_find(struct injector *injector, const char *text, struct stroke *ret_strokes,
                      size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM])
{
    struct xtest *xtest = xtest_of(injector);

    if (xtest->keymap)
        return keymap_find_text(xtest->keymap, text, ret_strokes, ret_count, ret_why);
    snprintf(ret_why, MESSAGE_REASON_ROOM, "the X display has no XKB extension");
    return -EOPNOTSUPP;
}

static void xtest_enter(struct injector *injector)
{
    struct xtest *xtest = xtest_of(injector);

    XForceScreenSaver(xlib_of(xtest), ScreenSaverReset);
    if (xtest->has_dpms)
        DPMSForceLevel(xlib_of(xtest), DPMSModeOn);
    display_flush(xtest->display);
}

static void xtest_leave(struct injector *injector)
{
    struct xtest *xtest = xtest_of(injector);

    wheel_clear(&xtest->vertical);
    wheel_clear(&xtest->horizontal);
}

static uint32_t xtest_unsendable(const struct injector *injector)
{
    return ((const struct xtest *)injector)->unsendable;
}

static void xtest_destroy(struct injector *injector)
{
    struct xtest *xtest = xtest_of(injector);

    keymap_destroy(xtest->keymap);
    display_destroy(xtest->display);
    free(xtest);
}

static const struct injector_ops xtest_ops = {
    .name = "xtest",
    .on_display = true,
    .type = xtest_type,
    .find = xtest_find,
    .enter = xtest_enter,
    .leave = xtest_leave,
    .unsendable = xtest_unsendable,
    .destroy = xtest_destroy,
};

static void xtest_on_lost(void *context)
{
    struct xtest *xtest = context;

    xtest->events->lost(xtest->context, "the X display went away");
}

static const struct display_handlers xtest_display_handlers = {.lost = xtest_on_lost};

/* Xwayland shows the windows of X clients only: what is typed there would reach half of the
 * desktop. */
static bool xtest_is_xwayland(Display *xlib)
{
    int opcode, event, error, count = 0;
    bool found = XQueryExtension(xlib, "XWAYLAND", &opcode, &event, &error);

    if (found || !XRRQueryExtension(xlib, &event, &error))
        return found;
    XRRScreenResources *resources = XRRGetScreenResourcesCurrent(xlib, DefaultRootWindow(xlib));
    count = resources ? resources->noutput : 0;
    for (int i = 0; i < count && !found; i++) {
        XRROutputInfo *output = XRRGetOutputInfo(xlib, resources, resources->outputs[i]);
        found = output && strncmp(output->name, "XWAYLAND", strlen("XWAYLAND")) == 0;
        if (output)
            XRRFreeOutputInfo(output);
    }
    if (resources)
        XRRFreeScreenResources(resources);
    return found;
}

static int xtest_check(struct xtest *xtest, char ret_why[MESSAGE_REASON_ROOM])
{
    if (display_is_lost(xtest->display)) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "the X display went away");
        return -EIO;
    }
    if (!display_has_xtest(xtest->display)) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "the X display has no XTEST extension");
        return -EOPNOTSUPP;
    }
    if (xtest_is_xwayland(xlib_of(xtest))) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "the X display is Xwayland, which needs uinput");
        return -EXDEV;
    }
    return 0;
}

/* All questions are asked here: from then on this connection only sends. */
static int xtest_prepare(struct xtest *xtest, char ret_why[MESSAGE_REASON_ROOM])
{
    Display *xlib = xlib_of(xtest);
    struct xtest_devices devices;
    int event, error;
    int result = xtest_check(xtest, ret_why);

    if (result)
        return result;
    if (xtest_devices_find(xlib, &devices))
        xtest_devices_lift(xlib, &devices);
    xtest->has_dpms = DPMSQueryExtension(xlib, &event, &error) && DPMSCapable(xlib);
    XSync(xlib, False);
    if (display_is_lost(xtest->display)) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "the X display went away");
        return -EIO;
    }
    display_process(xtest->display);
    return 0;
}

int xtest_open(uv_loop_t *loop, const struct inject_settings *settings,
               const struct injector_events *events, void *context, struct injector **ret_injector,
               char ret_why[MESSAGE_REASON_ROOM])
{
    struct xtest *xtest = calloc(1, sizeof *xtest);

    if (!xtest)
        return -ENOMEM;
    xtest->injector.ops = &xtest_ops;
    xtest->events = events;
    xtest->context = context;
    int result = display_open(loop, settings->display, &xtest_display_handlers, xtest,
                              &xtest->display, ret_why);
    if (!result)
        result = xtest_prepare(xtest, ret_why);
    if (result) {
        xtest_destroy(&xtest->injector);
        return result;
    }
    /* Without it typing works, perhaps in another layout. */
    keymap_watch(loop, settings->display, &xtest->keymap);
    *ret_injector = &xtest->injector;
    return 0;
}
