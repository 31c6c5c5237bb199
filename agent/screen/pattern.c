#include "agent/screen/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAME_MS  33
#define SQUARE_PX 40

struct pattern {
    struct source source;
    uv_timer_t timer;
    const struct source_handlers *handlers;
    void *context;
    unsigned frame;
};

static uint32_t pattern_pixel(const struct pattern *pattern, int x_px, int y_px)
{
    const int left_px = (int)(pattern->frame * 4) % (PATTERN_WIDTH_PX - SQUARE_PX);

    if (x_px >= left_px && x_px < left_px + SQUARE_PX && y_px >= SQUARE_PX && y_px < 2 * SQUARE_PX)
        return 0xffffff;
    return (uint32_t)((x_px / 4) << 16 | (y_px / 4) << 8 | ((x_px ^ y_px) & 0xff));
}

static void pattern_on_timer(uv_timer_t *timer)
{
    struct pattern *pattern = timer->data;

    pattern->frame++;
    pattern->source.has_news = true;
    pattern->handlers->changed(pattern->context);
}

static void pattern_watch(struct source *source, bool on)
{
    struct pattern *pattern = (struct pattern *)source;

    source->has_news = on;
    if (on)
        uv_timer_start(&pattern->timer, pattern_on_timer, 0, FRAME_MS);
    else
        uv_timer_stop(&pattern->timer);
}

static int pattern_read(struct source *source, struct picture *picture, struct tiles *changed,
                        struct moves *moves)
{
    const struct pattern *pattern = (struct pattern *)source;
    uint32_t row[PATTERN_WIDTH_PX];
    static const struct pixel_format format = {.bits = 32, .is_picture = true};

    source->has_news = false;
    for (int y = 0; y < PATTERN_HEIGHT_PX; y++) {
        for (int x = 0; x < PATTERN_WIDTH_PX; x++)
            row[x] = pattern_pixel(pattern, x, y);
        picture_take(picture, &format, &(struct area){0, y, PATTERN_WIDTH_PX, 1},
                     (const uint8_t *)row, sizeof row, changed);
    }
    return 0;
}

static int pattern_read_shape(struct source *source, struct shape *ret_shape)
{
    ret_shape->width_px = ret_shape->height_px = 0;
    ret_shape->hot_x_px = ret_shape->hot_y_px = 0;
    return 0;
}

static void pattern_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void pattern_destroy(struct source *source)
{
    uv_close((uv_handle_t *)&((struct pattern *)source)->timer, pattern_on_closed);
}

static const struct source_ops pattern_ops = {
    .watch = pattern_watch,
    .read = pattern_read,
    .read_shape = pattern_read_shape,
    .destroy = pattern_destroy,
};

int pattern_open(uv_loop_t *loop, const struct source_handlers *handlers, void *context,
                 struct source **ret_source)
{
    struct pattern *pattern = calloc(1, sizeof *pattern);

    if (!pattern)
        return -ENOMEM;
    pattern->source.ops = &pattern_ops;
    pattern->source.width_px = PATTERN_WIDTH_PX;
    pattern->source.height_px = PATTERN_HEIGHT_PX;
    snprintf(pattern->source.how, sizeof pattern->source.how, "test pattern");
    pattern->handlers = handlers;
    pattern->context = context;
    uv_timer_init(loop, &pattern->timer);
    pattern->timer.data = pattern;
    *ret_source = &pattern->source;
    return 0;
}
