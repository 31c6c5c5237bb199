#include "server/viewer/layers.h"

void layers_finish(struct layers *layers)
{
    for (size_t i = 0; i < LAYERS; i++)
        overlay_finish(&layers->all[i].overlay);
}

void layers_forget(struct layers *layers)
{
    for (size_t i = 0; i < LAYERS; i++)
        overlay_forget(&layers->all[i].overlay);
}

void layers_set(struct layers *layers, size_t place, const struct overlay_image *image,
                int32_t x_px, int32_t y_px, uint8_t opacity)
{
    struct layer *layer = &layers->all[place];
    layer->image = image ? *image : (struct overlay_image){0};
    layer->x_px = x_px;
    layer->y_px = y_px;
    layer->opacity = opacity;
    layers->is_new = true;
}

void layers_erase(struct layers *layers, SDL_Surface *surface)
{
    for (size_t i = LAYERS; i-- > 0;) {
        struct layer *layer = &layers->all[i];
        SDL_Rect place;
        if (overlay_erase(&layer->overlay, surface, &place))
            SDL_UnionRect(&layer->erased, &place, &layer->erased);
    }
}

static void draw_layer(struct layer *layer, SDL_Surface *surface, bool is_whole,
                       struct surface_updates *updates)
{
    SDL_Rect drawn;
    if (layer->erased.w > 0 && !is_whole)
        surface_updates_add(updates, &layer->erased);
    if (layer->image.pixels &&
        overlay_draw(&layer->overlay, surface, &layer->image, layer->x_px, layer->y_px,
                     layer->opacity, &drawn) &&
        !is_whole && !SDL_RectEquals(&drawn, &layer->erased))
        surface_updates_add(updates, &drawn);
    layer->erased.w = 0;
}

void layers_draw(struct layers *layers, SDL_Surface *surface, bool is_whole,
                 struct surface_updates *updates)
{
    for (size_t i = 0; i < LAYERS; i++)
        draw_layer(&layers->all[i], surface, is_whole, updates);
    layers->is_new = false;
}
