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

/* For osd_paint_metrics and osd_paint_text until the next call of another function. 0 or -EIO. */
int osd_paint_set_letters(struct osd_paint *paint, const uint32_t letter_px[OSD_STYLES]);
/* Borrows `paint`. */
struct osd_metrics osd_paint_metrics(struct osd_paint *paint);
/* One line onto the pixels of an image, cut at its edges; its place is not negative. An empty one
 * paints nothing. 0 or -EIO. */
int osd_paint_text(struct osd_paint *paint, const struct osd_piece *piece, uint32_t color,
                   const struct overlay_image *image, uint32_t *pixels);

/* A text alone, on nothing, for a window. The rest as below. */
int osd_paint_line(struct osd_paint *paint, const char *text, uint32_t color,
                   const struct osd_window *window, struct overlay_image *ret_image);
/* How the panel is laid out and looks in a window. `ret_image` has pixels of malloc
 * that the caller frees. 0, -ENOMEM or -EIO (the font). */
int osd_paint_panel(struct osd_paint *paint, const struct osd_panel *panel, enum osd_place place,
                    const struct osd_window *window, struct osd_layout *ret_layout,
                    struct overlay_image *ret_image);
