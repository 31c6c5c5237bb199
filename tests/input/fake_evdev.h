/*
 * An event node as the kernel has it, for umockdev: it answers the evdev ioctls, keeps keys, LEDs
 * and the grab, and passes on what is written into it. The rules are those of
 * linux/drivers/input/input.c and evdev.c: an event that changes nothing goes to nobody, a written
 * event goes to every reader, while grabbed to the grabber alone, and EVIOCGKEY takes waiting key
 * events out of the queue. tests/machine has the real one.
 *
 * The reader reads from a named pipe that umockdev's testbed has in the place of the node. Calls
 * come from umockdev's thread; the functions here may be called from any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <umockdev.h>

struct fake_evdev;
struct fake_event {
    uint16_t type, code;
    int32_t value;
};

/* `number` is that of eventN. The device must be in the testbed; its capabilities are taken from
 * there. NULL when something fails. */
/* `all`: `count` places, where the other ones are, or NULL. */
struct fake_evdev *fake_evdev_create(UMockdevTestbed *testbed, const char *syspath, unsigned number,
                                     struct fake_evdev **all, unsigned count);
struct fake_evdev *fake_evdev_destroy(struct fake_evdev *fake, UMockdevTestbed *testbed); /* NULL */

/* The device says something by itself; end a frame with EV_SYN, SYN_REPORT, 0. */
void fake_evdev_say(struct fake_evdev *fake, uint16_t type, uint16_t code, int32_t value);
/* A whole report, ended here. As with the kernel's drivers no grab and no write comes between. */
void fake_evdev_say_report(struct fake_evdev *fake, const struct fake_event *events, size_t count);
/* It says something, but the reader's queue is full: SYN_DROPPED is all that comes of it. */
void fake_evdev_say_unheard(struct fake_evdev *fake, uint16_t code, int32_t value);
/* Another program holds a grab. */
void fake_evdev_grab_elsewhere(struct fake_evdev *fake, bool grabbed);
/* Just before the next grab this key is pressed: the desktop sees it. */
void fake_evdev_press_before_grab(struct fake_evdev *fake, uint16_t code);
/* Just before the next grab this key is released. If it is up already by what was written, the
 * kernel tells no more than its number. */
void fake_evdev_release_before_grab(struct fake_evdev *fake, uint16_t code);
/* Pressed as soon as the node is grabbed, before the reader reads. */
void fake_evdev_press_when_grabbed(struct fake_evdev *fake, uint16_t code);
/* Just before the next ioctl this key is pressed. */
void fake_evdev_press_before_ioctl(struct fake_evdev *fake, uint16_t code);
/* Just before the next ioctl, or the next write, this key is released, and the reader has not read
 * that yet. */
void fake_evdev_release_before_ioctl(struct fake_evdev *fake, uint16_t code);
void fake_evdev_release_before_write(struct fake_evdev *fake, uint16_t code);
/* Unplugged: all calls give ENODEV. */
void fake_evdev_vanish(struct fake_evdev *fake);
bool fake_evdev_is_grabbed(struct fake_evdev *fake); /* by who reads it */
uint64_t fake_evdev_leds(struct fake_evdev *fake);
unsigned fake_evdev_led_writes(struct fake_evdev *fake);

/* What happened since the last call, in words: "grab", "ungrab", and each written or said key that
 * changed something, to whom: "desktop 30:1" or "us 30:1" (grabbed). In a buffer of the fake. */
const char *fake_evdev_log(struct fake_evdev *fake);
