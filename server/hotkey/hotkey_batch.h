/* What hotkey.c and sequence.c share. Private to them. */
#pragma once

#include <stdint.h>

#include "protocol/report.h"
#include "server/hotkey/hotkey.h"

/* One report on its way through: what of it passes is gathered, and given before anything that must
 * come after it. */
struct batch {
    struct hotkey *hotkey;
    struct report out;
    uint64_t now_us;
};

void batch_give(struct batch *batch);
void batch_command(struct batch *batch, const struct command *command);
void hotkey_enter_phase(struct hotkey *hotkey, enum hotkey_phase phase, uint64_t deadline_us);
void hotkey_go_idle(struct hotkey *hotkey);
