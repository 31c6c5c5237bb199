#include "server/viewer/waypointer.h"

#include <SDL_syswm.h>
#include <stdlib.h>
#include <wayland-client.h>

#include "server/viewer/wayseat.h"

struct waypointer {
    SDL_Window *window;
    uint32_t event_type;
    struct wayseat *wayseat;
    struct wl_pointer *pointer; /* NULL: none is plugged in */
    bool is_inside;             /* the window, not its frame */
};

static bool wayland_info(SDL_Window *window, SDL_SysWMinfo *ret_info)
{
    SDL_VERSION(&ret_info->version);
    return SDL_GetWindowWMInfo(window, ret_info) && ret_info->subsystem == SDL_SYSWM_WAYLAND;
}

/* --- the pointer; all but its place is SDL's to tell --- */

static void tell(struct waypointer *pointer, wl_fixed_t x_256ths, wl_fixed_t y_256ths)
{
    SDL_Event event = {.user = {.type = pointer->event_type, .code = x_256ths}};
    event.user.data1 = (void *)(intptr_t)y_256ths;
    if (pointer->is_inside)
        SDL_PushEvent(&event);
}

static void on_enter(void *context, struct wl_pointer *wl_pointer, uint32_t serial,
                     struct wl_surface *surface, wl_fixed_t x_256ths, wl_fixed_t y_256ths)
{
    struct waypointer *pointer = context;
    SDL_SysWMinfo info;
    pointer->is_inside =
        wayland_info(pointer->window, &info) && surface && surface == info.info.wl.surface;
    tell(pointer, x_256ths, y_256ths);
}

static void on_leave(void *context, struct wl_pointer *wl_pointer, uint32_t serial,
                     struct wl_surface *surface)
{
    struct waypointer *pointer = context;
    pointer->is_inside = false;
}

static void on_motion(void *context, struct wl_pointer *wl_pointer, uint32_t time_ms,
                      wl_fixed_t x_256ths, wl_fixed_t y_256ths)
{
    tell(context, x_256ths, y_256ths);
}

static void on_button(void *context, struct wl_pointer *wl_pointer, uint32_t serial,
                      uint32_t time_ms, uint32_t button, uint32_t state)
{
}

static void on_axis(void *context, struct wl_pointer *wl_pointer, uint32_t time_ms, uint32_t axis,
                    wl_fixed_t value)
{
}

static void on_frame(void *context, struct wl_pointer *wl_pointer)
{
}

static void on_axis_source(void *context, struct wl_pointer *wl_pointer, uint32_t source)
{
}

static void on_axis_stop(void *context, struct wl_pointer *wl_pointer, uint32_t time_ms,
                         uint32_t axis)
{
}

static void on_axis_discrete(void *context, struct wl_pointer *wl_pointer, uint32_t axis,
                             int32_t count)
{
}

static const struct wl_pointer_listener POINTER = {
    .enter = on_enter,
    .leave = on_leave,
    .motion = on_motion,
    .button = on_button,
    .axis = on_axis,
    .frame = on_frame,
    .axis_source = on_axis_source,
    .axis_stop = on_axis_stop,
    .axis_discrete = on_axis_discrete,
};

static void drop(void *context)
{
    struct waypointer *pointer = context;
    if (pointer->pointer)
        wl_pointer_release(pointer->pointer);
    pointer->pointer = NULL;
    pointer->is_inside = false;
}

static void on_capabilities(void *context, struct wl_seat *seat, uint32_t capabilities)
{
    struct waypointer *pointer = context;
    bool has_pointer = capabilities & WL_SEAT_CAPABILITY_POINTER;
    if (!has_pointer) {
        drop(pointer);
    } else if (!pointer->pointer) {
        pointer->pointer = wl_seat_get_pointer(seat);
        wl_pointer_add_listener(pointer->pointer, &POINTER, pointer);
    }
}

/* --- life --- */

static const struct wayseat_handlers SEAT = {.capabilities = on_capabilities, .gone = drop};

struct waypointer *waypointer_create(SDL_Window *window)
{
    SDL_SysWMinfo info;
    struct waypointer *pointer = NULL;
    if (!wayland_info(window, &info) || !(pointer = calloc(1, sizeof *pointer)))
        return NULL;
    pointer->window = window;
    pointer->event_type = SDL_RegisterEvents(1);
    pointer->wayseat = wayseat_create(info.info.wl.display, &SEAT, pointer);
    return pointer->wayseat ? pointer : waypointer_destroy(pointer);
}

struct waypointer *waypointer_destroy(struct waypointer *pointer)
{
    if (!pointer)
        return NULL;
    wayseat_destroy(pointer->wayseat);
    free(pointer);
    return NULL;
}

bool waypointer_event(const struct waypointer *pointer, const SDL_Event *event,
                      int32_t *ret_x_256ths, int32_t *ret_y_256ths)
{
    if (!pointer || event->type != pointer->event_type)
        return false;
    *ret_x_256ths = event->user.code;
    *ret_y_256ths = (int32_t)(intptr_t)event->user.data1;
    return true;
}
