/* Durations, counted in buckets a sixteenth of a power of two wide: percentiles without keeping
 * values. */
#pragma once

#include <stdint.h>

#define HISTOGRAM_BUCKETS 512

struct histogram {
    uint32_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
};

void histogram_clear(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t value_us);
void histogram_merge(struct histogram *histogram, const struct histogram *other);
/* The value that `percent` of those added do not exceed, within 1/16; 0 when empty. */
uint64_t histogram_percentile_us(const struct histogram *histogram, double percent);
