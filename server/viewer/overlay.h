/*
 * Something over the picture, the pointer or a panel: drawn on the surface last, taken away first.
 * Keeps what was under it, so that the picture needs not be asked again.
 */
#pragma once

#include <SDL_surface.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pixels are 0xAARRGGBB, the colours multiplied by their alpha, rows of width_px. */
struct overlay_image {
    const uint32_t *pixels;
    uint32_t width_px, height_px;
};

/* All zero is one that is not drawn. */
struct overlay {
    SDL_Rect place; /* on the surface; width 0: not drawn */
    uint32_t *under;
    size_t room_px; /* of `under` */
};

/* True: it was there, at *ret_place. The surface must be as large as when it was drawn, or larger;
 * for another one use overlay_forget. */
bool overlay_erase(struct overlay *overlay, SDL_Surface *surface, SDL_Rect *ret_place);
void overlay_forget(struct overlay *overlay);
void overlay_finish(struct overlay *overlay);
/* Its left top corner is at x, y; `opacity` 255: as it is. Pixels of `surface` are 0x00RRGGBB.
 * True: something of it is seen, at *ret_place. */
bool overlay_draw(struct overlay *overlay, SDL_Surface *surface, const struct overlay_image *image,
                  int32_t x_px, int32_t y_px, uint8_t opacity, SDL_Rect *ret_place);
