/* One tile of a mosaic: what is written in it, its picture, and what of them is to be drawn. */
#pragma once

#include "server/viewer/mosaic.h"
#include "server/viewer/overlay.h"
#include "server/viewer/picture.h"

struct mosaic_one {
    struct mosaic_tile tile;
    struct picture picture;
    struct overlay_image caption, why; /* pixels NULL: not painted */
    bool words_are_new;                /* the caption and the frame are to be drawn */
    bool is_field_new;                 /* what is in place of a picture, or whether there is one */
    bool shows_picture;
};

/* `room` is borrowed. NULL: no memory. */
struct mosaic_one *mosaic_one_create(struct picture_room *room, enum fit_scale scale_how);
struct mosaic_one *mosaic_one_destroy(struct mosaic_one *one);
void mosaic_one_set_tile(struct mosaic_one *one, const struct mosaic_tile *tile);
void mosaic_one_set_map(struct mosaic_one *one, const struct frame_map *map);
/* All of its picture, or what is in place of it. */
void mosaic_one_renew(struct mosaic_one *one);
/* Its words have another size now. */
void mosaic_one_forget_words(struct mosaic_one *one);
bool mosaic_one_is_new(const struct mosaic_one *one);
/* As mosaic_paint; `paint` may be NULL. */
bool mosaic_one_draw(struct mosaic_one *one, struct osd_paint *paint,
                     const struct mosaic_layout *layout, size_t at, SDL_Surface *surface,
                     struct surface_updates *updates);
