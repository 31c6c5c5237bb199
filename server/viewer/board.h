/*
 * What a grid shows: the tiles of its targets with their words and pictures, and a notice over
 * them. Follows the server's targets, and draws on a window.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/viewer/cells.h"
#include "server/viewer/framebuffer.h"
#include "server/viewer/layers.h"
#include "server/viewer/mosaic.h"
#include "server/viewer/options.h"
#include "server/viewer/roster.h"
#include "server/viewer/toast.h"
#include "server/viewer/watcher.h"

struct board {
    const struct viewer_options *options;
    struct osd_paint *paint; /* NULL: no font */
    struct mosaic *mosaic;
    struct layers layers; /* over the tiles: a notice */
    struct toast toast;
    struct cells *cells;
    struct roster roster;
    struct watcher watcher;
    bool was_known;    /* the server has told its targets once */
    size_t selected;   /* MOSAIC_NONE: no tile */
    uint64_t paint_us; /* not before */
};

/* `options`, and what the roster borrows, are borrowed. 0 or -ENOMEM; board_finish in any case. */
int board_init(struct board *board, const struct viewer_options *options,
               const struct roster *roster);
void board_finish(struct board *board);

/* 0; -EINVAL after saying that a name is no target's. */
int board_tick(struct board *board, uint64_t now_us);
void board_receive(struct board *board, uint64_t now_us);
/* What is new, if it is time to. */
void board_paint(struct board *board, struct framebuffer *window, uint64_t now_us);
/* The window is another one, or has another size. */
void board_redraw(struct board *board);
void board_watch(const struct board *board, struct wake *wake);
uint64_t board_deadline_us(const struct board *board);

/* The target of the selected tile; NULL: none is. */
const struct roster_entry *board_selected(const struct board *board);
void board_select_at(struct board *board, int32_t x_px, int32_t y_px);
void board_select_beside(struct board *board, enum mosaic_way way);
