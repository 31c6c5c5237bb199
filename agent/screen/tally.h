/*
 * What a screen connection did: bytes by encoding, and lately how long something waited for the
 * link, how long was worked, and how late what changed is seen. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/histogram.h"
#include "protocol/message.h"

enum tally_kind { TALLY_TIGHT, TALLY_JPEG, TALLY_RAW, TALLY_KINDS };

struct tally {
    uint64_t bytes[TALLY_KINDS];
    uint32_t updates;
    /* Since the last report. */
    uint64_t begun_us, waits_us, works_us;
    struct histogram latency;
    /* Now. */
    uint64_t changed_us; /* the oldest change that is in no update yet; 0: there is none */
    uint64_t since_us;   /* something waits; 0: nothing does */
};

void tally_init(struct tally *tally, uint64_t now_us);
/* Something is other than what was sent. */
void tally_changed(struct tally *tally, uint64_t now_us);
/* An update goes out. When the oldest change that it shows came; 0: not known. */
uint64_t tally_sent(struct tally *tally);
/* Its answer came, on a link whose way there and back takes `trip_us`. `since_us`: tally_sent's. */
void tally_seen(struct tally *tally, uint64_t since_us, uint64_t trip_us, uint64_t now_us);
/* Something that could be sent waits for what is on its way, or does not. */
void tally_waits(struct tally *tally, bool waits, uint64_t now_us);
void tally_worked(struct tally *tally, uint64_t time_us);
/* Lately is since the last report. */
void tally_report(struct tally *tally, uint64_t now_us, struct message_screen_figures *ret_figures);
/* Tells these figures something that those did not? */
bool tally_is_news(const struct message_screen_figures *figures,
                   const struct message_screen_figures *before);
