/*
 * The frame around a picture (option `border`): in the target's colour, with its number and name
 * above. The picture is drawn into a surface of what the frame leaves, so nothing that a target
 * sends reaches it: a screen that poses as another's, or as the local lock screen, is seen to be
 * whose it is.
 */
#pragma once

#include <SDL_rect.h>
#include <SDL_surface.h>
#include <stdint.h>

#include "server/viewer/osd_layout.h"
#include "server/viewer/overlay.h"

struct border {
    uint32_t color;
    struct overlay_image name; /* pixels NULL: none */
};

/* What a frame leaves of a window. Pure. */
SDL_Rect border_field(const struct osd_window *window);
/* A surface whose pixels are those of the field (border_field) within `outer`; to be freed before
 * that is. NULL: no memory. */
SDL_Surface *border_open_field(const SDL_Rect *field, SDL_Surface *outer);
/* All of the frame; pixels of `outer` are 0x00RRGGBB. */
void border_draw(const struct border *border, const SDL_Rect *field, SDL_Surface *outer);
