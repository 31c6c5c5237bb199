/* A window with several targets at once (`--view` with names, `--wall`). It sends no input. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "server/viewer/options.h"

struct grid_wish {
    const char *const *names; /* the targets; NULL: a wall */
    size_t name_count;
    const char *set; /* of a wall: one of the configuration; NULL: all targets */
    bool enters;     /* a click on a tile gives keyboard and mouse to its target */
};

/* Until it is closed or end_fd is readable. 0, or -errno after saying why: -EINVAL for a name or a
 * set that is not there. */
int grid_run(const struct grid_wish *wish, const struct viewer_options *options, int end_fd);
