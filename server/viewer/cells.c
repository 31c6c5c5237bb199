#include "server/viewer/cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/limits.h"
#include "server/viewer/follower.h"
#include "server/viewer/loop.h"

struct cell {
    struct mosaic *mosaic;
    bool has_moved;
    size_t at;       /* its tile; MOSAIC_NONE: it has none any more */
    uint16_t number; /* of its target; the server goes along when it gets another one */
    char target[8];  /* the same as text */
    struct follower follower;
    char text[FRAME_TEXT_ROOM];
};

struct cells {
    struct mosaic *mosaic;
    size_t count;
    struct cell *all[MOSAIC_TILES_MAX]; /* by tile; NULL: no target, or no room */
};

static void set_number(struct cell *cell, uint16_t number)
{
    cell->number = number;
    snprintf(cell->target, sizeof cell->target, "%u", number);
}

static void take_file(void *context, uint16_t number, const struct frame_map *map)
{
    struct cell *cell = context;
    if (number && number != cell->number) {
        set_number(cell, number);
        cell->has_moved = true;
    }
    if (!number)
        cell->text[0] = '\0';
    mosaic_set_map(cell->mosaic, cell->at, map);
}

static void take_size(void *context)
{
    struct cell *cell = context;
    mosaic_renew(cell->mosaic, cell->at);
}

static void take_damage(void *context, const struct frame_damage *damage)
{
    struct cell *cell = context;
    mosaic_damage(cell->mosaic, cell->at, damage);
}

/* Damage tells of it, too. */
static void take_move(void *context, const struct frame_move *move)
{
}

static void take_nothing(void *context)
{
}

static void take_pointer(void *context, const struct frame_pointer *pointer)
{
}

static void take_state(void *context, uint16_t number, const char *text)
{
    struct cell *cell = context;
    snprintf(cell->text, sizeof cell->text, "%s", text);
}

static const struct follower_handlers HANDLERS = {
    .file = take_file,
    .size = take_size,
    .damage = take_damage,
    .move = take_move,
    .cursor = take_nothing,
    .pointer = take_pointer,
    .bell = take_nothing,
    .state = take_state,
};

struct cells *cells_create(struct mosaic *mosaic)
{
    struct cells *cells = calloc(1, sizeof *cells);
    if (cells)
        cells->mosaic = mosaic;
    return cells;
}

static struct cell *cell_create(struct mosaic *mosaic, uint16_t number)
{
    struct cell *cell = calloc(1, sizeof *cell);
    if (!cell)
        return NULL;
    cell->mosaic = mosaic;
    cell->at = MOSAIC_NONE;
    set_number(cell, number);
    follower_init(&cell->follower, cell->target, &HANDLERS, cell);
    return cell;
}

/* Its tile has another picture already, or is gone. */
static struct cell *cell_destroy(struct cell *cell)
{
    if (!cell)
        return NULL;
    cell->at = MOSAIC_NONE;
    follower_finish(&cell->follower);
    free(cell);
    return NULL;
}

struct cells *cells_destroy(struct cells *cells)
{
    if (!cells)
        return NULL;
    cells_set(cells, &(struct roster){0});
    free(cells);
    return NULL;
}

static struct cell *take_cell(struct cells *cells, uint16_t number)
{
    for (size_t i = 0; i < cells->count; i++) {
        struct cell *cell = cells->all[i];
        if (cell && cell->number == number) {
            cells->all[i] = NULL;
            return cell;
        }
    }
    return cell_create(cells->mosaic, number);
}

/* Those that are kept or new get their tiles before the others lose their pictures: a tile must not
 * have one that is gone. */
void cells_set(struct cells *cells, const struct roster *roster)
{
    struct cells after = {.mosaic = cells->mosaic};
    size_t pictures = 0;
    after.count = roster->count < MOSAIC_TILES_MAX ? roster->count : MOSAIC_TILES_MAX;
    for (size_t i = 0; i < after.count; i++)
        if (roster->entries[i].number && pictures++ < GRID_PICTURES_MAX)
            after.all[i] = take_cell(cells, roster->entries[i].number);
    for (size_t i = 0; i < after.count; i++) {
        struct cell *cell = after.all[i];
        mosaic_set_map(cells->mosaic, i, cell ? cell->follower.map : NULL);
        if (cell)
            cell->at = i;
    }
    for (size_t i = 0; i < cells->count; i++) {
        if (i >= after.count)
            mosaic_set_map(cells->mosaic, i, NULL);
        cell_destroy(cells->all[i]);
    }
    *cells = after;
}

bool cells_have_moved(struct cells *cells)
{
    bool have_moved = false;
    for (size_t i = 0; i < cells->count; i++)
        if (cells->all[i]) {
            have_moved |= cells->all[i]->has_moved;
            cells->all[i]->has_moved = false;
        }
    return have_moved;
}

const char *cells_text(const struct cells *cells, size_t at)
{
    const struct cell *cell = at < cells->count ? cells->all[at] : NULL;
    if (!cell)
        return "";
    return *cell->text ? cell->text : cell->follower.told;
}

bool cells_has_room(const struct cells *cells, size_t at)
{
    return at < cells->count && cells->all[at];
}

void cells_tick(struct cells *cells, uint64_t now_us)
{
    for (size_t i = 0; i < cells->count; i++)
        if (cells->all[i])
            follower_tick(&cells->all[i]->follower, now_us);
}

void cells_receive(struct cells *cells, uint64_t now_us)
{
    for (size_t i = 0; i < cells->count; i++)
        if (cells->all[i])
            follower_receive(&cells->all[i]->follower, now_us);
}

void cells_watch(const struct cells *cells, struct wake *wake)
{
    for (size_t i = 0; i < cells->count; i++)
        if (cells->all[i])
            wake_watch(wake, follower_fd(&cells->all[i]->follower));
}

uint64_t cells_deadline_us(const struct cells *cells)
{
    uint64_t deadline_us = UINT64_MAX;
    for (size_t i = 0; i < cells->count; i++)
        if (cells->all[i])
            deadline_us = loop_earlier(deadline_us, follower_deadline_us(&cells->all[i]->follower));
    return deadline_us;
}
