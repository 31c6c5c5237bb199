#include "server/viewer/wayseat.h"

#include <stdlib.h>
#include <string.h>
#include <wayland-client.h>

#define SEAT_VERSION_MAX 5
#define SEAT_VERSION_MIN 3 /* the first whose keyboards and pointers can be let go */

struct wayseat {
    const struct wayseat_handlers *handlers;
    void *context;
    struct wl_registry *registry;
    uint32_t name; /* in the registry */
    struct wl_seat *seat;
};

static void on_capabilities(void *context, struct wl_seat *seat, uint32_t capabilities)
{
    struct wayseat *wayseat = context;
    wayseat->handlers->capabilities(wayseat->context, seat, capabilities);
}

static void on_name(void *context, struct wl_seat *seat, const char *name)
{
}

static const struct wl_seat_listener SEAT = {.capabilities = on_capabilities, .name = on_name};

static void drop_seat(struct wayseat *wayseat)
{
    wayseat->handlers->gone(wayseat->context);
    if (wayseat->seat)
        wl_seat_destroy(wayseat->seat);
    wayseat->seat = NULL;
}

static void on_global(void *context, struct wl_registry *registry, uint32_t name,
                      const char *interface, uint32_t version)
{
    struct wayseat *wayseat = context;
    if (wayseat->seat || strcmp(interface, wl_seat_interface.name) != 0 ||
        version < SEAT_VERSION_MIN)
        return;
    wayseat->name = name;
    wayseat->seat = wl_registry_bind(registry, name, &wl_seat_interface,
                                     version < SEAT_VERSION_MAX ? version : SEAT_VERSION_MAX);
    wl_seat_add_listener(wayseat->seat, &SEAT, wayseat);
}

static void on_global_remove(void *context, struct wl_registry *registry, uint32_t name)
{
    struct wayseat *wayseat = context;
    if (wayseat->seat && name == wayseat->name)
        drop_seat(wayseat);
}

static const struct wl_registry_listener REGISTRY = {.global = on_global,
                                                     .global_remove = on_global_remove};

struct wayseat *wayseat_create(struct wl_display *display, const struct wayseat_handlers *handlers,
                               void *context)
{
    struct wayseat *wayseat = calloc(1, sizeof *wayseat);
    if (!wayseat)
        return NULL;
    wayseat->handlers = handlers;
    wayseat->context = context;
    wayseat->registry = wl_display_get_registry(display);
    wl_registry_add_listener(wayseat->registry, &REGISTRY, wayseat);
    /* The first tells of the seat, the second what it has. */
    for (int i = 0; i < 2; i++)
        if (wl_display_roundtrip(display) < 0)
            return wayseat_destroy(wayseat);
    return wayseat->seat ? wayseat : wayseat_destroy(wayseat);
}

struct wayseat *wayseat_destroy(struct wayseat *wayseat)
{
    if (!wayseat)
        return NULL;
    drop_seat(wayseat);
    wl_registry_destroy(wayseat->registry);
    free(wayseat);
    return NULL;
}
