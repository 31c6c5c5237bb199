#include "common/bus.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>

#include "common/clock.h"
#include "common/times.h"

#define MESSAGES_A_TURN 32 /* anybody may send some, and the keyboard goes before them */

struct bus {
    uv_loop_t *loop;
    enum bus_kind kind;
    const struct bus_handlers *handlers;
    void *context;
    sd_bus *sd;
    uv_poll_t *poll;  /* one for each connection: a handle keeps its descriptor */
    uv_timer_t timer; /* what sd-bus waits for, or the next try */
    bool told_lost;
};

static void bus_turn(struct bus *bus);

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void disconnect(struct bus *bus)
{
    if (bus->poll)
        uv_close((uv_handle_t *)bus->poll, free_handle);
    bus->poll = NULL;
    bus->sd = sd_bus_close_unref(bus->sd); /* unsent calls are of no use any more */
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status; /* sd-bus finds out itself */
    (void)events;
    bus_turn(poll->data);
}

static void bus_connect(struct bus *bus);

static void on_timer(uv_timer_t *timer)
{
    struct bus *bus = timer->data;
    if (bus->sd)
        bus_turn(bus);
    else
        bus_connect(bus);
}

static void lose(struct bus *bus, int error)
{
    disconnect(bus);
    uv_timer_start(&bus->timer, on_timer, time_ms(TIME_BUS_RETRY), 0);
    if (bus->told_lost)
        return;
    bus->told_lost = true;
    bus->handlers->lost(bus->context, error);
}

static int wait_more(struct bus *bus)
{
    uint64_t until_us = UINT64_MAX;
    int events = sd_bus_get_events(bus->sd);
    if (events < 0)
        return events;
    int result = sd_bus_get_timeout(bus->sd, &until_us);
    if (result < 0)
        return result;
    uv_timer_stop(&bus->timer);
    if (until_us != UINT64_MAX) {
        uint64_t now_us = clock_now_us();
        uv_update_time(bus->loop);
        uv_timer_start(&bus->timer, on_timer,
                       until_us > now_us ? (until_us - now_us + 999) / 1000 : 0, 0);
    }
    return uv_poll_start(bus->poll,
                         (events & POLLIN ? UV_READABLE : 0) | (events & POLLOUT ? UV_WRITABLE : 0),
                         on_poll);
}

static void bus_turn(struct bus *bus)
{
    int result = 1;
    for (int i = 0; result > 0 && i < MESSAGES_A_TURN; i++)
        result = sd_bus_process(bus->sd, NULL);
    if (result > 0)
        uv_timer_start(&bus->timer, on_timer, 0, 0);
    else if (result == 0)
        result = wait_more(bus);
    if (result < 0)
        lose(bus, result);
    else if (sd_bus_is_ready(bus->sd) > 0)
        bus->told_lost = false;
}

static void bus_connect(struct bus *bus)
{
    int result =
        bus->kind == BUS_SESSION ? sd_bus_open_user(&bus->sd) : sd_bus_open_system(&bus->sd);
    if (result >= 0)
        bus->poll = calloc(1, sizeof *bus->poll);
    if (result >= 0 && !bus->poll)
        result = -ENOMEM;
    if (result >= 0) {
        bus->poll->data = bus;
        result = uv_poll_init(bus->loop, bus->poll, sd_bus_get_fd(bus->sd));
        if (result < 0) { /* the handle is none yet */
            free(bus->poll);
            bus->poll = NULL;
        }
    }
    if (result >= 0)
        result = bus->handlers->connected(bus->context, bus->sd);
    if (result < 0)
        lose(bus, result);
    else
        bus_turn(bus);
}

int bus_create(uv_loop_t *loop, enum bus_kind kind, const struct bus_handlers *handlers,
               void *context, struct bus **ret_bus)
{
    struct bus *bus = calloc(1, sizeof *bus);
    if (!bus)
        return -ENOMEM;
    bus->loop = loop;
    bus->kind = kind;
    bus->handlers = handlers;
    bus->context = context;
    uv_timer_init(loop, &bus->timer);
    bus->timer.data = bus;
    uv_timer_start(&bus->timer, on_timer, 0, 0);
    *ret_bus = bus;
    return 0;
}

static void free_bus(uv_handle_t *timer)
{
    free(timer->data);
}

struct bus *bus_destroy(struct bus *bus)
{
    if (!bus)
        return NULL;
    disconnect(bus);
    uv_close((uv_handle_t *)&bus->timer, free_bus);
    return NULL;
}
