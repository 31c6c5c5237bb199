#include "server/viewer/waykeys.h"

#include <SDL_syswm.h>
#include <stdlib.h>
#include <unistd.h>
#include <wayland-client.h>

#include "server/viewer/wayseat.h"

struct waykeys {
    uint32_t event_type;
    struct wayseat *wayseat;
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

static void drop_keyboard(void *context)
{
    struct waykeys *keys = context;
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

static const struct wayseat_handlers SEAT = {.capabilities = on_capabilities,
                                             .gone = drop_keyboard};

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
    keys->wayseat = wayseat_create(info.info.wl.display, &SEAT, keys);
    return keys->wayseat ? keys : waykeys_destroy(keys);
}

struct waykeys *waykeys_destroy(struct waykeys *keys)
{
    if (!keys)
        return NULL;
    wayseat_destroy(keys->wayseat);
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
