/* The pause before the next dial: doubles from TIME_DIAL_MIN to TIME_DIAL_MAX, a quarter more or
 * less so that agents of one room do not come back all at once. Pure. */
#pragma once

#include <stdint.h>

struct backoff {
    unsigned failures;
};

void backoff_reset(struct backoff *backoff);
/* From now on the longest pause: trying sooner cannot help. */
void backoff_slow(struct backoff *backoff);
/* `random` is any evenly spread number. */
uint64_t backoff_next_ms(struct backoff *backoff, uint32_t random);
