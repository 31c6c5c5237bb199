/*
 * The window's keys, buttons, wheel and motion as reports. Keeps what is down, so that repeats are
 * left out and all of it can be lifted.
 */
#pragma once

#include <SDL_events.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/keyset.h"
#include "protocol/report.h"

struct input {
    void (*report)(void *context, const struct report *report);
    void *context;
    bool exact_keys; /* keys come by input_key alone (xkeys.h), not by SDL's key events */
    bool captured;   /* the pointer stands still: its motion is counts */
    int x_px, y_px, width_px, height_px; /* of the picture in the window, or of the window */
    struct keyset down;
    float wheel_x, wheel_y; /* less than 1/120 of a notch each */
};

void input_init(struct input *input, void (*report)(void *context, const struct report *report),
                void *context);
/* A key or a button; left out are codes that are none, keys that belong to this computer (power,
 * brightness), repeats, and ups of what is not down. */
void input_key(struct input *input, uint16_t code, bool down, uint64_t now_us);
void input_event(struct input *input, const SDL_Event *event, uint64_t now_us);
/* Everything that is down goes up. */
void input_lift(struct input *input, uint64_t now_us);
