/*
 * A target's picture in a window, by rectangles on the window's framebuffer: only what is new is
 * copied, scaled and put on the screen, and only whole updates: while the file is being written
 * nothing of it is shown.
 */
#pragma once

#include <SDL_rect.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/frame_file.h"
#include "server/viewer/border.h"
#include "server/viewer/fit.h"
#include "server/viewer/framebuffer.h"
#include "server/viewer/overlay.h"

#define CANVAS_PANELS 4 /* over the picture, under the pointer; the last is on top */

struct canvas;

/* `window` is borrowed; NULL: none yet. NULL: out of memory. */
struct canvas *canvas_create(struct framebuffer *window, enum fit_scale scale);
struct canvas *canvas_destroy(struct canvas *canvas);
/* Another window, or none for now (NULL). */
void canvas_set_window(struct canvas *canvas, struct framebuffer *window);

/* What is shown from now on (borrowed until the next call); NULL: an empty field. */
void canvas_set_map(struct canvas *canvas, const struct frame_map *map);
/* All of it is to be drawn anew: another size of picture or window, or what was over it is gone. */
void canvas_redraw(struct canvas *canvas);
/* Places of the picture that are new; what is outside of it is left out. */
void canvas_damage(struct canvas *canvas, const struct frame_damage *damage);
/* A part of the picture that moved: shown at once, if what is shown is what it moved in; else
 * nothing is done, and the damage of the same sequence tells. Not checked: it is here. */
void canvas_move(struct canvas *canvas, const struct frame_move *move);
/* The pointer's shape is another one. False: the file is being written, and has none until the
 * next damage is told. */
bool canvas_cursor(struct canvas *canvas);
/* Where the pointer is drawn, in the picture. `visible` false: not at all. */
void canvas_pointer(struct canvas *canvas, const struct frame_pointer *pointer);

/* The frame around the picture; NULL: none. The pixels of its name are borrowed until the next
 * call. */
void canvas_set_border(struct canvas *canvas, const struct border *border);
/* What lies over the picture at this place of the window, from now on; `image` NULL: nothing. Its
 * pixels are borrowed until the next call for this place (0..CANVAS_PANELS - 1). */
void canvas_set_panel(struct canvas *canvas, size_t place, const struct overlay_image *image,
                      int32_t x_px, int32_t y_px, uint8_t opacity);

/* Where the window's own pointer is, in the field: what of a picture that is larger than the window
 * is seen. */
void canvas_pan(struct canvas *canvas, int32_t x_px, int32_t y_px);

bool canvas_needs_paint(const struct canvas *canvas);
/* False: the picture is being written just now; ask again in a moment. */
bool canvas_paint(struct canvas *canvas);

/* All of the window; its sides are 0 while there is none. */
struct osd_window canvas_window(const struct canvas *canvas);
/* What the frame leaves of it, for the picture and what lies over it: all other places of this
 * module are counted from its corner. */
SDL_Rect canvas_field(const struct canvas *canvas);
/* Where the picture is in that; false: there is none. */
bool canvas_fit(const struct canvas *canvas, struct fit *ret_fit);
/* How large a pointer is to be drawn, beside its own size: as much larger as the picture is, where
 * the screen's pixels are so dense that it would be hard to see. */
uint32_t canvas_pointer_percent(const struct canvas *canvas);
/* The same of the window's own pointer, which the desktop draws in points. */
uint32_t canvas_shape_percent(const struct canvas *canvas);
/* The pointer's shape as it is known; its size is 0 when there is none. Valid until the next call
 * of this module. */
const struct frame_cursor *canvas_cursor_shape(const struct canvas *canvas);
