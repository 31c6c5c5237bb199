#include "server/viewer/switcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/viewer/colors.h"
#include "server/viewer/gallery.h"
#include "server/viewer/mosaic.h"

#define RETRY_US 2000 /* a thumbnail was being written just now */
#define TILES    (STATUS_TARGETS_MAX + 1)

struct switcher {
    const struct config_section *colors;
    struct osd_paint *paint; /* NULL: no font */
    struct mosaic *mosaic;   /* these two while it is open; else NULL */
    struct gallery *gallery;
    size_t count;                     /* of tiles: local, then the targets */
    uint16_t numbers[TILES];          /* of each tile */
    char why[TILES][FRAME_TEXT_ROOM]; /* of each tile: no picture */
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

static void on_state(void *context, uint16_t number, const char *text)
{
    struct switcher *switcher = context;
    const size_t place = place_of(switcher, number);
    if (place > 0)
        snprintf(switcher->why[place], sizeof switcher->why[place], "%s", text);
}

static const struct gallery_handlers GALLERY_HANDLERS = {
    .map = on_map, .renewed = on_renewed, .damaged = on_damaged, .state = on_state};

/* --- what is shown --- */

static void set_tile(struct switcher *switcher, size_t place,
                     const struct status_choosing *choosing, struct mosaic_tile *tile)
{
    tile->is_selected = choosing->selected == tile->number;
    if (!status_fits(choosing, tile->number)) { /* it stands back */
        tile->mood = MOSAIC_CALM;
        tile->hides_picture = true;
        tile->why[0] = '\0';
    }
    mosaic_set_tile(switcher->mosaic, place, tile);
}

static void set_local(struct switcher *switcher, const struct status *status)
{
    struct mosaic_tile tile = {.color = colors_of_number(0),
                               .mood = status->active == 0 ? MOSAIC_ACTIVE : MOSAIC_GOOD,
                               .name = "local",
                               .why = "this computer"};
    switcher->numbers[0] = 0;
    set_tile(switcher, 0, &status->choosing, &tile);
}

static void set_target(struct switcher *switcher, size_t place, const struct status *status,
                       const struct status_target *target)
{
    struct mosaic_tile tile = {.number = target->number,
                               .color =
                                   colors_of_target(switcher->colors, target->name, target->number),
                               .mood = target->number == status->active ? MOSAIC_ACTIVE
                                       : target->ready                  ? MOSAIC_GOOD
                                                                        : MOSAIC_WARNING};
    snprintf(tile.name, sizeof tile.name, "%s", target->name);
    snprintf(tile.state, sizeof tile.state, "%s", target->state);
    snprintf(tile.why, sizeof tile.why, "%.*s", (int)sizeof tile.why - 1,
             target->ready || !*target->reason ? switcher->why[place] : target->reason);
    set_tile(switcher, place, &status->choosing, &tile);
}

static void set_tiles(struct switcher *switcher, const struct status *status)
{
    const size_t count = (size_t)status->target_count + 1;
    mosaic_set_count(switcher->mosaic, count);
    switcher->count = count;
    set_local(switcher, status);
    for (size_t i = 1; i < count; i++) {
        const struct status_target *target = &status->targets[i - 1];
        if (switcher->numbers[i] != target->number)
            switcher->why[i][0] = '\0';
        switcher->numbers[i] = target->number;
        set_target(switcher, i, status, target);
        mosaic_set_map(switcher->mosaic, i, gallery_map(switcher->gallery, target->number));
    }
}

/* The pictures' maps are the gallery's: those who show them go first. */
static void close_all(struct switcher *switcher)
{
    switcher->mosaic = mosaic_destroy(switcher->mosaic);
    switcher->gallery = gallery_destroy(switcher->gallery);
    switcher->count = switcher->told_columns = 0;
    switcher->retries = false;
    memset(switcher->numbers, 0, sizeof switcher->numbers);
}

static bool open_all(struct switcher *switcher)
{
    if (switcher->mosaic)
        return true;
    switcher->mosaic = mosaic_create(switcher->paint);
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
    set_tiles(switcher, status);
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
}

void switcher_paint(struct switcher *switcher, struct framebuffer *window)
{
    struct surface_updates updates = {0};
    struct density density;
    if (!switcher->mosaic || !mosaic_needs_paint(switcher->mosaic))
        return;
    SDL_Surface *surface = framebuffer_surface(window);
    if (!surface)
        return; /* the window says when it has one */
    framebuffer_density(window, &density);
    switcher->retries = !mosaic_paint(switcher->mosaic, surface, density.scale_percent, &updates);
    framebuffer_show(window, &updates);
}

size_t switcher_take_columns(struct switcher *switcher)
{
    const size_t columns =
        switcher->mosaic ? mosaic_layout_of(switcher->mosaic)->columns : switcher->told_columns;
    if (columns == switcher->told_columns)
        return 0;
    switcher->told_columns = columns;
    return columns;
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
    return switcher->retries ? now_us + RETRY_US : gallery_deadline_us(switcher->gallery);
}

int switcher_fd(const struct switcher *switcher)
{
    return switcher->gallery ? gallery_fd(switcher->gallery) : -1;
}
