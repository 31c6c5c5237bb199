/*
 * Sets of computers by name (option `sets`): "lab" = "lab* attic". Names with * (any letters) and
 * ? (one), with blanks or commas between them. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"

/* For the configuration: is an entry one? */
bool sets_check(const char *key, const char *text, char *ret_why, size_t room_bytes);
/* The names of a set; NULL: there is none of that name. */
const char *sets_find(const struct config_section *sets, const char *name);
/* Is a computer of this name in it? */
bool sets_has(const char *names, const char *name);
/* The sets that there are, with ", " between them; "none". */
void sets_list(const struct config_section *sets, char *ret_text, size_t room_bytes);
