#include "server/viewer/canvas.h"

#include <SDL_surface.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/viewer/overlay.h"
#include "server/viewer/scale.h"

#define COPY_TRIES  4
#define FIELD_COLOR 0x00181a1du
/* What lies over the picture, in the order in which it is drawn: the panels, then the pointer. */
#define POINTER_LAYER CANVAS_PANELS
#define LAYERS        (CANVAS_PANELS + 1)
/* On the window at once: the damage or all of it, and the old and new place of each layer. */
#define UPDATES_MAX (FRAME_RECTANGLES_MAX + 1 + 2 * LAYERS)

struct layer {
    struct overlay overlay;
    SDL_Rect erased; /* where it was taken away, and the window still has it; w 0: nowhere */
};

struct panel {
    struct overlay_image image; /* pixels NULL: none */
    int32_t x_px, y_px;
    uint8_t opacity;
};

struct canvas {
    SDL_Window *window;
    enum fit_scale scale_how;
    const struct frame_map *map; /* NULL: an empty field */
    bool has_fit;                /* there is a picture, and it lies so: */
    struct fit fit;
    struct scale *scale; /* NULL: pixel for pixel */
    uint32_t *unscaled;  /* the picture in its own size, when it is scaled */
    bool is_whole_new;
    struct frame_damage damage; /* not yet on the surface; count 0: none */
    uint64_t told_sequence;     /* of the damage that was told last */
    uint64_t shown_sequence;    /* of the file when it had exactly what is shown; 0: not known */
    SDL_Surface *own;           /* drawn on when the window's has another form of pixels */
    struct layer layers[LAYERS];
    bool layers_are_new;
    struct panel panels[CANVAS_PANELS];
    struct frame_cursor cursor;
    struct frame_pointer pointer;
    bool has_border;
    struct border border;
    int32_t pan_x_px, pan_y_px; /* of the window's own pointer */
};

struct canvas *canvas_create(SDL_Window *window, enum fit_scale scale)
{
    struct canvas *canvas = calloc(1, sizeof *canvas);
    if (!canvas)
        return NULL;
    canvas->window = window;
    canvas->scale_how = scale;
    canvas->is_whole_new = true;
    return canvas;
}

static void drop_fit(struct canvas *canvas)
{
    canvas->has_fit = false;
    canvas->scale = scale_destroy(canvas->scale);
    free(canvas->unscaled);
    canvas->unscaled = NULL;
}

struct canvas *canvas_destroy(struct canvas *canvas)
{
    if (!canvas)
        return NULL;
    drop_fit(canvas);
    for (size_t i = 0; i < LAYERS; i++)
        overlay_finish(&canvas->layers[i].overlay);
    SDL_FreeSurface(canvas->own);
    free(canvas);
    return NULL;
}

static void forget_layers(struct canvas *canvas)
{
    for (size_t i = 0; i < LAYERS; i++)
        overlay_forget(&canvas->layers[i].overlay);
}

void canvas_set_window(struct canvas *canvas, SDL_Window *window)
{
    canvas->window = window;
    forget_layers(canvas);
    canvas_redraw(canvas);
}

void canvas_set_map(struct canvas *canvas, const struct frame_map *map)
{
    canvas->map = map;
    canvas->cursor.width_px = canvas->cursor.height_px = canvas->cursor.sequence = 0;
    canvas->pointer.visible = false;
    canvas->told_sequence = canvas->shown_sequence = 0;
    canvas_redraw(canvas);
}

void canvas_redraw(struct canvas *canvas)
{
    canvas->is_whole_new = true;
    canvas->damage.count = 0;
}

void canvas_damage(struct canvas *canvas, const struct frame_damage *damage)
{
    canvas->told_sequence = damage->sequence;
    if (damage->sequence == canvas->shown_sequence)
        return; /* a move told of it */
    for (size_t i = 0; i < damage->count; i++)
        frame_damage_add(&canvas->damage, &damage->rectangles[i]);
}

bool canvas_cursor(struct canvas *canvas)
{
    int result = canvas->map ? frame_map_copy_cursor(canvas->map, &canvas->cursor) : 0;
    if (result < 0)
        canvas->cursor.width_px = canvas->cursor.height_px = 0;
    canvas->layers_are_new = true;
    return result != -EAGAIN;
}

void canvas_pointer(struct canvas *canvas, const struct frame_pointer *pointer)
{
    canvas->pointer = *pointer;
    canvas->layers_are_new = true;
    if (canvas->has_fit && pointer->visible && fit_show(&canvas->fit, pointer->x_px, pointer->y_px))
        canvas->is_whole_new = true;
}

void canvas_set_panel(struct canvas *canvas, size_t place, const struct overlay_image *image,
                      int32_t x_px, int32_t y_px, uint8_t opacity)
{
    struct panel *panel = &canvas->panels[place];
    *panel = (struct panel){.x_px = x_px, .y_px = y_px, .opacity = opacity};
    if (image)
        panel->image = *image;
    canvas->layers_are_new = true;
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
    canvas->pan_x_px = x_px;
    canvas->pan_y_px = y_px;
    if (canvas->has_fit && fit_pan(&canvas->fit, x_px, y_px))
        canvas_redraw(canvas);
}

bool canvas_needs_paint(const struct canvas *canvas)
{
    return canvas->is_whole_new || canvas->damage.count > 0 || canvas->layers_are_new;
}

/* --- the surface that is drawn on --- */

static bool has_our_pixels(const SDL_Surface *surface)
{
    return surface->format->BytesPerPixel == 4 && surface->format->Rmask == 0x00ff0000 &&
           surface->format->Gmask == 0x0000ff00 && surface->format->Bmask == 0x000000ff;
}

/* NULL: there is none (now). */
static SDL_Surface *surface_to_draw_on(struct canvas *canvas, SDL_Surface *of_window)
{
    if (has_our_pixels(of_window))
        return of_window;
    if (canvas->own && (canvas->own->w != of_window->w || canvas->own->h != of_window->h)) {
        SDL_FreeSurface(canvas->own);
        canvas->own = NULL;
    }
    if (!canvas->own)
        canvas->own = SDL_CreateRGBSurfaceWithFormat(0, of_window->w, of_window->h, 32,
                                                     SDL_PIXELFORMAT_RGB888);
    return canvas->own;
}

static void *pixel_at(const SDL_Surface *surface, int32_t x_px, int32_t y_px)
{
    return (uint8_t *)surface->pixels + (ptrdiff_t)y_px * surface->pitch +
           (ptrdiff_t)x_px * FRAME_PIXEL_BYTES;
}

/* --- the picture --- */

/* False: no memory for it; then there is no picture. */
static bool make_fit(struct canvas *canvas, const struct frame_picture *picture,
                     const SDL_Surface *surface)
{
    drop_fit(canvas);
    fit_make(canvas->scale_how, picture->width_px, picture->height_px, (uint32_t)surface->w,
             (uint32_t)surface->h, &canvas->fit);
    canvas->has_fit = true;
    fit_pan(&canvas->fit, canvas->pan_x_px, canvas->pan_y_px);
    if (canvas->pointer.visible)
        fit_show(&canvas->fit, canvas->pointer.x_px, canvas->pointer.y_px);
    if (fit_is_exact(&canvas->fit))
        return true;
    canvas->scale = scale_create(picture->width_px, picture->height_px, canvas->fit.width_px,
                                 canvas->fit.height_px);
    canvas->unscaled = calloc((size_t)picture->width_px * picture->height_px, FRAME_PIXEL_BYTES);
    if (canvas->scale && canvas->unscaled)
        return true;
    drop_fit(canvas);
    return false;
}

static bool fit_is_of(const struct canvas *canvas, const struct frame_picture *picture,
                      const SDL_Surface *surface)
{
    const struct fit *fit = &canvas->fit;
    return canvas->has_fit && fit->picture_width_px == picture->width_px &&
           fit->picture_height_px == picture->height_px &&
           fit->window_width_px == (uint32_t)surface->w &&
           fit->window_height_px == (uint32_t)surface->h;
}

/* What of the picture is to be copied, cut to it. */
static void cut_damage(struct canvas *canvas)
{
    uint32_t width_px = canvas->fit.picture_width_px, height_px = canvas->fit.picture_height_px;
    struct frame_damage inside = {0};
    if (canvas->is_whole_new) {
        struct frame_rectangle whole = {0, 0, (uint16_t)width_px, (uint16_t)height_px};
        frame_damage_add(&inside, &whole);
    }
    for (size_t i = 0; i < canvas->damage.count && !canvas->is_whole_new; i++)
        if (frame_rectangle_fits(&canvas->damage.rectangles[i], width_px, height_px))
            frame_damage_add(&inside, &canvas->damage.rectangles[i]);
    canvas->damage = inside;
}

/* To where it is taken from when it is shown: the surface itself, or the unscaled picture. */
static void copy_damage(struct canvas *canvas, const struct frame_picture *picture,
                        SDL_Surface *surface)
{
    size_t stride_bytes = (size_t)canvas->fit.picture_width_px * FRAME_PIXEL_BYTES;
    for (size_t i = 0; i < canvas->damage.count; i++) {
        const struct frame_rectangle *rectangle = &canvas->damage.rectangles[i];
        struct frame_rectangle seen;
        int32_t x_px, y_px;
        if (canvas->scale)
            frame_picture_copy(picture, rectangle,
                               (uint8_t *)canvas->unscaled + rectangle->y_px * stride_bytes +
                                   (size_t)rectangle->x_px * FRAME_PIXEL_BYTES,
                               stride_bytes);
        else if (fit_clip(&canvas->fit, rectangle, &x_px, &y_px, &seen))
            frame_picture_copy(picture, &seen, pixel_at(surface, x_px, y_px),
                               (size_t)surface->pitch);
    }
}

/* While more damage is on its way, some of it may be shown already. */
static void note_shown(struct canvas *canvas, const struct frame_picture *picture)
{
    if (canvas->is_whole_new)
        canvas->shown_sequence = picture->sequence;
    else if (canvas->damage.count > 0)
        canvas->shown_sequence = picture->sequence == canvas->told_sequence ? picture->sequence : 0;
}

enum copied { COPIED, COPIED_NOT, COPIED_NOTHING };

/* All of the damage from one and the same state of the picture. */
static enum copied copy_picture(struct canvas *canvas, SDL_Surface *surface)
{
    for (int try = 0; try < COPY_TRIES; try++) {
        struct frame_picture picture;
        int result = canvas->map ? frame_map_look(canvas->map, &picture) : -ENODATA;
        if (result == -EAGAIN)
            continue;
        if (result < 0)
            return COPIED_NOTHING;
        if (!fit_is_of(canvas, &picture, surface)) {
            canvas_redraw(canvas);
            if (!make_fit(canvas, &picture, surface))
                return COPIED_NOTHING;
        }
        cut_damage(canvas);
        if (canvas->is_whole_new)
            SDL_FillRect(surface, NULL, FIELD_COLOR); /* the border */
        copy_damage(canvas, &picture, surface);
        if (frame_map_is_unchanged(canvas->map, &picture)) {
            note_shown(canvas, &picture);
            return COPIED;
        }
    }
    return COPIED_NOT;
}

/* --- the window --- */

struct updates {
    size_t count;
    SDL_Rect rectangles[UPDATES_MAX];
};

static void add_update(struct updates *updates, int32_t x_px, int32_t y_px, uint32_t width_px,
                       uint32_t height_px)
{
    updates->rectangles[updates->count++] =
        (SDL_Rect){.x = x_px, .y = y_px, .w = (int)width_px, .h = (int)height_px};
}

static void draw_damage(const struct canvas *canvas, SDL_Surface *surface, struct updates *updates)
{
    for (size_t i = 0; i < canvas->damage.count; i++) {
        struct frame_rectangle drawn = canvas->damage.rectangles[i], seen;
        int32_t x_px, y_px;
        if (canvas->scale)
            scale_reach(canvas->scale, &canvas->damage.rectangles[i], &drawn);
        if (!fit_clip(&canvas->fit, &drawn, &x_px, &y_px, &seen))
            continue;
        if (canvas->scale)
            scale_draw(canvas->scale, canvas->unscaled,
                       (size_t)canvas->fit.picture_width_px * FRAME_PIXEL_BYTES, &seen,
                       pixel_at(surface, x_px, y_px), (size_t)surface->pitch);
        add_update(updates, x_px, y_px, seen.width_px, seen.height_px);
    }
}

static void draw_layer(struct canvas *canvas, size_t place, const struct panel *panel,
                       SDL_Surface *surface, struct updates *updates)
{
    struct layer *layer = &canvas->layers[place];
    SDL_Rect drawn;
    if (layer->erased.w > 0 && !canvas->is_whole_new)
        updates->rectangles[updates->count++] = layer->erased;
    if (panel->image.pixels &&
        overlay_draw(&layer->overlay, surface, &panel->image, panel->x_px, panel->y_px,
                     panel->opacity, &drawn) &&
        !canvas->is_whole_new && !SDL_RectEquals(&drawn, &layer->erased))
        updates->rectangles[updates->count++] = drawn;
}

static void draw_layers(struct canvas *canvas, SDL_Surface *surface, struct updates *updates)
{
    const struct frame_cursor *cursor = &canvas->cursor;
    struct panel pointer = {.opacity = 255};
    for (size_t i = 0; i < CANVAS_PANELS; i++)
        draw_layer(canvas, i, &canvas->panels[i], surface, updates);
    if (canvas->has_fit && canvas->pointer.visible && cursor->visible) {
        pointer.image = (struct overlay_image){cursor->pixels, cursor->width_px, cursor->height_px};
        fit_to_window(&canvas->fit, canvas->pointer.x_px, canvas->pointer.y_px, &pointer.x_px,
                      &pointer.y_px);
        pointer.x_px -= (int32_t)cursor->hot_x_px;
        pointer.y_px -= (int32_t)cursor->hot_y_px;
    }
    draw_layer(canvas, POINTER_LAYER, &pointer, surface, updates);
}

/* Where the picture goes on a surface; what comes of it is given back by close_field. NULL: no
 * memory. */
static SDL_Surface *open_field(const struct canvas *canvas, SDL_Surface *outer)
{
    return canvas->has_border ? border_open_field(outer) : outer;
}

static void close_field(SDL_Surface *field, SDL_Surface *outer)
{
    if (field != outer)
        SDL_FreeSurface(field);
}

/* `updates` are places of the field. */
static void show(const struct canvas *canvas, SDL_Surface *outer, SDL_Surface *of_window,
                 bool is_whole, struct updates *updates)
{
    SDL_Rect field = canvas->has_border ? border_field(outer->w, outer->h) : (SDL_Rect){0};
    for (size_t i = 0; i < updates->count; i++) {
        updates->rectangles[i].x += field.x;
        updates->rectangles[i].y += field.y;
    }
    if (is_whole && canvas->has_border) {
        border_draw(&canvas->border, outer);
        updates->count = 0;
        add_update(updates, 0, 0, (uint32_t)outer->w, (uint32_t)outer->h);
    }
    for (size_t i = 0; outer != of_window && i < updates->count; i++)
        SDL_BlitSurface(outer, &updates->rectangles[i], of_window, &updates->rectangles[i]);
    if (updates->count > 0)
        SDL_UpdateWindowSurfaceRects(canvas->window, updates->rectangles, (int)updates->count);
}

static void draw(struct canvas *canvas, SDL_Surface *surface, struct updates *updates)
{
    draw_damage(canvas, surface, updates);
    if (canvas->is_whole_new) {
        updates->count = 0;
        add_update(updates, 0, 0, (uint32_t)surface->w, (uint32_t)surface->h);
    }
    draw_layers(canvas, surface, updates);
}

static void draw_nothing(struct canvas *canvas, SDL_Surface *surface, struct updates *updates)
{
    drop_fit(canvas);
    canvas->is_whole_new = true;
    SDL_FillRect(surface, NULL, FIELD_COLOR);
    add_update(updates, 0, 0, (uint32_t)surface->w, (uint32_t)surface->h);
    draw_layers(canvas, surface, updates);
}

/* What is under them may be copied anew. */
static void erase_layers(struct canvas *canvas, SDL_Surface *surface)
{
    if (canvas->is_whole_new)
        forget_layers(canvas);
    for (size_t i = LAYERS; i-- > 0;) {
        struct layer *layer = &canvas->layers[i];
        SDL_Rect place;
        if (overlay_erase(&layer->overlay, surface, &place))
            SDL_UnionRect(&layer->erased, &place, &layer->erased);
    }
}

static void note_painted(struct canvas *canvas)
{
    canvas->is_whole_new = canvas->layers_are_new = false;
    canvas->damage.count = 0;
    for (size_t i = 0; i < LAYERS; i++)
        canvas->layers[i].erased.w = 0;
}

static bool paint(struct canvas *canvas, SDL_Surface *field, struct updates *updates)
{
    erase_layers(canvas, field);
    enum copied copied = copy_picture(canvas, field);
    if (copied == COPIED_NOT)
        return false;
    if (copied == COPIED)
        draw(canvas, field, updates);
    else
        draw_nothing(canvas, field, updates);
    return true;
}

bool canvas_paint(struct canvas *canvas)
{
    struct updates updates = {0};
    SDL_Surface *of_window = canvas->window ? SDL_GetWindowSurface(canvas->window) : NULL;
    SDL_Surface *outer = of_window ? surface_to_draw_on(canvas, of_window) : NULL;
    SDL_Surface *field = outer ? open_field(canvas, outer) : NULL;
    if (!field)
        return true; /* the window says when it has one */

    bool is_painted = paint(canvas, field, &updates);
    close_field(field, outer);
    if (!is_painted)
        return false;
    bool is_whole = canvas->is_whole_new;
    note_painted(canvas);
    show(canvas, outer, of_window, is_whole, &updates);
    return true;
}

/* --- what moved --- */

/* All of the picture is seen, pixel for pixel, as it was just before. */
static bool may_move(const struct canvas *canvas, const struct frame_move *move,
                     const SDL_Surface *surface)
{
    const struct fit *fit = &canvas->fit;

    return canvas->map && canvas->has_fit && !canvas->scale && !canvas->is_whole_new &&
           canvas->damage.count == 0 && move->before != 0 &&
           move->before == canvas->shown_sequence && fit->window_width_px == (uint32_t)surface->w &&
           fit->window_height_px == (uint32_t)surface->h && fit->x_px >= 0 && fit->y_px >= 0 &&
           fit->width_px <= fit->window_width_px && fit->height_px <= fit->window_height_px &&
           frame_move_fits(move, fit->picture_width_px, fit->picture_height_px);
}

static void paint_patch(const struct canvas *canvas, const struct frame_move *move,
                        const uint8_t *patch, SDL_Surface *surface)
{
    for (size_t i = 0; i < move->count; i++) {
        const struct frame_rectangle *one = &move->rectangles[i];
        const size_t row_bytes = (size_t)one->width_px * FRAME_PIXEL_BYTES;
        for (int32_t y = 0; y < one->height_px; y++) {
            memcpy(
                pixel_at(surface, canvas->fit.x_px + one->x_px, canvas->fit.y_px + one->y_px + y),
                patch, row_bytes);
            patch += row_bytes;
        }
    }
}

/* False: nothing was drawn. */
static bool move_on(struct canvas *canvas, const struct frame_move *move, SDL_Surface *field,
                    struct updates *updates)
{
    const struct fit *fit = &canvas->fit;
    const uint8_t *patch;

    if (!may_move(canvas, move, field) || !(patch = frame_map_patch(canvas->map, move)))
        return false;
    erase_layers(canvas, field);
    frame_rows_move(pixel_at(field, fit->x_px + move->to.x_px, fit->y_px + move->to.y_px),
                    pixel_at(field, fit->x_px + move->from_x_px, fit->y_px + move->from_y_px),
                    (size_t)field->pitch, move->to.width_px, move->to.height_px);
    paint_patch(canvas, move, patch, field);
    if (!frame_map_patch(canvas->map, move)) {
        canvas_redraw(canvas);
        return false;
    }
    frame_damage_add(&canvas->damage, &move->to);
    for (size_t i = 0; i < move->count; i++)
        frame_damage_add(&canvas->damage, &move->rectangles[i]);
    draw(canvas, field, updates);
    canvas->shown_sequence = move->sequence;
    note_painted(canvas);
    return true;
}

void canvas_move(struct canvas *canvas, const struct frame_move *move)
{
    struct updates updates = {0};
    SDL_Surface *outer = SDL_GetWindowSurface(canvas->window);
    SDL_Surface *field = outer && has_our_pixels(outer) ? open_field(canvas, outer) : NULL;

    if (field && move_on(canvas, move, field, &updates))
        show(canvas, outer, outer, false, &updates);
    close_field(field, outer);
}

SDL_Rect canvas_field(const struct canvas *canvas)
{
    int width_px = 0, height_px = 0;
    if (canvas->window)
        SDL_GetWindowSize(canvas->window, &width_px, &height_px);
    return canvas->has_border ? border_field(width_px, height_px)
                              : (SDL_Rect){.w = width_px, .h = height_px};
}

bool canvas_fit(const struct canvas *canvas, struct fit *ret_fit)
{
    *ret_fit = canvas->fit;
    return canvas->has_fit;
}

const struct frame_cursor *canvas_cursor_shape(const struct canvas *canvas)
{
    return &canvas->cursor;
}
