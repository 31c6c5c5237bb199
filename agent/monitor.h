/*
 * One monitor of an X display, by the name that xrandr shows.
 */
#pragma once

#include <X11/Xlib.h>
#include <stdbool.h>

#include "agent/screen/area.h"

/* Where it is in the root window, cut to that. False: no such monitor is connected and on, or
 * there is no RandR 1.5. Asks the X server. */
bool monitor_find(Display *xlib, const char *name, struct area *ret_area);
