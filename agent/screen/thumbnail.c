#include "agent/screen/thumbnail.h"

#include <errno.h>
#include <string.h>

#include "agent/screen/shrink.h"
#include "common/times.h"

#define ALIGN_PX       16   /* JPEG's blocks: no seams */
#define BYTES_A_SECOND 5000 /* of a target that changes on and on */
#define SECOND_US      1000000

void thumbnail_finish(struct thumbnail *thumbnail)
{
    picture_finish(&thumbnail->next);
    picture_finish(&thumbnail->sent);
}

void thumbnail_want(struct thumbnail *thumbnail, bool wanted, int width_max_px, int height_max_px)
{
    thumbnail->is_wanted = wanted;
    thumbnail->width_max_px = width_max_px;
    thumbnail->height_max_px = height_max_px;
    thumbnail->due_us = 0;
    picture_finish(&thumbnail->sent);
}

void thumbnail_fit(const struct thumbnail *thumbnail, int width_px, int height_px,
                   int *ret_width_px, int *ret_height_px)
{
    const int width_max_px = thumbnail->width_max_px, height_max_px = thumbnail->height_max_px;
    const bool is_wide = (int64_t)width_px * height_max_px > (int64_t)height_px * width_max_px;
    int64_t width = width_px, height = height_px;

    if (is_wide && width > width_max_px) {
        height = height * width_max_px / width;
        width = width_max_px;
    } else if (!is_wide && height > height_max_px) {
        width = width * height_max_px / height;
        height = height_max_px;
    }
    *ret_width_px = width > 0 ? (int)width : 1;
    *ret_height_px = height > 0 ? (int)height : 1;
}

/* `next` and `sent` have the right size from here on. */
static int renew(struct thumbnail *thumbnail, const struct picture *picture)
{
    int width_px, height_px;

    thumbnail_fit(thumbnail, picture->width_px, picture->height_px, &width_px, &height_px);
    if (thumbnail->next.pixels && thumbnail->next.width_px == width_px &&
        thumbnail->next.height_px == height_px)
        return 0;
    thumbnail_finish(thumbnail);
    return picture_init(&thumbnail->next, width_px, height_px);
}

static void draw(struct thumbnail *thumbnail, const struct picture *picture)
{
    struct picture *next = &thumbnail->next;
    const struct shrink shrink = {.from_width_px = picture->width_px,
                                  .from_height_px = picture->height_px,
                                  .to_width_px = next->width_px,
                                  .to_height_px = next->height_px};

    shrink_part(&shrink, picture->pixels, &(struct area){0, 0, next->width_px, next->height_px},
                next->pixels);
}

/* What differs, in whole blocks. */
static struct area changed_of(const struct picture *next, const struct picture *sent)
{
    int left = next->width_px, right = 0, top = next->height_px, bottom = 0;

    for (int y = 0; y < next->height_px; y++) {
        const size_t row = (size_t)y * (size_t)next->width_px;
        for (int x = 0; x < next->width_px; x++) {
            if (next->pixels[row + (size_t)x] == sent->pixels[row + (size_t)x])
                continue;
            left = x < left ? x : left;
            right = x >= right ? x + 1 : right;
            top = y < top ? y : top;
            bottom = y + 1;
        }
    }
    if (right == 0)
        return (struct area){0};
    left -= left % ALIGN_PX;
    top -= top % ALIGN_PX;
    right += (ALIGN_PX - right % ALIGN_PX) % ALIGN_PX;
    bottom += (ALIGN_PX - bottom % ALIGN_PX) % ALIGN_PX;
    right = right < next->width_px ? right : next->width_px;
    bottom = bottom < next->height_px ? bottom : next->height_px;
    return (struct area){left, top, right - left, bottom - top};
}

bool thumbnail_make(struct thumbnail *thumbnail, const struct picture *picture,
                    struct area *ret_changed, int *ret_error)
{
    const struct picture *next = &thumbnail->next;

    *ret_error = renew(thumbnail, picture);
    if (*ret_error)
        return false;
    draw(thumbnail, picture);
    *ret_changed = thumbnail->sent.pixels ? changed_of(next, &thumbnail->sent)
                                          : (struct area){0, 0, next->width_px, next->height_px};
    return ret_changed->width_px > 0;
}

void thumbnail_rest(struct thumbnail *thumbnail, uint64_t now_us)
{
    thumbnail->due_us = now_us + time_us(TIME_THUMBNAIL);
}

void thumbnail_sent(struct thumbnail *thumbnail, size_t bytes, uint64_t now_us)
{
    const struct picture *next = &thumbnail->next;
    const uint64_t pause_us = (uint64_t)bytes * SECOND_US / BYTES_A_SECOND;
    const uint64_t least_us = time_us(TIME_THUMBNAIL);

    thumbnail->due_us = now_us + (pause_us > least_us ? pause_us : least_us);
    if (!thumbnail->sent.pixels &&
        picture_init(&thumbnail->sent, next->width_px, next->height_px) < 0)
        return; /* the next one is whole again */
    memcpy(thumbnail->sent.pixels, next->pixels,
           (size_t)next->width_px * (size_t)next->height_px * sizeof *next->pixels);
}
