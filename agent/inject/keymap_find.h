/* The keys of a text in the layout of an X display. It asks. */
#pragma once

#include <X11/Xlib.h>
#include <stddef.h>

#include "agent/inject/stroke.h"
#include "protocol/message.h"

/* As injector_find. `device`: whose map counts; lock keys, group and modifiers are the display's.
 */
int keymap_find_strokes(Display *xlib, unsigned device, const char *text,
                        struct stroke *ret_strokes, size_t *ret_count,
                        char ret_why[MESSAGE_REASON_ROOM]);
