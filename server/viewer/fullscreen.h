/*
 * A window over the whole of one monitor. On X11 by the window manager's own means, or without one
 * by its place alone: SDL knows outputs, and a monitor of RandR may be a part of one.
 */
#pragma once

#include <SDL_video.h>
#include <stdbool.h>

#include "server/viewer/choice.h"

/* Flags for SDL_CreateWindow. Window managers refuse a full screen to what cannot be resized. */
#define FULLSCREEN_FLAGS (SDL_WINDOW_BORDERLESS | SDL_WINDOW_RESIZABLE)

/* On X11, before it is shown the first time: it never gets the keyboard. */
void fullscreen_set_watch_only(SDL_Window *window);
/* Instead of SDL_ShowWindow. */
void fullscreen_show_watch_only(SDL_Window *window);
/* `is_shown`: it is on a screen now, and moves from there. */
void fullscreen_set(SDL_Window *window, const struct monitor *monitor, bool is_shown);
