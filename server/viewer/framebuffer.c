#include "server/viewer/framebuffer.h"

#include <SDL_render.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "server/viewer/xdpi.h"

#define LOG_MODULE "window"

struct framebuffer {
    SDL_Window *window;
    uint32_t asked_percent; /* of density_make */
    bool by_renderer;
    SDL_Renderer *renderer; /* these two: by_renderer, once something was drawn */
    SDL_Texture *texture;
    SDL_Surface *own; /* drawn on; NULL: the window's surface is */
};

static bool is_driver(const char *name)
{
    const char *driver = SDL_GetCurrentVideoDriver();
    return driver && strcmp(driver, name) == 0;
}

/* A Wayland compositor tells it by its points. */
static uint32_t asked_percent(void)
{
    return is_driver("x11") ? xdpi_percent() : DENSITY_USUAL_PERCENT;
}

SDL_Window *framebuffer_open_window(int width_points, int height_points, uint32_t flags)
{
    uint32_t percent = asked_percent();
    SDL_Window *window = SDL_CreateWindow(
        "hotdesk", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
        (int)density_scaled_px((uint32_t)width_points, percent),
        (int)density_scaled_px((uint32_t)height_points, percent), flags | FRAMEBUFFER_WINDOW_FLAGS);
    if (!window)
        log_error("no window can be opened: %s", SDL_GetError());
    return window;
}

struct framebuffer *framebuffer_create(SDL_Window *window)
{
    struct framebuffer *framebuffer = calloc(1, sizeof *framebuffer);
    if (!framebuffer)
        return NULL;
    framebuffer->window = window;
    /* SDL's surface of a window has a pixel a point, and on Wayland a renderer enlarges it. */
    framebuffer->by_renderer = is_driver("wayland");
    framebuffer->asked_percent = asked_percent();
    return framebuffer;
}

static void drop_surface(struct framebuffer *framebuffer)
{
    if (framebuffer->texture)
        SDL_DestroyTexture(framebuffer->texture);
    framebuffer->texture = NULL;
    SDL_FreeSurface(framebuffer->own);
    framebuffer->own = NULL;
}

struct framebuffer *framebuffer_destroy(struct framebuffer *framebuffer)
{
    if (!framebuffer)
        return NULL;
    drop_surface(framebuffer);
    if (framebuffer->renderer)
        SDL_DestroyRenderer(framebuffer->renderer);
    free(framebuffer);
    return NULL;
}

/* Keeps what is there when it has that size. */
static SDL_Surface *own_surface(struct framebuffer *framebuffer, int width_px, int height_px)
{
    if (framebuffer->own && (framebuffer->own->w != width_px || framebuffer->own->h != height_px))
        drop_surface(framebuffer);
    if (!framebuffer->own)
        framebuffer->own =
            SDL_CreateRGBSurfaceWithFormat(0, width_px, height_px, 32, SDL_PIXELFORMAT_RGB888);
    return framebuffer->own;
}

/* --- by a renderer --- */

static bool open_renderer(struct framebuffer *framebuffer)
{
    if (framebuffer->renderer)
        return true;
    framebuffer->renderer = SDL_CreateRenderer(framebuffer->window, -1, SDL_RENDERER_ACCELERATED);
    if (!framebuffer->renderer)
        log_error("nothing can be drawn: %s", SDL_GetError());
    return framebuffer->renderer != NULL;
}

static SDL_Surface *surface_by_renderer(struct framebuffer *framebuffer)
{
    int width_px = 0, height_px = 0;
    SDL_GetWindowSizeInPixels(framebuffer->window, &width_px, &height_px);
    if (width_px <= 0 || height_px <= 0 || !open_renderer(framebuffer) ||
        !own_surface(framebuffer, width_px, height_px))
        return NULL;
    if (!framebuffer->texture) {
        framebuffer->texture = SDL_CreateTexture(framebuffer->renderer, SDL_PIXELFORMAT_RGB888,
                                                 SDL_TEXTUREACCESS_STREAMING, width_px, height_px);
        SDL_RenderSetViewport(framebuffer->renderer, NULL);
    }
    return framebuffer->texture ? framebuffer->own : NULL;
}

static void show_by_renderer(struct framebuffer *framebuffer, const struct surface_updates *updates)
{
    const SDL_Surface *own = framebuffer->own;
    const SDL_Rect whole = {.w = own->w, .h = own->h};
    for (size_t i = 0; i < updates->count; i++) {
        SDL_Rect place;
        if (SDL_IntersectRect(&updates->rectangles[i], &whole, &place))
            SDL_UpdateTexture(framebuffer->texture, &place, surface_pixel(own, place.x, place.y),
                              own->pitch);
    }
    SDL_RenderCopy(framebuffer->renderer, framebuffer->texture, NULL, NULL);
    SDL_RenderPresent(framebuffer->renderer);
}

/* --- by the window's surface --- */

static SDL_Surface *surface_of_window(struct framebuffer *framebuffer)
{
    SDL_Surface *of_window = SDL_GetWindowSurface(framebuffer->window);
    if (!of_window || surface_has_our_pixels(of_window)) {
        drop_surface(framebuffer);
        return of_window;
    }
    return own_surface(framebuffer, of_window->w, of_window->h);
}

static void show_on_window(struct framebuffer *framebuffer, const struct surface_updates *updates)
{
    SDL_Surface *of_window = SDL_GetWindowSurface(framebuffer->window);
    for (size_t i = 0; of_window && framebuffer->own && i < updates->count; i++) {
        SDL_Rect place = updates->rectangles[i];
        SDL_BlitSurface(framebuffer->own, &updates->rectangles[i], of_window, &place);
    }
    SDL_UpdateWindowSurfaceRects(framebuffer->window, updates->rectangles, (int)updates->count);
}

/* --- both --- */

SDL_Surface *framebuffer_surface(struct framebuffer *framebuffer)
{
    return framebuffer->by_renderer ? surface_by_renderer(framebuffer)
                                    : surface_of_window(framebuffer);
}

void framebuffer_show(struct framebuffer *framebuffer, const struct surface_updates *updates)
{
    if (updates->count == 0)
        return;
    if (!framebuffer->by_renderer)
        show_on_window(framebuffer, updates);
    else if (framebuffer->texture)
        show_by_renderer(framebuffer, updates);
}

void framebuffer_rescale(struct framebuffer *framebuffer, uint32_t scale)
{
    struct density density;
    bool is_full = SDL_GetWindowFlags(framebuffer->window) & SDL_WINDOW_FULLSCREEN;
    framebuffer_density(framebuffer, &density);
    if (is_full || density.scale_percent == scale * DENSITY_USUAL_PERCENT)
        return;
    /* It takes the scale when it becomes a full screen, and to come anew would cost the focus. */
    SDL_SetWindowFullscreen(framebuffer->window, SDL_WINDOW_FULLSCREEN_DESKTOP);
    SDL_SetWindowFullscreen(framebuffer->window, 0);
}

void framebuffer_density(const struct framebuffer *framebuffer, struct density *ret_density)
{
    int width_points = 0, height_points = 0, width_px = 0, height_px = 0;
    SDL_GetWindowSize(framebuffer->window, &width_points, &height_points);
    SDL_GetWindowSizeInPixels(framebuffer->window, &width_px, &height_px);
    density_make(width_points, height_points, width_px, height_px, framebuffer->asked_percent,
                 ret_density);
}
