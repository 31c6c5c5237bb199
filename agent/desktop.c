#include "agent/desktop.h"

#include <X11/XKBlib.h>
#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/extensions/Xrandr.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/display.h"
#include "agent/monitor.h"
#include "protocol/cursor.h"

struct desktop {
    struct display *display;
    const struct desktop_handlers *handlers;
    void *context;
    char monitor[MESSAGE_NAME_ROOM]; /* "": all of the root window */
    Window root;
    Atom has_vt;
    bool has_randr, has_xkb;
    int randr_event, xkb_event;
    bool ask_geometry, ask_locks, ask_shown; /* events said so; asked once a batch */
};

static const struct {
    const char *name; /* the XKB indicators that every keymap has */
    uint8_t lock;
} indicators[] = {
    {"Num Lock", MESSAGE_LOCK_NUM},
    {"Caps Lock", MESSAGE_LOCK_CAPS},
    {"Scroll Lock", MESSAGE_LOCK_SCROLL},
};

static uint16_t pixels(int value)
{
    return value < 0 ? 0 : value > UINT16_MAX ? UINT16_MAX : (uint16_t)value;
}

static void desktop_read_monitor(struct desktop *desktop, const XRRMonitorInfo *info,
                                 struct message_monitor *ret_monitor)
{
    char *name = XGetAtomName(display_xlib(desktop->display), info->name);

    ret_monitor->x_px = pixels(info->x);
    ret_monitor->y_px = pixels(info->y);
    ret_monitor->width_px = pixels(info->width);
    ret_monitor->height_px = pixels(info->height);
    text_make_clean(name ? name : "", ret_monitor->name, sizeof ret_monitor->name);
    if (name)
        XFree(name);
}

/* A monitor without a size, as one that is just being switched off, is none. */
static void desktop_read_monitors(struct desktop *desktop, struct message_geometry *geometry)
{
    int count = 0;
    XRRMonitorInfo *monitors =
        XRRGetMonitors(display_xlib(desktop->display), desktop->root, True, &count);

    if (!monitors)
        return;
    for (int i = 0; i < count && i < MESSAGE_MONITORS_MAX; i++) {
        if (display_is_lost(desktop->display))
            break;
        if (monitors[i].width < 1 || monitors[i].height < 1)
            continue;
        desktop_read_monitor(desktop, &monitors[i], &geometry->monitors[geometry->monitor_count++]);
    }
    XRRFreeMonitors(monitors);
}

static void desktop_tell_geometry(struct desktop *desktop)
{
    struct message_geometry geometry = {0};
    XWindowAttributes root;
    struct area shown;

    if (!XGetWindowAttributes(display_xlib(desktop->display), desktop->root, &root))
        return;
    if (!*desktop->monitor ||
        !monitor_find(display_xlib(desktop->display), desktop->monitor, &shown))
        shown = (struct area){0, 0, root.width, root.height};
    geometry.width_px = pixels(shown.width_px);
    geometry.height_px = pixels(shown.height_px);
    if (desktop->has_randr)
        desktop_read_monitors(desktop, &geometry);
    if (display_is_lost(desktop->display))
        return;
    const struct desktop_place place = {shown.x_px, shown.y_px, root.width, root.height};
    desktop->handlers->origin(desktop->context, &place);
    desktop->handlers->geometry(desktop->context, &geometry);
}

static void desktop_tell_locks(struct desktop *desktop)
{
    Display *xlib = display_xlib(desktop->display);
    uint8_t locks = 0;

    if (!desktop->has_xkb)
        return;
    for (size_t i = 0; i < sizeof indicators / sizeof *indicators; i++) {
        Bool on = False;
        Atom atom = XInternAtom(xlib, indicators[i].name, True);
        if (atom != None && XkbGetNamedIndicator(xlib, atom, NULL, &on, NULL, NULL) && on)
            locks |= indicators[i].lock;
    }
    if (!display_is_lost(desktop->display))
        desktop->handlers->locks(desktop->context, locks);
}

/* Xorg on a virtual terminal tells there whether it has it. Other servers have no such property. */
static void desktop_tell_shown(struct desktop *desktop)
{
    Display *xlib = display_xlib(desktop->display);
    Atom type = None;
    int format = 0;
    unsigned long count = 0, left = 0;
    unsigned char *value = NULL;
    bool shown = true;

    if (XGetWindowProperty(xlib, desktop->root, desktop->has_vt, 0, 1, False, AnyPropertyType,
                           &type, &format, &count, &left, &value) == Success &&
        value) {
        if (count > 0 && format == 32)
            shown = *(unsigned long *)value != 0;
        else if (count > 0 && format == 8)
            shown = *value != 0;
        XFree(value);
    }
    if (!display_is_lost(desktop->display))
        desktop->handlers->shown(desktop->context, shown);
}

static void desktop_on_event(void *context, XEvent *event)
{
    struct desktop *desktop = context;

    if (desktop->has_randr && (event->type == desktop->randr_event + RRScreenChangeNotify ||
                               event->type == desktop->randr_event + RRNotify)) {
        XRRUpdateConfiguration(event);
        desktop->ask_geometry = true;
    } else if (event->type == ConfigureNotify) {
        desktop->ask_geometry = true;
    } else if (event->type == PropertyNotify) {
        desktop->ask_shown = desktop->ask_shown || event->xproperty.atom == desktop->has_vt;
    } else if (desktop->has_xkb && event->type == desktop->xkb_event) {
        desktop->ask_locks = true;
    } else if (event->type == MappingNotify) {
        XRefreshKeyboardMapping(&event->xmapping);
    }
}

static void desktop_on_settled(void *context)
{
    struct desktop *desktop = context;

    if (desktop->ask_geometry)
        desktop_tell_geometry(desktop);
    if (desktop->ask_locks)
        desktop_tell_locks(desktop);
    if (desktop->ask_shown)
        desktop_tell_shown(desktop);
    desktop->ask_geometry = desktop->ask_locks = desktop->ask_shown = false;
}

static void desktop_on_lost(void *context)
{
    struct desktop *desktop = context;

    desktop->handlers->lost(desktop->context, "the X display went away");
}

static const struct display_handlers desktop_display_handlers = {
    .event = desktop_on_event,
    .settled = desktop_on_settled,
    .lost = desktop_on_lost,
};

static void desktop_select_events(struct desktop *desktop)
{
    Display *xlib = display_xlib(desktop->display);
    int major = XkbMajorVersion, minor = XkbMinorVersion, opcode, error, randr_error;

    desktop->root = DefaultRootWindow(xlib);
    desktop->has_vt = XInternAtom(xlib, "XFree86_has_VT", False);
    XSelectInput(xlib, desktop->root, PropertyChangeMask | StructureNotifyMask);
    desktop->has_randr = XRRQueryExtension(xlib, &desktop->randr_event, &randr_error);
    if (desktop->has_randr)
        XRRSelectInput(xlib, desktop->root,
                       RRScreenChangeNotifyMask | RRCrtcChangeNotifyMask |
                           RROutputChangeNotifyMask);
    desktop->has_xkb =
        XkbQueryExtension(xlib, &opcode, &desktop->xkb_event, &error, &major, &minor);
    if (desktop->has_xkb)
        XkbSelectEvents(xlib, XkbUseCoreKbd, XkbIndicatorStateNotifyMask | XkbNewKeyboardNotifyMask,
                        XkbIndicatorStateNotifyMask | XkbNewKeyboardNotifyMask);
}

int desktop_open(uv_loop_t *loop, const char *display_name, const char *monitor,
                 const struct desktop_handlers *handlers, void *context,
                 struct desktop **ret_desktop, char ret_why[MESSAGE_REASON_ROOM])
{
    struct desktop *desktop = calloc(1, sizeof *desktop);

    if (!desktop)
        return -ENOMEM;
    desktop->handlers = handlers;
    desktop->context = context;
    snprintf(desktop->monitor, sizeof desktop->monitor, "%s", monitor ? monitor : "");
    int error = display_open(loop, display_name, &desktop_display_handlers, desktop,
                             &desktop->display, ret_why);
    if (error) {
        free(desktop);
        return error;
    }
    desktop_select_events(desktop);
    desktop->ask_geometry = desktop->ask_locks = desktop->ask_shown = true;
    display_process(desktop->display);
    *ret_desktop = desktop;
    return 0;
}

void desktop_set_monitor(struct desktop *desktop, const char *monitor)
{
    snprintf(desktop->monitor, sizeof desktop->monitor, "%s", monitor);
    desktop->ask_geometry = true;
    display_process(desktop->display);
}

struct desktop *desktop_destroy(struct desktop *desktop)
{
    if (desktop) {
        display_destroy(desktop->display);
        free(desktop);
    }
    return NULL;
}
