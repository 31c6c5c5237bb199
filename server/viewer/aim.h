/*
 * What the window's pointer points at: its place on the screen becomes one of the picture, wherever
 * that is in the window.
 */
#pragma once

#include <SDL_events.h>
#include <SDL_rect.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/viewer/canvas.h"
#include "server/viewer/input.h"
#include "server/viewer/waypointer.h"

struct aim {
    struct framebuffer *window;
    struct canvas *canvas;
    struct input *input;
    struct waypointer *waypointer; /* NULL: SDL's motion tells all that there is */
    enum fit_scale scale;
};

/* All are borrowed. */
void aim_init(struct aim *aim, SDL_Window *window, struct framebuffer *framebuffer,
              struct canvas *canvas, struct input *input, enum fit_scale scale);
void aim_finish(struct aim *aim);
/* The picture, or the window, may be another one, or elsewhere. */
void aim_turn(struct aim *aim);
/* SDL's motion; to be reported as a place. */
void aim_motion(struct aim *aim, const SDL_Event *event, uint64_t now_us);
/* True for an event that is read here and nowhere else. `is_place` false: the pointer is captured,
 * and no place is reported. */
bool aim_event(struct aim *aim, const SDL_Event *event, bool is_place, uint64_t now_us);
/* The pixel of a place in SDL's points. */
SDL_Point aim_pixel(const struct aim *aim, int x_points, int y_points);
