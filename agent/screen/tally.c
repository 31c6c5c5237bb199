#include "agent/screen/tally.h"

#include <string.h>

void tally_init(struct tally *tally, uint64_t now_us)
{
    memset(tally, 0, sizeof *tally);
    tally->begun_us = now_us;
}

void tally_changed(struct tally *tally, uint64_t now_us)
{
    if (tally->changed_us == 0)
        tally->changed_us = now_us;
}

uint64_t tally_sent(struct tally *tally)
{
    const uint64_t since_us = tally->changed_us;

    tally->updates++;
    tally->changed_us = 0;
    return since_us;
}

void tally_seen(struct tally *tally, uint64_t since_us, uint64_t trip_us, uint64_t now_us)
{
    const uint64_t whole_us = now_us > since_us ? now_us - since_us : 0;

    if (since_us != 0)
        histogram_add(&tally->latency, whole_us > trip_us / 2 ? whole_us - trip_us / 2 : 0);
}

void tally_waits(struct tally *tally, bool waits, uint64_t now_us)
{
    if (tally->since_us != 0)
        tally->waits_us += now_us - tally->since_us;
    tally->since_us = waits ? now_us : 0;
}

void tally_worked(struct tally *tally, uint64_t time_us)
{
    tally->works_us += time_us;
}

static uint16_t permille_of(uint64_t part_us, uint64_t whole_us)
{
    return part_us >= whole_us ? 1000 : (uint16_t)(part_us * 1000 / whole_us);
}

static uint32_t latency_us(const struct tally *tally, double percent)
{
    const uint64_t value_us = histogram_percentile_us(&tally->latency, percent);

    return value_us < UINT32_MAX ? (uint32_t)value_us : UINT32_MAX;
}

void tally_report(struct tally *tally, uint64_t now_us, struct message_screen_figures *ret_figures)
{
    const uint64_t span_us = now_us > tally->begun_us ? now_us - tally->begun_us : 1;

    tally_waits(tally, tally->since_us != 0, now_us);
    *ret_figures = (struct message_screen_figures){
        .updates = tally->updates,
        .tight_bytes = tally->bytes[TALLY_TIGHT],
        .jpeg_bytes = tally->bytes[TALLY_JPEG],
        .raw_bytes = tally->bytes[TALLY_RAW],
        .waits_permille = permille_of(tally->waits_us, span_us),
        .works_permille = permille_of(tally->works_us, span_us),
        .p50_us = latency_us(tally, 50),
        .p99_us = latency_us(tally, 99),
    };
    tally->begun_us = now_us;
    tally->waits_us = tally->works_us = 0;
    histogram_clear(&tally->latency);
}

bool tally_is_news(const struct message_screen_figures *figures,
                   const struct message_screen_figures *before)
{
    return figures->updates != before->updates || figures->merged != before->merged ||
           figures->tight_bytes != before->tight_bytes ||
           figures->jpeg_bytes != before->jpeg_bytes || figures->raw_bytes != before->raw_bytes ||
           figures->waits_permille != before->waits_permille ||
           figures->works_permille != before->works_permille || figures->p50_us != before->p50_us ||
           figures->p99_us != before->p99_us;
}
