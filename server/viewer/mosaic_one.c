#include "server/viewer/mosaic_one.h"

#include <stdlib.h>
#include <string.h>

#include "server/viewer/mosaic_words.h"

#define SELECTED_COLOR 0xffffffu

struct mosaic_one *mosaic_one_create(struct picture_room *room, enum fit_scale scale_how)
{
    struct mosaic_one *one = calloc(1, sizeof *one);
    if (!one)
        return NULL;
    picture_init(&one->picture, scale_how, room);
    one->words_are_new = one->is_field_new = true;
    return one;
}

void mosaic_one_forget_words(struct mosaic_one *one)
{
    free((void *)one->caption.pixels);
    free((void *)one->why.pixels);
    one->caption.pixels = one->why.pixels = NULL;
}

struct mosaic_one *mosaic_one_destroy(struct mosaic_one *one)
{
    if (!one)
        return NULL;
    picture_finish(&one->picture);
    mosaic_one_forget_words(one);
    free(one);
    return NULL;
}

static bool tile_is_same(const struct mosaic_tile *a, const struct mosaic_tile *b)
{
    return a->number == b->number && a->color == b->color && a->mood == b->mood &&
           a->is_selected == b->is_selected && a->hides_picture == b->hides_picture &&
           a->stands_back == b->stands_back && strcmp(a->name, b->name) == 0 &&
           strcmp(a->state, b->state) == 0 && strcmp(a->why, b->why) == 0;
}

void mosaic_one_set_tile(struct mosaic_one *one, const struct mosaic_tile *tile)
{
    if (tile_is_same(&one->tile, tile))
        return;
    if (strcmp(one->tile.why, tile->why) != 0 || one->tile.hides_picture != tile->hides_picture)
        one->is_field_new = true;
    one->tile = *tile;
    one->words_are_new = true;
    mosaic_one_forget_words(one);
}

void mosaic_one_set_map(struct mosaic_one *one, const struct frame_map *map)
{
    if (one->picture.map == map)
        return;
    picture_set_map(&one->picture, map);
    one->is_field_new = true;
}

void mosaic_one_renew(struct mosaic_one *one)
{
    picture_redraw(&one->picture);
    one->is_field_new = true;
}

static bool wants_picture(const struct mosaic_one *one)
{
    return one->picture.map && !one->tile.hides_picture;
}

bool mosaic_one_is_new(const struct mosaic_one *one)
{
    return one->words_are_new || one->is_field_new ||
           (wants_picture(one) && picture_is_new(&one->picture));
}

/* --- drawing --- */

static SDL_Rect rect_of(const struct osd_rectangle *place)
{
    return (SDL_Rect){place->x_px, place->y_px, (int)place->width_px, (int)place->height_px};
}

static SDL_Rect with_frame(const struct mosaic_layout *layout, const struct osd_rectangle *tile)
{
    int by = (int)layout->frame_px;
    SDL_Rect rect = rect_of(tile);
    return (SDL_Rect){rect.x - by, rect.y - by, rect.w + 2 * by, rect.h + 2 * by};
}

/* A window that is too small for so many tiles does not have all of them. */
static bool is_inside(const SDL_Surface *surface, const SDL_Rect *rect)
{
    return rect->x >= 0 && rect->y >= 0 && rect->x + rect->w <= surface->w &&
           rect->y + rect->h <= surface->h;
}

/* Opaque, cut at the surface's edges. */
static void put(SDL_Surface *surface, const struct overlay_image *image, int x_px, int y_px)
{
    SDL_Surface *from = SDL_CreateRGBSurfaceWithFormatFrom(
        (void *)image->pixels, (int)image->width_px, (int)image->height_px, 32,
        (int)(image->width_px * FRAME_PIXEL_BYTES), SDL_PIXELFORMAT_RGB888);
    SDL_Rect to = {.x = x_px, .y = y_px};
    if (from)
        SDL_BlitSurface(from, NULL, surface, &to);
    SDL_FreeSurface(from);
}

static void draw_frame(const struct mosaic_one *one, const struct mosaic_layout *layout,
                       const struct osd_rectangle *tile, SDL_Surface *surface)
{
    SDL_Rect outer = with_frame(layout, tile), inner = rect_of(tile);
    int by = (int)layout->frame_px;
    const SDL_Rect sides[] = {
        {outer.x, outer.y, outer.w, by},
        {outer.x, outer.y + outer.h - by, outer.w, by},
        {outer.x, inner.y, by, inner.h},
        {outer.x + outer.w - by, inner.y, by, inner.h},
    };
    SDL_FillRects(surface, sides, 4, one->tile.is_selected ? SELECTED_COLOR : MOSAIC_FIELD_COLOR);
}

static void draw_words(struct mosaic_one *one, struct osd_paint *paint,
                       const struct mosaic_layout *layout, const struct mosaic_place *place,
                       SDL_Surface *surface)
{
    const struct osd_rectangle *field = &place->caption;
    draw_frame(one, layout, &place->tile, surface);
    if (!one->caption.pixels && paint)
        mosaic_words_caption(paint, &one->tile, layout->letter_px, field->width_px,
                             field->height_px, &one->caption);
    if (one->caption.pixels)
        put(surface, &one->caption, field->x_px, field->y_px);
}

static void draw_why(struct mosaic_one *one, struct osd_paint *paint, uint32_t letter_px,
                     const struct osd_rectangle *field, SDL_Surface *surface)
{
    SDL_Rect rect = rect_of(field);
    SDL_FillRect(surface, &rect, PICTURE_FIELD_COLOR);
    if (!one->why.pixels && paint && *one->tile.why)
        mosaic_words_why(paint, one->tile.why, letter_px, field->width_px, field->height_px,
                         &one->why);
    if (one->why.pixels)
        put(surface, &one->why, rect.x + (rect.w - (int)one->why.width_px) / 2,
            rect.y + (rect.h - (int)one->why.height_px) / 2);
}

static enum picture_copied draw_picture(struct mosaic_one *one, const struct osd_rectangle *field,
                                        SDL_Surface *surface, struct surface_updates *updates)
{
    SDL_Rect rect = rect_of(field);
    SDL_Surface *part =
        SDL_CreateRGBSurfaceWithFormatFrom(surface_pixel(surface, rect.x, rect.y), rect.w, rect.h,
                                           32, surface->pitch, SDL_PIXELFORMAT_RGB888);
    struct surface_updates inside = {0};
    enum picture_copied copied = part ? picture_copy(&one->picture, part) : PICTURE_NONE;
    if (copied == PICTURE_COPIED) {
        picture_draw(&one->picture, part, &inside);
        if (one->picture.is_whole_new)
            surface_updates_set_whole(&inside, part);
        picture_note_drawn(&one->picture);
    }
    SDL_FreeSurface(part);
    for (size_t i = 0; i < inside.count; i++) {
        inside.rectangles[i].x += rect.x;
        inside.rectangles[i].y += rect.y;
        surface_updates_add(updates, &inside.rectangles[i]);
    }
    return copied;
}

/* False: it is being written. */
static bool draw_field(struct mosaic_one *one, struct osd_paint *paint, uint32_t letter_px,
                       const struct mosaic_place *place, SDL_Surface *surface,
                       struct surface_updates *updates)
{
    SDL_Rect rect = rect_of(&place->picture);
    if (wants_picture(one)) {
        if (!one->shows_picture)
            picture_redraw(&one->picture);
        enum picture_copied copied = draw_picture(one, &place->picture, surface, updates);
        if (copied == PICTURE_BUSY)
            return false;
        one->shows_picture = copied == PICTURE_COPIED;
    } else {
        one->shows_picture = false;
    }
    if (!one->shows_picture) {
        draw_why(one, paint, letter_px, &place->picture, surface);
        picture_note_drawn(&one->picture);
        surface_updates_add(updates, &rect);
    }
    one->is_field_new = false;
    return true;
}

bool mosaic_one_draw(struct mosaic_one *one, struct osd_paint *paint,
                     const struct mosaic_layout *layout, size_t at, SDL_Surface *surface,
                     struct surface_updates *updates)
{
    struct mosaic_place place;
    mosaic_layout_place(layout, at, &place);
    SDL_Rect rect = with_frame(layout, &place.tile);
    if (!is_inside(surface, &rect)) {
        one->words_are_new = one->is_field_new = false;
        picture_note_drawn(&one->picture);
        return true;
    }
    if (one->words_are_new) {
        draw_words(one, paint, layout, &place, surface);
        surface_updates_add(updates, &rect);
        one->words_are_new = false;
    }
    if (!one->is_field_new && !(wants_picture(one) && picture_is_new(&one->picture)))
        return true;
    return draw_field(one, paint, layout->letter_px, &place, surface, updates);
}
