/*
 * Counts each key over several devices: it is down from the first device's press to the last one's
 * release. Pure. Every device has a keyset of its own, which these functions keep.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/keyset.h"

struct presses {
    uint8_t counts[KEY_CNT]; /* on how many devices it is down */
};

/* A device pressed a key. True when no device had it down before: that is a press. */
bool presses_add(struct presses *presses, struct keyset *device_down, uint16_t code);

/* A device released a key. True when no device has it down any more: that is a release. */
bool presses_remove(struct presses *presses, struct keyset *device_down, uint16_t code);

/* Of a device that is going away: releases its next key. False when it has none left; else
 * *ret_code is a key and *ret_last tells whether that was its last release. */
bool presses_drop(struct presses *presses, struct keyset *device_down, uint16_t *ret_code,
                  bool *ret_last);
