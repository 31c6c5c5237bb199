#include "agent/screen/screen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/loop.h"
#include "agent/screen/line.h"
#include "agent/screen/scaled.h"
#include "agent/screen/sight.h"
#include "agent/screen/tally.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/stream.h"
#include "common/times.h"

#define LOG_MODULE "screen"

/* What one side tells the other: only the last word counts. */
struct orders {
    bool stop, connect;
    struct pin pin;
    uint32_t number;
    unsigned count; /* of changes */
};

struct news {
    bool has_screen;
    char reason[MESSAGE_REASON_ROOM];
    uint16_t x_px, y_px; /* of the pointer */
    unsigned places;     /* counts those that were read */
    char sight[SIGHT_ROOM];
    bool looks;
    unsigned look_count; /* that began */
    struct message_screen_figures figures;
    unsigned figure_count;
};

struct screen {
    /* of the loop that created it */
    uv_async_t to_main;
    const struct screen_handlers *handlers;
    void *context;
    struct news told_news;
    uv_thread_t thread;
    /* of both, under the mutex */
    uv_mutex_t mutex;
    struct orders orders;
    struct message_screen_wish wish;
    struct news news;
    bool has_moved;
    char wanted[MESSAGE_NAME_ROOM]; /* the monitor */
    /* of the thread */
    struct source_settings settings;
    char monitor[MESSAGE_NAME_ROOM]; /* of them */
    uv_loop_t loop;
    uv_async_t to_thread;
    uv_timer_t retry;
    uv_timer_t look;  /* runs: the pointer has been moved, and is looked for then */
    uv_timer_t count; /* runs while somebody looks */
    struct feed_counts counted;
    uint64_t counted_us;
    struct message_screen_figures figured; /* told last */
    bool has_figured;                      /* of this line, since it is looked at */
    struct tls *tls;
    struct source *source;
    struct scaled *scaled;                /* of the source: what is sent */
    struct message_screen_wish done_wish; /* as it is sent */
    struct line *line;
    struct orders done; /* as far as they are carried out */
    bool is_dialled;    /* the connection of `done` was tried */
};

/* --- the thread --- */

static void screen_tell_sight(struct screen *screen, struct sight *sight)
{
    const bool looks = sight->after.looking;
    char text[SIGHT_ROOM];

    sight->source = screen->source;
    sight->why = screen->news.reason;
    sight_format(sight, text);
    uv_mutex_lock(&screen->mutex);
    memcpy(screen->news.sight, text, sizeof text);
    screen->news.look_count += looks && !screen->news.looks;
    screen->news.looks = looks;
    uv_mutex_unlock(&screen->mutex);
    uv_async_send(&screen->to_main);
}

static void screen_figure(struct screen *screen)
{
    struct message_screen_figures figures;

    if (!line_figures(screen->line, &figures))
        return;
    if (screen->has_figured && !tally_is_news(&figures, &screen->figured))
        return;
    screen->has_figured = true;
    screen->figured = figures;
    uv_mutex_lock(&screen->mutex);
    screen->news.figures = figures;
    screen->news.figure_count++;
    uv_mutex_unlock(&screen->mutex);
}

static void screen_on_count(uv_timer_t *timer)
{
    struct screen *screen = timer->data;
    struct sight sight = {.server = screen->done.pin.server_name, .before = screen->counted};
    const uint64_t now_us = clock_now_us();

    if (!line_counts(screen->line, &sight.after))
        return;
    screen_figure(screen);
    sight.span_us = now_us - screen->counted_us;
    screen->counted = sight.after;
    screen->counted_us = now_us;
    screen_tell_sight(screen, &sight);
}

/* Screen or line is another one, or is looked at now: it is counted from here on. */
static void screen_reckon(struct screen *screen)
{
    struct sight sight = {0};

    uv_timer_stop(&screen->count);
    if (line_counts(screen->line, &sight.after))
        sight.server = screen->done.pin.server_name;
    screen->counted = sight.after;
    screen->counted_us = clock_now_us();
    screen->has_figured = false;
    if (sight.after.looking)
        uv_timer_start(&screen->count, screen_on_count, time_ms(TIME_SCREEN_COUNT),
                       time_ms(TIME_SCREEN_COUNT));
    screen_tell_sight(screen, &sight);
}

static void screen_tell(struct screen *screen, bool has_screen, const char *reason)
{
    uv_mutex_lock(&screen->mutex);
    screen->news.has_screen = has_screen;
    snprintf(screen->news.reason, sizeof screen->news.reason, "%s", reason);
    uv_mutex_unlock(&screen->mutex);
    screen_reckon(screen);
}

static void screen_drop(struct screen *screen)
{
    if (!screen->line)
        return;
    screen->line = line_close(screen->line);
    screen_reckon(screen);
}

static void screen_on_line_closed(void *context, const char *why)
{
    log_info("the screen connection ended: %s", why);
    screen_drop(context);
}

static void screen_on_line_looked(void *context)
{
    screen_reckon(context);
}

static const struct line_handlers screen_line_handlers = {
    .closed = screen_on_line_closed,
    .looked = screen_on_line_looked,
};

/* The server asks anew for a connection that did not come about. */
static void screen_dial(struct screen *screen)
{
    if (!screen->done.connect || screen->is_dialled || !screen->source)
        return;
    screen->is_dialled = true;
    int error =
        line_open(&screen->loop, screen->tls, &screen->done.pin, screen->done.number,
                  scaled_source(screen->scaled), &screen_line_handlers, screen, &screen->line);
    if (error) {
        screen->line = NULL;
        log_warning("cannot dial a screen connection: %s", strerror(-error));
        return;
    }
    line_set_quality(screen->line, screen->done_wish.quality);
}

static void screen_on_changed(void *context)
{
    struct screen *screen = context;

    scaled_on_changed(screen->scaled);
    if (screen->line)
        line_on_changed(screen->line);
}

static void screen_fit(struct screen *screen)
{
    bool resized;
    int error = scaled_fit(screen->scaled, screen->done_wish.scale_permille, &resized);

    if (error)
        log_warning("the screen is sent in full size: %s", strerror(-error));
    if (!screen->line)
        return;
    if (resized)
        line_on_resized(screen->line);
    else
        line_on_changed(screen->line);
}

static void screen_on_resized(void *context)
{
    struct screen *screen = context;

    screen_fit(screen);
    screen_reckon(screen);
}

static void screen_on_pointed(void *context)
{
    struct screen *screen = context;

    if (screen->line)
        line_on_pointed(screen->line);
}

static void screen_on_retry(uv_timer_t *timer);

static void screen_close_source(struct screen *screen)
{
    screen->scaled = scaled_destroy(screen->scaled);
    screen->source = source_destroy(screen->source);
}

static void screen_on_lost(void *context, const char *why)
{
    struct screen *screen = context;

    screen->line = line_close(screen->line);
    screen_close_source(screen);
    screen_tell(screen, false, why);
    uv_timer_start(&screen->retry, screen_on_retry, time_ms(TIME_SCREEN_RETRY), 0);
}

static const struct source_handlers screen_source_handlers = {
    .changed = screen_on_changed,
    .resized = screen_on_resized,
    .pointed = screen_on_pointed,
    .lost = screen_on_lost,
};

static void screen_open_source(struct screen *screen)
{
    char why[MESSAGE_REASON_ROOM] = "no memory";
    int error = source_open(&screen->loop, &screen->settings, &screen_source_handlers, screen,
                            &screen->source, why);

    if (!error && scaled_create(screen->source, &screen->scaled) < 0) {
        source_destroy(screen->source);
        error = -ENOMEM;
    }
    if (error) {
        screen->source = NULL;
        screen_tell(screen, false, why);
        uv_timer_start(&screen->retry, screen_on_retry, time_ms(TIME_SCREEN_RETRY), 0);
        return;
    }
    screen_fit(screen);
    screen_tell(screen, true, screen->source->how);
    screen_dial(screen);
}

static void screen_on_retry(uv_timer_t *timer)
{
    screen_open_source(timer->data);
}

static void screen_end_thread(struct screen *screen)
{
    screen->line = line_close(screen->line);
    screen_close_source(screen);
    uv_close((uv_handle_t *)&screen->retry, NULL);
    uv_close((uv_handle_t *)&screen->look, NULL);
    uv_close((uv_handle_t *)&screen->count, NULL);
    uv_close((uv_handle_t *)&screen->to_thread, NULL);
    uv_stop(&screen->loop);
}

/* The injector's connection is another one: what it sent may be carried out only now. */
static void screen_look(uv_timer_t *timer)
{
    struct screen *screen = timer->data;
    int x_px, y_px;

    if (!screen->source || source_read_pointer(screen->source, &x_px, &y_px) < 0 || x_px < 0 ||
        y_px < 0 || x_px > UINT16_MAX || y_px > UINT16_MAX)
        return;
    uv_mutex_lock(&screen->mutex);
    screen->news.x_px = (uint16_t)x_px;
    screen->news.y_px = (uint16_t)y_px;
    screen->news.places++;
    uv_mutex_unlock(&screen->mutex);
    uv_async_send(&screen->to_main);
}

/* Without a source, as while the monitor before is away, there may be one again. */
static void screen_change(struct screen *screen, const char *monitor)
{
    if (strcmp(monitor, screen->monitor) == 0)
        return;
    snprintf(screen->monitor, sizeof screen->monitor, "%s", monitor);
    if (screen->source) {
        source_show(screen->source, screen->monitor);
        screen_tell(screen, true, screen->source->how);
        return;
    }
    uv_timer_stop(&screen->retry);
    screen_open_source(screen);
}

static void screen_take_wish(struct screen *screen, const struct message_screen_wish *wish)
{
    const struct message_screen_wish before = screen->done_wish;

    screen->done_wish = *wish;
    if (screen->line && wish->quality != before.quality)
        line_set_quality(screen->line, wish->quality);
    if (screen->source && wish->scale_permille != before.scale_permille)
        screen_fit(screen);
}

static void screen_on_orders(uv_async_t *async)
{
    struct screen *screen = async->data;
    char wanted[MESSAGE_NAME_ROOM];

    uv_mutex_lock(&screen->mutex);
    memcpy(wanted, screen->wanted, sizeof wanted);
    const struct orders orders = screen->orders;
    const struct message_screen_wish wish = screen->wish;
    const bool has_moved = screen->has_moved;
    screen->has_moved = false;
    uv_mutex_unlock(&screen->mutex);
    if (has_moved && !orders.stop && !uv_is_active((uv_handle_t *)&screen->look))
        uv_timer_start(&screen->look, screen_look, time_ms(TIME_POINTER_LOOK), 0);
    if (orders.stop) {
        screen_end_thread(screen);
        return;
    }
    screen_change(screen, wanted);
    screen_take_wish(screen, &wish);
    if (orders.count == screen->done.count)
        return;
    screen->done = orders;
    screen->is_dialled = false;
    screen_drop(screen);
    screen_dial(screen);
}

static void screen_run(void *context)
{
    struct screen *screen = context;

    screen_open_source(screen);
    uv_run(&screen->loop, UV_RUN_DEFAULT);
    loop_drain(&screen->loop);
}

/* --- the main loop --- */

static void screen_on_news(uv_async_t *async)
{
    struct screen *screen = async->data;

    uv_mutex_lock(&screen->mutex);
    const struct news news = screen->news;
    uv_mutex_unlock(&screen->mutex);
    const struct news old = screen->told_news;
    screen->told_news = news;
    if (news.has_screen != old.has_screen || strcmp(news.reason, old.reason) != 0)
        screen->handlers->told(screen->context, news.has_screen, news.reason);
    if (news.places != old.places)
        screen->handlers->pointed(screen->context, news.x_px, news.y_px);
    if (strcmp(news.sight, old.sight) != 0)
        screen->handlers->seen(screen->context, news.sight);
    if (news.figure_count != old.figure_count)
        screen->handlers->figured(screen->context, &news.figures);
    if (news.look_count != old.look_count)
        screen->handlers->looked(screen->context, true);
    if (!news.looks && (old.looks || news.look_count != old.look_count))
        screen->handlers->looked(screen->context, false);
}

static void screen_order(struct screen *screen, const struct orders *orders)
{
    uv_mutex_lock(&screen->mutex);
    const unsigned count = screen->orders.count + 1;
    screen->orders = *orders;
    screen->orders.count = count;
    uv_mutex_unlock(&screen->mutex);
    uv_async_send(&screen->to_thread);
}

void screen_connect(struct screen *screen, const struct pin *pin, uint32_t number)
{
    screen_order(screen, &(struct orders){.connect = true, .pin = *pin, .number = number});
}

void screen_disconnect(struct screen *screen)
{
    screen_order(screen, &(struct orders){.connect = false});
}

void screen_wish(struct screen *screen, const struct message_screen_wish *wish)
{
    uv_mutex_lock(&screen->mutex);
    screen->wish = *wish;
    uv_mutex_unlock(&screen->mutex);
    uv_async_send(&screen->to_thread);
}

void screen_moved(struct screen *screen)
{
    uv_mutex_lock(&screen->mutex);
    screen->has_moved = true;
    uv_mutex_unlock(&screen->mutex);
    uv_async_send(&screen->to_thread);
}

void screen_show(struct screen *screen, const char *monitor)
{
    uv_mutex_lock(&screen->mutex);
    snprintf(screen->wanted, sizeof screen->wanted, "%s", monitor);
    screen->has_moved = true; /* the pointer is at another place of what is shown */
    uv_mutex_unlock(&screen->mutex);
    uv_async_send(&screen->to_thread);
}

static int screen_start(struct screen *screen, uv_loop_t *loop)
{
    int error = uv_loop_init(&screen->loop);

    if (error)
        return error;
    uv_timer_init(&screen->loop, &screen->retry);
    uv_timer_init(&screen->loop, &screen->look);
    uv_timer_init(&screen->loop, &screen->count);
    uv_async_init(&screen->loop, &screen->to_thread, screen_on_orders);
    screen->retry.data = screen->look.data = screen->count.data = screen;
    screen->to_thread.data = screen;
    uv_async_init(loop, &screen->to_main, screen_on_news);
    screen->to_main.data = screen;
    error = uv_thread_create(&screen->thread, screen_run, screen);
    if (error) {
        uv_close((uv_handle_t *)&screen->retry, NULL);
        uv_close((uv_handle_t *)&screen->look, NULL);
        uv_close((uv_handle_t *)&screen->count, NULL);
        uv_close((uv_handle_t *)&screen->to_thread, NULL);
        loop_drain(&screen->loop);
    }
    return error;
}

static void screen_free(struct screen *screen)
{
    tls_destroy(screen->tls);
    uv_mutex_destroy(&screen->mutex);
    free(screen);
}

static void screen_on_freed(uv_handle_t *handle)
{
    screen_free(handle->data);
}

int screen_create(uv_loop_t *loop, const struct source_settings *settings,
                  const struct identity *identity, const struct screen_handlers *handlers,
                  void *context, struct screen **ret_screen)
{
    struct screen *screen = calloc(1, sizeof *screen);

    if (!screen)
        return -ENOMEM;
    uv_mutex_init(&screen->mutex);
    screen->handlers = handlers;
    screen->context = context;
    screen->settings = *settings;
    snprintf(screen->monitor, sizeof screen->monitor, "%s",
             settings->monitor ? settings->monitor : "");
    memcpy(screen->wanted, screen->monitor, sizeof screen->wanted);
    screen->settings.monitor = screen->monitor;
    screen->wish = screen->done_wish =
        (struct message_screen_wish){MESSAGE_QUALITY_AUTO, MESSAGE_SCALE_MAX};
    int error = tls_create(identity, &screen->tls);
    if (error) {
        screen_free(screen);
        return error;
    }
    error = screen_start(screen, loop);
    if (error) {
        if (screen->to_main.data)
            uv_close((uv_handle_t *)&screen->to_main, screen_on_freed);
        else
            screen_free(screen);
        return error;
    }
    *ret_screen = screen;
    return 0;
}

struct screen *screen_destroy(struct screen *screen)
{
    if (!screen)
        return NULL;
    screen_order(screen, &(struct orders){.stop = true});
    uv_thread_join(&screen->thread);
    uv_close((uv_handle_t *)&screen->to_main, screen_on_freed);
    return NULL;
}
