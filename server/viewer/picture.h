/*
 * A target's picture on a surface: where it lies, what of it is new, and what of that is copied,
 * scaled and drawn. Only whole updates: while the file is being written nothing of it is drawn.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/frame_file.h"
#include "server/viewer/fit.h"
#include "server/viewer/surface.h"

#define PICTURE_FIELD_COLOR 0x00181a1du /* around the picture, and where there is none */

/* Where a picture is scaled from, as large as the largest of those that share it. */
struct picture_room {
    uint32_t *pixels;
    size_t size_px;
};

struct picture {
    struct picture_room *room;
    enum fit_scale scale_how;
    uint32_t density_percent;    /* of density.h */
    const struct frame_map *map; /* NULL: an empty field */
    bool has_fit;                /* there is a picture, and it lies so: */
    struct fit fit;
    struct scale *scale; /* NULL: pixel for pixel */
    bool is_whole_new;
    struct frame_damage damage; /* not yet on the surface; count 0: none */
    uint64_t told_sequence;     /* of the damage that was told last */
    uint64_t shown_sequence;    /* of the file when it had exactly what is shown; 0: not known */
    bool has_sought;            /* this place of the picture is to be seen: */
    uint32_t sought_x_px, sought_y_px;
    int32_t pan_x_px, pan_y_px; /* of the window's own pointer */
};

enum picture_copied { PICTURE_COPIED, PICTURE_BUSY, PICTURE_NONE };

/* `room` is borrowed; all zero is an empty one. */
void picture_init(struct picture *picture, enum fit_scale scale_how, struct picture_room *room);
void picture_finish(struct picture *picture);
void picture_room_finish(struct picture_room *room);

/* As the functions of canvas.h. */
void picture_set_map(struct picture *picture, const struct frame_map *map);
void picture_redraw(struct picture *picture);
/* Of the surface that it is copied to next (density.h). */
void picture_set_density(struct picture *picture, uint32_t scale_percent);
void picture_damage(struct picture *picture, const struct frame_damage *damage);
void picture_pan(struct picture *picture, int32_t x_px, int32_t y_px);
/* The pointer is there. */
void picture_seek(struct picture *picture, const struct frame_pointer *pointer);
bool picture_is_new(const struct picture *picture);

/* All of the damage from one and the same state of the picture, to where it is drawn from. BUSY: it
 * is being written just now. */
enum picture_copied picture_copy(struct picture *picture, SDL_Surface *surface);
/* Draws what was copied: before another picture with the same room is copied. */
void picture_draw(const struct picture *picture, SDL_Surface *surface,
                  struct surface_updates *updates);
/* An empty field in its place. */
void picture_draw_nothing(struct picture *picture, SDL_Surface *surface);
/* The surface has all that was new. */
void picture_note_drawn(struct picture *picture);

/* All of the picture is seen, pixel for pixel, just as it was before the move, whose pixels are
 * there (`*ret_patch`). */
bool picture_may_move(const struct picture *picture, const struct frame_move *move,
                      const SDL_Surface *surface, const uint8_t **ret_patch);
/* Moves it on the surface, which then has the sequence of the move. False: its pixels were
 * overwritten meanwhile, and all is to be drawn anew. */
bool picture_move(struct picture *picture, const struct frame_move *move, const uint8_t *patch,
                  SDL_Surface *surface);
