#include "server/viewer/waykeys.h"

#include <SDL_syswm.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wayland-client.h>

#define SEAT_VERSION_MAX 5
#define SEAT_VERSION_MIN 3 /* the first whose keyboards can be let go */

struct waykeys {
    uint32_t event_type;
    struct wl_registry *registry;
    uint32_t seat_name; /* in the registry */
    struct wl_seat *seat;
    struct wl_keyboard *keyboard; /* NULL: none is plugged in */
};

/* --- the keyboard --- */

/* SDL has its own of each of these. */
static void on_keymap(void *context, struct wl_keyboard *keyboard, uint32_t format, int32_t fd,
                      uint32_t size_bytes)
{
    close(fd);
}

/* Keys that were down before belong to whoever had the focus then. */
static void on_enter(void *context, struct wl_keyboard *keyboard, uint32_t serial,
                     struct wl_surface *surface, struct wl_array *down)
{
}

static void on_leave(void *context, struct wl_keyboard *keyboard, uint32_t serial,
                     struct wl_surface *surface)
{
}

static void on_key(void *context, struct wl_keyboard *keyboard, uint32_t serial, uint32_t time_ms,
                   uint32_t code, uint32_t state)
{
    struct waykeys *keys = context;
    SDL_Event event = {.user = {.type = keys->event_type, .code = (int32_t)code}};
    event.user.data1 = state == WL_KEYBOARD_KEY_STATE_PRESSED ? keys : NULL;
    if (code <= UINT16_MAX)
        SDL_PushEvent(&event);
}

static void on_modifiers(void *context, struct wl_keyboard *keyboard, uint32_t serial,
                         uint32_t depressed, uint32_t latched, uint32_t locked, uint32_t group)
{
}

static void on_repeat_info(void *context, struct wl_keyboard *keyboard, int32_t rate,
                           int32_t delay_ms)
{
}

static const struct wl_keyboard_listener KEYBOARD = {
    .keymap = on_keymap,
    .enter = on_enter,
    .leave = on_leave,
    .key = on_key,
    .modifiers = on_modifiers,
    .repeat_info = on_repeat_info,
};

static void drop_keyboard(struct waykeys *keys)
{
    if (keys->keyboard)
        wl_keyboard_release(keys->keyboard);
    keys->keyboard = NULL;
}

/* --- the seat --- */

static void on_capabilities(void *context, struct wl_seat *seat, uint32_t capabilities)
{
    struct waykeys *keys = context;
    bool has_keyboard = capabilities & WL_SEAT_CAPABILITY_KEYBOARD;
    if (!has_keyboard) {
        drop_keyboard(keys);
    } else if (!keys->keyboard) {
        keys->keyboard = wl_seat_get_keyboard(seat);
        wl_keyboard_add_listener(keys->keyboard, &KEYBOARD, keys);
    }
}

static void on_name(void *context, struct wl_seat *seat, const char *name)
{
}

static const struct wl_seat_listener SEAT = {.capabilities = on_capabilities, .name = on_name};

static void drop_seat(struct waykeys *keys)
{
    drop_keyboard(keys);
    if (keys->seat)
        wl_seat_destroy(keys->seat);
    keys->seat = NULL;
}

static void on_global(void *context, struct wl_registry *registry, uint32_t name,
                      const char *interface, uint32_t version)
{
    struct waykeys *keys = context;
    if (keys->seat || strcmp(interface, wl_seat_interface.name) != 0 || version < SEAT_VERSION_MIN)
        return;
    keys->seat_name = name;
    keys->seat = wl_registry_bind(registry, name, &wl_seat_interface,
                                  version < SEAT_VERSION_MAX ? version : SEAT_VERSION_MAX);
    wl_seat_add_listener(keys->seat, &SEAT, keys);
}

static void on_global_remove(void *context, struct wl_registry *registry, uint32_t name)
{
    struct waykeys *keys = context;
    if (keys->seat && name == keys->seat_name)
        drop_seat(keys);
}

static const struct wl_registry_listener REGISTRY = {.global = on_global,
                                                     .global_remove = on_global_remove};

/* --- life --- */

struct waykeys *waykeys_create(SDL_Window *window)
{
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (!SDL_GetWindowWMInfo(window, &info) || info.subsystem != SDL_SYSWM_WAYLAND)
        return NULL;
    struct waykeys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return NULL;
    keys->event_type = SDL_RegisterEvents(1);
    keys->registry = wl_display_get_registry(info.info.wl.display);
    wl_registry_add_listener(keys->registry, &REGISTRY, keys);
    /* The first tells of the seat, the second what it has. */
    for (int i = 0; i < 2; i++)
        if (wl_display_roundtrip(info.info.wl.display) < 0)
            return waykeys_destroy(keys);
    return keys->seat ? keys : waykeys_destroy(keys);
}

struct waykeys *waykeys_destroy(struct waykeys *keys)
{
    if (!keys)
        return NULL;
    drop_seat(keys);
    wl_registry_destroy(keys->registry);
    free(keys);
    return NULL;
}

bool waykeys_event(const struct waykeys *keys, const SDL_Event *event, uint16_t *ret_code,
                   bool *ret_down)
{
    if (!keys || event->type != keys->event_type)
        return false;
    *ret_code = (uint16_t)event->user.code;
    *ret_down = event->user.data1 != NULL;
    return true;
}
