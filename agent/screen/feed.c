#include "agent/screen/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/screen/flow.h"
#include "agent/screen/photo.h"
#include "agent/screen/rfb.h"
#include "agent/screen/stock.h"
#include "agent/screen/tally.h"
#include "agent/screen/thumbnail.h"
#include "common/clock.h"

#define AREA_PX_MAX     65536 /* taken at once: after each it is seen whether the update is full */
#define AREA_PX_MIN     4096
#define FLUSH_PX        131072
#define PHOTO_PX        32768 /* of one JPEG: small enough for both threads to have some */
#define PHOTO_BYTES     0.3   /* of a pixel, at first */
#define STILL_PX        16384 /* at most 5 ms of zlib's work on a photo */
#define STILL_PX_BYTES  3     /* of a pixel of a photo, about */
#define STILL_RAW_BYTES (256 * 1024)
#define STILL_SHARE     4 /* as many updates of what moves before one of what is still */
#define FENCE_BYTES     13
#define RAW_RATE        100.0 /* bytes a microsecond: then zlib takes longer than the link */

struct feed {
    struct source *source;
    const struct feed_handlers *handlers;
    void *context;
    struct rfb *rfb;
    struct picture picture;
    struct stock stock;
    struct moves moves; /* done in the picture, and not told yet */
    struct photo *photo;
    double photo_bytes; /* that a pixel takes as JPEG, lately */
    bool plain_alone;   /* the last update was without the photos that there were */
    unsigned updates;   /* since the last one of what is still */
    uv_timer_t timer;   /* until something is still, or the next thumbnail is due */
    struct flow flow;
    struct tally tally;
    enum message_quality quality;
    struct request_encodings encodings;
    bool is_ready;             /* the encodings are known */
    struct feed_counts counts; /* with `looking` */
    bool flows;                /* the picture is looked at; else thumbnails, if they are wanted */
    struct thumbnail thumbnail;
    bool size_news, shape_news;
    /* The other side asked to hear when it has all that is dirty now. */
    bool has_fence;
    struct request fence;
    const char *trouble;
};

/* --- sizes --- */

static int feed_fit(struct feed *feed)
{
    const int width_px = feed->source->width_px, height_px = feed->source->height_px;

    picture_finish(&feed->picture);
    stock_finish(&feed->stock);
    feed->size_news = true;
    feed->moves = (struct moves){0};
    int error = picture_init(&feed->picture, width_px, height_px);
    return error ? error : stock_init(&feed->stock, width_px, height_px);
}

/* --- fences of the other side --- */

static void feed_answer(struct feed *feed)
{
    if (!feed->has_fence)
        return;
    feed->has_fence = false;
    rfb_answer_fence(feed->rfb, &feed->fence);
}

/* --- updates --- */

static void feed_put_shape(struct feed *feed)
{
    struct shape shape;

    feed->shape_news = false;
    if (!feed->encodings.alpha_cursor && !feed->encodings.rich_cursor)
        return;
    if (source_read_shape(feed->source, &shape) == 0)
        rfb_put_shape(feed->rfb, &shape, feed->encodings.alpha_cursor);
}

/* First of all: they are about what the other side has had so far. */
static void feed_put_moves(struct feed *feed)
{
    for (size_t i = 0; i < feed->moves.count; i++)
        rfb_put_copy(feed->rfb, &feed->moves.moves[i]);
    feed->moves.count = 0;
}

static int feed_piece_px(const struct feed *feed, size_t piece_bytes)
{
    const size_t px = piece_bytes / 2;

    return px > AREA_PX_MAX ? AREA_PX_MAX : px < AREA_PX_MIN ? AREA_PX_MIN : (int)px;
}

/* `before_bytes`: of the update, before this was put into it. */
static void feed_count(struct feed *feed, enum tally_kind kind, size_t before_bytes)
{
    feed->tally.bytes[kind] += rfb_update_bytes(feed->rfb) - before_bytes;
}

static void feed_put_plain(struct feed *feed, size_t piece_bytes)
{
    const int max_px = feed_piece_px(feed, piece_bytes);
    struct area area;
    int unsent_px = 0;

    while (rfb_update_bytes(feed->rfb) < piece_bytes &&
           stock_take_plain(&feed->stock, max_px, &area)) {
        /* Of a whole page the first part is decoded while the next one is made. */
        if (unsent_px >= FLUSH_PX) {
            rfb_flush(feed->rfb);
            unsent_px = 0;
        }
        unsent_px += area.width_px * area.height_px;
        moves_settle_in(&feed->moves, &feed->picture, &area);
        const size_t before_bytes = rfb_update_bytes(feed->rfb);
        if (feed->encodings.tight)
            rfb_put_tight(feed->rfb, &area);
        else
            rfb_put_raw(feed->rfb, &area);
        feed_count(feed, feed->encodings.tight ? TALLY_TIGHT : TALLY_RAW, before_bytes);
    }
}

/* As many as fit, by what they took lately; at least one. */
static size_t feed_choose_photos(struct feed *feed, double room_bytes,
                                 struct photo_result *ret_chosen)
{
    const uint64_t now_us = clock_now_us();
    size_t count = 0;

    do {
        struct area *area = &ret_chosen[count].area;
        if (!stock_take_photo(&feed->stock, PHOTO_PX, now_us, area))
            break;
        moves_settle_in(&feed->moves, &feed->picture, area);
        room_bytes -= feed->photo_bytes * area->width_px * area->height_px;
        count++;
    } while (count < PHOTO_BATCH_MAX && room_bytes > 0);
    return count;
}

static bool feed_put_photos(struct feed *feed, double room_bytes)
{
    struct photo_result chosen[PHOTO_BATCH_MAX];
    const size_t count = feed_choose_photos(feed, room_bytes, chosen);

    if (count == 0)
        return false;
    if (photo_encode(feed->photo, &feed->picture, chosen, count) < 0) {
        feed->trouble = "a JPEG cannot be made";
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct area *area = &chosen[i].area;
        const size_t before_bytes = rfb_update_bytes(feed->rfb);
        rfb_put_jpeg(feed->rfb, area, chosen[i].bytes, chosen[i].size_bytes);
        feed_count(feed, TALLY_JPEG, before_bytes);
        feed->photo_bytes += ((double)chosen[i].size_bytes / (area->width_px * area->height_px) -
                              feed->photo_bytes) /
                             8;
    }
    rfb_flush(feed->rfb);
    return true;
}

/* On a slow link less than 5 ms of work: what is typed waits for what is on the way. */
static int feed_still_px(size_t piece_bytes)
{
    const size_t px = piece_bytes / STILL_PX_BYTES;

    return px < STILL_PX ? (int)px : STILL_PX;
}

static void feed_put_still(struct feed *feed, size_t piece_bytes)
{
    const bool raw = flow_rate(&feed->flow) > RAW_RATE;
    const size_t bytes = raw && piece_bytes > STILL_RAW_BYTES ? STILL_RAW_BYTES : 0;
    struct area area;

    feed->updates = 0;
    do {
        if (!stock_take_still(&feed->stock, feed_still_px(piece_bytes), clock_now_us(), &area))
            return;
        moves_settle_in(&feed->moves, &feed->picture, &area);
        const size_t before_bytes = rfb_update_bytes(feed->rfb);
        if (raw)
            rfb_put_raw(feed->rfb, &area);
        else
            rfb_put_tight(feed->rfb, &area);
        feed_count(feed, raw ? TALLY_RAW : TALLY_TIGHT, before_bytes);
    } while (rfb_update_bytes(feed->rfb) < bytes);
}

/* What moves comes first; but where it never ends, what is still has its turn too. */
static bool feed_wants_still(const struct feed *feed)
{
    return feed->stock.plain.count == 0 &&
           (feed->stock.photo.count == 0 || feed->updates >= STILL_SHARE) &&
           stock_has_still(&feed->stock, clock_now_us());
}

/* All of them in one update; else a picture of a film is in several anyway. */
static bool feed_photos_fit(const struct feed *feed, size_t piece_bytes)
{
    return (double)feed->stock.photo.count * TILE_PX * TILE_PX * feed->photo_bytes <
           (double)piece_bytes;
}

/* On a link that is too slow for a film, what is typed beside it does not wait for a part of it to
 * arrive: it is an update of its own, but no two in a row. */
static void feed_put_pixels(struct feed *feed)
{
    const size_t piece_bytes = flow_piece_bytes(&feed->flow);

    if (feed_wants_still(feed)) {
        feed_put_still(feed, piece_bytes);
        return;
    }
    feed->updates++;
    const size_t before_bytes = rfb_update_bytes(feed->rfb);
    feed_put_plain(feed, piece_bytes);
    feed->plain_alone = !feed->plain_alone && rfb_update_bytes(feed->rfb) > before_bytes &&
                        !feed_photos_fit(feed, piece_bytes);
    if (feed->plain_alone)
        return;
    while (rfb_update_bytes(feed->rfb) < piece_bytes &&
           feed_put_photos(feed, (double)(piece_bytes - rfb_update_bytes(feed->rfb))))
        ;
}

/* A new size comes alone: what follows it in an update would be lost (rfbproto, DesktopSize). */
static bool feed_put_size(struct feed *feed)
{
    if (!feed->size_news || !(feed->encodings.size || feed->encodings.extended_size))
        return false;
    feed->size_news = false;
    rfb_put_size(feed->rfb, feed->encodings.extended_size);
    return true;
}

static void feed_send_update(struct feed *feed)
{
    size_t bytes = 0;

    rfb_begin(feed->rfb);
    if (!feed_put_size(feed)) {
        if (feed->shape_news)
            feed_put_shape(feed);
        feed_put_moves(feed);
        feed_put_pixels(feed);
    }
    if (rfb_end(feed->rfb, flow_next_number(&feed->flow), &bytes) < 0) {
        feed->trouble = "an update cannot be made";
        return;
    }
    moves_settle(&feed->moves, &feed->picture);
    flow_sent(&feed->flow, bytes, !stock_is_empty(&feed->stock), clock_now_us());
    flow_note_since(&feed->flow, tally_sent(&feed->tally));
    feed->counts.updates++;
    if (feed->has_fence && !stock_owes(&feed->stock))
        feed_answer(feed);
}

static void feed_read(struct feed *feed)
{
    const size_t before = feed->moves.count;
    /* A new size is told alone, before anything moves there. */
    const bool may_move = feed->encodings.copy && !feed->size_news;

    feed->moves.unsent[0] = &feed->stock.plain;
    feed->moves.unsent[1] = &feed->stock.photo;
    if (feed->source->has_news)
        source_read(feed->source, &feed->picture, &feed->stock.fresh,
                    may_move ? &feed->moves : NULL);
    for (size_t i = before; i < feed->moves.count; i++)
        stock_move(&feed->stock, &feed->moves.moves[i], clock_now_us());
    if (feed->stock.fresh.count > 0)
        stock_sort(&feed->stock, &feed->picture,
                   feed->encodings.tight && feed->encodings.jpeg &&
                       feed->quality != MESSAGE_QUALITY_LOSSLESS);
}

static bool feed_has_work(const struct feed *feed)
{
    return !stock_is_empty(&feed->stock) || feed->moves.count > 0 || feed->shape_news ||
           feed->size_news || feed_wants_still(feed);
}

static void feed_on_timer(uv_timer_t *timer);

/* Asks for the moment at which something has been still for long enough. */
static void feed_wait(struct feed *feed)
{
    const uint64_t still_us = stock_still_us(&feed->stock), now_us = clock_now_us();

    if (still_us == UINT64_MAX)
        return;
    uv_update_time(feed->timer.loop);
    uv_timer_start(&feed->timer, feed_on_timer,
                   still_us > now_us ? (still_us - now_us) / 1000 + 1 : 1, 0);
}

/* --- thumbnails --- */

/* What is read is kept as not sent, for who looks at the picture later. */
static bool feed_make_thumbnail(struct feed *feed, struct area *ret_changed)
{
    int error = 0;

    moves_settle(&feed->moves, &feed->picture);
    if (feed->source->has_news)
        source_read(feed->source, &feed->picture, &feed->stock.fresh, NULL);
    bool changed = thumbnail_make(&feed->thumbnail, &feed->picture, ret_changed, &error);
    if (error)
        feed->trouble = "no memory for a thumbnail";
    return changed;
}

static void feed_send_thumbnail(struct feed *feed, const struct area *changed)
{
    struct photo_result photo = {.area = *changed};
    size_t bytes = 0;

    if (photo_encode(feed->photo, &feed->thumbnail.next, &photo, 1) < 0) {
        feed->trouble = "a JPEG cannot be made";
        return;
    }
    rfb_begin(feed->rfb);
    rfb_put_thumbnail(feed->rfb, &feed->thumbnail.next, changed, photo.bytes, photo.size_bytes);
    if (rfb_end(feed->rfb, flow_next_number(&feed->flow), &bytes) < 0) {
        feed->trouble = "an update cannot be made";
        return;
    }
    flow_sent(&feed->flow, bytes, false, clock_now_us());
    thumbnail_sent(&feed->thumbnail, bytes, clock_now_us());
    feed->tally.bytes[TALLY_JPEG] += bytes;
    feed->counts.updates++;
}

static void feed_pump_thumbnail(struct feed *feed)
{
    const struct thumbnail *thumbnail = &feed->thumbnail;
    const uint64_t now_us = clock_now_us();
    struct area changed;

    if ((thumbnail->sent.pixels && !feed->source->has_news) || !flow_is_open(&feed->flow))
        return;
    if (now_us < thumbnail->due_us) {
        uv_update_time(feed->timer.loop);
        uv_timer_start(&feed->timer, feed_on_timer, (thumbnail->due_us - now_us) / 1000 + 1, 0);
        return;
    }
    if (feed_make_thumbnail(feed, &changed))
        feed_send_thumbnail(feed, &changed);
    else
        thumbnail_rest(&feed->thumbnail, now_us);
}

static void feed_work(struct feed *feed)
{
    if (!feed->is_ready || !feed->counts.looking || feed->trouble)
        return;
    if (!feed->flows) {
        feed_pump_thumbnail(feed);
        return;
    }
    while (!feed->trouble && flow_is_open(&feed->flow)) {
        feed_read(feed);
        if (!feed_has_work(feed)) {
            feed_wait(feed);
            return;
        }
        feed_send_update(feed);
    }
}

static void feed_pump(struct feed *feed)
{
    const uint64_t begun_us = clock_now_us();

    feed_work(feed);
    const uint64_t now_us = clock_now_us();
    tally_worked(&feed->tally, now_us - begun_us);
    tally_waits(&feed->tally,
                feed->is_ready && feed->flows && !flow_is_open(&feed->flow) &&
                    (feed->source->has_news || !stock_is_empty(&feed->stock)),
                now_us);
}

static void feed_on_timer(uv_timer_t *timer)
{
    feed_pump(timer->data);
}

/* --- requests --- */

static void feed_arrived(struct feed *feed, uint32_t number)
{
    const uint64_t now_us = clock_now_us();
    const uint64_t since_us = flow_arrived(&feed->flow, number, now_us);

    tally_seen(&feed->tally, since_us, feed->flow.trip_us, now_us);
}

static void feed_on_fence(struct feed *feed, const struct request *request)
{
    uint32_t number;

    if (!(request->fence_flags & REQUEST_FENCE_ASKS)) {
        if (rfb_fence_number(request, &number))
            feed_arrived(feed, number);
        return;
    }
    /* An older one was about a look that is over. */
    feed_answer(feed);
    feed->has_fence = true;
    feed->fence = *request;
    if (feed->is_ready && feed->flows) {
        feed_read(feed);
        moves_settle(&feed->moves, &feed->picture);
        stock_owe(&feed->stock);
        if (stock_owes(&feed->stock))
            return;
    }
    feed_answer(feed);
}

static void feed_note_looking(struct feed *feed)
{
    const bool looking = feed->flows || feed->thumbnail.is_wanted;

    if (feed->counts.looking == looking)
        return;
    feed->counts.looking = looking;
    source_watch(feed->source, looking);
    if (feed->handlers->looked)
        feed->handlers->looked(feed->context);
}

static void feed_set_flow(struct feed *feed, bool flows)
{
    if (feed->flows == flows)
        return;
    feed->flows = flows;
    feed->tally.changed_us = 0;
    feed_note_looking(feed);
    uv_timer_stop(&feed->timer);
    if (flows) {
        feed->shape_news = true;
        return;
    }
    feed_answer(feed);
    rfb_say_end_of_updates(feed->rfb);
}

static void feed_set_thumbnails(struct feed *feed, const struct request *request)
{
    thumbnail_want(&feed->thumbnail, request->look, request->width_max_px, request->height_max_px);
    feed_note_looking(feed);
}

static void feed_set_encodings(struct feed *feed, const struct request_encodings *encodings)
{
    const bool first = !feed->is_ready;

    feed->encodings = *encodings;
    feed->is_ready = true;
    if (!first)
        return;
    rfb_say_end_of_updates(feed->rfb);
    /* It may ask now, and its answer shows the empty link's round trip. */
    rfb_ask_fence(feed->rfb, flow_next_number(&feed->flow));
    flow_sent(&feed->flow, FENCE_BYTES, false, clock_now_us());
}

static void feed_on_request(void *context, const struct request *request)
{
    struct feed *feed = context;

    switch (request->type) {
    case REQUEST_ENCODINGS:
        feed_set_encodings(feed, &request->encodings);
        break;
    case REQUEST_ALL:
        stock_add_all(&feed->stock);
        break;
    case REQUEST_LOOK:
        feed_set_flow(feed, request->look);
        break;
    case REQUEST_THUMBNAILS:
        feed_set_thumbnails(feed, request);
        break;
    case REQUEST_FENCE:
        feed_on_fence(feed, request);
        break;
    default:
        break;
    }
}

static void feed_send(void *context, const void *bytes, size_t size_bytes)
{
    struct feed *feed = context;

    feed->counts.bytes += size_bytes;
    feed->handlers->send(feed->context, bytes, size_bytes);
}

static const struct rfb_handlers feed_rfb_handlers = {
    .send = feed_send,
    .request = feed_on_request,
};

/* --- life --- */

int feed_create(uv_loop_t *loop, struct source *source, const struct feed_handlers *handlers,
                void *context, struct feed **ret_feed)
{
    struct feed *feed = calloc(1, sizeof *feed);

    if (!feed)
        return -ENOMEM;
    feed->source = source;
    feed->handlers = handlers;
    feed->context = context;
    feed->photo_bytes = PHOTO_BYTES;
    flow_init(&feed->flow);
    tally_init(&feed->tally, clock_now_us());
    uv_timer_init(loop, &feed->timer);
    feed->timer.data = feed;
    int error = feed_fit(feed);
    if (!error)
        error = photo_create(&feed->photo);
    if (!error)
        error = rfb_create(&feed->picture, &feed_rfb_handlers, feed, &feed->rfb);
    if (error) {
        feed_destroy(feed);
        return error;
    }
    *ret_feed = feed;
    return 0;
}

static void feed_on_freed(uv_handle_t *handle)
{
    free(handle->data);
}

struct feed *feed_destroy(struct feed *feed)
{
    if (!feed)
        return NULL;
    if (feed->counts.looking)
        source_watch(feed->source, false);
    rfb_destroy(feed->rfb);
    photo_destroy(feed->photo);
    picture_finish(&feed->picture);
    stock_finish(&feed->stock);
    thumbnail_finish(&feed->thumbnail);
    uv_close((uv_handle_t *)&feed->timer, feed_on_freed);
    return NULL;
}

void feed_start(struct feed *feed)
{
    rfb_start(feed->rfb);
}

size_t feed_received(struct feed *feed, const uint8_t *bytes, size_t size_bytes,
                     const char **ret_why)
{
    const size_t used_bytes = rfb_received(feed->rfb, bytes, size_bytes, ret_why);

    if (!*ret_why)
        feed_pump(feed);
    if (feed->trouble)
        *ret_why = feed->trouble;
    return used_bytes;
}

void feed_drained(struct feed *feed)
{
    feed_pump(feed);
}

const char *feed_trouble(const struct feed *feed)
{
    return feed->trouble;
}

struct feed_counts feed_counts(const struct feed *feed)
{
    return feed->counts;
}

void feed_figures(struct feed *feed, struct message_screen_figures *ret_figures)
{
    tally_report(&feed->tally, clock_now_us(), ret_figures);
    ret_figures->merged = (uint32_t)feed->source->merged;
}

/* What was a photo becomes exact once it rests, as ever. */
void feed_set_quality(struct feed *feed, enum message_quality quality)
{
    feed->quality = quality;
    photo_set_low(feed->photo, quality == MESSAGE_QUALITY_LOW);
}

void feed_on_changed(struct feed *feed)
{
    if (feed->flows)
        tally_changed(&feed->tally, clock_now_us());
    feed_pump(feed);
}

void feed_on_resized(struct feed *feed)
{
    if (feed_fit(feed) < 0)
        feed->trouble = "no memory for a screen of this size";
    else
        rfb_set_picture(feed->rfb, &feed->picture);
    if (feed->has_fence && !feed->trouble) {
        feed_read(feed);
        moves_settle(&feed->moves, &feed->picture);
        stock_owe(&feed->stock);
    }
    feed_pump(feed);
}

void feed_on_pointed(struct feed *feed)
{
    feed->shape_news = true;
    feed_pump(feed);
}
