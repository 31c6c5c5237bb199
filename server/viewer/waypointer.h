/* Where the pointer is in SDL's window on Wayland, to a part of a point: SDL has whole points, each
 * of which may be several pixels of the screen. */
#pragma once

#include <SDL_events.h>
#include <SDL_video.h>
#include <stdbool.h>
#include <stdint.h>

struct waypointer;

/* NULL: the window is not on Wayland, or the compositor has no seat. */
struct waypointer *waypointer_create(SDL_Window *window);
struct waypointer *waypointer_destroy(struct waypointer *pointer); /* NULL ok */
/* True for an event that tells of a place, in 256ths of a point. It comes at its place among SDL's
 * own, of which those of motion then tell nothing. `pointer` may be NULL. */
bool waypointer_event(const struct waypointer *pointer, const SDL_Event *event,
                      int32_t *ret_x_256ths, int32_t *ret_y_256ths);
