/*
 * Keys as an X server with evdev key codes tells them: key code minus 8 is the evdev code, for
 * every key that X can carry. SDL's scancodes are not as exact: it looks at key symbols too, so
 * that several keys may come as one (AltGr and Zenkaku, with a US layout), keys change place with
 * options like caps:swapescape, and a third of the codes has no scancode at all.
 */
#pragma once

#include <SDL_events.h>
#include <SDL_video.h>
#include <stdbool.h>
#include <stdint.h>

/* The window is on such a server; from now on SDL hands over its key events (SDL_SYSWMEVENT). */
bool xkeys_enable(SDL_Window *window);
/* False when the event is none of a key. Repeats come as further downs. */
bool xkeys_event(const SDL_Event *event, uint16_t *ret_code, bool *ret_down);
