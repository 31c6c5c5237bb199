/* What `hotdesk-agent status` tells of the screen: how it is read, who looks, what that costs.
 * Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/screen/feed.h"
#include "agent/screen/source.h"

#define SIGHT_ROOM 256

struct sight {
    const struct source *source; /* NULL: there is none, `why` tells the reason */
    const char *why;
    const char *server;               /* NULL: no screen connection */
    struct feed_counts before, after; /* of that connection */
    uint64_t span_us;                 /* between them; 0: not known yet */
};

void sight_format(const struct sight *sight, char ret_text[SIGHT_ROOM]);
