/*
 * What one VNC client holds, and reports that come of what it does: key symbols become keys of the
 * target, with the modifiers that the symbol needs there. Pure.
 *
 * A client's modifiers are passed on as they are. Where a character needs others than are down,
 * they are pressed or lifted around it. Lock keys are not passed on: a client's symbols tell what
 * it means, whatever its own locks are, and those of the target are taken into account.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/vnc.h"
#include "server/vnc/keymap.h"

#define TYPING_HELD_MAX 32

struct typing_held {
    uint32_t keysym;
    uint16_t code;
};

struct typing {
    struct typing_held held[TYPING_HELD_MAX];
    unsigned held_count;
    uint8_t buttons;
    bool has_place;
    uint16_t x_px, y_px;
};

/* `locks`: of the target, MESSAGE_LOCK_x. False when nothing comes of it. */
bool typing_key(struct typing *typing, const struct keymap *keymap, uint8_t locks, uint32_t keysym,
                bool down, struct vnc_report *ret_report);
/* Buttons as in RFB; the place is inside of the picture. */
bool typing_point(struct typing *typing, uint8_t buttons, uint16_t x_px, uint16_t y_px,
                  struct vnc_report *ret_report);
