/*
 * What the X desktop of this computer is like: its screen (RandR), its lock state (XKB), and
 * whether its virtual terminal is the one that is shown. A connection of its own: it asks, and the
 * one that types must not wait.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "protocol/message.h"

struct desktop;

struct desktop_place {
    int x_px, y_px;
    int root_width_px, root_height_px;
};

struct desktop_handlers {
    /* Where the field of `geometry`, which follows, begins in the root window. */
    void (*origin)(void *context, const struct desktop_place *place);
    void (*geometry)(void *context, const struct message_geometry *geometry);
    void (*locks)(void *context, uint8_t locks);
    void (*shown)(void *context, bool shown);     /* false: another virtual terminal is in front */
    void (*lost)(void *context, const char *why); /* the X server is gone; destroy it */
};

/* Tells all but `lost` once before it returns. `monitor`: its size is
 * that of `geometry` while it is there; NULL or "": that of the root window is. */
int desktop_open(uv_loop_t *loop, const char *display_name, const char *monitor,
                 const struct desktop_handlers *handlers, void *context,
                 struct desktop **ret_desktop, char ret_why[MESSAGE_REASON_ROOM]);
/* Another one from now on, "": the root window; `origin` and `geometry` are called. */
void desktop_set_monitor(struct desktop *desktop, const char *monitor);
struct desktop *desktop_destroy(struct desktop *desktop); /* NULL ok */
