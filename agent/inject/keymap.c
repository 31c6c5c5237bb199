#include "agent/inject/keymap.h"

#include <X11/XKBlib.h>
#include <X11/Xlib.h>
#include <X11/extensions/XInput2.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "agent/display.h"
#include "agent/inject/keymap_copy.h"
#include "agent/inject/keymap_find.h"
#include "agent/inject/xtest_devices.h"
#include "common/log.h"
#include "protocol/message.h"

#define LOG_MODULE "keymap"

struct keymap {
    struct display *display;
    int xkb_event, xi_opcode;
    struct xtest_devices devices;
    bool find, compare; /* events said that it may be needed; done once a batch */
};

static void keymap_compare(struct keymap *keymap)
{
    Display *xlib = display_xlib(keymap->display);
    const int from = keymap->devices.physical_keyboard, to = keymap->devices.keyboard;

    if (!from || !to)
        return;
    if (!keymap_devices_equal(xlib, from, to)) {
        if (keymap_copy_device(xlib, from, to))
            log_info("typing uses the layout of this computer's own keyboard from now on");
        else if (!display_is_lost(keymap->display))
            log_warning("cannot read the layout of this computer's own keyboard: typing may use "
                        "another one");
    }
    keymap_copy_group(xlib, to);
}

/* Of XTEST's own keyboard nothing is selected: what we write there is no news. */
static void keymap_find(struct keymap *keymap)
{
    Display *xlib = display_xlib(keymap->display);
    const unsigned long mask = XkbNewKeyboardNotifyMask | XkbMapNotifyMask;
    const int before = keymap->devices.physical_keyboard;

    if (!xtest_devices_find(xlib, &keymap->devices))
        return;
    const int device = keymap->devices.physical_keyboard;
    if (!device || device == before)
        return;
    XkbSelectEvents(xlib, (unsigned)device, mask, mask);
    keymap->compare = true;
}

/* The keyboard that typed last is the one that counts; XTEST's does not. */
static void keymap_on_xi_event(struct keymap *keymap, XEvent *event)
{
    XGenericEventCookie *cookie = &event->xcookie;

    if (!XGetEventData(display_xlib(keymap->display), cookie))
        return;
    if (cookie->evtype == XI_HierarchyChanged) {
        keymap->find = true;
    } else if (cookie->evtype == XI_DeviceChanged) {
        const XIDeviceChangedEvent *changed = cookie->data;
        if (changed->reason == XISlaveSwitch && changed->sourceid != keymap->devices.keyboard &&
            changed->sourceid != keymap->devices.physical_keyboard)
            keymap->find = true;
    }
    XFreeEventData(display_xlib(keymap->display), cookie);
}

static void keymap_on_event(void *context, XEvent *event)
{
    struct keymap *keymap = context;

    if (event->type == GenericEvent && event->xcookie.extension == keymap->xi_opcode)
        keymap_on_xi_event(keymap, event);
    else if (event->type == keymap->xkb_event)
        keymap->compare = true;
    else if (event->type == MappingNotify)
        XRefreshKeyboardMapping(&event->xmapping);
}

static void keymap_on_settled(void *context)
{
    struct keymap *keymap = context;

    if (keymap->find)
        keymap_find(keymap);
    if (keymap->compare && !display_is_lost(keymap->display))
        keymap_compare(keymap);
    keymap->find = keymap->compare = false;
}

static void keymap_on_lost(void *context)
{
    /* The one that types on the same display finds out as well, and is opened anew. */
}

static const struct display_handlers keymap_display_handlers = {
    .event = keymap_on_event,
    .settled = keymap_on_settled,
    .lost = keymap_on_lost,
};

static bool keymap_select_events(struct keymap *keymap)
{
    Display *xlib = display_xlib(keymap->display);
    int opcode, event, error, xkb_major = XkbMajorVersion, xkb_minor = XkbMinorVersion;
    unsigned char bits[XIMaskLen(XI_LASTEVENT)] = {0};
    XIEventMask mask = {.deviceid = XIAllDevices, .mask_len = sizeof bits, .mask = bits};

    if (!XkbQueryExtension(xlib, &opcode, &keymap->xkb_event, &error, &xkb_major, &xkb_minor) ||
        !XQueryExtension(xlib, "XInputExtension", &keymap->xi_opcode, &event, &error) ||
        !xtest_devices_find(xlib, &keymap->devices))
        return false;
    XISetMask(bits, XI_HierarchyChanged);
    XISetMask(bits, XI_DeviceChanged);
    XISelectEvents(xlib, DefaultRootWindow(xlib), &mask, 1);
    return true;
}

int keymap_watch(uv_loop_t *loop, const char *display_name, struct keymap **ret_keymap)
{
    char why[MESSAGE_REASON_ROOM];
    struct keymap *keymap = calloc(1, sizeof *keymap);

    if (!keymap)
        return -ENOMEM;
    int error =
        display_open(loop, display_name, &keymap_display_handlers, keymap, &keymap->display, why);
    if (!error && !keymap_select_events(keymap))
        error = -EOPNOTSUPP;
    if (error) {
        keymap_destroy(keymap);
        return error;
    }
    keymap->devices = (struct xtest_devices){0};
    keymap->find = true;
    display_process(keymap->display);
    *ret_keymap = keymap;
    return 0;
}

int keymap_find_text(struct keymap *keymap, const char *text, struct stroke *ret_strokes,
                     size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM])
{
    const unsigned device =
        keymap->devices.keyboard ? (unsigned)keymap->devices.keyboard : XkbUseCoreKbd;
    const int error = keymap_find_strokes(display_xlib(keymap->display), device, text, ret_strokes,
                                          ret_count, ret_why);

    display_process(keymap->display);
    return error;
}

struct keymap *keymap_destroy(struct keymap *keymap)
{
    if (keymap) {
        display_destroy(keymap->display);
        free(keymap);
    }
    return NULL;
}
