#include "server/viewer/view.h"

#include <SDL_events.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "server/viewer/shape.h"

/* A picture is written in less. */
#define RETRY_US 1000

static void set_shape(struct view *view)
{
    const struct frame_cursor *cursor = canvas_cursor_shape(view->canvas);
    SDL_Cursor *old = view->shape;
    SDL_Surface *surface = NULL;
    if (view->pointer != VIEW_POINTER_OURS)
        return;
    struct shape shape = {0};
    view->shape_percent = canvas_shape_percent(view->canvas);
    if (cursor->width_px > 0)
        shape_make(&shape, cursor, view->shape_percent);
    if (shape.image.pixels)
        surface = SDL_CreateRGBSurfaceWithFormatFrom(
            (void *)shape.image.pixels, (int)shape.image.width_px, (int)shape.image.height_px, 32,
            (int)(shape.image.width_px * FRAME_PIXEL_BYTES), SDL_PIXELFORMAT_ARGB8888);
    view->shape =
        surface ? SDL_CreateColorCursor(surface, (int)shape.hot_x_px, (int)shape.hot_y_px) : NULL;
    SDL_FreeSurface(surface);
    shape_finish(&shape);
    SDL_SetCursor(view->shape ? view->shape : SDL_GetDefaultCursor());
    bool is_hidden = view->follower.map && cursor->sequence > 0 && !cursor->visible;
    SDL_ShowCursor(is_hidden ? SDL_DISABLE : SDL_ENABLE);
    if (old)
        SDL_FreeCursor(old);
}

static void take_cursor(void *context)
{
    struct view *view = context;
    view->cursor_is_due = !canvas_cursor(view->canvas);
    set_shape(view);
}

static void take_file(void *context, uint16_t number, const struct frame_map *map)
{
    struct view *view = context;
    canvas_set_map(view->canvas, map);
    if (number == 0)
        view->text[0] = '\0';
    take_cursor(view);
}

static void take_size(void *context)
{
    struct view *view = context;
    canvas_redraw(view->canvas);
}

static void take_damage(void *context, const struct frame_damage *damage)
{
    struct view *view = context;
    canvas_damage(view->canvas, damage);
    if (view->cursor_is_due)
        take_cursor(view);
}

static void take_move(void *context, const struct frame_move *move)
{
    struct view *view = context;
    canvas_move(view->canvas, move);
}

static void take_pointer(void *context, const struct frame_pointer *pointer)
{
    struct view *view = context;
    if (view->pointer == VIEW_POINTER_DRAWN)
        canvas_pointer(view->canvas, pointer);
}

/* Bells are the session's own process's to ring. */
static void take_bell(void *context)
{
}

static void take_state(void *context, uint16_t number, const char *text)
{
    struct view *view = context;
    strcpy(view->text, text);
}

static const struct follower_handlers HANDLERS = {
    .file = take_file,
    .size = take_size,
    .damage = take_damage,
    .move = take_move,
    .cursor = take_cursor,
    .pointer = take_pointer,
    .bell = take_bell,
    .state = take_state,
};

int view_init(struct view *view, struct framebuffer *window, const char *target,
              enum fit_scale scale, enum view_pointer pointer)
{
    *view = (struct view){.pointer = pointer};
    follower_init(&view->follower, target, &HANDLERS, view);
    view->canvas = canvas_create(window, scale);
    return view->canvas ? 0 : -ENOMEM;
}

void view_finish(struct view *view)
{
    if (!view->canvas)
        return;
    follower_finish(&view->follower);
    view->canvas = canvas_destroy(view->canvas);
    if (view->shape)
        SDL_FreeCursor(view->shape);
    view->shape = NULL;
}

void view_tick(struct view *view, uint64_t now_us)
{
    follower_tick(&view->follower, now_us);
}

void view_receive(struct view *view, uint64_t now_us)
{
    follower_receive(&view->follower, now_us);
}

void view_paint(struct view *view)
{
    view->retries = canvas_needs_paint(view->canvas) && !canvas_paint(view->canvas);
    if (view->shape && view->shape_percent != canvas_shape_percent(view->canvas))
        set_shape(view);
}

void view_show_osd(struct view *view, struct osd *osd, struct osd_facts *facts, uint64_t now_us)
{
    if (!osd)
        return;
    facts->number = view_number(view);
    facts->no_picture = view->text;
    facts->wall_s = time(NULL);
    osd_show(osd, view->canvas, facts, now_us);
}

uint64_t view_deadline_us(const struct view *view, uint64_t now_us)
{
    return view->retries ? now_us + RETRY_US : follower_deadline_us(&view->follower);
}

int view_fd(const struct view *view)
{
    return follower_fd(&view->follower);
}

uint16_t view_number(const struct view *view)
{
    return view->follower.number;
}
