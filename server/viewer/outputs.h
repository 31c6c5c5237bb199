/* Names of a Wayland compositor's outputs, such as DP-1 (wl_output, version 4): SDL has only a
 * description of each. And when one has another scale: SDL 2.26 draws a
 * window by that only when it comes to another output, or is a full screen. */
#pragma once

#include <SDL_video.h>
#include <stddef.h>
#include <stdint.h>

struct outputs;
struct wl_display;

/* On SDL's own connection, which reads it. NULL: out of memory. */
struct outputs *outputs_create(struct wl_display *display);
struct outputs *outputs_destroy(struct outputs *outputs); /* NULL ok */
/* The last scale that an output had in place of another one since this was asked last; 0: none has.
 * SDL has an event then. */
uint32_t outputs_take_scale(struct outputs *outputs); /* NULL ok */
/* Of a window's desktop; NULL: not on Wayland, or out of memory. */
struct outputs *outputs_of_window(SDL_Window *window);
/* Of the output at this place in the order in which they came, which is SDL's too; NULL: not known,
 * as while there are not `count`. Valid until events are read. */
const char *outputs_name(const struct outputs *outputs, size_t index, size_t count);
