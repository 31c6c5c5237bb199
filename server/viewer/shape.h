/* A pointer's shape in another size, so that it is as large beside the picture as on its own
 * screen. Pure. */
#pragma once

#include <stdint.h>

#include "common/frame_file.h"
#include "server/viewer/overlay.h"

struct shape {
    struct overlay_image image; /* pixels of malloc; NULL: none */
    uint32_t hot_x_px, hot_y_px;
    uint32_t percent; /* of the cursor's own size */
};

/* All zero is none. One of that size is kept as it is: shape_finish when the cursor is another. No
 * memory: as it was. */
void shape_make(struct shape *shape, const struct frame_cursor *cursor, uint32_t percent);
void shape_finish(struct shape *shape);
