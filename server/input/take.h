/*
 * Rule 2 at one node: the desktop sees every held key come up, then the node is grabbed, and the
 * keys are down again for us alone. Without that down a keyboard that repeats by itself would press
 * anew, and the kernel would not tell the release.
 *
 * Between, the hand goes on. What came before the grab is the desktop's; a press among it has the
 * grab made anew, with an up. What came after it is ours. A release between our up and our down
 * changes nothing for the kernel, which drops it, and the down would stay: but a PS/2 keyboard
 * tells the number of the key at each press and release (MSC_SCAN), and one without a key is such a
 * release. A USB keyboard (hid-input.c) does not tell it: in those microseconds a key gets stuck
 * for the kernel, which drops its next press, too.
 */
#pragma once

#include "server/input/evdev.h"

/* Gives what is there as evdev_read does, without the echoes of what it writes; what the desktop
 * saw has the time 0. 0 or -errno; -EBUSY: another program has grabbed it. After an error what the
 * keys are is not known: follow with evdev_resync. */
int take_node(struct evdev *evdev, evdev_handler handler, void *context);
