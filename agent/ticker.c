#include "agent/ticker.h"

#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"

struct ticker {
    uv_timer_t timer;
    uv_idle_t idle; /* runs while due: keeps the poll between timer and check from waiting */
    uv_check_t check;
    unsigned open_handles;
    void (*due)(void *context);
    void *context;
};

static void ticker_on_idle(uv_idle_t *idle)
{
}

static void ticker_on_check(uv_check_t *check)
{
    struct ticker *ticker = check->data;

    uv_check_stop(&ticker->check);
    uv_idle_stop(&ticker->idle);
    ticker->due(ticker->context);
}

static void ticker_on_timer(uv_timer_t *timer)
{
    struct ticker *ticker = timer->data;

    uv_idle_start(&ticker->idle, ticker_on_idle);
    uv_check_start(&ticker->check, ticker_on_check);
}

int ticker_create(uv_loop_t *loop, void (*due)(void *context), void *context,
                  struct ticker **ret_ticker)
{
    struct ticker *ticker = calloc(1, sizeof *ticker);

    if (!ticker)
        return -ENOMEM;
    uv_timer_init(loop, &ticker->timer);
    uv_idle_init(loop, &ticker->idle);
    uv_check_init(loop, &ticker->check);
    ticker->timer.data = ticker->idle.data = ticker->check.data = ticker;
    ticker->open_handles = 3;
    ticker->due = due;
    ticker->context = context;
    *ret_ticker = ticker;
    return 0;
}

void ticker_set(struct ticker *ticker, uint64_t deadline_us)
{
    const uint64_t now_us = clock_now_us();

    uv_timer_stop(&ticker->timer);
    if (deadline_us == UINT64_MAX)
        return;
    uint64_t wait_ms = deadline_us > now_us ? (deadline_us - now_us + 999) / 1000 : 0;
    uv_update_time(ticker->timer.loop);
    uv_timer_start(&ticker->timer, ticker_on_timer, wait_ms, 0);
}

static void ticker_on_closed(uv_handle_t *handle)
{
    struct ticker *ticker = handle->data;

    if (--ticker->open_handles == 0)
        free(ticker);
}

struct ticker *ticker_destroy(struct ticker *ticker)
{
    if (ticker) {
        uv_close((uv_handle_t *)&ticker->timer, ticker_on_closed);
        uv_close((uv_handle_t *)&ticker->idle, ticker_on_closed);
        uv_close((uv_handle_t *)&ticker->check, ticker_on_closed);
    }
    return NULL;
}
