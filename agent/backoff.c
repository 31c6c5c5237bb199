#include "agent/backoff.h"

#include "common/times.h"

#define FAILURES_MAX 16 /* by far past the longest pause */

void backoff_reset(struct backoff *backoff)
{
    backoff->failures = 0;
}

void backoff_slow(struct backoff *backoff)
{
    backoff->failures = FAILURES_MAX;
}

uint64_t backoff_next_ms(struct backoff *backoff, uint32_t random)
{
    uint64_t pause_ms = time_ms(TIME_DIAL_MIN) << backoff->failures;

    if (pause_ms > time_ms(TIME_DIAL_MAX))
        pause_ms = time_ms(TIME_DIAL_MAX);
    if (backoff->failures < FAILURES_MAX)
        backoff->failures++;
    return pause_ms - pause_ms / 4 + random % (pause_ms / 2 + 1);
}
