#include "server/viewer/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"

static uint32_t *row_at(const SDL_Surface *surface, const SDL_Rect *place, int y)
{
    uint8_t *line = (uint8_t *)surface->pixels + (ptrdiff_t)(place->y + y) * surface->pitch;
    return (uint32_t *)(void *)line + place->x;
}

static bool is_inside(const SDL_Surface *surface, const SDL_Rect *place)
{
    return place->x + place->w <= surface->w && place->y + place->h <= surface->h;
}

bool overlay_erase(struct overlay *overlay, SDL_Surface *surface, SDL_Rect *ret_place)
{
    SDL_Rect place = overlay->place;
    overlay_forget(overlay);
    if (place.w == 0 || !is_inside(surface, &place))
        return false;
    for (int y = 0; y < place.h; y++)
        memcpy(row_at(surface, &place, y), overlay->under + (size_t)y * (size_t)place.w,
               (size_t)place.w * FRAME_PIXEL_BYTES);
    *ret_place = place;
    return true;
}

void overlay_forget(struct overlay *overlay)
{
    overlay->place.w = 0;
}

void overlay_finish(struct overlay *overlay)
{
    free(overlay->under);
    *overlay = (struct overlay){0};
}

/* Two of the four bytes at once, each with eight bits of room above it; rounded. */
static uint32_t scaled_pair(uint32_t pair, uint32_t by)
{
    uint32_t product = pair * by + 0x00800080;
    return (product + (product >> 8 & 0x00ff00ff)) >> 8 & 0x00ff00ff;
}

/* A target's pointer may have colours beyond its alpha: no sum runs into the next byte. */
static uint32_t summed_pair(uint32_t a, uint32_t b)
{
    uint32_t sum = a + b;
    return (sum | (sum >> 8 & 0x00010001) * 0xff) & 0x00ff00ff;
}

/* `over` has its colours multiplied by its alpha already. */
static uint32_t blend(uint32_t under, uint32_t over)
{
    uint32_t through = 255 - (over >> 24);
    uint32_t red_blue = summed_pair(over & 0x00ff00ff, scaled_pair(under & 0x00ff00ff, through));
    uint32_t green = summed_pair(over >> 8 & 0xff, scaled_pair(under >> 8 & 0xff, through));
    return red_blue | green << 8;
}

static void blend_row(uint32_t *row, const uint32_t *over, int width_px, uint8_t opacity)
{
    for (int x = 0; x < width_px; x++) {
        uint32_t one = over[x];
        if (opacity < 255)
            one = scaled_pair(one & 0x00ff00ff, opacity) |
                  scaled_pair(one >> 8 & 0x00ff00ff, opacity) << 8;
        row[x] = blend(row[x], one);
    }
}

static bool make_room(struct overlay *overlay, const SDL_Rect *place)
{
    size_t wanted_px = (size_t)place->w * (size_t)place->h;
    if (wanted_px <= overlay->room_px)
        return true;
    free(overlay->under);
    overlay->under = malloc(wanted_px * sizeof *overlay->under);
    overlay->room_px = overlay->under ? wanted_px : 0;
    return overlay->under != NULL;
}

bool overlay_draw(struct overlay *overlay, SDL_Surface *surface, const struct overlay_image *image,
                  int32_t x_px, int32_t y_px, uint8_t opacity, SDL_Rect *ret_place)
{
    SDL_Rect all = {.x = 0, .y = 0, .w = surface->w, .h = surface->h};
    SDL_Rect wanted = {.x = x_px, .y = y_px, .w = (int)image->width_px, .h = (int)image->height_px};
    SDL_Rect place;
    if (!SDL_IntersectRect(&wanted, &all, &place) || !make_room(overlay, &place))
        return false;
    for (int y = 0; y < place.h; y++) {
        uint32_t *row = row_at(surface, &place, y);
        const uint32_t *over = image->pixels + (size_t)(place.y - wanted.y + y) * image->width_px +
                               (place.x - wanted.x);
        memcpy(overlay->under + (size_t)y * (size_t)place.w, row,
               (size_t)place.w * FRAME_PIXEL_BYTES);
        blend_row(row, over, place.w, opacity);
    }
    overlay->place = place;
    *ret_place = place;
    return true;
}
