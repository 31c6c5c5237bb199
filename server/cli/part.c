#include "server/cli/part.h"

#include <stdlib.h>

#define PROBES_MAX 48 /* pixels that are looked at before all are */
#define COLOR      0xffffffu

struct probe {
    uint32_t x_px, y_px, color;
};

struct part {
    struct part_image image;
    struct probe probes[PROBES_MAX]; /* that of the rarest colour first */
    unsigned probe_count;
};

static bool is_seen(uint32_t pixel)
{
    return pixel >> 31;
}

static unsigned channel_difference(uint32_t a, uint32_t b, unsigned shift)
{
    int difference = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);
    return (unsigned)abs(difference);
}

static unsigned difference(uint32_t a, uint32_t b)
{
    unsigned red = channel_difference(a, b, 16), green = channel_difference(a, b, 8);
    unsigned blue = channel_difference(a, b, 0), most = red > green ? red : green;
    return most > blue ? most : blue;
}

static bool is_alike(uint32_t a, uint32_t b, unsigned tolerance)
{
    return ((a ^ b) & COLOR) == 0 || (tolerance > 0 && difference(a, b) <= tolerance);
}

/* -- choosing what to look at first -- */

static int by_number(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* Of the sorted colours the one that is there least often. */
static uint32_t rarest_of(const uint32_t *colors, size_t count)
{
    size_t least = SIZE_MAX;
    uint32_t rarest = colors[0];
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first; end < count && colors[end] == colors[first]; end++)
            ;
        if (end - first >= least)
            continue;
        least = end - first;
        rarest = colors[first];
    }
    return rarest;
}

static size_t seen_colors(const struct part_image *image, uint32_t *ret_colors)
{
    size_t count = 0;
    for (size_t i = 0; i < (size_t)image->width_px * image->height_px; i++)
        if (is_seen(image->pixels[i]))
            ret_colors[count++] = image->pixels[i] & COLOR;
    return count;
}

static void add_probe(struct part *part, size_t at)
{
    uint32_t pixel = part->image.pixels[at];
    if (!is_seen(pixel) || part->probe_count == PROBES_MAX)
        return;
    part->probes[part->probe_count++] =
        (struct probe){.x_px = (uint32_t)(at % part->image.width_px),
                       .y_px = (uint32_t)(at / part->image.width_px),
                       .color = pixel & COLOR};
}

/* One of the rarest colour, then some from everywhere: first and last, where a plain area ends. */
static void choose_probes(struct part *part, uint32_t rarest)
{
    const struct part_image *image = &part->image;
    size_t count = (size_t)image->width_px * image->height_px;
    for (size_t i = 0; i < count && part->probe_count == 0; i++)
        if ((image->pixels[i] & COLOR) == rarest)
            add_probe(part, i);
    add_probe(part, count - 1);
    add_probe(part, 0);
    add_probe(part, image->width_px - 1);
    add_probe(part, count - image->width_px);
    size_t step = count / PROBES_MAX + 1;
    step += step % image->width_px == 0; /* not all in one column */
    for (size_t i = step / 2; i < count; i += step)
        add_probe(part, i);
}

struct part *part_create(const struct part_image *image)
{
    size_t count = (size_t)image->width_px * image->height_px;
    uint32_t *colors = malloc((count + 1) * sizeof *colors);
    struct part *part = calloc(1, sizeof *part);
    size_t seen = colors && part ? seen_colors(image, colors) : 0;
    if (seen == 0) {
        free(part);
        part = NULL;
    } else {
        qsort(colors, seen, sizeof *colors, by_number);
        part->image = *image;
        choose_probes(part, rarest_of(colors, seen));
    }
    free(colors);
    return part;
}

struct part *part_destroy(struct part *part)
{
    free(part);
    return NULL;
}

/* -- looking -- */

struct range { /* of places */
    uint32_t x_px, y_px, end_x_px, end_y_px;
};

/* False: there is none. */
static bool range_of(const struct part *part, const struct part_image *screen,
                     const struct part_area *area, struct range *ret_range)
{
    uint64_t right = (uint64_t)area->x_px + area->width_px;
    uint64_t bottom = (uint64_t)area->y_px + area->height_px;
    if (right > screen->width_px)
        right = screen->width_px;
    if (bottom > screen->height_px)
        bottom = screen->height_px;
    if (area->x_px + (uint64_t)part->image.width_px > right ||
        area->y_px + (uint64_t)part->image.height_px > bottom)
        return false;
    *ret_range =
        (struct range){area->x_px, area->y_px, (uint32_t)(right - part->image.width_px + 1),
                       (uint32_t)(bottom - part->image.height_px + 1)};
    return true;
}

static uint32_t at_probe(const struct part_image *screen, const struct probe *probe, uint32_t x_px,
                         uint32_t y_px)
{
    return screen->pixels[(size_t)(y_px + probe->y_px) * screen->width_px + x_px + probe->x_px];
}

static bool probes_fit(const struct part *part, const struct part_image *screen, uint32_t x_px,
                       uint32_t y_px, unsigned tolerance)
{
    for (unsigned i = 0; i < part->probe_count; i++)
        if (!is_alike(at_probe(screen, &part->probes[i], x_px, y_px), part->probes[i].color,
                      tolerance))
            return false;
    return true;
}

static bool all_fit(const struct part *part, const struct part_image *screen, uint32_t x_px,
                    uint32_t y_px, unsigned tolerance)
{
    const uint32_t *wanted = part->image.pixels;
    for (uint32_t y = 0; y < part->image.height_px; y++) {
        const uint32_t *row = screen->pixels + (size_t)(y_px + y) * screen->width_px + x_px;
        for (uint32_t x = 0; x < part->image.width_px; x++, wanted++)
            if (is_seen(*wanted) && !is_alike(row[x], *wanted, tolerance))
                return false;
    }
    return true;
}

bool part_find(const struct part *part, const struct part_image *screen,
               const struct part_area *area, unsigned tolerance, struct part_place *ret_place)
{
    struct range range;
    if (!range_of(part, screen, area, &range))
        return false;
    for (uint32_t y = range.y_px; y < range.end_y_px; y++) {
        for (uint32_t x = range.x_px; x < range.end_x_px; x++) {
            if (!probes_fit(part, screen, x, y, tolerance) ||
                !all_fit(part, screen, x, y, tolerance))
                continue;
            *ret_place = (struct part_place){x, y};
            return true;
        }
    }
    return false;
}

/* How many probes are another colour there; no more than `most` are counted. */
static unsigned count_misses(const struct part *part, const struct part_image *screen,
                             uint32_t x_px, uint32_t y_px, unsigned tolerance, unsigned most)
{
    unsigned misses = 0;
    for (unsigned i = 0; i < part->probe_count && misses < most; i++)
        misses += !is_alike(at_probe(screen, &part->probes[i], x_px, y_px), part->probes[i].color,
                            tolerance);
    return misses;
}

static void measure(const struct part *part, const struct part_image *screen, unsigned tolerance,
                    struct part_likeness *likeness)
{
    const uint32_t *wanted = part->image.pixels;
    size_t seen = 0, alike = 0;
    for (uint32_t y = 0; y < part->image.height_px; y++) {
        const uint32_t *row = screen->pixels +
                              (size_t)(likeness->place.y_px + y) * screen->width_px +
                              likeness->place.x_px;
        for (uint32_t x = 0; x < part->image.width_px; x++, wanted++) {
            if (!is_seen(*wanted))
                continue;
            unsigned off = difference(row[x], *wanted);
            seen++;
            alike += off <= tolerance;
            if (off > likeness->tolerance)
                likeness->tolerance = off;
        }
    }
    likeness->percent = (unsigned)(alike * 100 / seen);
}

bool part_nearest(const struct part *part, const struct part_image *screen,
                  const struct part_area *area, unsigned tolerance,
                  struct part_likeness *ret_likeness)
{
    struct range range;
    unsigned least = part->probe_count + 1;
    struct part_likeness likeness = {0};
    if (!range_of(part, screen, area, &range))
        return false;
    for (uint32_t y = range.y_px; y < range.end_y_px; y++) {
        for (uint32_t x = range.x_px; x < range.end_x_px; x++) {
            unsigned misses = count_misses(part, screen, x, y, tolerance, least);
            if (misses >= least)
                continue;
            least = misses;
            likeness.place = (struct part_place){x, y};
        }
    }
    measure(part, screen, tolerance, &likeness);
    *ret_likeness = likeness;
    return true;
}
