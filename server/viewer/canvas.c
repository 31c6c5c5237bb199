#include "server/viewer/canvas.h"

#include <SDL_surface.h>
#include <errno.h>
#include <stdlib.h>

#include "server/viewer/layers.h"
#include "server/viewer/picture.h"
#include "server/viewer/shape.h"
#include "server/viewer/surface.h"

_Static_assert(CANVAS_PANELS == LAYERS_PANELS, "each panel has its layer");

struct canvas {
    struct framebuffer *window;
    struct picture_room room;
    struct picture picture;
    struct layers layers;
    struct frame_cursor cursor;
    struct shape shape; /* as it is drawn, if not in its own size */
    struct frame_pointer pointer;
    bool has_border;
    struct border border;
};

struct canvas *canvas_create(struct framebuffer *window, enum fit_scale scale)
{
    struct canvas *canvas = calloc(1, sizeof *canvas);
    if (!canvas)
        return NULL;
    canvas->window = window;
    picture_init(&canvas->picture, scale, &canvas->room);
    return canvas;
}

struct canvas *canvas_destroy(struct canvas *canvas)
{
    if (!canvas)
        return NULL;
    picture_finish(&canvas->picture);
    picture_room_finish(&canvas->room);
    layers_finish(&canvas->layers);
    shape_finish(&canvas->shape);
    free(canvas);
    return NULL;
}

void canvas_set_window(struct canvas *canvas, struct framebuffer *window)
{
    canvas->window = window;
    layers_forget(&canvas->layers);
    canvas_redraw(canvas);
}

void canvas_set_map(struct canvas *canvas, const struct frame_map *map)
{
    canvas->cursor.width_px = canvas->cursor.height_px = canvas->cursor.sequence = 0;
    canvas->pointer.visible = false;
    shape_finish(&canvas->shape);
    picture_set_map(&canvas->picture, map);
}

void canvas_redraw(struct canvas *canvas)
{
    picture_redraw(&canvas->picture);
}

void canvas_damage(struct canvas *canvas, const struct frame_damage *damage)
{
    picture_damage(&canvas->picture, damage);
}

bool canvas_cursor(struct canvas *canvas)
{
    const struct frame_map *map = canvas->picture.map;
    shape_finish(&canvas->shape);
    int result = map ? frame_map_copy_cursor(map, &canvas->cursor) : 0;
    if (result < 0)
        canvas->cursor.width_px = canvas->cursor.height_px = 0;
    canvas->layers.is_new = true;
    return result != -EAGAIN;
}

void canvas_pointer(struct canvas *canvas, const struct frame_pointer *pointer)
{
    canvas->pointer = *pointer;
    canvas->layers.is_new = true;
    picture_seek(&canvas->picture, pointer);
}

void canvas_set_panel(struct canvas *canvas, size_t place, const struct overlay_image *image,
                      int32_t x_px, int32_t y_px, uint8_t opacity)
{
    layers_set(&canvas->layers, place, image, x_px, y_px, opacity);
}

void canvas_set_border(struct canvas *canvas, const struct border *border)
{
    canvas->has_border = border != NULL;
    if (border)
        canvas->border = *border;
    canvas_redraw(canvas);
}

void canvas_pan(struct canvas *canvas, int32_t x_px, int32_t y_px)
{
    picture_pan(&canvas->picture, x_px, y_px);
}

bool canvas_needs_paint(const struct canvas *canvas)
{
    return picture_is_new(&canvas->picture) || canvas->layers.is_new;
}

/* --- the field: what the frame leaves of the window --- */

/* Where the picture goes on a surface; what comes of it is given back by close_field. NULL: no
 * memory. */
static SDL_Surface *open_field(const struct canvas *canvas, SDL_Surface *outer)
{
    SDL_Rect field = canvas_field(canvas);
    return canvas->has_border ? border_open_field(&field, outer) : outer;
}

static void close_field(SDL_Surface *field, SDL_Surface *outer)
{
    if (field != outer)
        SDL_FreeSurface(field);
}

/* `updates` are places of the field. */
static void show(const struct canvas *canvas, SDL_Surface *outer, bool is_whole,
                 struct surface_updates *updates)
{
    SDL_Rect field = canvas_field(canvas);
    for (size_t i = 0; i < updates->count; i++) {
        updates->rectangles[i].x += field.x;
        updates->rectangles[i].y += field.y;
    }
    if (is_whole && canvas->has_border) {
        border_draw(&canvas->border, &field, outer);
        surface_updates_set_whole(updates, outer);
    }
    framebuffer_show(canvas->window, updates);
}

/* --- what is drawn --- */

static void set_pointer(struct canvas *canvas)
{
    const struct frame_cursor *cursor = &canvas->cursor;
    const struct picture *picture = &canvas->picture;
    struct overlay_image image = {cursor->pixels, cursor->width_px, cursor->height_px};
    int32_t x_px = 0, y_px = 0;
    uint32_t hot_x_px = cursor->hot_x_px, hot_y_px = cursor->hot_y_px;
    uint32_t percent = canvas_pointer_percent(canvas);
    bool is_seen = picture->has_fit && canvas->pointer.visible && cursor->visible;
    if (is_seen && percent != 100)
        shape_make(&canvas->shape, cursor, percent);
    if (is_seen && percent != 100 && canvas->shape.image.pixels) {
        image = canvas->shape.image;
        hot_x_px = canvas->shape.hot_x_px;
        hot_y_px = canvas->shape.hot_y_px;
    }
    if (is_seen)
        fit_to_window(&picture->fit, canvas->pointer.x_px, canvas->pointer.y_px, &x_px, &y_px);
    layers_set(&canvas->layers, LAYERS_POINTER, is_seen ? &image : NULL, x_px - (int32_t)hot_x_px,
               y_px - (int32_t)hot_y_px, 255);
}

static void draw(struct canvas *canvas, SDL_Surface *field, struct surface_updates *updates)
{
    bool is_whole = canvas->picture.is_whole_new;
    if (is_whole)
        surface_updates_set_whole(updates, field);
    set_pointer(canvas);
    layers_draw(&canvas->layers, field, is_whole, updates);
    picture_note_drawn(&canvas->picture);
}

/* What is under the layers may be copied anew. */
static void erase_layers(struct canvas *canvas, SDL_Surface *field)
{
    if (canvas->picture.is_whole_new)
        layers_forget(&canvas->layers);
    layers_erase(&canvas->layers, field);
}

static bool paint(struct canvas *canvas, SDL_Surface *field, struct surface_updates *updates)
{
    picture_set_density(&canvas->picture, canvas_window(canvas).scale_percent);
    erase_layers(canvas, field);
    enum picture_copied copied = picture_copy(&canvas->picture, field);
    if (copied == PICTURE_BUSY)
        return false;
    if (copied == PICTURE_COPIED)
        picture_draw(&canvas->picture, field, updates);
    else
        picture_draw_nothing(&canvas->picture, field);
    return true;
}

bool canvas_paint(struct canvas *canvas)
{
    struct surface_updates updates = {0};
    SDL_Surface *outer = canvas->window ? framebuffer_surface(canvas->window) : NULL;
    SDL_Surface *field = outer ? open_field(canvas, outer) : NULL;
    if (!field)
        return true; /* the window says when it has one */

    bool is_painted = paint(canvas, field, &updates), is_whole = canvas->picture.is_whole_new;
    if (is_painted)
        draw(canvas, field, &updates);
    close_field(field, outer);
    if (is_painted)
        show(canvas, outer, is_whole, &updates);
    return is_painted;
}

/* False: nothing was drawn. */
static bool move_on(struct canvas *canvas, const struct frame_move *move, SDL_Surface *field,
                    struct surface_updates *updates)
{
    const uint8_t *patch;
    if (!picture_may_move(&canvas->picture, move, field, &patch))
        return false;
    erase_layers(canvas, field);
    if (!picture_move(&canvas->picture, move, patch, field))
        return false;
    picture_draw(&canvas->picture, field, updates);
    draw(canvas, field, updates);
    return true;
}

void canvas_move(struct canvas *canvas, const struct frame_move *move)
{
    struct surface_updates updates = {0};
    SDL_Surface *outer = canvas->window ? framebuffer_surface(canvas->window) : NULL;
    SDL_Surface *field = outer ? open_field(canvas, outer) : NULL;

    if (field && move_on(canvas, move, field, &updates))
        show(canvas, outer, false, &updates);
    close_field(field, outer);
}

struct osd_window canvas_window(const struct canvas *canvas)
{
    struct density density = {.scale_percent = DENSITY_USUAL_PERCENT};
    if (canvas->window)
        framebuffer_density(canvas->window, &density);
    return (struct osd_window){(uint32_t)density.width_px, (uint32_t)density.height_px,
                               density.scale_percent};
}

SDL_Rect canvas_field(const struct canvas *canvas)
{
    struct osd_window window = canvas_window(canvas);
    return canvas->has_border ? border_field(&window)
                              : (SDL_Rect){.w = (int)window.width_px, .h = (int)window.height_px};
}

bool canvas_fit(const struct canvas *canvas, struct fit *ret_fit)
{
    *ret_fit = canvas->picture.fit;
    return canvas->picture.has_fit;
}

uint32_t canvas_pointer_percent(const struct canvas *canvas)
{
    const struct fit *fit = &canvas->picture.fit;
    uint32_t most_percent = canvas_window(canvas).scale_percent;
    if (!canvas->picture.has_fit || fit->width_px <= fit->picture_width_px)
        return 100;
    uint64_t percent = (uint64_t)fit->width_px * 100 / fit->picture_width_px;
    return percent < most_percent ? (uint32_t)percent : most_percent;
}

uint32_t canvas_shape_percent(const struct canvas *canvas)
{
    struct density density = {0};
    uint32_t percent = canvas_pointer_percent(canvas);
    if (canvas->window)
        framebuffer_density(canvas->window, &density);
    if (density.width_points <= 0 || density.width_px <= density.width_points)
        return percent;
    percent = percent * (uint32_t)density.width_points / (uint32_t)density.width_px;
    return percent > 0 ? percent : 1;
}

const struct frame_cursor *canvas_cursor_shape(const struct canvas *canvas)
{
    return &canvas->cursor;
}
