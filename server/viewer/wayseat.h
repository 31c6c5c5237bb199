/* The first seat of a Wayland compositor, on SDL's own connection: SDL keeps its own to itself. */
#pragma once

#include <stdint.h>

struct wl_display;
struct wl_seat;

struct wayseat_handlers {
    /* It has these now (WL_SEAT_CAPABILITY_*). */
    void (*capabilities)(void *context, struct wl_seat *seat, uint32_t capabilities);
    /* All that was made of it is to be let go; also before wayseat_destroy returns. */
    void (*gone)(void *context);
};

struct wayseat;

/* The handlers are called within, too. NULL: there is none, or no memory. */
struct wayseat *wayseat_create(struct wl_display *display, const struct wayseat_handlers *handlers,
                               void *context);
struct wayseat *wayseat_destroy(struct wayseat *wayseat); /* NULL ok */
