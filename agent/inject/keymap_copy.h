/* Keymaps of two X keyboards: the same? and make them so. All by questions to the server. */
#pragma once

#include <X11/Xlib.h>
#include <stdbool.h>

/* A key gives the same symbols and modifiers on both devices. False also when the server does not
 * tell. */
bool keymap_devices_equal(Display *xlib, int device, int other);

/* Gives `to` the map of `from`, with its compatibility map, indicators and names. False when it
 * cannot be read. */
bool keymap_copy_device(Display *xlib, int from, int to);

/* The layout group that is locked on the keyboard on which all others are merged becomes that of
 * `device`. */
void keymap_copy_group(Display *xlib, int device);
