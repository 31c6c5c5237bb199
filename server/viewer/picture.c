#include "server/viewer/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/viewer/density.h"
#include "server/viewer/scale.h"

#define COPY_TRIES 4

void picture_init(struct picture *picture, enum fit_scale scale_how, struct picture_room *room)
{
    *picture = (struct picture){.scale_how = scale_how,
                                .density_percent = DENSITY_USUAL_PERCENT,
                                .room = room,
                                .is_whole_new = true};
}

static void drop_fit(struct picture *picture)
{
    picture->has_fit = false;
    picture->scale = scale_destroy(picture->scale);
}

void picture_finish(struct picture *picture)
{
    drop_fit(picture);
}

void picture_room_finish(struct picture_room *room)
{
    free(room->pixels);
    *room = (struct picture_room){0};
}

static bool room_grow(struct picture_room *room, size_t size_px)
{
    if (size_px <= room->size_px)
        return true;
    picture_room_finish(room);
    room->pixels = calloc(size_px, FRAME_PIXEL_BYTES);
    room->size_px = room->pixels ? size_px : 0;
    return room->pixels != NULL;
}

void picture_set_map(struct picture *picture, const struct frame_map *map)
{
    picture->map = map;
    picture->has_sought = false;
    picture->told_sequence = picture->shown_sequence = 0;
    picture_redraw(picture);
}

void picture_redraw(struct picture *picture)
{
    picture->is_whole_new = true;
    picture->damage.count = 0;
}

void picture_set_density(struct picture *picture, uint32_t scale_percent)
{
    if (picture->density_percent == scale_percent)
        return;
    picture->density_percent = scale_percent;
    drop_fit(picture);
    picture_redraw(picture);
}

void picture_damage(struct picture *picture, const struct frame_damage *damage)
{
    picture->told_sequence = damage->sequence;
    if (damage->sequence == picture->shown_sequence)
        return; /* a move told of it */
    for (size_t i = 0; i < damage->count; i++)
        frame_damage_add(&picture->damage, &damage->rectangles[i]);
}

void picture_pan(struct picture *picture, int32_t x_px, int32_t y_px)
{
    picture->pan_x_px = x_px;
    picture->pan_y_px = y_px;
    if (picture->has_fit && fit_pan(&picture->fit, x_px, y_px))
        picture_redraw(picture);
}

void picture_seek(struct picture *picture, const struct frame_pointer *pointer)
{
    picture->has_sought = pointer->visible;
    picture->sought_x_px = pointer->x_px;
    picture->sought_y_px = pointer->y_px;
    if (picture->has_fit && pointer->visible &&
        fit_show(&picture->fit, pointer->x_px, pointer->y_px))
        picture->is_whole_new = true;
}

bool picture_is_new(const struct picture *picture)
{
    return picture->is_whole_new || picture->damage.count > 0;
}

/* --- what is new --- */

/* False: no memory for it; then there is no picture. */
static bool make_fit(struct picture *picture, const struct frame_picture *frame,
                     const SDL_Surface *surface)
{
    drop_fit(picture);
    fit_make(picture->scale_how, picture->density_percent, frame->width_px, frame->height_px,
             (uint32_t)surface->w, (uint32_t)surface->h, &picture->fit);
    picture->has_fit = true;
    fit_pan(&picture->fit, picture->pan_x_px, picture->pan_y_px);
    if (picture->has_sought)
        fit_show(&picture->fit, picture->sought_x_px, picture->sought_y_px);
    if (fit_is_exact(&picture->fit))
        return true;
    picture->scale = scale_create(frame->width_px, frame->height_px, picture->fit.width_px,
                                  picture->fit.height_px);
    if (picture->scale && room_grow(picture->room, (size_t)frame->width_px * frame->height_px))
        return true;
    drop_fit(picture);
    return false;
}

static bool fit_is_of(const struct picture *picture, const struct frame_picture *frame,
                      const SDL_Surface *surface)
{
    const struct fit *fit = &picture->fit;
    return picture->has_fit && fit->picture_width_px == frame->width_px &&
           fit->picture_height_px == frame->height_px &&
           fit->window_width_px == (uint32_t)surface->w &&
           fit->window_height_px == (uint32_t)surface->h;
}

/* What of the picture is to be copied, cut to it. */
static void cut_damage(struct picture *picture)
{
    uint32_t width_px = picture->fit.picture_width_px, height_px = picture->fit.picture_height_px;
    struct frame_damage inside = {0};
    if (picture->is_whole_new) {
        struct frame_rectangle whole = {0, 0, (uint16_t)width_px, (uint16_t)height_px};
        frame_damage_add(&inside, &whole);
    }
    for (size_t i = 0; i < picture->damage.count && !picture->is_whole_new; i++)
        if (frame_rectangle_fits(&picture->damage.rectangles[i], width_px, height_px))
            frame_damage_add(&inside, &picture->damage.rectangles[i]);
    picture->damage = inside;
}

/* With all that is around it that the pixels drawn depend on. */
static void copy_to_room(struct picture *picture, const struct frame_picture *frame,
                         const struct frame_rectangle *rectangle)
{
    struct frame_rectangle drawn, from;
    scale_reach(picture->scale, rectangle, &drawn);
    scale_source(picture->scale, &drawn, &from);
    frame_picture_copy(frame, &from,
                       picture->room->pixels + (size_t)from.y_px * frame->width_px + from.x_px,
                       (size_t)frame->width_px * FRAME_PIXEL_BYTES);
}

/* To where it is taken from when it is shown: the surface itself, or the room. */
static void copy_damage(struct picture *picture, const struct frame_picture *frame,
                        SDL_Surface *surface)
{
    for (size_t i = 0; i < picture->damage.count; i++) {
        const struct frame_rectangle *rectangle = &picture->damage.rectangles[i];
        struct frame_rectangle seen;
        int32_t x_px, y_px;
        if (picture->scale)
            copy_to_room(picture, frame, rectangle);
        else if (fit_clip(&picture->fit, rectangle, &x_px, &y_px, &seen))
            frame_picture_copy(frame, &seen, surface_pixel(surface, x_px, y_px),
                               (size_t)surface->pitch);
    }
}

/* While more damage is on its way, some of it may be shown already. */
static void note_shown(struct picture *picture, const struct frame_picture *frame)
{
    if (picture->is_whole_new)
        picture->shown_sequence = frame->sequence;
    else if (picture->damage.count > 0)
        picture->shown_sequence = frame->sequence == picture->told_sequence ? frame->sequence : 0;
}

enum picture_copied picture_copy(struct picture *picture, SDL_Surface *surface)
{
    for (int try = 0; try < COPY_TRIES; try++) {
        struct frame_picture frame;
        int result = picture->map ? frame_map_look(picture->map, &frame) : -ENODATA;
        if (result == -EAGAIN)
            continue;
        if (result < 0)
            return PICTURE_NONE;
        if (!fit_is_of(picture, &frame, surface)) {
            picture_redraw(picture);
            if (!make_fit(picture, &frame, surface))
                return PICTURE_NONE;
        }
        cut_damage(picture);
        if (picture->is_whole_new)
            SDL_FillRect(surface, NULL, PICTURE_FIELD_COLOR); /* the border */
        copy_damage(picture, &frame, surface);
        if (frame_map_is_unchanged(picture->map, &frame)) {
            note_shown(picture, &frame);
            return PICTURE_COPIED;
        }
    }
    return PICTURE_BUSY;
}

void picture_draw(const struct picture *picture, SDL_Surface *surface,
                  struct surface_updates *updates)
{
    for (size_t i = 0; i < picture->damage.count; i++) {
        struct frame_rectangle drawn = picture->damage.rectangles[i], seen;
        int32_t x_px, y_px;
        if (picture->scale)
            scale_reach(picture->scale, &picture->damage.rectangles[i], &drawn);
        if (!fit_clip(&picture->fit, &drawn, &x_px, &y_px, &seen))
            continue;
        if (picture->scale)
            scale_draw(picture->scale, picture->room->pixels,
                       (size_t)picture->fit.picture_width_px * FRAME_PIXEL_BYTES, &seen,
                       surface_pixel(surface, x_px, y_px), (size_t)surface->pitch);
        surface_updates_add(
            updates, &(SDL_Rect){.x = x_px, .y = y_px, .w = seen.width_px, .h = seen.height_px});
    }
}

void picture_draw_nothing(struct picture *picture, SDL_Surface *surface)
{
    drop_fit(picture);
    picture->is_whole_new = true;
    SDL_FillRect(surface, NULL, PICTURE_FIELD_COLOR);
}

void picture_note_drawn(struct picture *picture)
{
    picture->is_whole_new = false;
    picture->damage.count = 0;
}

/* --- what moved --- */

bool picture_may_move(const struct picture *picture, const struct frame_move *move,
                      const SDL_Surface *surface, const uint8_t **ret_patch)
{
    const struct fit *fit = &picture->fit;

    return picture->map && picture->has_fit && !picture->scale && !picture->is_whole_new &&
           picture->damage.count == 0 && move->before != 0 &&
           move->before == picture->shown_sequence &&
           fit->window_width_px == (uint32_t)surface->w &&
           fit->window_height_px == (uint32_t)surface->h && fit->x_px >= 0 && fit->y_px >= 0 &&
           fit->width_px <= fit->window_width_px && fit->height_px <= fit->window_height_px &&
           frame_move_fits(move, fit->picture_width_px, fit->picture_height_px) &&
           (*ret_patch = frame_map_patch(picture->map, move)) != NULL;
}

static void paint_patch(const struct picture *picture, const struct frame_move *move,
                        const uint8_t *patch, SDL_Surface *surface)
{
    for (size_t i = 0; i < move->count; i++) {
        const struct frame_rectangle *one = &move->rectangles[i];
        const size_t row_bytes = (size_t)one->width_px * FRAME_PIXEL_BYTES;
        for (int32_t y = 0; y < one->height_px; y++) {
            memcpy(surface_pixel(surface, picture->fit.x_px + one->x_px,
                                 picture->fit.y_px + one->y_px + y),
                   patch, row_bytes);
            patch += row_bytes;
        }
    }
}

bool picture_move(struct picture *picture, const struct frame_move *move, const uint8_t *patch,
                  SDL_Surface *surface)
{
    const struct fit *fit = &picture->fit;

    frame_rows_move(
        surface_pixel(surface, fit->x_px + move->to.x_px, fit->y_px + move->to.y_px),
        surface_pixel(surface, fit->x_px + move->from_x_px, fit->y_px + move->from_y_px),
        (size_t)surface->pitch, move->to.width_px, move->to.height_px);
    paint_patch(picture, move, patch, surface);
    if (!frame_map_patch(picture->map, move)) {
        picture_redraw(picture);
        return false;
    }
    frame_damage_add(&picture->damage, &move->to);
    for (size_t i = 0; i < move->count; i++)
        frame_damage_add(&picture->damage, &move->rectangles[i]);
    picture->shown_sequence = move->sequence;
    return true;
}
