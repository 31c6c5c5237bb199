/*
 * Devices that this process makes in the kernel (<linux/uinput.h>, kernel 4.5 and later): declared,
 * written to, and gone with their descriptor, whatever happens to the process.
 */
#pragma once

#include <linux/input.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UINPUT_PATH "/dev/uinput"

/* The two calls that need a kernel with uinput; a test has others. Both: 0 or more, or -errno. */
struct uinput_layer {
    int (*open)(void *context, int flags);
    int (*ioctl)(void *context, int fd, unsigned long request, uintptr_t argument);
    void *context;
};

extern const struct uinput_layer uinput_kernel;

enum uinput_kind {
    UINPUT_KEYBOARD, /* every key that is no button; lock LEDs; the kernel's auto-repeat */
    UINPUT_MOUSE,    /* eight buttons, counts, both wheels in notches and in 1/120 of one */
    UINPUT_POINTER,  /* places, 0..REPORT_FIELD_SPAN across the desktop */
    UINPUT_KINDS,
};

/* 0 when /dev/uinput can be opened to write, or -errno. */
int uinput_probe(const struct uinput_layer *layer);

/* 0 and a descriptor that the caller closes, which takes the device away; or -errno of the opening
 * (*ret_opened false) or of making the device. */
int uinput_device_make(const struct uinput_layer *layer, enum uinput_kind kind, int *ret_fd,
                       bool *ret_opened);

/* Which device has this event, or UINPUT_KINDS: none has. */
enum uinput_kind uinput_kind_of(uint16_t type, uint16_t code);

/* All of it, or -errno. */
int uinput_device_write(int fd, const struct input_event *events, size_t count);
