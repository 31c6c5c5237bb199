/* Sections of a configuration, line by line. Private to common/config*.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"

/* `name { "key" = "value" }`, any part of it; texts point into the line. */
struct config_section_line {
    bool opens, closes;
    const char *name;  /* if it opens one */
    const char *entry; /* not read yet; may be empty */
};

/* Cuts a line, which config_line_check found right, at its braces. NULL, or what is wrong. A line
 * outside of sections that opens none stays as it is. */
const char *config_section_split(char *line, bool inside, struct config_section_line *ret_line);
/* `"key" = "value"`, by libConfuse. False with a sentence in ret_why; the line is the caller's. */
bool config_section_parse_entry(const char *text, struct config_entry *ret_entry, char *ret_why,
                                size_t room_bytes);
