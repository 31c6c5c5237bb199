#include "server/viewer/switcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/viewer/gallery.h"
#include "server/viewer/layout.h"
#include "server/viewer/loop.h"
#include "server/viewer/mosaic.h"
#include "server/viewer/switcher_bar.h"

#define RETRY_US 2000 /* a thumbnail was being written just now */
#define TILES    (STATUS_TARGETS_MAX + 1)

struct switcher {
    const struct config_section *colors;
    struct osd_paint *paint; /* NULL: no font */
    struct mosaic *mosaic;   /* these two while it is open; else NULL */
    struct gallery *gallery;
    size_t count;            /* of tiles: local, then the targets */
    uint16_t numbers[TILES]; /* of each tile */
    struct switcher_bar bar;
    uint64_t line_until_us; /* it changes then */
    size_t told_columns;
    bool retries;
};

/* --- what the gallery tells --- */

static size_t place_of(const struct switcher *switcher, uint16_t number)
{
    for (size_t i = 1; i < switcher->count; i++)
        if (switcher->numbers[i] == number)
            return i;
    return 0;
}

static void on_map(void *context, uint16_t number, const struct frame_map *map)
{
    struct switcher *switcher = context;
    const size_t place = place_of(switcher, number);
    if (place > 0)
        mosaic_set_map(switcher->mosaic, place, map);
}

static void on_renewed(void *context, uint16_t number)
{
    struct switcher *switcher = context;
    const size_t place = place_of(switcher, number);
    if (place > 0)
        mosaic_renew(switcher->mosaic, place);
}

static void on_damaged(void *context, uint16_t number, const struct frame_damage *damage)
{
    struct switcher *switcher = context;
    const size_t place = place_of(switcher, number);
    if (place > 0)
        mosaic_damage(switcher->mosaic, place, damage);
}

static const struct gallery_handlers GALLERY_HANDLERS = {
    .map = on_map, .renewed = on_renewed, .damaged = on_damaged};

/* --- what is shown --- */

static void set_tile(struct switcher *switcher, size_t place, const struct status *status,
                     const struct roster_entry *entry, uint64_t now_us)
{
    const struct grid_facts facts = {.status = status,
                                     .colors = switcher->colors,
                                     .entry = entry,
                                     .no_picture = gallery_text(switcher->gallery, entry->number),
                                     .has_room = true,
                                     .wall_s = time(NULL)};
    struct mosaic_tile tile;
    switcher_words_tile(&facts, now_us, &tile);
    mosaic_set_tile(switcher->mosaic, place, &tile);
    mosaic_set_map(switcher->mosaic, place, gallery_map(switcher->gallery, entry->number));
    switcher->numbers[place] = entry->number;
}

static void set_tiles(struct switcher *switcher, const struct status *status, uint64_t now_us)
{
    struct roster_entry entry = {.number = 0};
    switcher->count = (size_t)status->target_count + 1;
    mosaic_set_count(switcher->mosaic, switcher->count);
    set_tile(switcher, 0, status, &entry, now_us);
    for (size_t i = 1; i < switcher->count; i++) {
        entry.number = status->targets[i - 1].number;
        strcpy(entry.name, status->targets[i - 1].name);
        set_tile(switcher, i, status, &entry, now_us);
    }
}

static void set_line(struct switcher *switcher, const struct status *status, uint64_t now_us)
{
    struct switcher_line line;
    switcher_words_line(status, now_us, &line);
    switcher_bar_set(&switcher->bar, &line);
    switcher->line_until_us = switcher_words_deadline_us(status, now_us);
}

/* The pictures' maps are the gallery's: those who show them go first. */
static void close_all(struct switcher *switcher)
{
    switcher->mosaic = mosaic_destroy(switcher->mosaic);
    switcher->gallery = gallery_destroy(switcher->gallery);
    switcher->count = switcher->told_columns = 0;
    switcher->retries = false;
    switcher->bar.is_new = true;
    memset(switcher->numbers, 0, sizeof switcher->numbers);
}

static bool open_all(struct switcher *switcher)
{
    if (switcher->mosaic)
        return true;
    switcher->mosaic = mosaic_create(switcher->paint, FIT_LARGE);
    switcher->gallery = gallery_create(&GALLERY_HANDLERS, switcher);
    if (switcher->mosaic && switcher->gallery)
        return true;
    close_all(switcher);
    return false;
}

bool switcher_turn(struct switcher *switcher, const struct status *status, uint64_t now_us)
{
    if (!status->choosing.is_open || !open_all(switcher)) {
        close_all(switcher);
        return false;
    }
    gallery_tick(switcher->gallery, now_us);
    set_tiles(switcher, status, now_us);
    set_line(switcher, status, now_us);
    return true;
}

void switcher_receive(struct switcher *switcher, uint64_t now_us)
{
    if (switcher->gallery)
        gallery_receive(switcher->gallery, now_us);
}

void switcher_redraw(struct switcher *switcher)
{
    if (switcher->mosaic)
        mosaic_redraw(switcher->mosaic);
    switcher->bar.is_new = true;
}

/* All but the line below them. False: a picture is being written. */
static bool paint_tiles(struct switcher *switcher, SDL_Surface *surface,
                        const struct osd_window *window, struct surface_updates *updates)
{
    const int bar_px = switcher_bar_height_px(window);
    SDL_Surface *part = SDL_CreateRGBSurfaceWithFormatFrom(
        surface->pixels, surface->w, surface->h > bar_px ? surface->h - bar_px : surface->h, 32,
        surface->pitch, SDL_PIXELFORMAT_RGB888);
    const bool is_done =
        part && mosaic_paint(switcher->mosaic, part, window->scale_percent, updates);
    SDL_FreeSurface(part);
    return is_done;
}

void switcher_paint(struct switcher *switcher, struct framebuffer *window)
{
    struct surface_updates updates = {0};
    struct density density;
    if (!switcher->mosaic || !(mosaic_needs_paint(switcher->mosaic) || switcher->bar.is_new))
        return;
    SDL_Surface *surface = framebuffer_surface(window);
    if (!surface)
        return; /* the window says when it has one */
    framebuffer_density(window, &density);
    const struct osd_window shown = {(uint32_t)surface->w, (uint32_t)surface->h,
                                     density.scale_percent};
    switcher->retries = !paint_tiles(switcher, surface, &shown, &updates);
    if (switcher->bar.is_new)
        switcher_bar_draw(&switcher->bar, switcher->paint, surface, &shown, &updates);
    framebuffer_show(window, &updates);
}

bool switcher_take_request(struct switcher *switcher, char ret_line[SWITCHER_REQUEST_ROOM])
{
    char keys[SWITCHER_REQUEST_ROOM - 64];
    const size_t columns =
        switcher->mosaic ? mosaic_layout_of(switcher->mosaic)->columns : switcher->told_columns;
    if (columns == switcher->told_columns)
        return false;
    switcher->told_columns = columns;
    layout_write(keys, sizeof keys);
    snprintf(ret_line, SWITCHER_REQUEST_ROOM,
             "{\"verb\": \"switcher\", \"columns\": %zu, \"keys\": %s}\n", columns, keys);
    return true;
}

bool switcher_at(const struct switcher *switcher, int32_t x_px, int32_t y_px, uint16_t *ret_number)
{
    const size_t at = switcher->mosaic
                          ? mosaic_layout_at(mosaic_layout_of(switcher->mosaic), x_px, y_px)
                          : MOSAIC_NONE;
    if (at >= switcher->count)
        return false;
    *ret_number = switcher->numbers[at];
    return true;
}

/* --- life --- */

struct switcher *switcher_create(const char *font, const struct config_section *colors)
{
    struct switcher *switcher = calloc(1, sizeof *switcher);
    if (!switcher)
        return NULL;
    switcher->colors = colors;
    switcher->paint = osd_paint_create(font);
    return switcher;
}

struct switcher *switcher_destroy(struct switcher *switcher)
{
    if (!switcher)
        return NULL;
    close_all(switcher);
    osd_paint_destroy(switcher->paint);
    free(switcher);
    return NULL;
}

uint64_t switcher_deadline_us(const struct switcher *switcher, uint64_t now_us)
{
    if (!switcher->gallery)
        return UINT64_MAX;
    if (switcher->retries)
        return now_us + RETRY_US;
    return loop_earlier(gallery_deadline_us(switcher->gallery), switcher->line_until_us);
}

int switcher_fd(const struct switcher *switcher)
{
    return switcher->gallery ? gallery_fd(switcher->gallery) : -1;
}
