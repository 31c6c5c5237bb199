/* The target's picture in this process: copied, whole, from the decoder's file, for libvncserver to
 * read and to draw a pointer on. */
#pragma once

#include <stdbool.h>

#include "protocol/frame.h"
#include "server/vnc/rfb.h"

struct canvas {
    struct rfb *rfb;
    struct frame_map *map;
    uint32_t *pixels; /* NULL: none yet */
    uint16_t width_px, height_px;
    bool is_current; /* what the target showed when looking began, or later */
    bool is_due;     /* all of it has to be copied again */
    bool cursor_is_due;
};

/* A message of a follower; `fd` is that of FILE, which it closes, or -1. 0 or -errno. */
int canvas_note(struct canvas *canvas, const struct frame_message *message, int fd);
/* What could not be copied while it was written. True when it has to be called again soon. */
bool canvas_catch_up(struct canvas *canvas);
/* There is no picture, and somebody shall see that. */
int canvas_make_empty(struct canvas *canvas);
