/* Wheel motion in 1/120 of a notch to whole clicks, which is all that X knows. Pure. */
#pragma once

#include <stdint.h>

#define WHEEL_NOTCH      120
#define WHEEL_CLICKS_MAX 50 /* of one event: more is no turn of a wheel */

struct wheel {
    int32_t rest; /* less than a notch, signed */
    uint64_t last_us;
};

/* Adds `value` and returns the clicks that are due now, signed. What is left is kept for
 * TIME_WHEEL, and thrown away when the direction changes. */
int wheel_turn(struct wheel *wheel, int32_t value, uint64_t now_us);
void wheel_clear(struct wheel *wheel);
