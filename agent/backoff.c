#include "agent/backoff.h"

#include "common/times.h"

#define FAILURES_MAX   16 /* by far past the longest pause */
#define PAUSE_LEAST_MS 50

void backoff_reset(struct backoff *backoff)
{
    *backoff = (struct backoff){0};
}

void backoff_slow(struct backoff *backoff)
{
    *backoff = (struct backoff){.failures = FAILURES_MAX};
}

static uint64_t grow(struct backoff *backoff, uint32_t random)
{
    uint64_t pause_ms = time_ms(TIME_DIAL_MIN) << backoff->failures;

    if (pause_ms > time_ms(TIME_DIAL_MAX))
        pause_ms = time_ms(TIME_DIAL_MAX);
    if (backoff->failures < FAILURES_MAX)
        backoff->failures++;
    return pause_ms - pause_ms / 4 + random % (pause_ms / 2 + 1);
}

uint64_t backoff_next_ms(struct backoff *backoff, uint32_t random)
{
    backoff->away_since_us = 0;
    return grow(backoff, random);
}

bool backoff_is_away(const struct backoff *backoff, uint64_t now_us)
{
    return backoff->away_since_us && now_us < backoff->away_since_us + time_us(TIME_AWAY);
}

uint64_t backoff_unanswered_ms(struct backoff *backoff, uint64_t began_us, uint64_t now_us,
                               uint32_t random)
{
    if (!backoff->away_since_us) { /* when it is back its first trouble is a new one */
        backoff->away_since_us = began_us;
        backoff->failures = 0;
    }
    if (!backoff_is_away(backoff, now_us))
        return grow(backoff, random);
    uint64_t pace_ms = time_ms(TIME_DIAL_PACE), gone_ms = (now_us - began_us) / 1000;
    uint64_t least_ms = PAUSE_LEAST_MS + random % (PAUSE_LEAST_MS + 1);
    return gone_ms + least_ms < pace_ms ? pace_ms - gone_ms : least_ms;
}
