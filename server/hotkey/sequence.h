/* The keys after a leader: what they mean in the profile. Private to hotkey. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server/hotkey/hotkey_batch.h"

/* The first key after a leader. It is swallowed. */
void sequence_press(struct batch *batch, uint16_t code);
/* A key in a number; false: the number was complete before it, and it is no part of it. */
bool sequence_press_in_number(struct batch *batch, uint16_t code);
/* The time is up, or what was held for it came up. */
void sequence_end(struct batch *batch);
