#include "server/viewer/mosaic.h"

#include <stdlib.h>
#include <string.h>

#include "server/viewer/mosaic_one.h"
#include "server/viewer/picture.h"

struct mosaic {
    struct osd_paint *paint;
    enum fit_scale scale_how;
    size_t count;
    struct mosaic_one *all[MOSAIC_TILES_MAX];
    struct picture_room room;
    bool is_whole_new;
    struct osd_window window; /* that the layout is for; width 0: none yet */
    struct mosaic_layout layout;
};

struct mosaic *mosaic_create(struct osd_paint *paint, enum fit_scale scale_how)
{
    struct mosaic *mosaic = calloc(1, sizeof *mosaic);
    if (!mosaic)
        return NULL;
    mosaic->paint = paint;
    mosaic->scale_how = scale_how;
    mosaic->is_whole_new = true;
    return mosaic;
}

struct mosaic *mosaic_destroy(struct mosaic *mosaic)
{
    if (!mosaic)
        return NULL;
    mosaic_set_count(mosaic, 0);
    picture_room_finish(&mosaic->room);
    free(mosaic);
    return NULL;
}

void mosaic_set_count(struct mosaic *mosaic, size_t count)
{
    count = count < MOSAIC_TILES_MAX ? count : MOSAIC_TILES_MAX;
    if (count == mosaic->count)
        return;
    while (mosaic->count > count) {
        mosaic->count--;
        mosaic->all[mosaic->count] = mosaic_one_destroy(mosaic->all[mosaic->count]);
    }
    while (mosaic->count < count &&
           (mosaic->all[mosaic->count] = mosaic_one_create(&mosaic->room, mosaic->scale_how)))
        mosaic->count++;
    mosaic->window.width_px = 0;
    mosaic_redraw(mosaic);
}

void mosaic_set_tile(struct mosaic *mosaic, size_t at, const struct mosaic_tile *tile)
{
    if (at < mosaic->count)
        mosaic_one_set_tile(mosaic->all[at], tile);
}

void mosaic_set_map(struct mosaic *mosaic, size_t at, const struct frame_map *map)
{
    if (at < mosaic->count)
        mosaic_one_set_map(mosaic->all[at], map);
}

void mosaic_damage(struct mosaic *mosaic, size_t at, const struct frame_damage *damage)
{
    if (at < mosaic->count)
        picture_damage(&mosaic->all[at]->picture, damage);
}

void mosaic_renew(struct mosaic *mosaic, size_t at)
{
    if (at < mosaic->count)
        mosaic_one_renew(mosaic->all[at]);
}

void mosaic_redraw(struct mosaic *mosaic)
{
    mosaic->is_whole_new = true;
}

bool mosaic_needs_paint(const struct mosaic *mosaic)
{
    bool is_new = mosaic->is_whole_new;
    for (size_t i = 0; i < mosaic->count && !is_new; i++)
        is_new = mosaic_one_is_new(mosaic->all[i]);
    return is_new;
}

const struct mosaic_layout *mosaic_layout_of(const struct mosaic *mosaic)
{
    return &mosaic->layout;
}

/* Words are painted anew only where their size is another one. */
static void lay_out(struct mosaic *mosaic, const struct osd_window *window)
{
    if (memcmp(window, &mosaic->window, sizeof *window) == 0)
        return;
    mosaic->window = *window;
    mosaic_layout_make(mosaic->count, window, &mosaic->layout);
    mosaic->is_whole_new = true;
    for (size_t i = 0; i < mosaic->count; i++) {
        mosaic_one_forget_words(mosaic->all[i]);
        picture_set_density(&mosaic->all[i]->picture, window->scale_percent);
    }
}

bool mosaic_paint(struct mosaic *mosaic, SDL_Surface *surface, uint32_t scale_percent,
                  struct surface_updates *updates)
{
    const struct osd_window window = {(uint32_t)surface->w, (uint32_t)surface->h, scale_percent};
    bool is_whole, is_done = true;
    lay_out(mosaic, &window);
    is_whole = mosaic->is_whole_new;
    if (is_whole)
        SDL_FillRect(surface, NULL, MOSAIC_FIELD_COLOR);
    for (size_t i = 0; i < mosaic->count; i++) {
        struct mosaic_one *one = mosaic->all[i];
        one->words_are_new |= is_whole;
        if (is_whole)
            mosaic_one_renew(one);
        is_done &= mosaic_one_draw(one, mosaic->paint, &mosaic->layout, i, surface, updates);
    }
    if (is_whole)
        surface_updates_set_whole(updates, surface);
    mosaic->is_whole_new = false;
    return is_done;
}
