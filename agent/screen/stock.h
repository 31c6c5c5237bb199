/*
 * What the other side does not have yet, and how it is to be sent: areas of few colours lossless,
 * photo-like ones as JPEG first and lossless once they have been still for a while. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/screen/moves.h"
#include "agent/screen/picture.h"
#include "agent/screen/tiles.h"

#define STOCK_STILL_US 100000

struct stock {
    struct tiles fresh; /* changed, and not looked at yet: source_read adds to it */
    struct tiles plain, photo;
    struct tiles lossy; /* was sent as JPEG */
    uint64_t *lossy_us; /* of each tile: when */
    bool *owed;         /* of each tile: see stock_owe */
    size_t owed_count;
    size_t next_plain, next_photo, next_lossy; /* to go on from, so that none waits for ever */
};

int stock_init(struct stock *stock, int width_px, int height_px); /* all is fresh; 0 or -ENOMEM */
void stock_finish(struct stock *stock);

/* Everything counts as changed. */
void stock_add_all(struct stock *stock);
/* Sorts what is fresh. Without `with_jpeg` nothing is a photo. */
void stock_sort(struct stock *stock, const struct picture *picture, bool with_jpeg);
bool stock_is_empty(const struct stock *stock); /* of fresh, plain and photo */

/* A rectangle of about max_px pixels at most, taken out: it is sent now. False: there is none. */
bool stock_take_plain(struct stock *stock, int max_px, struct area *ret_area);
bool stock_take_photo(struct stock *stock, int max_px, uint64_t now_us, struct area *ret_area);
/* What was still for STOCK_STILL_US: it is sent lossless now. */
bool stock_take_still(struct stock *stock, int max_px, uint64_t now_us, struct area *ret_area);
bool stock_has_still(const struct stock *stock, uint64_t now_us);
/* When stock_has_still becomes true, if nothing changes; UINT64_MAX: nothing is lossy. */
uint64_t stock_still_us(const struct stock *stock);

/* The other side is told to make this move: what is lossy there is so in its new place too. */
void stock_move(struct stock *stock, const struct move *move, uint64_t now_us);

/* All that waits now is owed; stock_owes is true until all of that was taken. */
void stock_owe(struct stock *stock);
bool stock_owes(const struct stock *stock);
