/* A few words over a window for a while: what did not happen, and why. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server/viewer/layers.h"
#include "server/viewer/osd_paint.h"

struct toast {
    struct osd_panel panel; /* line_count 0: nothing is up */
    uint64_t until_us;
    struct overlay_image image; /* as it is up; pixels NULL: not */
    struct osd_window window;   /* that it was painted for; width 0: not yet */
};

/* All zero is one that is not up. */
void toast_finish(struct toast *toast);
void toast_say(struct toast *toast, const char *title, const char *text, uint64_t now_us);
/* Puts it on the first panel of the layers, or takes it away. `paint` NULL: it never is. */
void toast_show(struct toast *toast, struct osd_paint *paint, struct layers *layers,
                const struct osd_window *window, uint64_t now_us);
uint64_t toast_deadline_us(const struct toast *toast); /* UINT64_MAX: none */
