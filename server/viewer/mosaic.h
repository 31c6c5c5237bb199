/*
 * Tiles with the pictures of several targets, drawn on a surface: the `hotdesk view` grid and wall,
 * and the switcher. Each has a caption with number, name and state, and where it has no picture the
 * words for why. A picture is scaled down to its tile with its aspect kept; only what is new of it
 * is scaled and drawn again, and only whole updates.
 *
 *     mosaic_set_count(mosaic, n);
 *     for each tile: mosaic_set_tile, mosaic_set_map;     whenever they are others: no harm if not
 *     mosaic_damage(mosaic, at, &damage);                 as the follower tells
 *     if (mosaic_needs_paint(mosaic))
 *         is_done = mosaic_paint(mosaic, surface, &updates);
 *
 * Tiles are known by their place, 0..count - 1. Needs no window: any surface of our pixels
 * (surface.h) will do, also a part of another one (as border_open_field).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/frame_file.h"
#include "server/viewer/fit.h"
#include "server/viewer/mosaic_layout.h"
#include "server/viewer/osd_paint.h"
#include "server/viewer/surface.h"

#define MOSAIC_TILES_MAX 256
#define MOSAIC_TEXT_ROOM 128

#define MOSAIC_FIELD_COLOR 0x0c0d0fu /* between the tiles */

/* The colour of the dot beside its state. */
enum mosaic_mood {
    MOSAIC_CALM,   /* grey: nothing to say */
    MOSAIC_GOOD,   /* green: ready */
    MOSAIC_ACTIVE, /* white, on a caption of the target's colour: the keys go there */
    MOSAIC_WARNING /* amber: offline, paused, no picture */
};

/* What is written in a tile. */
struct mosaic_tile {
    uint16_t number;
    uint32_t color; /* 0xRRGGBB, of its number */
    enum mosaic_mood mood;
    bool is_selected;             /* a frame around it */
    char name[MOSAIC_TEXT_ROOM];  /* clean UTF-8; cut where it has no room */
    char state[MOSAIC_TEXT_ROOM]; /* beside the name, if both have room: "ready", "offline" */
    char why[MOSAIC_TEXT_ROOM];   /* in place of a picture: up to three lines; "": an empty field */
    bool hides_picture;           /* `why` stands there even if there is one */
    bool stands_back;             /* it is none of those that count now: hardly to be seen */
};

struct mosaic;

/* `paint` (borrowed) NULL: no font, nothing is written. `scale_how` all pictures lie in their
 * tiles. NULL: no memory. */
struct mosaic *mosaic_create(struct osd_paint *paint, enum fit_scale scale_how);
struct mosaic *mosaic_destroy(struct mosaic *mosaic);

/* New ones are empty; those that stay keep what they have. More than MOSAIC_TILES_MAX are cut. */
void mosaic_set_count(struct mosaic *mosaic, size_t count);
/* Copied. One that is as it was costs nothing. */
void mosaic_set_tile(struct mosaic *mosaic, size_t at, const struct mosaic_tile *tile);
/* Its picture from now on (borrowed until the next call for this tile); NULL: none. The same again
 * costs nothing. */
void mosaic_set_map(struct mosaic *mosaic, size_t at, const struct frame_map *map);
/* What is new in it; what is outside of it is left out. */
void mosaic_damage(struct mosaic *mosaic, size_t at, const struct frame_damage *damage);
/* Its picture may have another size: all of it is new. */
void mosaic_renew(struct mosaic *mosaic, size_t at);
/* The surface is another one, or was drawn on by others: all is to be drawn. */
void mosaic_redraw(struct mosaic *mosaic);

bool mosaic_needs_paint(const struct mosaic *mosaic);
/* Draws what is new, and adds the places of it. False: a picture is being written just now, ask
 * again in a moment; all else is drawn. `scale_percent`: of density.h. */
bool mosaic_paint(struct mosaic *mosaic, SDL_Surface *surface, uint32_t scale_percent,
                  struct surface_updates *updates);

/* As it was painted last. */
const struct mosaic_layout *mosaic_layout_of(const struct mosaic *mosaic);
