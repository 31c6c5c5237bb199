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

SDL_Surface *surface_of_window(SDL_Window *window, SDL_Surface **own)
{
    SDL_Surface *of_window = window ? SDL_GetWindowSurface(window) : NULL;
    if (!of_window || surface_has_our_pixels(of_window))
        return of_window;
    if (*own && ((*own)->w != of_window->w || (*own)->h != of_window->h)) {
        SDL_FreeSurface(*own);
        *own = NULL;
    }
    if (!*own)
        *own = SDL_CreateRGBSurfaceWithFormat(0, of_window->w, of_window->h, 32,
                                              SDL_PIXELFORMAT_RGB888);
    return *own;
}

void surface_show(SDL_Window *window, SDL_Surface *drawn, const struct surface_updates *updates)
{
    SDL_Surface *of_window = SDL_GetWindowSurface(window);
    for (size_t i = 0; of_window && drawn != of_window && i < updates->count; i++) {
        SDL_Rect place = updates->rectangles[i];
        SDL_BlitSurface(drawn, &updates->rectangles[i], of_window, &place);
    }
    if (updates->count > 0)
        SDL_UpdateWindowSurfaceRects(window, updates->rectangles, (int)updates->count);
}
