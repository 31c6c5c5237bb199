/*
 * Which of this desktop's monitors a full-screen window covers. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"

#define MONITORS_MAX      16
#define MONITOR_NAME_ROOM 64

struct monitor {
    char name[MONITOR_NAME_ROOM];            /* as xrandr, or the Wayland compositor, calls it */
    int32_t x_px, y_px, width_px, height_px; /* of the desktop, as SDL counts them */
    bool is_primary;
};

struct monitor_list {
    size_t count;
    struct monitor monitors[MONITORS_MAX];
};

struct choice_wish {
    const char *name; /* this one while it is there; "": none in particular */
    bool is_strict;   /* this one or none */
    /* Monitors with targets of their own, by name, which a window without a wish leaves to them;
     * NULL: none. */
    const struct config_section *taken;
};

/* NULL: none of this name. */
const struct monitor *choice_find(const struct monitor_list *list, const char *name);
/* The wished one; else the one with the pointer (NULL: nobody knows where it is), the primary one,
 * or the first; those that are taken come last. NULL: none. */
const struct monitor *choice_make(const struct monitor_list *list, const struct choice_wish *wish,
                                  const int32_t pointer_px[2]);
