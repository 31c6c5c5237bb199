#include "server/viewer/scale.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHT_BITS 12
#define WEIGHT_ONE  (1 << WEIGHT_BITS)
#define CHANNELS    3
#define NO_ROW      UINT32_MAX

/* Of one pixel of the result in one direction. */
struct taps {
    uint32_t first, count; /* pixels of the source */
    uint32_t weights_at;   /* in axis.weights; their sum is WEIGHT_ONE */
};

struct axis {
    uint32_t from_px, to_px;
    uint32_t count_max;
    struct taps *taps; /* to_px of them, their `first` never falls */
    uint16_t *weights;
};

struct scale {
    struct axis x, y;
    /* Rows of the source that are scaled in width already; row n is in place n % rows. */
    uint16_t *rows;
    uint32_t *row_numbers;
    uint32_t *sums; /* of the row that is being made */
};

static double centre_of(uint32_t at, double ratio)
{
    return (at + 0.5) * ratio - 0.5;
}

/* Weights of whole pixels, rounded so that grey stays the same grey. */
static void set_weights(struct taps *taps, uint16_t *weights, double centre, double reach)
{
    double sum = 0;
    for (uint32_t i = 0; i < taps->count; i++)
        sum += fmax(0, 1 - fabs(taps->first + i - centre) / reach);
    uint32_t left = WEIGHT_ONE, heaviest = 0;
    for (uint32_t i = 0; i < taps->count; i++) {
        double share = fmax(0, 1 - fabs(taps->first + i - centre) / reach) / sum;
        weights[i] = (uint16_t)(share * WEIGHT_ONE);
        left -= weights[i];
        if (weights[i] > weights[heaviest])
            heaviest = i;
    }
    weights[heaviest] = (uint16_t)(weights[heaviest] + left);
}

static bool axis_make(struct axis *axis, uint32_t from_px, uint32_t to_px)
{
    double ratio = (double)from_px / to_px, reach = ratio > 1 ? ratio : 1;
    uint32_t count_max = (uint32_t)ceil(2 * reach) + 1;
    *axis = (struct axis){.from_px = from_px, .to_px = to_px, .count_max = count_max};
    axis->taps = calloc(to_px, sizeof *axis->taps);
    axis->weights = calloc((size_t)to_px * count_max, sizeof *axis->weights);
    if (!axis->taps || !axis->weights)
        return false;
    for (uint32_t at = 0; at < to_px; at++) {
        double centre = centre_of(at, ratio);
        double first = fmax(0, ceil(centre - reach)), last = fmin(from_px - 1, centre + reach);
        struct taps *taps = &axis->taps[at];
        taps->first = (uint32_t)first;
        taps->count = (uint32_t)last - taps->first + 1;
        taps->weights_at = at * count_max;
        set_weights(taps, axis->weights + taps->weights_at, centre, reach);
    }
    return true;
}

struct scale *scale_create(uint32_t from_width_px, uint32_t from_height_px, uint32_t to_width_px,
                           uint32_t to_height_px)
{
    struct scale *scale = calloc(1, sizeof *scale);
    if (!scale)
        return NULL;
    bool made = axis_make(&scale->x, from_width_px, to_width_px) &&
                axis_make(&scale->y, from_height_px, to_height_px);
    if (made) {
        scale->rows =
            calloc(scale->y.count_max, (size_t)to_width_px * CHANNELS * sizeof *scale->rows);
        scale->row_numbers = calloc(scale->y.count_max, sizeof *scale->row_numbers);
        scale->sums = calloc((size_t)to_width_px * CHANNELS, sizeof *scale->sums);
    }
    if (!scale->rows || !scale->row_numbers || !scale->sums)
        return scale_destroy(scale);
    return scale;
}

struct scale *scale_destroy(struct scale *scale)
{
    if (!scale)
        return NULL;
    free(scale->x.taps);
    free(scale->x.weights);
    free(scale->y.taps);
    free(scale->y.weights);
    free(scale->rows);
    free(scale->row_numbers);
    free(scale->sums);
    free(scale);
    return NULL;
}

/* The pixels of the result that a span of the source has a part in. */
static void reach_of(const struct axis *axis, uint32_t start_px, uint32_t size_px,
                     uint16_t *ret_start_px, uint16_t *ret_size_px)
{
    uint32_t first = 0, end = axis->to_px;
    while (first < end - 1 && axis->taps[first].first + axis->taps[first].count <= start_px)
        first++;
    while (end > first + 1 && axis->taps[end - 1].first >= start_px + size_px)
        end--;
    *ret_start_px = (uint16_t)first;
    *ret_size_px = (uint16_t)(end - first);
}

void scale_reach(const struct scale *scale, const struct frame_rectangle *from,
                 struct frame_rectangle *ret_to)
{
    reach_of(&scale->x, from->x_px, from->width_px, &ret_to->x_px, &ret_to->width_px);
    reach_of(&scale->y, from->y_px, from->height_px, &ret_to->y_px, &ret_to->height_px);
}

static void source_of(const struct axis *axis, uint32_t start_px, uint32_t size_px,
                      uint16_t *ret_start_px, uint16_t *ret_size_px)
{
    const struct taps *last = &axis->taps[start_px + size_px - 1];
    *ret_start_px = (uint16_t)axis->taps[start_px].first;
    *ret_size_px = (uint16_t)(last->first + last->count - *ret_start_px);
}

void scale_source(const struct scale *scale, const struct frame_rectangle *to,
                  struct frame_rectangle *ret_from)
{
    source_of(&scale->x, to->x_px, to->width_px, &ret_from->x_px, &ret_from->width_px);
    source_of(&scale->y, to->y_px, to->height_px, &ret_from->y_px, &ret_from->height_px);
}

static void scale_row(const struct axis *axis, const uint32_t *from,
                      const struct frame_rectangle *to, uint16_t *ret_row)
{
    for (uint32_t x = to->x_px; x < to->x_px + (uint32_t)to->width_px; x++) {
        const struct taps *taps = &axis->taps[x];
        const uint16_t *weights = axis->weights + taps->weights_at;
        const uint32_t *pixels = from + taps->first;
        uint32_t red = 0, green = 0, blue = 0;
        for (uint32_t i = 0; i < taps->count; i++) {
            red += weights[i] * (pixels[i] >> 16 & 0xff);
            green += weights[i] * (pixels[i] >> 8 & 0xff);
            blue += weights[i] * (pixels[i] & 0xff);
        }
        /* Four bits more than a colour has: the second pass rounds once for both. */
        ret_row[0] = (uint16_t)(red >> (WEIGHT_BITS - 4));
        ret_row[1] = (uint16_t)(green >> (WEIGHT_BITS - 4));
        ret_row[2] = (uint16_t)(blue >> (WEIGHT_BITS - 4));
        ret_row += CHANNELS;
    }
}

static const uint16_t *row_of(const struct scale *scale, uint32_t number, const uint32_t *from,
                              size_t from_stride_bytes, const struct frame_rectangle *to)
{
    uint32_t place = number % scale->y.count_max;
    uint16_t *row = scale->rows + (size_t)place * scale->x.to_px * CHANNELS;
    if (scale->row_numbers[place] != number) {
        const uint8_t *line = (const uint8_t *)from + number * from_stride_bytes;
        scale_row(&scale->x, (const uint32_t *)(const void *)line, to, row);
        scale->row_numbers[place] = number;
    }
    return row;
}

static uint32_t rounded(uint32_t sum)
{
    return (sum + (1u << (WEIGHT_BITS + 3))) >> (WEIGHT_BITS + 4);
}

/* One row of the result, from as many rows of the source as have a part in it. */
static void mix_rows(const struct scale *scale, uint32_t y, const uint32_t *from,
                     size_t from_stride_bytes, const struct frame_rectangle *to,
                     uint32_t *ret_pixels)
{
    const struct taps *taps = &scale->y.taps[y];
    size_t count = (size_t)to->width_px * CHANNELS;
    uint32_t *sums = scale->sums;
    memset(sums, 0, count * sizeof *sums);
    for (uint32_t i = 0; i < taps->count; i++) {
        const uint16_t *row = row_of(scale, taps->first + i, from, from_stride_bytes, to);
        uint32_t weight = scale->y.weights[taps->weights_at + i];
        for (size_t at = 0; at < count; at++)
            sums[at] += weight * row[at];
    }
    for (uint32_t x = 0; x < to->width_px; x++, sums += CHANNELS)
        ret_pixels[x] = rounded(sums[0]) << 16 | rounded(sums[1]) << 8 | rounded(sums[2]);
}

void scale_draw(const struct scale *scale, const uint32_t *from, size_t from_stride_bytes,
                const struct frame_rectangle *to, void *ret_pixels, size_t to_stride_bytes)
{
    uint8_t *line = ret_pixels;
    for (uint32_t i = 0; i < scale->y.count_max; i++)
        scale->row_numbers[i] = NO_ROW;
    for (uint32_t y = to->y_px; y < to->y_px + (uint32_t)to->height_px; y++) {
        mix_rows(scale, y, from, from_stride_bytes, to, (uint32_t *)(void *)line);
        line += to_stride_bytes;
    }
}
