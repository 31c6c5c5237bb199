/*
 * What lies over a picture on its surface: the panels, and the pointer above them. Taken away
 * before the picture is drawn, put back afterwards.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/viewer/overlay.h"
#include "server/viewer/surface.h"

#define LAYERS_PANELS  4 /* the last is on top */
#define LAYERS_POINTER LAYERS_PANELS
#define LAYERS         (LAYERS_PANELS + 1)

struct layer {
    struct overlay_image image; /* pixels NULL: none */
    int32_t x_px, y_px;
    uint8_t opacity;
    struct overlay overlay;
    SDL_Rect erased; /* where it was taken away, and the window still has it; w 0: nowhere */
};

/* All zero has none. */
struct layers {
    bool is_new; /* one is to be drawn otherwise than it is */
    struct layer all[LAYERS];
};

void layers_finish(struct layers *layers);
/* The surface is another one. */
void layers_forget(struct layers *layers);
/* `image` NULL: nothing. Its pixels are borrowed. */
void layers_set(struct layers *layers, size_t place, const struct overlay_image *image,
                int32_t x_px, int32_t y_px, uint8_t opacity);

/* All of them are off the surface, and what was under them may be drawn anew. */
void layers_erase(struct layers *layers, SDL_Surface *surface);
/* `is_whole`: all of the surface is to be put on the screen anyway. */
void layers_draw(struct layers *layers, SDL_Surface *surface, bool is_whole,
                 struct surface_updates *updates);
