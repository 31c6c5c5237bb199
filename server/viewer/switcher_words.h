/* What stands in the switcher's tiles, and in the line below them. Pure: what is known and the time
 * in, text out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server/viewer/grid_words.h"

/* The line: what was typed, and beside it what to do, or why something did not happen. */
struct switcher_line {
    bool is_warning;
    char typed[STATUS_NAME_ROOM];
    char text[OSD_TEXT_ROOM];
};

/* Of a target; the entry's number 0 is local. */
void switcher_words_tile(const struct grid_facts *facts, uint64_t now_us,
                         struct mosaic_tile *ret_tile);
void switcher_words_line(const struct status *status, uint64_t now_us,
                         struct switcher_line *ret_line);
/* When the line changes by itself; UINT64_MAX: never. */
uint64_t switcher_words_deadline_us(const struct status *status, uint64_t now_us);
