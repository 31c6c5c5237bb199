/*
 * What a console sends on a screen connection, as one buffer, through all of the agent's side in
 * this process: libvncserver, requests, updates, fences, a screen that changes meanwhile. For
 * libFuzzer (`./dev fuzz agent`), and for replay.c, which runs files.
 *
 * The first byte tells in pieces of how many bytes the rest comes, and whether fences are answered;
 * the second what happens to the screen between them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "agent/loop.h"
#include "agent/screen/feed.h"
#include "tests/hostile/fuzz.h"

#define HEAD_BYTES    2
#define ANSWERS       0x80 /* of the first byte */
#define SIDE_MAX      200
#define WAY_BYTES_MAX (16u << 20) /* sent while nothing is answered */
#define ANSWER_BYTES  13
#define OUTPUT_MAX    (64u << 20)
#define EVENT_KINDS   7

struct screen {
    struct source source;
    uint32_t pixels[SIDE_MAX * SIDE_MAX];
    bool watched;
    uint32_t random;
};

struct session {
    struct screen screen;
    struct feed *feed;
    uint8_t last[ANSWER_BYTES]; /* that was sent */
    bool has_fence, answers;
    size_t way_bytes, sent_bytes;
    uint32_t mixed; /* of all that is sent: valgrind sees a byte that nobody wrote */
};

static const struct {
    int width_px, height_px;
} sizes[] = {{96, 64}, {1, 1}, {200, 3}, {65, 129}, {200, 200}};

static char reason[128];

/* --- a screen --- */

static uint32_t draw_number(struct screen *screen)
{
    screen->random = screen->random * 1664525 + 1013904223;
    return screen->random >> 8;
}

static void screen_watch(struct source *source, bool on)
{
    struct screen *screen = (struct screen *)source;

    screen->watched = source->has_news = on;
}

static int screen_read(struct source *source, struct picture *picture, struct tiles *changed,
                       struct moves *moves)
{
    static const struct pixel_format format = {.bits = 32, .is_picture = true};
    const struct screen *screen = (struct screen *)source;
    const struct area all = {0, 0, source->width_px, source->height_px};
    const size_t stride_bytes = (size_t)source->width_px * 4;

    if (!screen->watched)
        abort(); /* nothing is read while nobody looks */
    source->has_news = false;
    if (moves)
        moves_take(moves, picture, &format, &all, (const uint8_t *)screen->pixels, stride_bytes,
                   changed);
    else
        picture_take(picture, &format, &all, (const uint8_t *)screen->pixels, stride_bytes,
                     changed);
    return 0;
}

static int screen_read_shape(struct source *source, struct shape *ret_shape)
{
    const int side_px = (int)(draw_number((struct screen *)source) % (SHAPE_PX_MAX + 1));

    memset(ret_shape, 0, sizeof *ret_shape);
    ret_shape->width_px = ret_shape->height_px = side_px;
    for (int i = 0; i < side_px * side_px; i++)
        ret_shape->pixels[i] = (uint32_t)i << 24;
    return 0;
}

static const struct source_ops screen_ops = {
    .watch = screen_watch,
    .read = screen_read,
    .read_shape = screen_read_shape,
};

static void paint(struct screen *screen, bool photo)
{
    const int count = screen->source.width_px * screen->source.height_px;
    const int first = (int)(draw_number(screen) % (uint32_t)count);
    const uint32_t colour = draw_number(screen);

    for (int i = first; i < count; i++)
        screen->pixels[i] = (photo ? draw_number(screen) : colour) & 0xffffff;
}

static void scroll(struct screen *screen)
{
    static uint32_t old[SIDE_MAX * SIDE_MAX];
    const size_t count = (size_t)screen->source.width_px * (size_t)screen->source.height_px;
    const size_t by = (size_t)screen->source.width_px * 3;

    if (by >= count)
        return;
    memcpy(old, screen->pixels, count * sizeof *old);
    memcpy(screen->pixels, old + by, (count - by) * sizeof *old);
}

static void resize(struct session *session)
{
    const size_t size = draw_number(&session->screen) % (sizeof sizes / sizeof *sizes);

    session->screen.source.width_px = sizes[size].width_px;
    session->screen.source.height_px = sizes[size].height_px;
    session->screen.source.has_news = true;
    feed_on_resized(session->feed);
}

static void happen(struct session *session, uv_loop_t *loop)
{
    struct screen *screen = &session->screen;
    const uint32_t kind = draw_number(screen) % EVENT_KINDS;

    if (kind < 3) {
        if (kind == 2)
            scroll(screen);
        else
            paint(screen, kind == 1);
        screen->source.has_news = true;
        if (screen->watched)
            feed_on_changed(session->feed);
    } else if (kind == 3) {
        resize(session);
    } else if (kind == 4) {
        feed_on_pointed(session->feed);
    } else if (kind == 5) {
        feed_drained(session->feed);
    }
    uv_run(loop, UV_RUN_NOWAIT);
}

/* --- a session --- */

static void on_send(void *context, const void *bytes, size_t size_bytes)
{
    struct session *session = context;
    const uint8_t *at = bytes;

    session->sent_bytes += size_bytes;
    session->way_bytes += size_bytes;
    if (session->way_bytes > WAY_BYTES_MAX)
        abort(); /* it must wait for answers */
    for (size_t i = 0; i < size_bytes; i++)
        session->mixed = session->mixed * 31 + at[i];
    if (size_bytes < ANSWER_BYTES)
        return;
    memcpy(session->last, at + size_bytes - ANSWER_BYTES, ANSWER_BYTES);
    session->has_fence = session->last[0] == 248 && session->last[8] == 4;
}

static const struct feed_handlers handlers = {.send = on_send};

static const char *answer(struct session *session)
{
    const char *why = NULL;

    session->way_bytes = 0;
    if (!session->answers || !session->has_fence)
        return NULL;
    session->has_fence = false;
    session->last[4] = 0;
    feed_received(session->feed, session->last, ANSWER_BYTES, &why);
    return why;
}

/* As a connection gives them: what is not used comes again, with more behind it. */
static const char *converse(struct session *session, uv_loop_t *loop, const uint8_t *bytes,
                            size_t size_bytes, size_t piece_bytes)
{
    const char *why = NULL;
    size_t used = 0;

    for (size_t end = 0; end < size_bytes && !why;) {
        end = size_bytes - end > piece_bytes ? end + piece_bytes : size_bytes;
        if (used < end)
            used += feed_received(session->feed, bytes + used, end - used, &why);
        if (!why && used == end)
            why = answer(session);
        if (!why)
            happen(session, loop);
        if (!why)
            why = feed_trouble(session->feed);
        if (session->sent_bytes > OUTPUT_MAX)
            why = "enough was sent";
    }
    return why ? why : "it closed the connection";
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    static struct session session;
    uv_loop_t loop;

    if (size_bytes < HEAD_BYTES)
        return 0;
    memset(&session, 0, sizeof session);
    session.screen.source.ops = &screen_ops;
    session.screen.source.width_px = sizes[0].width_px;
    session.screen.source.height_px = sizes[0].height_px;
    session.screen.random = bytes[1];
    session.answers = bytes[0] & ANSWERS;
    if (uv_loop_init(&loop) != 0 ||
        feed_create(&loop, &session.screen.source, &handlers, &session, &session.feed) < 0)
        abort();
    feed_start(session.feed);
    const char *why = converse(&session, &loop, bytes + HEAD_BYTES, size_bytes - HEAD_BYTES,
                               (size_t)(bytes[0] & ~ANSWERS) + 1);
    snprintf(reason, sizeof reason, "%s (%zu, %u)", why, session.sent_bytes, session.mixed % 10);
    feed_destroy(session.feed);
    loop_drain(&loop);
    return 0;
}

const char *fuzz_reason(void)
{
    return reason;
}
