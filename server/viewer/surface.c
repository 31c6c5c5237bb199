#include "server/viewer/surface.h"

#include "protocol/frame.h"

void surface_updates_add(struct surface_updates *updates, const SDL_Rect *place)
{
    SDL_Rect *last = &updates->rectangles[SURFACE_UPDATES_MAX - 1];
    if (updates->count < SURFACE_UPDATES_MAX)
        updates->rectangles[updates->count++] = *place;
    else
        SDL_UnionRect(last, place, last);
}

void surface_updates_set_whole(struct surface_updates *updates, const SDL_Surface *surface)
{
    updates->count = 0;
    surface_updates_add(updates, &(SDL_Rect){.w = surface->w, .h = surface->h});
}

bool surface_has_our_pixels(const SDL_Surface *surface)
{
    return surface->format->BytesPerPixel == 4 && surface->format->Rmask == 0x00ff0000 &&
           surface->format->Gmask == 0x0000ff00 && surface->format->Bmask == 0x000000ff;
}

void *surface_pixel(const SDL_Surface *surface, int32_t x_px, int32_t y_px)
{
    return (uint8_t *)surface->pixels + (ptrdiff_t)y_px * surface->pitch +
           (ptrdiff_t)x_px * FRAME_PIXEL_BYTES;
}
