/* What the owner of this computer allows its server: section `rights` of agent.conf. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "agent/pin.h"
#include "common/config.h"

enum right { RIGHT_VIEW = 1, RIGHT_INPUT = 2, RIGHT_ALL = 3 };

/* check of the section (common/config.h). Key: the server's fingerprint, its name as `hotdesk-agent
 * status` tells it, or * for every other; text: view, input, both, or none. */
bool rights_check(const char *key, const char *text, char *ret_why, size_t room_bytes);
/* enum right bits. The fingerprint counts before the name, and that before *; who is not there has
 * all. */
unsigned rights_of(const struct config_section *rights, const struct pin *pin);
