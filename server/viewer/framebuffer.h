/*
 * What is drawn on for a window: a surface in the pixels of the screen that the window is on,
 * whatever SDL counts the window in (density.h), and of 0x00RRGGBB, whatever the screen's own form
 * is.
 */
#pragma once

#include <SDL_video.h>

#include "server/viewer/density.h"
#include "server/viewer/surface.h"

/* Without it a compositor enlarges what was drawn in points. */
#define FRAMEBUFFER_WINDOW_FLAGS SDL_WINDOW_ALLOW_HIGHDPI

struct framebuffer;

/* SDL_CreateWindow, larger where the desktop wishes all to be. */
SDL_Window *framebuffer_open_window(int width_points, int height_points, uint32_t flags);
/* `window` is borrowed. NULL: out of memory. */
struct framebuffer *framebuffer_create(SDL_Window *window);
/* Before the window goes; NULL ok. */
struct framebuffer *framebuffer_destroy(struct framebuffer *framebuffer);
/* As large as the window is now; when that is another size than before, nothing is on it yet. NULL:
 * there is none now; the window says when it has one. */
SDL_Surface *framebuffer_surface(struct framebuffer *framebuffer);
/* Puts what was drawn on the screen. */
void framebuffer_show(struct framebuffer *framebuffer, const struct surface_updates *updates);
/* The window's screen has this scale now (outputs.h). */
void framebuffer_rescale(struct framebuffer *framebuffer, uint32_t scale);
void framebuffer_density(const struct framebuffer *framebuffer, struct density *ret_density);
