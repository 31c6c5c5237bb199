/*
 * The monitors of this desktop: on X11 those of RandR 1.5, by the names that xrandr shows, on
 * Wayland the compositor's outputs by its names, where it tells them; else those that SDL knows.
 */
#pragma once

#include <SDL_video.h>
#include <stdbool.h>

#include "server/viewer/choice.h"

struct monitors;

/* `window` is any of this process: it tells of the display. NULL: out of memory. */
struct monitors *monitors_open(SDL_Window *window);
struct monitors *monitors_close(struct monitors *monitors); /* NULL ok */
int monitors_fd(const struct monitors *monitors);           /* -1: none; SDL tells by an event */
/* Reads what came. True: they may be others now. */
bool monitors_turn(struct monitors *monitors);
void monitors_list(struct monitors *monitors, struct monitor_list *ret_list);
/* False: nobody knows, as on Wayland. */
bool monitors_pointer(struct monitors *monitors, int32_t ret_place_px[2]);
