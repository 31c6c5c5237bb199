#include "agent/inject/uinput_device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/keyset.h"
#include "protocol/report.h"

#define VENDOR_ID 0x4844 /* "HD" */

static const char *const names[] = {
    [UINPUT_KEYBOARD] = "hotdesk keyboard",
    [UINPUT_MOUSE] = "hotdesk mouse",
    [UINPUT_POINTER] = "hotdesk pointer",
};

static int kernel_open(void *context, int flags)
{
    int fd = open(UINPUT_PATH, flags);

    return fd < 0 ? -errno : fd;
}

static int kernel_ioctl(void *context, int fd, unsigned long request, uintptr_t argument)
{
    return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

const struct uinput_layer uinput_kernel = {.open = kernel_open, .ioctl = kernel_ioctl};

int uinput_probe(const struct uinput_layer *layer)
{
    int fd = layer->open(layer->context, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

/* Buttons lie between the keys; one of them on a keyboard makes it a mouse or a joystick for
 * udev. */
static bool is_key(uint16_t code)
{
    return (code >= KEY_ESC && code < BTN_MISC) || (code >= KEY_OK && code < BTN_DPAD_UP) ||
           (code > BTN_DPAD_RIGHT && code < BTN_TRIGGER_HAPPY);
}

enum uinput_kind uinput_kind_of(uint16_t type, uint16_t code)
{
    if (type == EV_REL)
        return UINPUT_MOUSE;
    if (type == EV_ABS)
        return UINPUT_POINTER;
    return is_key(code) ? UINPUT_KEYBOARD : key_is_button(code) ? UINPUT_MOUSE : UINPUT_KINDS;
}

struct maker { /* the first failure stays, what follows does nothing */
    const struct uinput_layer *layer;
    int fd;
    int error;
};

static void maker_call(struct maker *maker, unsigned long request, uintptr_t argument)
{
    if (!maker->error)
        maker->error = maker->layer->ioctl(maker->layer->context, maker->fd, request, argument);
}

static void make_keyboard(struct maker *maker)
{
    maker_call(maker, UI_SET_EVBIT, EV_REP); /* the kernel repeats, at its usual pace */
    maker_call(maker, UI_SET_EVBIT, EV_LED);
    maker_call(maker, UI_SET_LEDBIT, LED_NUML);
    maker_call(maker, UI_SET_LEDBIT, LED_CAPSL);
    maker_call(maker, UI_SET_LEDBIT, LED_SCROLLL);
    for (uint16_t code = 0; code < KEY_CNT; code++)
        if (is_key(code))
            maker_call(maker, UI_SET_KEYBIT, code);
}

static void make_mouse(struct maker *maker)
{
    static const uint16_t axes[] = {
        REL_X, REL_Y, REL_WHEEL, REL_HWHEEL, REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES};

    for (uint16_t code = BTN_MOUSE; code <= BTN_TASK; code++)
        maker_call(maker, UI_SET_KEYBIT, code);
    maker_call(maker, UI_SET_EVBIT, EV_REL);
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++)
        maker_call(maker, UI_SET_RELBIT, axes[i]);
}

/* Its buttons are never pressed: without them udev takes it for no pointer (QEMU's tablet has them
 * too). */
static void make_pointer(struct maker *maker)
{
    for (uint16_t code = BTN_LEFT; code <= BTN_MIDDLE; code++)
        maker_call(maker, UI_SET_KEYBIT, code);
    maker_call(maker, UI_SET_EVBIT, EV_ABS);
    for (uint16_t axis = ABS_X; axis <= ABS_Y; axis++) {
        struct uinput_abs_setup setup = {.code = axis, .absinfo.maximum = REPORT_FIELD_SPAN};
        maker_call(maker, UI_SET_ABSBIT, axis);
        maker_call(maker, UI_ABS_SETUP, (uintptr_t)&setup);
    }
}

static int make(struct maker *maker, enum uinput_kind kind)
{
    static void (*const capabilities[])(struct maker *) = {
        [UINPUT_KEYBOARD] = make_keyboard,
        [UINPUT_MOUSE] = make_mouse,
        [UINPUT_POINTER] = make_pointer,
    };
    /* Not BUS_USB: libinput turns a laptop's touchpad off when a mouse is plugged in there. */
    struct uinput_setup setup = {
        .id = {.bustype = BUS_VIRTUAL,
               .vendor = VENDOR_ID,
               .product = (uint16_t)(kind + 1),
               .version = 1},
    };

    snprintf(setup.name, sizeof setup.name, "%s", names[kind]);
    maker_call(maker, UI_SET_EVBIT, EV_KEY);
    capabilities[kind](maker);
    maker_call(maker, UI_DEV_SETUP, (uintptr_t)&setup);
    maker_call(maker, UI_DEV_CREATE, 0);
    return maker->error;
}

int uinput_device_make(const struct uinput_layer *layer, enum uinput_kind kind, int *ret_fd,
                       bool *ret_opened)
{
    struct maker maker = {.layer = layer};

    maker.fd = layer->open(layer->context, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    *ret_opened = maker.fd >= 0;
    if (maker.fd < 0)
        return maker.fd;
    int error = make(&maker, kind);
    if (error) {
        close(maker.fd);
        return error;
    }
    *ret_fd = maker.fd;
    return 0;
}

int uinput_device_write(int fd, const struct input_event *events, size_t count)
{
    const char *bytes = (const char *)events;
    size_t left = count * sizeof *events;

    while (left > 0) {
        ssize_t written = write(fd, bytes, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -EIO;
        bytes += written;
        left -= (size_t)written;
    }
    return 0;
}
