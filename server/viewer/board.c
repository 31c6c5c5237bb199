#include "server/viewer/board.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/times.h"
#include "server/viewer/grid_words.h"
#include "server/viewer/loop.h"

#define LOG_MODULE "grid"
#define RETRY_US   1000 /* a picture is written in less */

int board_init(struct board *board, const struct viewer_options *options,
               const struct roster *roster)
{
    *board = (struct board){.options = options, .roster = *roster, .selected = MOSAIC_NONE};
    watcher_init(&board->watcher);
    board->paint = osd_paint_create(options->font);
    board->mosaic = mosaic_create(board->paint, FIT_WHOLE);
    board->cells = board->mosaic ? cells_create(board->mosaic) : NULL;
    return board->cells ? 0 : -ENOMEM;
}

void board_finish(struct board *board)
{
    board->cells = cells_destroy(board->cells);
    board->mosaic = mosaic_destroy(board->mosaic);
    watcher_finish(&board->watcher);
    toast_finish(&board->toast);
    layers_finish(&board->layers);
    board->paint = osd_paint_destroy(board->paint);
}

/* --- what is shown --- */

static void list_targets(const struct status *status, char *ret_text, size_t room_bytes)
{
    size_t used = 0;
    snprintf(ret_text, room_bytes, "none");
    for (size_t i = 0; i < status->target_count && used < room_bytes; i++)
        used += (size_t)snprintf(ret_text + used, room_bytes - used, "%s%s", i ? ", " : "",
                                 status->targets[i].name);
}

/* A name that never was one is a slip of the pen; one that is gone later stays as a tile. */
static int check_names(struct board *board)
{
    char names[512];
    const char *unknown = roster_unknown(&board->roster);
    if (board->was_known || !board->watcher.status.is_known)
        return 0;
    board->was_known = true;
    if (!unknown)
        return 0;
    list_targets(&board->watcher.status, names, sizeof names);
    log_error("there is no target '%s'; there are: %s", unknown, names);
    return -EINVAL;
}

static void set_words(struct board *board, size_t at, uint64_t now_us)
{
    struct mosaic_tile tile;
    struct grid_facts facts = {.status = &board->watcher.status,
                               .colors = &board->options->colors,
                               .entry = &board->roster.entries[at],
                               .no_picture = cells_text(board->cells, at),
                               .has_room = cells_has_room(board->cells, at),
                               .wall_s = time(NULL)};
    grid_words_make(&facts, now_us, &tile);
    tile.is_selected = at == board->selected;
    mosaic_set_tile(board->mosaic, at, &tile);
}

/* A tile that goes lets go of its picture before its cell does. */
static void set_tiles(struct board *board, bool is_other)
{
    size_t count = board->roster.count;
    mosaic_set_count(board->mosaic, count ? count : 1);
    if (cells_have_moved(board->cells) || is_other)
        cells_set(board->cells, &board->roster);
    if (board->selected >= count)
        board->selected = MOSAIC_NONE;
}

int board_tick(struct board *board, uint64_t now_us)
{
    watcher_tick(&board->watcher, now_us);
    set_tiles(board, roster_update(&board->roster, &board->watcher.status));
    for (size_t i = 0; i < board->roster.count; i++)
        set_words(board, i, now_us);
    if (board->roster.count == 0) {
        struct mosaic_tile tile;
        grid_words_make_empty(&board->watcher.status, board->roster.set, &tile);
        mosaic_set_tile(board->mosaic, 0, &tile);
    }
    cells_tick(board->cells, now_us);
    return check_names(board);
}

void board_receive(struct board *board, uint64_t now_us)
{
    watcher_receive(&board->watcher, now_us);
    cells_receive(board->cells, now_us);
}

/* --- the window --- */

static bool needs_paint(const struct board *board)
{
    return mosaic_needs_paint(board->mosaic) || board->layers.is_new;
}

void board_paint(struct board *board, struct framebuffer *window, uint64_t now_us)
{
    struct surface_updates updates = {0};
    struct density density;
    SDL_Surface *surface = framebuffer_surface(window);
    if (!surface)
        return; /* the window says when it has one */
    framebuffer_density(window, &density);
    toast_show(
        &board->toast, board->paint, &board->layers,
        &(struct osd_window){(uint32_t)surface->w, (uint32_t)surface->h, density.scale_percent},
        now_us);
    if (!needs_paint(board) || now_us < board->paint_us)
        return;
    layers_erase(&board->layers, surface);
    bool is_done = mosaic_paint(board->mosaic, surface, density.scale_percent, &updates);
    layers_draw(&board->layers, surface, false, &updates);
    framebuffer_show(window, &updates);
    board->paint_us = now_us + (is_done ? time_us(TIME_GRID_PAINT) : RETRY_US);
}

void board_redraw(struct board *board)
{
    layers_forget(&board->layers);
    mosaic_redraw(board->mosaic);
}

void board_watch(const struct board *board, struct wake *wake)
{
    wake_watch(wake, watcher_fd(&board->watcher));
    cells_watch(board->cells, wake);
}

uint64_t board_deadline_us(const struct board *board)
{
    uint64_t deadline_us = watcher_deadline_us(&board->watcher);
    deadline_us = loop_earlier(deadline_us, cells_deadline_us(board->cells));
    deadline_us = loop_earlier(deadline_us, toast_deadline_us(&board->toast));
    return needs_paint(board) ? loop_earlier(deadline_us, board->paint_us) : deadline_us;
}

const struct roster_entry *board_selected(const struct board *board)
{
    return board->selected < board->roster.count ? &board->roster.entries[board->selected] : NULL;
}

void board_select_at(struct board *board, int32_t x_px, int32_t y_px)
{
    board->selected = mosaic_layout_at(mosaic_layout_of(board->mosaic), x_px, y_px);
}

void board_select_beside(struct board *board, enum mosaic_way way)
{
    if (board->roster.count > 0)
        board->selected =
            mosaic_layout_beside(mosaic_layout_of(board->mosaic), board->selected, way);
}
