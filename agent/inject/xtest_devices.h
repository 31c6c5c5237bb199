/* The devices of an X server that matter to injection: XTEST's own two, and the keyboards that are
 * hardware. */
#pragma once

#include <X11/Xlib.h>
#include <stdbool.h>

struct xtest_devices {
    int keyboard;          /* XTEST's, slave of the keyboard that we type on; 0: none */
    int pointer;           /* XTEST's */
    int physical_keyboard; /* the one that typed last, or the first; 0: none */
};

/* Asks the server (XInput 2); false when it has no such extension. */
bool xtest_devices_find(Display *xlib, struct xtest_devices *ret_devices);

/* Releases the keys and buttons that XTEST's devices hold: XTEST leaves them down when the client
 * that pressed them is gone, also when it was killed. */
void xtest_devices_lift(Display *xlib, const struct xtest_devices *devices);
