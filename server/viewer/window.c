#include "server/viewer/window.h"

#include <SDL.h>
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/viewer/input.h"
#include "server/viewer/source.h"
#include "server/viewer/title.h"
#include "server/viewer/wake.h"
#include "server/viewer/watcher.h"
#include "server/viewer/xkeys.h"

#define LOG_MODULE    "window"
#define WIDTH_PX      960
#define HEIGHT_PX     600
#define WIDTH_MIN_PX  240
#define HEIGHT_MIN_PX 150
#define FIELD_RED     24
#define FIELD_GREEN   26
#define FIELD_BLUE    29

struct window {
    SDL_Window *sdl;
    struct wake *wake;
    struct input input;
    struct source source;
    struct watcher watcher;
    const char *socket_path;
    int end_fd;
    bool ends;
    char title[TITLE_ROOM];
};

static void set_hints(void)
{
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    SDL_SetHint(SDL_HINT_ALLOW_ALT_TAB_WHILE_GRABBED, "0");
    SDL_SetHint(SDL_HINT_APP_NAME, "hotdesk");
}

static void set_grabbed(void *context, bool grabbed)
{
    struct window *window = context;
    SDL_SetWindowKeyboardGrab(window->sdl, grabbed ? SDL_TRUE : SDL_FALSE);
}

static void take_report(void *context, const struct report *report)
{
    struct window *window = context;
    grab_report(&window->source.grab, report, report->time_us);
}

static void paint(struct window *window)
{
    SDL_Surface *surface = SDL_GetWindowSurface(window->sdl);
    if (!surface)
        return;
    SDL_FillRect(surface, NULL, SDL_MapRGB(surface->format, FIELD_RED, FIELD_GREEN, FIELD_BLUE));
    SDL_UpdateWindowSurface(window->sdl);
}

static void open_field(struct window *window)
{
    /* SDL paints through software OpenGL by default, many times slower; on Wayland that is its only
     * way. */
    const char *driver = SDL_GetCurrentVideoDriver();
    if (driver && strcmp(driver, "x11") == 0)
        SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    /* Else an input method stands in the path of each key. */
    SDL_StopTextInput();
    SDL_GetWindowSize(window->sdl, &window->input.width_px, &window->input.height_px);
    paint(window);
}

static int window_open(struct window *window)
{
    set_hints();
    if (SDL_Init(SDL_INIT_VIDEO) < 0) {
        log_error("no window can be opened: %s (is DISPLAY or WAYLAND_DISPLAY set?)",
                  SDL_GetError());
        return -ENXIO;
    }
    window->sdl = SDL_CreateWindow("hotdesk", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                   WIDTH_PX, HEIGHT_PX, SDL_WINDOW_RESIZABLE);
    if (!window->sdl) {
        log_error("no window can be opened: %s", SDL_GetError());
        return -ENXIO;
    }
    SDL_SetWindowMinimumSize(window->sdl, WIDTH_MIN_PX, HEIGHT_MIN_PX);
    open_field(window);
    window->input.exact_keys = xkeys_enable(window->sdl);
    log_debug("keys are %s", window->input.exact_keys ? "the X server's" : "SDL's scancodes");
    return wake_create(&window->wake);
}

static void window_close(struct window *window)
{
    source_finish(&window->source);
    watcher_finish(&window->watcher);
    window->wake = wake_destroy(window->wake);
    if (window->sdl)
        SDL_DestroyWindow(window->sdl);
    SDL_Quit();
}

/* Keys that come up elsewhere are never heard of: they go up now, and the keys go to no target. */
static void lose_focus(struct window *window, uint64_t now_us)
{
    input_lift(&window->input, now_us);
    if (grab_is_grabbed(&window->source.grab))
        grab_lost(&window->source.grab, LINK_UNGRAB_FOCUS, now_us);
}

static void handle_window_event(struct window *window, const SDL_WindowEvent *event,
                                uint64_t now_us)
{
    switch (event->event) {
    case SDL_WINDOWEVENT_FOCUS_LOST:
        lose_focus(window, now_us);
        break;
    case SDL_WINDOWEVENT_SIZE_CHANGED:
        window->input.width_px = event->data1;
        window->input.height_px = event->data2;
        paint(window);
        break;
    case SDL_WINDOWEVENT_EXPOSED:
        paint(window);
        break;
    }
}

static void handle_wake(struct window *window, uint64_t now_us)
{
    struct pollfd end = {.fd = window->end_fd, .events = POLLIN};
    source_receive(&window->source, now_us);
    watcher_receive(&window->watcher, now_us);
    if (poll(&end, 1, 0) > 0)
        window->ends = true;
}

static void handle_event(struct window *window, const SDL_Event *event)
{
    uint64_t now_us = clock_now_us();
    uint16_t code;
    bool down;
    if (event->type == SDL_QUIT)
        window->ends = true;
    else if (event->type == SDL_WINDOWEVENT)
        handle_window_event(window, &event->window, now_us);
    else if (event->type == wake_event_type(window->wake))
        handle_wake(window, now_us);
    else if (window->input.exact_keys && xkeys_event(event, &code, &down))
        input_key(&window->input, code, down, now_us);
    else
        input_event(&window->input, event, now_us);
}

static struct title_facts make_facts(const struct window *window)
{
    return (struct title_facts){
        .trouble = *window->source.trouble ? window->source.trouble : NULL,
        .leader = hotkey_leader_words(window->source.grab.hotkey.rules->leader),
        .leader_waits = hotkey_is_waiting(&window->source.grab.hotkey),
        .status = &window->watcher.status,
    };
}

static void update_title(struct window *window, uint64_t now_us)
{
    char title[TITLE_ROOM];
    struct title_facts facts = make_facts(window);
    title_make(&facts, now_us, title);
    /* Xlib takes no title that the locale has no letters for. */
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        title_make_ascii(title);
    if (strcmp(title, window->title) == 0)
        return;
    strcpy(window->title, title);
    SDL_SetWindowTitle(window->sdl, title);
}

/* What does not come from SDL: connections, times, title. */
static void tick(struct window *window)
{
    uint64_t now_us = clock_now_us();
    source_tick(&window->source, window->socket_path, now_us);
    watcher_tick(&window->watcher, window->socket_path, now_us);
    update_title(window, now_us);
    wake_watch(window->wake, source_fd(&window->source));
    wake_watch(window->wake, watcher_fd(&window->watcher));
    wake_watch(window->wake, window->end_fd);
}

static uint64_t earlier(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

/* For SDL: whole milliseconds until there is something to do, -1 for ever. */
static int wait_ms(const struct window *window)
{
    uint64_t now_us = clock_now_us();
    struct title_facts facts = make_facts(window);
    uint64_t deadline_us = title_deadline_us(&facts, now_us);
    deadline_us = earlier(deadline_us, source_deadline_us(&window->source));
    deadline_us = earlier(deadline_us, watcher_deadline_us(&window->watcher));
    if (deadline_us == UINT64_MAX)
        return -1;
    return deadline_us <= now_us ? 0 : (int)((deadline_us - now_us + 999) / 1000);
}

int window_run(const struct hotkey_rules *rules, const char *socket_path, int end_fd)
{
    struct window *window = calloc(1, sizeof *window);
    if (!window)
        return -ENOMEM;
    window->socket_path = socket_path;
    window->end_fd = end_fd;
    input_init(&window->input, take_report, window);
    source_init(&window->source, rules, set_grabbed, window);
    watcher_init(&window->watcher);
    int error = window_open(window);
    while (error == 0 && !window->ends) {
        tick(window);
        SDL_Event event;
        int got = SDL_WaitEventTimeout(&event, wait_ms(window));
        for (; got && !window->ends; got = SDL_PollEvent(&event))
            handle_event(window, &event);
    }
    if (error == 0)
        lose_focus(window, clock_now_us());
    window_close(window);
    free(window);
    return error;
}
