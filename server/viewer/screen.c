#include "server/viewer/screen.h"

#include <SDL.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/viewer/cover.h"
#include "server/viewer/fullscreen.h"
#include "server/viewer/loop.h"
#include "server/viewer/osd.h"
#include "server/viewer/outputs.h"
#include "server/viewer/switcher.h"
#include "server/viewer/view.h"
#include "server/viewer/wake.h"
#include "server/viewer/watcher.h"

#define LOG_MODULE "screen"
#define WIDTH      960 /* in SDL's points */
#define HEIGHT     600
#define TITLE_ROOM (FRAME_TEXT_ROOM + 64)

struct screen {
    SDL_Window *sdl;
    struct framebuffer *framebuffer;
    bool on_wayland;
    struct wake *wake;
    struct view view;
    const struct viewer_options *options;
    struct osd *osd; /* NULL: off */
    struct watcher watcher;
    struct switcher *switcher; /* NULL: a target's own window */
    bool chooses;              /* the switcher is shown */
    const char *target;        /* NULL: the active one */
    bool is_full;              /* it covers a monitor, */
    struct cover cover;        /* this one */
    struct outputs *outputs;   /* NULL: not on Wayland, or it does */
    int end_fd;
    bool ends, is_shown, had_focus;
    char title[TITLE_ROOM];
};

/* --- the keyboard comes home when something else is before this window --- */

/* The server does it without an answer; who cannot say it has lost the server, and with it the
 * keys. */
static void go_home(const struct screen *screen)
{
    static const char REQUEST[] = "{\"verb\": \"switch\", \"target\": \"local\"}\n";
    struct client *client = NULL;
    log_info("the full screen was left: the keyboard comes home");
    if (client_connect(&client) == 0)
        client_send(client, REQUEST, sizeof REQUEST - 1);
    client_destroy(client);
}

static void handle_window_event(struct screen *screen, const SDL_WindowEvent *event)
{
    switch (event->event) {
    case SDL_WINDOWEVENT_SIZE_CHANGED:
    case SDL_WINDOWEVENT_EXPOSED:
        canvas_redraw(screen->view.canvas);
        if (screen->switcher)
            switcher_redraw(screen->switcher);
        break;
    case SDL_WINDOWEVENT_FOCUS_GAINED:
        screen->had_focus = true;
        break;
    case SDL_WINDOWEVENT_FOCUS_LOST:
        if (!screen->target && screen->had_focus && screen->is_shown)
            go_home(screen);
        screen->had_focus = false;
        break;
    }
}

static void receive(struct screen *screen, uint64_t now_us)
{
    view_receive(&screen->view, now_us);
    watcher_receive(&screen->watcher, now_us);
    if (screen->switcher)
        switcher_receive(screen->switcher, now_us);
}

static void handle_event(struct screen *screen, const SDL_Event *event)
{
    if (event->type == SDL_QUIT)
        screen->ends = true;
    else if (event->type == SDL_DISPLAYEVENT && screen->is_full)
        cover_turn(&screen->cover, true);
    else if (event->type == SDL_WINDOWEVENT)
        handle_window_event(screen, &event->window);
    else if (event->type == wake_event_type(screen->wake))
        receive(screen, clock_now_us());
    if (loop_is_readable(screen->end_fd))
        screen->ends = true;
}

/* --- what is seen --- */

static int open_window(struct screen *screen)
{
    uint32_t flags =
        SDL_WINDOW_HIDDEN | (screen->is_full ? FULLSCREEN_FLAGS : SDL_WINDOW_RESIZABLE);
    screen->sdl = framebuffer_open_window(WIDTH, HEIGHT, flags);
    if (screen->sdl && screen->is_full && screen->target)
        fullscreen_set_watch_only(screen->sdl);
    screen->framebuffer = screen->sdl ? framebuffer_create(screen->sdl) : NULL;
    canvas_set_window(screen->view.canvas, screen->framebuffer);
    screen->title[0] = '\0';
    return screen->framebuffer ? 0 : -ENXIO;
}

/* A Wayland compositor gives the keyboard to another window when this one is gone; when it is only
 * hidden, weston gives it to nobody. SDL polls while there is no window: the next one comes first.
 */
static void hide(struct screen *screen)
{
    SDL_Window *old = screen->sdl;
    struct framebuffer *old_framebuffer = screen->framebuffer;
    if (!screen->on_wayland) {
        SDL_HideWindow(screen->sdl);
        return;
    }
    if (open_window(screen) < 0)
        screen->ends = true;
    framebuffer_destroy(old_framebuffer);
    SDL_DestroyWindow(old);
}

static void show_or_hide(struct screen *screen)
{
    bool wanted = screen->target || screen->chooses || view_number(&screen->view) != 0;
    if (screen->is_full)
        wanted = wanted && cover_has_place(&screen->cover);
    if (wanted && screen->is_full)
        cover_place(&screen->cover, screen->sdl, screen->is_shown);
    if (wanted == screen->is_shown)
        return;
    screen->is_shown = wanted;
    screen->had_focus = false;
    if (!wanted)
        hide(screen);
    else if (screen->is_full && screen->target)
        fullscreen_show_watch_only(screen->sdl);
    else
        SDL_ShowWindow(screen->sdl);
}

static void update_title(struct screen *screen)
{
    char title[TITLE_ROOM];
    const char *text = screen->view.text;
    snprintf(title, sizeof title, "hotdesk: %s%s%s", screen->target ? screen->target : "screen",
             *text ? " - " : "", text);
    if (strcmp(title, screen->title) == 0)
        return;
    strcpy(screen->title, title);
    SDL_SetWindowTitle(screen->sdl, title);
}

static void show_osd(struct screen *screen, uint64_t now_us)
{
    struct osd_facts facts = {.status = &screen->watcher.status,
                              .colors = &screen->options->colors,
                              .tells_switches = !screen->target};
    if (!screen->osd)
        return;
    watcher_show(&screen->watcher, screen->options, view_number(&screen->view), &facts, now_us);
    view_show_osd(&screen->view, screen->osd, &facts, now_us);
}

/* The switcher covers the picture; either is drawn whole when its turn comes. */
static void choose(struct screen *screen, uint64_t now_us)
{
    char line[SWITCHER_REQUEST_ROOM];
    bool chooses =
        screen->switcher && switcher_turn(screen->switcher, &screen->watcher.status, now_us);
    if (chooses != screen->chooses)
        canvas_redraw(screen->view.canvas);
    screen->chooses = chooses;
    if (chooses && switcher_take_request(screen->switcher, line))
        watcher_say(&screen->watcher, line);
}

static void paint(struct screen *screen, uint64_t now_us)
{
    if (screen->chooses) {
        switcher_paint(screen->switcher, screen->framebuffer);
        return;
    }
    show_osd(screen, now_us);
    view_paint(&screen->view);
}

static void turn(struct screen *screen)
{
    uint64_t now_us = clock_now_us();
    uint32_t scale = outputs_take_scale(screen->outputs);
    if (scale > 0)
        framebuffer_rescale(screen->framebuffer, scale);
    view_tick(&screen->view, now_us);
    if (screen->is_full)
        cover_turn(&screen->cover, false);
    if (screen->osd || screen->switcher)
        watcher_tick(&screen->watcher, now_us);
    choose(screen, now_us);
    show_or_hide(screen);
    if (screen->is_shown)
        paint(screen, now_us);
    update_title(screen);
    wake_watch(screen->wake, view_fd(&screen->view));
    wake_watch(screen->wake, watcher_fd(&screen->watcher));
    if (screen->is_full)
        wake_watch(screen->wake, cover_fd(&screen->cover));
    if (screen->switcher)
        wake_watch(screen->wake, switcher_fd(screen->switcher));
    wake_watch(screen->wake, screen->end_fd);
}

/* --- life --- */

static int wait_ms(const struct screen *screen)
{
    uint64_t now_us = clock_now_us();
    uint64_t deadline_us = view_deadline_us(&screen->view, now_us);
    if (screen->osd || screen->switcher)
        deadline_us = loop_earlier(deadline_us, watcher_deadline_us(&screen->watcher));
    if (screen->is_shown)
        deadline_us = loop_earlier(deadline_us, osd_deadline_us(screen->osd));
    if (screen->switcher)
        deadline_us = loop_earlier(deadline_us, switcher_deadline_us(screen->switcher, now_us));
    return loop_wait_ms(deadline_us, now_us);
}

static int screen_open(struct screen *screen, const struct choice_wish *wish,
                       const struct viewer_options *options)
{
    /* A full screen needs no frame, and weston keeps one that libdecor hides as a black field. */
    if (screen->is_full)
        SDL_SetHint(SDL_HINT_VIDEO_WAYLAND_ALLOW_LIBDECOR, "0");
    if (!loop_init_sdl())
        return -ENXIO;
    screen->on_wayland = strcmp(SDL_GetCurrentVideoDriver(), "wayland") == 0;
    int error = view_init(&screen->view, NULL, screen->target ? screen->target : "active",
                          (enum fit_scale)options->scale, VIEW_POINTER_DRAWN);
    if (error == 0)
        error = open_window(screen);
    if (error == 0 && screen->is_full)
        error = cover_init(&screen->cover, screen->sdl, wish);
    if (error < 0)
        return error;
    loop_prepare_window();
    if (!screen->is_full)
        screen->outputs = outputs_of_window(screen->sdl);
    screen->osd = osd_create(options->font, options->osd, options->border);
    if (!screen->target)
        screen->switcher = switcher_create(options->font, &options->colors);
    /* The target's pointer is in the picture; the console's own would stand still beside it. */
    if (screen->is_full)
        SDL_ShowCursor(SDL_DISABLE);
    return wake_create(screen->sdl, &screen->wake);
}

static void screen_close(struct screen *screen)
{
    view_finish(&screen->view);
    cover_finish(&screen->cover);
    outputs_destroy(screen->outputs);
    watcher_finish(&screen->watcher);
    screen->osd = osd_destroy(screen->osd);
    screen->switcher = switcher_destroy(screen->switcher);
    screen->wake = wake_destroy(screen->wake);
    screen->framebuffer = framebuffer_destroy(screen->framebuffer);
    if (screen->sdl)
        SDL_DestroyWindow(screen->sdl);
    SDL_Quit();
    free(screen);
}

int screen_run(const char *target, const char *monitor, const struct viewer_options *options,
               int end_fd)
{
    struct choice_wish wish = {.name = monitor ? monitor : options->monitor,
                               .is_strict = target != NULL,
                               .taken = &options->monitors};
    struct screen *screen = calloc(1, sizeof *screen);
    if (!screen)
        return -ENOMEM;
    screen->target = target;
    screen->is_full = !target || monitor;
    screen->options = options;
    screen->end_fd = end_fd;
    watcher_init(&screen->watcher);
    int error = screen_open(screen, &wish, options);
    while (error == 0 && !screen->ends) {
        SDL_Event event;
        turn(screen);
        bool got = wake_wait(screen->wake, wait_ms(screen), &event);
        for (; got && !screen->ends; got = SDL_PollEvent(&event))
            handle_event(screen, &event);
    }
    screen_close(screen);
    return error;
}
