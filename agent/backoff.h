/*
 * The pause before the next dial. Pure.
 *
 * It doubles from TIME_DIAL_MIN to TIME_DIAL_MAX, a quarter more or less so that agents of one room
 * do not come back all at once. But a server that does not answer at all most likely sleeps, with
 * its computer, and its user expects us the moment it wakes: it is dialled once a second
 * (TIME_DIAL_PACE) for TIME_AWAY, the length of a night.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct backoff {
    unsigned failures;
    uint64_t away_since_us; /* the first dial that was not answered; 0: the last one was */
};

void backoff_reset(struct backoff *backoff);
/* From now on the longest pause: trying sooner cannot help. */
void backoff_slow(struct backoff *backoff);
/* After a dial that was answered, by whatever. `random` is any evenly spread number. */
uint64_t backoff_next_ms(struct backoff *backoff, uint32_t random);
/* After a dial that nobody answered. */
uint64_t backoff_unanswered_ms(struct backoff *backoff, uint64_t began_us, uint64_t now_us,
                               uint32_t random);
/* The server did not answer the last time, and is expected back. */
bool backoff_is_away(const struct backoff *backoff, uint64_t now_us);
