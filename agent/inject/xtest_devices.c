#include "agent/inject/xtest_devices.h"

#include <X11/Xatom.h>
#include <X11/extensions/XInput.h>
#include <X11/extensions/XInput2.h>
#include <X11/extensions/XTest.h>

/* The server marks its XTEST devices with this property, whatever they are called. */
static bool device_is_xtest(Display *xlib, int device)
{
    Atom mark = XInternAtom(xlib, "XTEST Device", True), type = None;
    int format = 0;
    unsigned long count = 0, left = 0;
    unsigned char *value = NULL;
    bool is = false;

    if (mark == None)
        return false;
    if (XIGetProperty(xlib, device, mark, 0, 1, False, XA_INTEGER, &type, &format, &count, &left,
                      &value) == Success &&
        value)
        is = type == XA_INTEGER && count > 0 && *value != 0;
    if (value)
        XFree(value);
    return is;
}

/* The keyboard's keys are those of the device that was used last. */
static int master_source(const XIDeviceInfo *master)
{
    for (int i = 0; i < master->num_classes; i++) {
        if (master->classes[i]->type == XIKeyClass)
            return master->classes[i]->sourceid;
    }
    return 0;
}

static void devices_note(Display *xlib, const XIDeviceInfo *device, int keyboard_master,
                         int pointer_master, int last_used, struct xtest_devices *devices)
{
    if (device->use == XISlavePointer && device->attachment == pointer_master) {
        if (device_is_xtest(xlib, device->deviceid))
            devices->pointer = device->deviceid;
    } else if (device->use == XISlaveKeyboard && device->attachment == keyboard_master) {
        if (device_is_xtest(xlib, device->deviceid))
            devices->keyboard = device->deviceid;
        else if (device->enabled && (!devices->physical_keyboard || device->deviceid == last_used))
            devices->physical_keyboard = device->deviceid;
    }
}

/* The pointer of this client's pair of masters: the one set for it, else the first. */
static int client_pointer(Display *xlib, const XIDeviceInfo *all, int count)
{
    int pointer = 0;

    if (XIGetClientPointer(xlib, None, &pointer) && pointer)
        return pointer;
    for (int i = 0; i < count; i++) {
        if (all[i].use == XIMasterPointer)
            return all[i].deviceid;
    }
    return 0;
}

static void devices_sort(Display *xlib, const XIDeviceInfo *all, int count,
                         struct xtest_devices *ret_devices)
{
    const int pointer_master = client_pointer(xlib, all, count);
    int keyboard_master = 0, last_used = 0;

    for (int i = 0; i < count; i++) {
        if (all[i].use == XIMasterKeyboard && all[i].attachment == pointer_master) {
            keyboard_master = all[i].deviceid;
            last_used = master_source(&all[i]);
        }
    }
    *ret_devices = (struct xtest_devices){0};
    for (int i = 0; i < count; i++)
        devices_note(xlib, &all[i], keyboard_master, pointer_master, last_used, ret_devices);
}

bool xtest_devices_find(Display *xlib, struct xtest_devices *ret_devices)
{
    int opcode, event, error, major = 2, minor = 0, count = 0;

    if (!XQueryExtension(xlib, "XInputExtension", &opcode, &event, &error) ||
        XIQueryVersion(xlib, &major, &minor) != Success)
        return false;
    XIDeviceInfo *all = XIQueryDevice(xlib, XIAllDevices, &count);
    if (!all)
        return false;
    devices_sort(xlib, all, count, ret_devices);
    XIFreeDeviceInfo(all);
    return true;
}

static void lift_keys(Display *xlib, const XKeyState *state)
{
    for (int code = 8; code < 256; code++) {
        if (state->keys[code / 8] & (1 << (code % 8)))
            XTestFakeKeyEvent(xlib, (unsigned)code, False, CurrentTime);
    }
}

static void lift_buttons(Display *xlib, const XButtonState *state)
{
    for (unsigned button = 1; button <= (unsigned)state->num_buttons && button < 256; button++) {
        if (state->buttons[button / 8] & (1 << (button % 8)))
            XTestFakeButtonEvent(xlib, button, False, CurrentTime);
    }
}

/* XInput 2 tells only of buttons what is down; XInput 1 of both. */
static void lift_device(Display *xlib, int id)
{
    XDevice *device = id ? XOpenDevice(xlib, (XID)id) : NULL;
    XDeviceState *state = device ? XQueryDeviceState(xlib, device) : NULL;

    if (state) {
        XInputClass *class = state->data;
        for (int i = 0; i < state->num_classes; i++) {
            if (class->class == KeyClass)
                lift_keys(xlib, (XKeyState *)class);
            else if (class->class == ButtonClass)
                lift_buttons(xlib, (XButtonState *)class);
            class = (XInputClass *)((char *)class + class->length);
        }
        XFreeDeviceState(state);
    }
    if (device)
        XCloseDevice(xlib, device);
}

void xtest_devices_lift(Display *xlib, const struct xtest_devices *devices)
{
    lift_device(xlib, devices->keyboard);
    lift_device(xlib, devices->pointer);
}
