#include "server/viewer/aim.h"

void aim_init(struct aim *aim, SDL_Window *window, struct framebuffer *framebuffer,
              struct canvas *canvas, struct input *input, enum fit_scale scale)
{
    *aim = (struct aim){.window = framebuffer,
                        .canvas = canvas,
                        .input = input,
                        .waypointer = waypointer_create(window),
                        .scale = scale};
}

void aim_finish(struct aim *aim)
{
    aim->waypointer = waypointer_destroy(aim->waypointer);
}

/* Places are those of the picture; without one, and where the picture is larger and moves with the
 * pointer (canvas_pan), of the window. */
void aim_turn(struct aim *aim)
{
    struct input *input = aim->input;
    struct fit fit;
    struct density density;
    SDL_Rect field = canvas_field(aim->canvas);
    framebuffer_density(aim->window, &density);
    input->x_px = field.x;
    input->y_px = field.y;
    input->width_px = field.w;
    input->height_px = field.h;
    if (!canvas_fit(aim->canvas, &fit))
        return;
    /* Before it is painted in its new size motion may come that is meant for it. */
    if (fit.window_width_px != (uint32_t)field.w || fit.window_height_px != (uint32_t)field.h)
        fit_make(aim->scale, density.scale_percent, fit.picture_width_px, fit.picture_height_px,
                 (uint32_t)field.w, (uint32_t)field.h, &fit);
    if (fit.width_px <= fit.window_width_px) {
        input->x_px += fit.x_px;
        input->width_px = (int)fit.width_px;
    }
    if (fit.height_px <= fit.window_height_px) {
        input->y_px += fit.y_px;
        input->height_px = (int)fit.height_px;
    }
}

static void move_to(struct aim *aim, int x_px, int y_px, uint64_t now_us)
{
    SDL_Event moved = {.motion = {.type = SDL_MOUSEMOTION, .x = x_px, .y = y_px}};
    SDL_Rect field = canvas_field(aim->canvas);
    canvas_pan(aim->canvas, x_px - field.x, y_px - field.y);
    input_event(aim->input, &moved, now_us);
}

void aim_motion(struct aim *aim, const SDL_Event *event, uint64_t now_us)
{
    SDL_Point place_px = aim_pixel(aim, event->motion.x, event->motion.y);
    if (!aim->waypointer)
        move_to(aim, place_px.x, place_px.y, now_us);
}

bool aim_event(struct aim *aim, const SDL_Event *event, bool is_place, uint64_t now_us)
{
    struct density density;
    int32_t x_256ths, y_256ths;
    if (!waypointer_event(aim->waypointer, event, &x_256ths, &y_256ths))
        return false;
    framebuffer_density(aim->window, &density);
    if (is_place)
        move_to(aim, density_exact_x_px(&density, x_256ths), density_exact_y_px(&density, y_256ths),
                now_us);
    return true;
}

SDL_Point aim_pixel(const struct aim *aim, int x_points, int y_points)
{
    struct density density;
    framebuffer_density(aim->window, &density);
    return (SDL_Point){density_x_px(&density, x_points), density_y_px(&density, y_points)};
}
