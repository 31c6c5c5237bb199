/* A text for `hotdesk type`, and its places. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "protocol/limits.h"

/* Line ends become line feeds, in place. NULL, or what cannot be typed, of the character at
 * *ret_at. `text` ends in NUL, which it may not have inside. */
const char *script_text_prepare(char *text, size_t length, size_t *ret_at);
/* How many bytes of `text` go into one message: whole characters, at most SCRIPT_TEXT_MAX bytes. */
size_t script_text_part(const char *text);
/* The byte at which the character begins that has this many before it. */
size_t script_text_offset(const char *text, size_t characters);
/* From 1: columns are characters. */
void script_text_place(const char *text, size_t at, size_t *ret_line, size_t *ret_column);
