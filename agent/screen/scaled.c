#include "agent/screen/scaled.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/screen/shrink.h"

struct scaled {
    struct source source;
    struct source *inner;
    bool is_watched;
    int permille;
    struct shrink shrink;
    struct picture full, small; /* pixels NULL: full size */
    struct tiles fresh;         /* of the full one */
    struct shape shape;         /* large, last */
};

static struct scaled *scaled_of(struct source *source)
{
    return (struct scaled *)source;
}

/* What the inner source says of itself is said of this one. */
static void take_over(struct scaled *scaled)
{
    scaled->source.has_news = scaled->inner->has_news;
    scaled->source.merged = scaled->inner->merged;
}

static void scaled_watch(struct source *source, bool on)
{
    struct scaled *scaled = scaled_of(source);

    scaled->is_watched = on;
    source_watch(scaled->inner, on);
    take_over(scaled);
}

static void take_part(struct scaled *scaled, const struct area *area, struct picture *picture,
                      struct tiles *changed)
{
    static const struct pixel_format format = {.bits = 32, .is_picture = true};
    const struct picture *small = &scaled->small;
    const struct area part = shrink_reach(&scaled->shrink, area);
    const size_t stride_bytes = (size_t)small->width_px * sizeof *small->pixels;

    shrink_part(&scaled->shrink, scaled->full.pixels, &part, small->pixels);
    picture_take(picture, &format, &part,
                 (const uint8_t *)(small->pixels + (size_t)part.y_px * (size_t)small->width_px +
                                   (size_t)part.x_px),
                 stride_bytes, changed);
}

static int scaled_read(struct source *source, struct picture *picture, struct tiles *changed,
                       struct moves *moves)
{
    struct scaled *scaled = scaled_of(source);
    struct area area;

    if (!scaled->full.pixels) {
        int error = source_read(scaled->inner, picture, changed, moves);
        take_over(scaled);
        return error;
    }
    int error = source_read(scaled->inner, &scaled->full, &scaled->fresh, NULL);
    take_over(scaled);
    while (tiles_take(&scaled->fresh, 0, INT32_MAX, &area, NULL))
        take_part(scaled, &area, picture, changed);
    return error;
}

static int scaled_read_shape(struct source *source, struct shape *ret_shape)
{
    struct scaled *scaled = scaled_of(source);
    struct shape *full = &scaled->shape;
    struct shrink shrink;

    if (!scaled->full.pixels)
        return source_read_shape(scaled->inner, ret_shape);
    int error = source_read_shape(scaled->inner, full);
    ret_shape->width_px = ret_shape->height_px = ret_shape->hot_x_px = ret_shape->hot_y_px = 0;
    if (error || full->width_px == 0 || full->height_px == 0)
        return error;
    shrink_init(&shrink, full->width_px, full->height_px, scaled->permille);
    ret_shape->width_px = shrink.to_width_px;
    ret_shape->height_px = shrink.to_height_px;
    ret_shape->hot_x_px = full->hot_x_px * shrink.to_width_px / full->width_px;
    ret_shape->hot_y_px = full->hot_y_px * shrink.to_height_px / full->height_px;
    shrink_part(&shrink, full->pixels,
                &(struct area){0, 0, shrink.to_width_px, shrink.to_height_px}, ret_shape->pixels);
    return 0;
}

static const struct source_ops scaled_ops = {
    .watch = scaled_watch,
    .read = scaled_read,
    .read_shape = scaled_read_shape,
};

/* --- size --- */

static void forget_pictures(struct scaled *scaled)
{
    picture_finish(&scaled->full);
    picture_finish(&scaled->small);
    tiles_finish(&scaled->fresh);
}

static int make_pictures(struct scaled *scaled)
{
    const struct shrink *shrink = &scaled->shrink;
    int error = picture_init(&scaled->full, shrink->from_width_px, shrink->from_height_px);

    if (!error)
        error = picture_init(&scaled->small, shrink->to_width_px, shrink->to_height_px);
    if (!error)
        error = tiles_init(&scaled->fresh, shrink->from_width_px, shrink->from_height_px);
    return error;
}

int scaled_fit(struct scaled *scaled, int permille, bool *ret_resized)
{
    const int width_px = scaled->source.width_px, height_px = scaled->source.height_px;
    struct shrink *shrink = &scaled->shrink;
    int error = 0;

    forget_pictures(scaled);
    scaled->permille = permille;
    shrink_init(shrink, scaled->inner->width_px, scaled->inner->height_px, permille);
    if (shrink->to_width_px != shrink->from_width_px ||
        shrink->to_height_px != shrink->from_height_px)
        error = make_pictures(scaled);
    if (error) {
        forget_pictures(scaled);
        shrink_init(shrink, scaled->inner->width_px, scaled->inner->height_px, SHRINK_PERMILLE_MAX);
    }
    scaled->source.width_px = shrink->to_width_px;
    scaled->source.height_px = shrink->to_height_px;
    *ret_resized = shrink->to_width_px != width_px || shrink->to_height_px != height_px;
    if (scaled->is_watched) { /* all is read anew: the pictures are empty */
        scaled_watch(&scaled->source, false);
        scaled_watch(&scaled->source, true);
    }
    return error;
}

/* --- life --- */

int scaled_create(struct source *inner, struct scaled **ret_scaled)
{
    struct scaled *scaled = calloc(1, sizeof *scaled);
    bool resized;

    if (!scaled)
        return -ENOMEM;
    scaled->source.ops = &scaled_ops;
    scaled->source.depth = inner->depth;
    memcpy(scaled->source.how, inner->how, sizeof scaled->source.how);
    scaled->inner = inner;
    *ret_scaled = scaled;
    return scaled_fit(scaled, SHRINK_PERMILLE_MAX, &resized);
}

struct scaled *scaled_destroy(struct scaled *scaled)
{
    if (!scaled)
        return NULL;
    forget_pictures(scaled);
    free(scaled);
    return NULL;
}

struct source *scaled_source(struct scaled *scaled)
{
    return &scaled->source;
}

void scaled_on_changed(struct scaled *scaled)
{
    take_over(scaled);
}
