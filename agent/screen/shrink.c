#include "agent/screen/shrink.h"

#define COLOURS 4

/* Weights are exact in whole numbers: a pixel of the larger picture is as many units wide as the
 * smaller one has pixels, and a pixel of that as many as the larger one has. */
struct span {
    int from, to; /* pixels of the larger picture that are touched, the last excluded */
    int start;    /* of the smaller one's pixel, in units */
    int unit, size;
};

static struct span span_of(int at, int from_size_px, int to_size_px)
{
    const int64_t start = (int64_t)at * from_size_px;
    struct span span = {.unit = to_size_px, .size = from_size_px};

    span.from = (int)(start / to_size_px);
    span.to = (int)((start + from_size_px + to_size_px - 1) / to_size_px);
    span.start = (int)(start - (int64_t)span.from * to_size_px);
    return span;
}

/* How much of the pixel `i` after `from` is in it. */
static int weight_of(const struct span *span, int i)
{
    const int left = i * span->unit, right = left + span->unit;
    const int end = span->start + span->size;

    return (right < end ? right : end) - (left > span->start ? left : span->start);
}

static uint32_t mean_of(const uint64_t sums[COLOURS], uint64_t whole)
{
    uint32_t pixel = 0;

    for (int i = 0; i < COLOURS; i++)
        pixel |= (uint32_t)((sums[i] + whole / 2) / whole) << 8 * i;
    return pixel;
}

static void add_row(const uint32_t *row, const struct span *columns, int row_weight,
                    uint64_t sums[COLOURS])
{
    uint64_t of_row[COLOURS] = {0};

    for (int x = columns->from; x < columns->to; x++) {
        const uint64_t weight = (uint64_t)weight_of(columns, x - columns->from);
        const uint32_t pixel = row[x];
        of_row[0] += weight * (pixel & 0xff);
        of_row[1] += weight * (pixel >> 8 & 0xff);
        of_row[2] += weight * (pixel >> 16 & 0xff);
        of_row[3] += weight * (pixel >> 24);
    }
    for (int i = 0; i < COLOURS; i++)
        sums[i] += of_row[i] * (uint64_t)row_weight;
}

static uint32_t shrink_pixel(const struct shrink *shrink, const uint32_t *from,
                             const struct span *columns, const struct span *rows)
{
    uint64_t sums[COLOURS] = {0};

    for (int y = rows->from; y < rows->to; y++)
        add_row(from + (int64_t)y * shrink->from_width_px, columns, weight_of(rows, y - rows->from),
                sums);
    return mean_of(sums, (uint64_t)columns->size * (uint64_t)rows->size);
}

static int size_of(int size_px, int permille)
{
    const int small_px = (int)(((int64_t)size_px * permille + 500) / 1000);

    return small_px < 1 ? 1 : small_px;
}

void shrink_init(struct shrink *shrink, int width_px, int height_px, int permille)
{
    if (permille < SHRINK_PERMILLE_MIN)
        permille = SHRINK_PERMILLE_MIN;
    else if (permille > SHRINK_PERMILLE_MAX)
        permille = SHRINK_PERMILLE_MAX;
    *shrink = (struct shrink){width_px, height_px, size_of(width_px, permille),
                              size_of(height_px, permille)};
}

static void reach(int at_px, int size_px, int from_px, int to_px, int *ret_at_px, int *ret_size_px)
{
    const int64_t end = ((int64_t)at_px + size_px) * to_px;

    *ret_at_px = (int)((int64_t)at_px * to_px / from_px);
    *ret_size_px = (int)((end + from_px - 1) / from_px) - *ret_at_px;
}

struct area shrink_reach(const struct shrink *shrink, const struct area *area)
{
    struct area small;

    reach(area->x_px, area->width_px, shrink->from_width_px, shrink->to_width_px, &small.x_px,
          &small.width_px);
    reach(area->y_px, area->height_px, shrink->from_height_px, shrink->to_height_px, &small.y_px,
          &small.height_px);
    return small;
}

void shrink_part(const struct shrink *shrink, const uint32_t *from, const struct area *part,
                 uint32_t *to)
{
    for (int y = part->y_px; y < part->y_px + part->height_px; y++) {
        const struct span rows = span_of(y, shrink->from_height_px, shrink->to_height_px);
        uint32_t *row = to + (int64_t)y * shrink->to_width_px;
        for (int x = part->x_px; x < part->x_px + part->width_px; x++) {
            const struct span columns = span_of(x, shrink->from_width_px, shrink->to_width_px);
            row[x] = shrink_pixel(shrink, from, &columns, &rows);
        }
    }
}
