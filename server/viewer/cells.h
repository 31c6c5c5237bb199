/* The pictures of a grid: a follower for each target that has one, in the tiles of a mosaic. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/viewer/mosaic.h"
#include "server/viewer/roster.h"
#include "server/viewer/wake.h"

struct cells;

/* `mosaic` is borrowed. NULL: no memory. */
struct cells *cells_create(struct mosaic *mosaic);
struct cells *cells_destroy(struct cells *cells);
/* Tile n shows entry n: those that stay are followed on, the first GRID_PICTURES_MAX at most. */
void cells_set(struct cells *cells, const struct roster *roster);
/* True once when targets got other numbers than those that they were followed by: cells_set again.
 */
bool cells_have_moved(struct cells *cells);
/* Why a tile has no picture, or may not be looked at; "": it has one, or will. Valid until
 * cells_receive. */
const char *cells_text(const struct cells *cells, size_t at);
bool cells_has_room(const struct cells *cells, size_t at);

/* Connect, read and wait as the functions of follower.h, all of them. */
void cells_tick(struct cells *cells, uint64_t now_us);
void cells_receive(struct cells *cells, uint64_t now_us);
void cells_watch(const struct cells *cells, struct wake *wake);
uint64_t cells_deadline_us(const struct cells *cells);
