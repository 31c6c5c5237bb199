/* Texts that came from elsewhere, made safe for a terminal. Pure. */
#pragma once

#include <jansson.h>

/* In all texts of `value`, in place: control characters (also C1, and those that turn the direction
 * of writing, or start a new line) become "?". */
void clean_json(json_t *value);
