/* What comes over an ssh before and between the lines of `hotdesk-agent join`, and these. Pure. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "server/cli/lines.h"

#define HEARD_WORDS_ROOM 256

struct heard {         /* zeroes are a good start */
    size_t said_bytes; /* in all; nothing is taken any more beyond ADD_NOISE_MAX_BYTES */
    char last_words[HEARD_WORDS_ROOM]; /* the last line that was passed over, clean */
};

/* The next object of JSON that ends a line, its texts made safe for a terminal; the caller frees
 * it. NULL: there is none yet. */
json_t *heard_take(struct heard *heard, struct lines *lines);
