#include "common/times.h"

#include <assert.h>
#include <stdlib.h>

#define FACTOR_MAX 16

static const uint32_t TIMES_MS[TIME_COUNT] = {
#define X(id, ms, what) [id] = ms,
    TIMES_TABLE(X)
#undef X
};

static unsigned factor = 1; /* written once, before anything waits */

uint64_t time_ms(enum time_id id)
{
    assert(id < TIME_COUNT);
    return (uint64_t)TIMES_MS[id] * factor;
}

uint64_t time_us(enum time_id id)
{
    return time_ms(id) * 1000;
}

void times_read_factor(void)
{
    const char *text = getenv("HOTDESK_TIME_FACTOR");
    char *end = NULL;
    unsigned long value = text ? strtoul(text, &end, 10) : 0;

    if (text && *end == '\0' && value >= 1 && value <= FACTOR_MAX)
        factor = (unsigned)value;
}
