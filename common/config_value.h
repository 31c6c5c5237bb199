/* One value of a configuration: text to value and back. Private to common/config*.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/config.h"

union config_value {
    char text[CONFIG_TEXT_ROOM];
    int32_t number; /* also a choice's index */
    bool on;
    struct config_section section;
};

/* False with a sentence in ret_why (without the option's name). */
bool config_value_parse(const struct config_option *option, const char *text,
                        union config_value *ret_value, char *ret_why, size_t room_bytes);
void config_value_store(const struct config_option *option, const union config_value *value,
                        void *ret_values);
/* With its name, as it stands in a file, quotes included. */
void config_value_print(const struct config_option *option, const void *values, FILE *out);
