/*
 * A window's surface as one of 32-bit pixels (0x00RRGGBB), whatever form the window's own has, and
 * the places of it that are to be put on the screen.
 */
#pragma once

#include <SDL_surface.h>
#include <SDL_video.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SURFACE_UPDATES_MAX 64

struct surface_updates {
    size_t count;
    SDL_Rect rectangles[SURFACE_UPDATES_MAX];
};

/* When there is no more room, the last one grows. */
void surface_updates_add(struct surface_updates *updates, const SDL_Rect *place);
/* All of that surface, and nothing else. */
void surface_updates_set_whole(struct surface_updates *updates, const SDL_Surface *surface);

bool surface_has_our_pixels(const SDL_Surface *surface);
void *surface_pixel(const SDL_Surface *surface, int32_t x_px, int32_t y_px);

/* What to draw on for a window: its surface, or `*own`, which is kept as large as that, when that
 * has another form of pixels (SDL_FreeSurface when the window is gone). NULL: there is none now;
 * the window says when it has one. */
SDL_Surface *surface_of_window(SDL_Window *window, SDL_Surface **own);
/* Puts what was drawn on the screen. */
void surface_show(SDL_Window *window, SDL_Surface *drawn, const struct surface_updates *updates);
