/* The colour of a target in what the viewer itself draws: its number, its border. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"

/* 0xRRGGBB of a table of colours that are easily told apart, by number; 0 (local) is a grey. */
uint32_t colors_of_number(uint16_t number);
/* As configured for that name ("lab3" = "#rrggbb"), else by its number. */
uint32_t colors_of_target(const struct config_section *colors, const char *name, uint16_t number);
/* For the configuration: is an entry one? */
bool colors_check(const char *key, const char *text, char *ret_why, size_t room_bytes);
/* Black or white: what is better read on it. */
uint32_t colors_ink_on(uint32_t color);
