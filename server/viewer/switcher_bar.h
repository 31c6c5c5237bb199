/* The line below the switcher's tiles, painted. */
#pragma once

#include <SDL_surface.h>
#include <stdbool.h>

#include "server/viewer/osd_paint.h"
#include "server/viewer/surface.h"
#include "server/viewer/switcher_words.h"

struct switcher_bar {
    struct switcher_line line;
    bool is_new; /* it is to be drawn */
};

/* Its height in a window of this size. */
int switcher_bar_height_px(const struct osd_window *window);
/* Copied. One that is as it was costs nothing. */
void switcher_bar_set(struct switcher_bar *bar, const struct switcher_line *line);
/* At the lower edge of the window's surface. `paint` NULL: nothing is written. */
void switcher_bar_draw(struct switcher_bar *bar, struct osd_paint *paint, SDL_Surface *surface,
                       const struct osd_window *window, struct surface_updates *updates);
