/* VNC ports in words. */
#pragma once

#include <jansson.h>

/* Lines of `hotdesk status` about a target's port; nothing when it has none. */
void vnc_print(const json_t *vnc);
