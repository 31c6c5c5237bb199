/* Keys that are pressed together: in their order, and lifted in the other. */
#pragma once

#include <stdint.h>

#include "protocol/limits.h"

struct stroke {
    uint8_t count;
    uint16_t keys[SCRIPT_KEYS_MAX]; /* of <linux/input-event-codes.h> */
};
