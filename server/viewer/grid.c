#include "server/viewer/grid.h"

#include <SDL.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/viewer/board.h"
#include "server/viewer/enter.h"
#include "server/viewer/loop.h"
#include "server/viewer/outputs.h"
#include "server/viewer/sets.h"
#include "server/viewer/wake.h"

#define LOG_MODULE "grid"
/* In SDL's points. */
#define WIDTH      1280
#define HEIGHT     720
#define WIDTH_MIN  320
#define HEIGHT_MIN 200
#define TITLE_ROOM 256

struct grid {
    const struct grid_wish *wish;
    SDL_Window *sdl;
    struct framebuffer *framebuffer;
    struct wake *wake;
    struct board board;
    struct outputs *outputs; /* NULL: not on Wayland */
    struct enter enter;
    char entered[STATUS_NAME_ROOM]; /* the name that was asked for */
    int end_fd;
    int error;
    bool ends;
};

/* --- keyboard and mouse of the window: which tile --- */

static void enter_selected(struct grid *grid)
{
    const struct roster_entry *entry = board_selected(&grid->board);
    if (!grid->wish->enters || !entry || entry->number == 0)
        return;
    strcpy(grid->entered, entry->name);
    if (!enter_ask(&grid->enter, entry->number))
        toast_say(&grid->board.toast, "Not switched", "hotdesk-server does not answer",
                  clock_now_us());
}

static void take_answer(struct grid *grid, uint64_t now_us)
{
    char why[ENTER_TEXT_ROOM], title[STATUS_NAME_ROOM + 32];
    if (!enter_receive(&grid->enter, why))
        return;
    snprintf(title, sizeof title, "Not switched to %s", grid->entered);
    log_info("not switched to %s: %s", grid->entered, why);
    toast_say(&grid->board.toast, title, why, now_us);
}

static void select_beside(struct grid *grid, enum mosaic_way way)
{
    if (grid->wish->enters)
        board_select_beside(&grid->board, way);
}

static void point_at(struct grid *grid, int x_points, int y_points)
{
    struct density density;
    framebuffer_density(grid->framebuffer, &density);
    if (grid->wish->enters)
        board_select_at(&grid->board, density_x_px(&density, x_points),
                        density_y_px(&density, y_points));
}

static void toggle_full_screen(struct grid *grid)
{
    bool is_full = SDL_GetWindowFlags(grid->sdl) & SDL_WINDOW_FULLSCREEN_DESKTOP;
    SDL_SetWindowFullscreen(grid->sdl, is_full ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
}

static void handle_key(struct grid *grid, const SDL_KeyboardEvent *event)
{
    switch (event->keysym.sym) {
    case SDLK_F11:
        if (!event->repeat)
            toggle_full_screen(grid);
        break;
    case SDLK_LEFT:
        select_beside(grid, MOSAIC_LEFT);
        break;
    case SDLK_RIGHT:
        select_beside(grid, MOSAIC_RIGHT);
        break;
    case SDLK_UP:
        select_beside(grid, MOSAIC_UP);
        break;
    case SDLK_DOWN:
        select_beside(grid, MOSAIC_DOWN);
        break;
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
        if (!event->repeat)
            enter_selected(grid);
        break;
    }
}

static void handle_window_event(struct grid *grid, const SDL_WindowEvent *event)
{
    if (event->event == SDL_WINDOWEVENT_SIZE_CHANGED || event->event == SDL_WINDOWEVENT_EXPOSED)
        board_redraw(&grid->board);
    else if (event->event == SDL_WINDOWEVENT_LEAVE)
        point_at(grid, -1, -1);
}

static void receive(struct grid *grid, uint64_t now_us)
{
    board_receive(&grid->board, now_us);
    take_answer(grid, now_us);
}

static void handle_event(struct grid *grid, const SDL_Event *event)
{
    if (event->type == SDL_QUIT)
        grid->ends = true;
    else if (event->type == SDL_WINDOWEVENT)
        handle_window_event(grid, &event->window);
    else if (event->type == SDL_KEYDOWN)
        handle_key(grid, &event->key);
    else if (event->type == SDL_MOUSEMOTION)
        point_at(grid, event->motion.x, event->motion.y);
    else if (event->type == SDL_MOUSEBUTTONDOWN && event->button.button == SDL_BUTTON_LEFT) {
        point_at(grid, event->button.x, event->button.y);
        enter_selected(grid);
    } else if (event->type == wake_event_type(grid->wake))
        receive(grid, clock_now_us());
    if (loop_is_readable(grid->end_fd))
        grid->ends = true;
}

/* --- life --- */

static void turn(struct grid *grid)
{
    uint64_t now_us = clock_now_us();
    uint32_t scale = outputs_take_scale(grid->outputs);
    if (scale > 0)
        framebuffer_rescale(grid->framebuffer, scale);
    grid->error = board_tick(&grid->board, now_us);
    if (grid->error < 0)
        grid->ends = true;
    board_paint(&grid->board, grid->framebuffer, now_us);
    board_watch(&grid->board, grid->wake);
    wake_watch(grid->wake, enter_fd(&grid->enter));
    wake_watch(grid->wake, grid->end_fd);
}

static void set_title(struct grid *grid)
{
    const struct grid_wish *wish = grid->wish;
    char title[TITLE_ROOM];
    size_t used =
        (size_t)snprintf(title, sizeof title, "hotdesk: %s%s%s", wish->names ? "" : "wall",
                         wish->set ? " " : "", wish->set ? wish->set : "");
    for (size_t i = 0; i < wish->name_count && used < sizeof title; i++)
        used += (size_t)snprintf(title + used, sizeof title - used, "%s%s", i ? ", " : "",
                                 wish->names[i]);
    SDL_SetWindowTitle(grid->sdl, title);
}

static int grid_open(struct grid *grid)
{
    if (!loop_init_sdl())
        return -ENXIO;
    grid->sdl = framebuffer_open_window(WIDTH, HEIGHT, SDL_WINDOW_RESIZABLE);
    if (!grid->sdl)
        return -ENXIO;
    SDL_SetWindowMinimumSize(grid->sdl, WIDTH_MIN, HEIGHT_MIN);
    loop_prepare_window();
    grid->framebuffer = framebuffer_create(grid->sdl);
    if (!grid->framebuffer)
        return -ENOMEM;
    grid->outputs = outputs_of_window(grid->sdl);
    set_title(grid);
    return wake_create(grid->sdl, &grid->wake);
}

static void grid_close(struct grid *grid)
{
    board_finish(&grid->board);
    enter_finish(&grid->enter);
    wake_destroy(grid->wake);
    framebuffer_destroy(grid->framebuffer);
    outputs_destroy(grid->outputs);
    if (grid->sdl)
        SDL_DestroyWindow(grid->sdl);
    SDL_Quit();
    free(grid);
}

/* 0, or -EINVAL: there is no such set. */
static int choose(const struct grid_wish *wish, const struct viewer_options *options,
                  struct roster *ret_roster)
{
    const char *names = wish->set ? sets_find(&options->sets, wish->set) : NULL;
    char list[512];
    if (wish->names)
        roster_init_names(ret_roster, wish->names, wish->name_count);
    else
        roster_init_set(ret_roster, names);
    if (!wish->set || names)
        return 0;
    sets_list(&options->sets, list, sizeof list);
    log_error("there is no set '%s' (option sets of viewer.conf); there are: %s", wish->set, list);
    return -EINVAL;
}

static void run(struct grid *grid)
{
    while (!grid->ends) {
        SDL_Event event;
        turn(grid);
        if (grid->ends)
            break;
        int timeout_ms = loop_wait_ms(board_deadline_us(&grid->board), clock_now_us());
        bool got = wake_wait(grid->wake, timeout_ms, &event);
        for (; got && !grid->ends; got = SDL_PollEvent(&event))
            handle_event(grid, &event);
    }
}

int grid_run(const struct grid_wish *wish, const struct viewer_options *options, int end_fd)
{
    struct roster roster;
    int error = choose(wish, options, &roster);
    if (error < 0)
        return error;
    struct grid *grid = calloc(1, sizeof *grid);
    if (!grid)
        return -ENOMEM;
    grid->wish = wish;
    grid->end_fd = end_fd;
    error = grid_open(grid);
    if (error == 0)
        error = board_init(&grid->board, options, &roster);
    if (error == 0) {
        run(grid);
        error = grid->error;
    }
    grid_close(grid);
    return error;
}
