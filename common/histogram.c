#include "common/histogram.h"

#include <string.h>

/* The first 16 buckets hold one value each; from 16 on each power of two has 16 buckets. */
#define PARTS_BITS 4
#define PARTS      (1 << PARTS_BITS)

static unsigned bucket_of(uint64_t value)
{
    if (value < PARTS)
        return (unsigned)value;
    unsigned power = 63 - (unsigned)__builtin_clzll(value);
    unsigned part = (unsigned)(value >> (power - PARTS_BITS)) & (PARTS - 1);
    unsigned bucket = (power - PARTS_BITS + 1) * PARTS + part;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static uint64_t highest_of(unsigned bucket)
{
    if (bucket < PARTS)
        return bucket;
    unsigned shift = bucket / PARTS - 1;
    return ((uint64_t)(PARTS + bucket % PARTS + 1) << shift) - 1;
}

void histogram_clear(struct histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

void histogram_add(struct histogram *histogram, uint64_t value_us)
{
    uint32_t *count = &histogram->counts[bucket_of(value_us)];
    if (*count == UINT32_MAX)
        return;
    (*count)++;
    histogram->total++;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint32_t room = UINT32_MAX - histogram->counts[i];
        uint32_t count = other->counts[i] < room ? other->counts[i] : room;
        histogram->counts[i] += count;
        histogram->total += count;
    }
}

uint64_t histogram_percentile_us(const struct histogram *histogram, double percent)
{
    double wanted = percent / 100 * (double)histogram->total;
    uint64_t seen = 0;
    unsigned last = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->counts[i] == 0)
            continue;
        seen += histogram->counts[i];
        last = i;
        if ((double)seen >= wanted)
            break;
    }
    return highest_of(last);
}
