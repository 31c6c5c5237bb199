/*
 * Keys as a Wayland compositor tells them: evdev codes, all of them, whatever the layout
 * (wl_keyboard.key in wayland.xml). SDL has no scancode for a third of them.
 */
#pragma once

#include <SDL_events.h>
#include <SDL_video.h>
#include <stdbool.h>
#include <stdint.h>

struct waykeys;

/* NULL: the window is not on Wayland, or there is no keyboard to listen to. Listens on the
 * window's own connection, which SDL reads; destroy it before SDL_Quit. */
struct waykeys *waykeys_create(SDL_Window *window);
struct waykeys *waykeys_destroy(struct waykeys *keys); /* NULL ok */
/* False when the event is none of a key. They come in SDL's queue, in their order against buttons
 * and focus. No repeats. */
bool waykeys_event(const struct waykeys *keys, const SDL_Event *event, uint16_t *ret_code,
                   bool *ret_down);
