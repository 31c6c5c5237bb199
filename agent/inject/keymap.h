/*
 * Keeps the layout of XTEST's keyboard the same as that of the keyboard on the desk.
 *
 * XTEST has a keyboard with a keymap of its own. Where layouts are set for each device (xorg.conf's
 * InputClass, as Debian's keyboard-configuration does) it may stay `us` while the hardware has
 * another. A connection of its own: it asks much.
 */
#pragma once

#include <stddef.h>
#include <uv.h>

#include "agent/inject/stroke.h"
#include "protocol/message.h"

struct keymap;

/* As injector_find, in the layout that XTEST's keyboard has. */
int keymap_find_text(struct keymap *keymap, const char *text, struct stroke *ret_strokes,
                     size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM]);
int keymap_watch(uv_loop_t *loop, const char *display_name, struct keymap **ret_keymap);
struct keymap *keymap_destroy(struct keymap *keymap); /* NULL ok */
