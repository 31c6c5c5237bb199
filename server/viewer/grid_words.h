/* What stands in the tiles of a grid. Pure: what is known and the time in, text out. */
#pragma once

#include <stdint.h>
#include <time.h>

#include "common/config.h"
#include "server/viewer/mosaic.h"
#include "server/viewer/roster.h"
#include "server/viewer/status.h"

struct grid_facts {
    const struct status *status;
    const struct config_section *colors;
    const struct roster_entry *entry;
    const char *no_picture; /* why, as the server told; "": there is one, or will be */
    bool has_room;          /* for one more picture */
    time_t wall_s;          /* the time of day, in seconds since 1970 */
};

void grid_words_make(const struct grid_facts *facts, uint64_t now_us, struct mosaic_tile *ret_tile);
/* For a grid without any tile: why. */
void grid_words_make_empty(const struct status *status, const char *set,
                           struct mosaic_tile *ret_tile);
