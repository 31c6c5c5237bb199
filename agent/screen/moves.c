#include "agent/screen/moves.h"

#include <stdlib.h>
#include <string.h>

#define AREA_MIN_PX    8192 /* less is quicker sent than looked for */
#define MOVE_MIN_PX    4096
#define NEAR_PX        64 /* how far it is looked for in each direction; up and down: everywhere */
#define PROBE_PX       16
#define PROBE_CHANGES  5 /* at least so many colours in a row that differ from their neighbours */
#define PROBE_COLUMNS  4
#define PROBE_ROWS     4
#define PROBES         (PROBE_COLUMNS * PROBE_ROWS)
#define PROBE_TRIES_PX 48 /* around its place, for a distinctive one */
#define GIVE_UP_AFTER  5  /* probes that came from nowhere: it is new */
#define WAYS_MAX       64
#define VOTES_NEEDED   2
#define VOTES_ENOUGH   3
#define EDGE_ROWS_PX   8 /* three rows, so far apart, tell where it ends left and right */

struct way { /* where a piece came from, relative to where it is */
    int x_px, y_px;
    int votes;
    int probe_x_px, probe_y_px; /* of the last vote, on the screen */
};

struct search {
    const struct picture *picture;
    int way_x_px, way_y_px; /* is tried first; 0, 0: none */
    const struct area *area;
    const uint8_t *image;
    size_t stride_bytes;
    struct way ways[WAYS_MAX];
    size_t way_count;
};

/* Of the new image; x and y on the screen. */
static const uint32_t *new_at(const struct search *search, int x_px, int y_px)
{
    return (const uint32_t *)(search->image +
                              (size_t)(y_px - search->area->y_px) * search->stride_bytes) +
           (x_px - search->area->x_px);
}

static const uint32_t *old_at(const struct search *search, int x_px, int y_px)
{
    return search->picture->pixels + (size_t)y_px * (size_t)search->picture->width_px + x_px;
}

/* --- probes --- */

static bool is_distinctive(const uint32_t *pixels)
{
    int changes = 0;

    for (int i = 1; i < PROBE_PX; i++)
        changes += pixels[i] != pixels[i - 1];
    return changes >= PROBE_CHANGES;
}

/* A distinctive piece near a place, which is not what was there before. */
static bool find_probe(const struct search *search, int *x_px, int *y_px)
{
    const struct area *area = search->area;
    const int right_px = area->x_px + area->width_px - PROBE_PX;
    const int bottom_px = area->y_px + area->height_px;

    for (int y = *y_px; y < *y_px + PROBE_TRIES_PX && y < bottom_px; y += 3) {
        for (int x = *x_px; x < *x_px + PROBE_TRIES_PX && x <= right_px; x += PROBE_PX / 2) {
            const uint32_t *piece = new_at(search, x, y);
            if (!is_distinctive(piece) ||
                memcmp(piece, old_at(search, x, y), PROBE_PX * sizeof *piece) == 0)
                continue;
            *x_px = x;
            *y_px = y;
            return true;
        }
    }
    return false;
}

/* --- where they came from --- */

static void vote(struct search *search, int way_x, int way_y, int probe_x, int probe_y)
{
    size_t i = 0;

    while (i < search->way_count &&
           (search->ways[i].x_px != way_x || search->ways[i].y_px != way_y))
        i++;
    if (i == WAYS_MAX)
        return;
    if (i == search->way_count)
        search->ways[search->way_count++] = (struct way){.x_px = way_x, .y_px = way_y};
    search->ways[i].votes++;
    search->ways[i].probe_x_px = probe_x;
    search->ways[i].probe_y_px = probe_y;
}

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

/* Looks through one row of the old picture. */
static int look_along(struct search *search, int x_px, int y_px, int old_y_px, int from_px,
                      int to_px)
{
    const uint32_t *piece = new_at(search, x_px, y_px);
    const uint32_t *row = old_at(search, 0, old_y_px);
    const uint32_t first = piece[0], last = piece[PROBE_PX - 1];
    int found = 0;

    for (int x = from_px; x <= to_px; x++) {
        if (row[x] != first || row[x + PROBE_PX - 1] != last ||
            memcmp(row + x, piece, PROBE_PX * sizeof *piece) != 0)
            continue;
        vote(search, x - x_px, old_y_px - y_px, x_px, y_px);
        found++;
    }
    return found;
}

/* The way of the last move needs no search. */
static bool came_as_before(struct search *search, int x_px, int y_px)
{
    const int old_x_px = x_px + search->way_x_px, old_y_px = y_px + search->way_y_px;

    if ((search->way_x_px == 0 && search->way_y_px == 0) || old_x_px < 0 || old_y_px < 0 ||
        old_x_px > search->picture->width_px - PROBE_PX || old_y_px >= search->picture->height_px ||
        memcmp(new_at(search, x_px, y_px), old_at(search, old_x_px, old_y_px),
               PROBE_PX * sizeof(uint32_t)) != 0)
        return false;
    vote(search, search->way_x_px, search->way_y_px, x_px, y_px);
    return true;
}

static int look_for(struct search *search, int x_px, int y_px)
{
    const int right_px = search->picture->width_px - PROBE_PX;
    const int bottom_px = search->area->y_px + search->area->height_px;
    const int near_left_px = clamp(x_px - NEAR_PX, 0, right_px);
    const int near_right_px = clamp(x_px + NEAR_PX, 0, right_px);
    int found = 0;

    for (int y = search->area->y_px; y < bottom_px; y++) {
        const bool is_near = abs(y - y_px) <= NEAR_PX;
        found += look_along(search, x_px, y_px, y, is_near ? near_left_px : x_px,
                            is_near ? near_right_px : x_px);
    }
    return found;
}

static const struct way *best_way(const struct search *search)
{
    const struct way *best = NULL;

    for (size_t i = 0; i < search->way_count; i++) {
        const struct way *way = &search->ways[i];
        if (way->votes >= VOTES_NEEDED && (!best || way->votes > best->votes))
            best = way;
    }
    return best;
}

static const struct way *find_way(struct search *search)
{
    const struct area *area = search->area;
    const struct way *best = NULL;
    int tried = 0, found = 0;

    for (int i = 0; i < PROBES && (found > 0 || tried < GIVE_UP_AFTER); i++) {
        /* Not row by row: what moved may be a small part of it. */
        const int place = i * 7 % PROBES;
        int x = area->x_px + area->width_px * (place % PROBE_COLUMNS * 2 + 1) / (PROBE_COLUMNS * 2);
        int y = area->y_px + area->height_px * (place / PROBE_COLUMNS * 2 + 1) / (PROBE_ROWS * 2);
        if (!find_probe(search, &x, &y))
            continue;
        tried++;
        found += came_as_before(search, x, y) ? 1 : look_for(search, x, y);
        best = best_way(search);
        if (best && best->votes >= VOTES_ENOUGH)
            break;
    }
    return best;
}

/* --- how far it reaches --- */

static bool rows_are_equal(const struct search *search, const struct way *way, int x_px, int y_px,
                           int width_px)
{
    return memcmp(new_at(search, x_px, y_px), old_at(search, x_px + way->x_px, y_px + way->y_px),
                  (size_t)width_px * sizeof(uint32_t)) == 0;
}

/* What of the area has a place in the old picture that it can have come from. */
static bool find_bounds(const struct search *search, const struct way *way, struct area *ret_bounds)
{
    struct area from = *search->area;

    from.x_px += way->x_px;
    from.y_px += way->y_px;
    if (!area_clip(&from, search->picture->width_px, search->picture->height_px))
        return false;
    *ret_bounds =
        (struct area){from.x_px - way->x_px, from.y_px - way->y_px, from.width_px, from.height_px};
    return true;
}

/* Makes left and right narrower, to what came that way of this row around a place. */
static void narrow(const struct search *search, const struct way *way, int y_px, int x_px,
                   int *left_px, int *right_px)
{
    const uint32_t *now = new_at(search, 0, y_px);
    const uint32_t *before = old_at(search, way->x_px, y_px + way->y_px);
    int left = x_px, right = x_px;

    while (left > *left_px && now[left - 1] == before[left - 1])
        left--;
    while (right < *right_px && now[right] == before[right])
        right++;
    *left_px = left;
    *right_px = right;
}

static bool find_extent(const struct search *search, const struct way *way, struct area *ret_to)
{
    struct area bounds;

    if (!find_bounds(search, way, &bounds))
        return false;
    const int top_px = bounds.y_px, bottom_px = bounds.y_px + bounds.height_px;
    int left = bounds.x_px, right = bounds.x_px + bounds.width_px;
    for (int i = -1; i <= 1; i++) {
        const int y = way->probe_y_px + i * EDGE_ROWS_PX;
        if (y >= top_px && y < bottom_px)
            narrow(search, way, y, way->probe_x_px, &left, &right);
    }
    int top = way->probe_y_px, bottom = way->probe_y_px;
    while (top > top_px && rows_are_equal(search, way, left, top - 1, right - left))
        top--;
    while (bottom < bottom_px && rows_are_equal(search, way, left, bottom, right - left))
        bottom++;
    *ret_to = (struct area){left, top, right - left, bottom - top};
    return ret_to->width_px * ret_to->height_px >= MOVE_MIN_PX;
}

/* --- moving --- */

static bool may_move(const struct moves *moves, const struct tiles *changed,
                     const struct area *from)
{
    for (size_t i = 0; i < sizeof moves->unsent / sizeof *moves->unsent; i++) {
        if (moves->unsent[i] && tiles_touch(moves->unsent[i], from))
            return false;
    }
    return !tiles_touch(changed, from);
}

void moves_settle(struct moves *moves, struct picture *picture)
{
    const struct area *area = &moves->late.area;
    const uint8_t *from = moves->late.image;
    uint32_t *to = picture->pixels + (size_t)area->y_px * (size_t)picture->width_px + area->x_px;

    for (int y = 0; area->width_px > 0 && y < area->height_px; y++) {
        memcpy(to, from, (size_t)area->width_px * sizeof *to);
        from += moves->late.stride_bytes;
        to += picture->width_px;
    }
    moves->late.area.width_px = 0;
}

void moves_settle_in(struct moves *moves, struct picture *picture, const struct area *area)
{
    const struct area *late = &moves->late.area;

    if (area->x_px < late->x_px + late->width_px && late->x_px < area->x_px + area->width_px &&
        area->y_px < late->y_px + late->height_px && late->y_px < area->y_px + area->height_px)
        moves_settle(moves, picture);
}

static const uint8_t *image_at(const struct area *area, const uint8_t *image, size_t stride_bytes,
                               const struct area *part)
{
    return image + (size_t)(part->y_px - area->y_px) * stride_bytes +
           (size_t)(part->x_px - area->x_px) * sizeof(uint32_t);
}

static void take_part(struct picture *picture, const struct pixel_format *format,
                      const struct area *area, const uint8_t *image, size_t stride_bytes,
                      const struct area *part, struct tiles *changed)
{
    if (part->width_px > 0 && part->height_px > 0)
        picture_take(picture, format, part, image_at(area, image, stride_bytes, part), stride_bytes,
                     changed);
}

/* All around what moved. */
static void take_rest(struct picture *picture, const struct pixel_format *format,
                      const struct area *area, const uint8_t *image, size_t stride_bytes,
                      const struct area *moved, struct tiles *changed)
{
    const int right_px = area->x_px + area->width_px, bottom_px = area->y_px + area->height_px;
    const int moved_right_px = moved->x_px + moved->width_px;
    const int moved_bottom_px = moved->y_px + moved->height_px;
    const struct area parts[] = {
        {area->x_px, area->y_px, area->width_px, moved->y_px - area->y_px},
        {area->x_px, moved->y_px, moved->x_px - area->x_px, moved->height_px},
        {moved_right_px, moved->y_px, right_px - moved_right_px, moved->height_px},
        {area->x_px, moved_bottom_px, area->width_px, bottom_px - moved_bottom_px},
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        take_part(picture, format, area, image, stride_bytes, &parts[i], changed);
}

static bool find_move(const struct moves *moves, struct search *search, const struct tiles *changed,
                      struct move *ret_move)
{
    const struct way *way = find_way(search);

    if (!way || !find_extent(search, way, &ret_move->to))
        return false;
    ret_move->from_x_px = ret_move->to.x_px + way->x_px;
    ret_move->from_y_px = ret_move->to.y_px + way->y_px;
    return may_move(moves, changed,
                    &(struct area){ret_move->from_x_px, ret_move->from_y_px, ret_move->to.width_px,
                                   ret_move->to.height_px});
}

void moves_take(struct moves *moves, struct picture *picture, const struct pixel_format *format,
                const struct area *area, const uint8_t *image, size_t stride_bytes,
                struct tiles *changed)
{
    struct search search = {.picture = picture,
                            .way_x_px = moves->way_x_px,
                            .way_y_px = moves->way_y_px,
                            .area = area,
                            .image = image,
                            .stride_bytes = stride_bytes};
    struct move *move = &moves->moves[moves->count];

    moves_settle(moves, picture);
    if (moves->count == MOVES_MAX || (int64_t)area->width_px * area->height_px < AREA_MIN_PX ||
        !find_move(moves, &search, changed, move)) {
        picture_take(picture, format, area, image, stride_bytes, changed);
        return;
    }
    moves->count++;
    moves->way_x_px = move->from_x_px - move->to.x_px;
    moves->way_y_px = move->from_y_px - move->to.y_px;
    moves->late =
        (struct moves_late){move->to, image_at(area, image, stride_bytes, &move->to), stride_bytes};
    take_rest(picture, format, area, image, stride_bytes, &move->to, changed);
}
