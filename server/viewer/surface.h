/*
 * Surfaces of 32-bit pixels (0x00RRGGBB), and the places of one that are to be put on the screen.
 */
#pragma once

#include <SDL_rect.h>
#include <SDL_surface.h>
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
