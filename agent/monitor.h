/*
 * The monitors of an X display (RandR 1.5), by the names that xrandr shows.
 */
#pragma once

#include <X11/Xlib.h>
#include <stdbool.h>

#include "agent/screen/area.h"

/* Where it is in the root window, cut to that. False: no such monitor is connected and on, or
 * there is no RandR 1.5. Asks the X server. */
bool monitor_find(Display *xlib, const char *name, struct area *ret_area);
/* Something is connected, and all of it is off: nothing is shown to anybody. False where nothing is
 * connected at all, as in a rack: there the root window is a screen like any other. */
bool monitor_all_are_off(Display *xlib);
