/*
 * Keyboard layouts by libxkbcommon, for who cannot ask an X display; and what a key symbol of any
 * of them types.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/inject/stroke.h"
#include "protocol/message.h"

struct layout;

/* As setxkbmap's: "de", "us(intl)". 0; -EINVAL: there is none of this name; -ENOMEM. Reads files of
 * xkb-data. */
int layout_open(const char *name, struct layout **ret_layout);
struct layout *layout_close(struct layout *layout); /* NULL ok */

/* As injector_find. `locks`: enum message_lock bits of now. */
int layout_find(const struct layout *layout, uint8_t locks, const char *text,
                struct stroke *ret_strokes, size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM]);

/* Of an X key symbol: see find.h, `character`. */
uint32_t layout_character(uint32_t keysym);
