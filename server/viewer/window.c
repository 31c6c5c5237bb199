#include "server/viewer/window.h"

#include <SDL.h>
#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/viewer/aim.h"
#include "server/viewer/input.h"
#include "server/viewer/loop.h"
#include "server/viewer/outputs.h"
#include "server/viewer/source.h"
#include "server/viewer/switcher.h"
#include "server/viewer/title.h"
#include "server/viewer/view.h"
#include "server/viewer/wake.h"
#include "server/viewer/watcher.h"
#include "server/viewer/waykeys.h"
#include "server/viewer/xkeys.h"

#define LOG_MODULE "window"
/* In SDL's points. */
#define WIDTH      960
#define HEIGHT     600
#define WIDTH_MIN  240
#define HEIGHT_MIN 150

struct window {
    SDL_Window *sdl;
    struct framebuffer *framebuffer;
    struct wake *wake;
    struct waykeys *waykeys; /* NULL: not on Wayland */
    struct input input;
    struct aim aim;
    struct outputs *outputs; /* NULL: not on Wayland */
    struct source source;
    struct watcher watcher;
    struct view view;
    struct osd *osd; /* NULL: off */
    struct switcher *switcher;
    bool chooses; /* the switcher is shown */
    const struct viewer_options *options;
    SDL_threadID thread;
    bool wants_grab, has_grab; /* of the display's keyboard, and perhaps pointer */
    int end_fd;
    bool ends;
    char title[TITLE_ROOM];
};

static bool captures_pointer(const struct window *window)
{
    return window->options->pointer == VIEWER_POINTER_CAPTURED;
}

/* Within SDL's reading of events (on_event): the display is told in the next tick. */
static void set_grabbed(void *context, bool grabbed)
{
    struct window *window = context;
    window->wants_grab = grabbed;
}

static void grab_display(struct window *window)
{
    SDL_bool grabs = window->wants_grab ? SDL_TRUE : SDL_FALSE;
    if (window->wants_grab == window->has_grab)
        return;
    window->has_grab = window->wants_grab;
    SDL_SetWindowKeyboardGrab(window->sdl, grabs);
    if (captures_pointer(window))
        window->input.captured = SDL_SetRelativeMouseMode(grabs) == 0 && grabs;
}

static void take_report(void *context, const struct report *report)
{
    struct window *window = context;
    grab_report(&window->source.grab, report, report->time_us);
}

/* Keys that come up elsewhere are never heard of: they go up now, and the keys go to no target. */
static void lose_focus(struct window *window, uint64_t now_us)
{
    input_lift(&window->input, now_us);
    if (grab_is_grabbed(&window->source.grab))
        grab_lost(&window->source.grab, LINK_UNGRAB_FOCUS, now_us);
}

/* In the switcher a click is a choice, of which the server could not know the place. */
static void click(struct window *window, const SDL_MouseButtonEvent *event)
{
    char line[64];
    uint16_t number;
    SDL_Point place_px = aim_pixel(&window->aim, event->x, event->y);
    if (event->button != SDL_BUTTON_LEFT ||
        !switcher_at(window->switcher, place_px.x, place_px.y, &number))
        return;
    snprintf(line, sizeof line, "{\"verb\": \"switch\", \"target\": \"%u\"}\n", number);
    watcher_say(&window->watcher, line);
}

/* True for what is read here and nowhere else. */
static bool take_input(struct window *window, const SDL_Event *event)
{
    uint64_t now_us = clock_now_us();
    uint16_t code;
    bool down;
    switch (event->type) {
    case SDL_SYSWMEVENT:
        if (window->input.exact_keys && xkeys_event(event, &code, &down))
            input_key(&window->input, code, down, now_us);
        return true;
    case SDL_MOUSEMOTION:
        if (!captures_pointer(window))
            aim_motion(&window->aim, event, now_us);
        else if (window->wants_grab == window->has_grab) /* else it would be a place */
            input_event(&window->input, event, now_us);
        return true;
    case SDL_MOUSEBUTTONDOWN:
        /* The server would take the selected one. */
        if (window->chooses && !window->input.captured)
            click(window, &event->button);
        else
            input_event(&window->input, event, now_us);
        return true;
    case SDL_KEYDOWN:
    case SDL_KEYUP:
    case SDL_MOUSEBUTTONUP:
    case SDL_MOUSEWHEEL:
        input_event(&window->input, event, now_us);
        return true;
    default:
        if (aim_event(&window->aim, event, !captures_pointer(window), now_us))
            return true;
        if (!waykeys_event(window->waykeys, event, &code, &down))
            return false;
        input_key(&window->input, code, down, now_us);
        return true;
    }
}

/* A size or a loss of focus counts for the input that comes behind it. */
static void note_window_event(struct window *window, const SDL_WindowEvent *event)
{
    if (event->event == SDL_WINDOWEVENT_FOCUS_LOST)
        lose_focus(window, clock_now_us());
    else if (event->event == SDL_WINDOWEVENT_SIZE_CHANGED)
        aim_turn(&window->aim);
}

/* SDL calls it when it has just read an event, before it queues it: so what is typed is sent at
 * once. To queue it costs SDL a message to its own window, and us a tick, each time: only when
 * there is something to do. 0: not queued. */
static int on_event(void *context, SDL_Event *event)
{
    struct window *window = context;
    const struct grab *grab = &window->source.grab;
    if (SDL_ThreadID() != window->thread || !window->wake)
        return 1; /* the wake's own; or the window is not there yet, or no more */
    if (event->type == SDL_WINDOWEVENT)
        note_window_event(window, &event->window);
    enum grab_phase phase = grab->phase;
    uint64_t deadline_us = source_deadline_us(&window->source);
    if (!take_input(window, event))
        return 1;
    return grab->phase != phase || source_deadline_us(&window->source) < deadline_us ||
           canvas_needs_paint(window->view.canvas);
}

static void listen_to_keys(struct window *window)
{
    bool of_x = xkeys_enable(window->sdl);
    if (!of_x)
        window->waykeys = waykeys_create(window->sdl);
    window->input.exact_keys = of_x || window->waykeys;
    log_debug("keys are %s", of_x              ? "the X server's"
                             : window->waykeys ? "the compositor's"
                                               : "SDL's scancodes");
}

static int window_open(struct window *window)
{
    if (!loop_init_sdl())
        return -ENXIO;
    window->thread = SDL_ThreadID();
    SDL_SetEventFilter(on_event, window);
    window->sdl = framebuffer_open_window(WIDTH, HEIGHT, SDL_WINDOW_RESIZABLE);
    if (!window->sdl)
        return -ENXIO;
    SDL_SetWindowMinimumSize(window->sdl, WIDTH_MIN, HEIGHT_MIN);
    loop_prepare_window();
    window->framebuffer = framebuffer_create(window->sdl);
    if (!window->framebuffer)
        return -ENOMEM;
    int error = view_init(&window->view, window->framebuffer, "active",
                          (enum fit_scale)window->options->scale,
                          captures_pointer(window) ? VIEW_POINTER_DRAWN : VIEW_POINTER_OURS);
    if (error < 0)
        return error;
    aim_init(&window->aim, window->sdl, window->framebuffer, window->view.canvas, &window->input,
             (enum fit_scale)window->options->scale);
    window->outputs = outputs_of_window(window->sdl);
    window->osd = osd_create(window->options->font, window->options->osd, window->options->border);
    window->switcher = switcher_create(window->options->font, &window->options->colors);
    if (!window->switcher)
        return -ENOMEM;
    listen_to_keys(window);
    return wake_create(window->sdl, &window->wake);
}

static void window_close(struct window *window)
{
    source_finish(&window->source);
    watcher_finish(&window->watcher);
    view_finish(&window->view);
    window->osd = osd_destroy(window->osd);
    window->switcher = switcher_destroy(window->switcher);
    window->wake = wake_destroy(window->wake);
    window->waykeys = waykeys_destroy(window->waykeys);
    aim_finish(&window->aim);
    outputs_destroy(window->outputs);
    window->framebuffer = framebuffer_destroy(window->framebuffer);
    if (window->sdl)
        SDL_DestroyWindow(window->sdl);
    SDL_Quit();
}

static void window_redraw(struct window *window)
{
    canvas_redraw(window->view.canvas);
    switcher_redraw(window->switcher);
}

static void handle_window_event(struct window *window, const SDL_WindowEvent *event)
{
    if (event->event == SDL_WINDOWEVENT_SIZE_CHANGED || event->event == SDL_WINDOWEVENT_EXPOSED)
        window_redraw(window);
}

static void handle_wake(struct window *window, uint64_t now_us)
{
    source_receive(&window->source, now_us);
    watcher_receive(&window->watcher, now_us);
    view_receive(&window->view, now_us);
    switcher_receive(window->switcher, now_us);
    if (loop_is_readable(window->end_fd))
        window->ends = true;
}

static void handle_event(struct window *window, const SDL_Event *event)
{
    if (event->type == SDL_QUIT)
        window->ends = true;
    else if (event->type == SDL_WINDOWEVENT)
        handle_window_event(window, &event->window);
    else if (event->type == wake_event_type(window->wake))
        handle_wake(window, clock_now_us());
}

static struct title_facts make_facts(const struct window *window)
{
    return (struct title_facts){
        .trouble = *window->source.trouble ? window->source.trouble : NULL,
        .leader = hotkey_leader_words(window->source.grab.hotkey.rules->leader),
        .leader_waits = hotkey_is_waiting(&window->source.grab.hotkey),
        .no_picture = window->view.text,
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

static void show_osd(struct window *window, uint64_t now_us)
{
    char hint[TITLE_ROOM];
    struct title_facts title = make_facts(window);
    struct osd_facts facts = {.status = title.status,
                              .trouble = title.trouble,
                              .hint = title.status->is_known ? hint : NULL,
                              .colors = &window->options->colors,
                              .tells_switches = true};
    if (!window->osd)
        return;
    title_make_hint(&title, hint);
    watcher_show(&window->watcher, window->options, view_number(&window->view), &facts, now_us);
    view_show_osd(&window->view, window->osd, &facts, now_us);
}

static void tell_server(struct window *window)
{
    char line[SWITCHER_REQUEST_ROOM];
    if (switcher_take_request(window->switcher, line))
        watcher_say(&window->watcher, line);
}

/* The switcher covers the picture; either is drawn whole when its turn comes. */
static void paint(struct window *window, uint64_t now_us)
{
    bool chooses = switcher_turn(window->switcher, &window->watcher.status, now_us);
    if (chooses != window->chooses)
        canvas_redraw(window->view.canvas);
    window->chooses = chooses;
    if (chooses) {
        switcher_paint(window->switcher, window->framebuffer);
        tell_server(window);
        return;
    }
    show_osd(window, now_us);
    view_paint(&window->view);
}

/* What does not come from SDL: connections, times, title. */
static void tick(struct window *window)
{
    uint64_t now_us = clock_now_us();
    uint32_t scale = outputs_take_scale(window->outputs);
    if (scale > 0)
        framebuffer_rescale(window->framebuffer, scale);
    source_tick(&window->source, now_us);
    grab_display(window);
    watcher_tick(&window->watcher, now_us);
    view_tick(&window->view, now_us);
    paint(window, now_us);
    aim_turn(&window->aim);
    update_title(window, now_us);
    wake_watch(window->wake, view_fd(&window->view));
    wake_watch(window->wake, source_fd(&window->source));
    wake_watch(window->wake, watcher_fd(&window->watcher));
    wake_watch(window->wake, switcher_fd(window->switcher));
    wake_watch(window->wake, window->end_fd);
}

/* For SDL: whole milliseconds until there is something to do, -1 for ever. */
static int wait_ms(const struct window *window)
{
    uint64_t now_us = clock_now_us();
    struct title_facts facts = make_facts(window);
    uint64_t deadline_us = title_deadline_us(&facts, now_us);
    deadline_us = loop_earlier(deadline_us, source_deadline_us(&window->source));
    deadline_us = loop_earlier(deadline_us, watcher_deadline_us(&window->watcher));
    deadline_us = loop_earlier(deadline_us, osd_deadline_us(window->osd));
    deadline_us = loop_earlier(deadline_us, view_deadline_us(&window->view, now_us));
    deadline_us = loop_earlier(deadline_us, switcher_deadline_us(window->switcher, now_us));
    return loop_wait_ms(deadline_us, now_us);
}

int window_run(const struct hotkey_rules *rules, const struct viewer_options *options, int end_fd)
{
    struct window *window = calloc(1, sizeof *window);
    if (!window)
        return -ENOMEM;
    window->options = options;
    window->end_fd = end_fd;
    input_init(&window->input, take_report, window);
    source_init(&window->source, rules, set_grabbed, window);
    watcher_init(&window->watcher);
    int error = window_open(window);
    while (error == 0 && !window->ends) {
        tick(window);
        SDL_Event event;
        bool got = wake_wait(window->wake, wait_ms(window), &event);
        for (; got && !window->ends; got = SDL_PollEvent(&event))
            handle_event(window, &event);
    }
    if (error == 0)
        lose_focus(window, clock_now_us());
    window_close(window);
    free(window);
    return error;
}
