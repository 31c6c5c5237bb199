/*
 * Paints a panel of the on-screen display: SDL_ttf's types stay here. Letters are rendered at the
 * size that they are shown in, never scaled.
 */
#pragma once

#include "server/viewer/osd_layout.h"
#include "server/viewer/overlay.h"

struct osd_paint;

/* `path` of a font; "": DejaVu Sans where it is usually found. NULL: there is none (logged), or no
 * memory. */
struct osd_paint *osd_paint_create(const char *path);
struct osd_paint *osd_paint_destroy(struct osd_paint *paint);
/* A text alone, on nothing, for a window of this size. The rest as below. */
int osd_paint_line(struct osd_paint *paint, const char *text, uint32_t color,
                   uint32_t window_width_px, uint32_t window_height_px,
                   struct overlay_image *ret_image);
/* How the panel is laid out and looks in a window of this size. `ret_image` has pixels of malloc
 * that the caller frees. 0, -ENOMEM or -EIO (the font). */
int osd_paint_panel(struct osd_paint *paint, const struct osd_panel *panel, enum osd_place place,
                    uint32_t window_width_px, uint32_t window_height_px,
                    struct osd_layout *ret_layout, struct overlay_image *ret_image);
