#include "agent/side.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/desktop.h"
#include "common/log.h"

#define LOG_MODULE "side"
#define RETRY_MS   1000 /* a display that is not there */

struct side {
    uv_loop_t *loop;
    uv_timer_t retry;
    const struct inject_settings *settings;
    const struct side_handlers *handlers;
    void *context;
    struct injector *injector;
    struct desktop *desktop;
    bool shown;
    uint32_t unsendable; /* of injectors that are gone */
    char why_not[MESSAGE_REASON_ROOM];
    char said[MESSAGE_REASON_ROOM];
};

static void side_say(struct side *side, const char *why_not)
{
    if (strcmp(side->said, why_not) == 0)
        return;
    snprintf(side->said, sizeof side->said, "%s", why_not);
    if (*why_not)
        log_warning("not ready: %s", why_not);
    else
        log_info("ready: types by %s", injector_name(side->injector));
}

static void side_tell(struct side *side)
{
    const char *why_not = !side->injector ? side->why_not
                          : !side->shown  ? "another virtual terminal is in front of the X display"
                                          : "";

    side->handlers->ready(side->context, side->injector ? injector_name(side->injector) : NULL,
                          *why_not ? why_not : NULL);
    side_say(side, why_not);
}

static void side_open(struct side *side);

static void side_on_retry(uv_timer_t *timer)
{
    side_open(timer->data);
}

/* Lets go of both: one display went away, so did the other's. */
static void side_close(struct side *side, const char *why)
{
    snprintf(side->why_not, sizeof side->why_not, "%s", why);
    if (side->injector) {
        const char *name = injector_name(side->injector);
        side->handlers->ready(side->context, name,
                              why); /* lifts while there is something to lift by */
        side->unsendable += injector_unsendable(side->injector);
    }
    side->injector = injector_destroy(side->injector);
    side->desktop = desktop_destroy(side->desktop);
    side_tell(side);
    uv_timer_start(&side->retry, side_on_retry, RETRY_MS, 0);
}

static void side_on_lost(void *context, const char *why)
{
    side_close(context, why);
}

static void side_on_shown(void *context, bool shown)
{
    struct side *side = context;

    if (side->shown == shown)
        return;
    side->shown = shown;
    if (side->injector)
        side_tell(side);
}

static void side_on_locks(void *context, uint8_t locks)
{
    struct side *side = context;

    side->handlers->locks(side->context, locks);
}

static void side_on_geometry(void *context, const struct message_geometry *geometry)
{
    struct side *side = context;

    side->handlers->geometry(side->context, geometry);
}

static const struct injector_events side_injector_events = {
    .lost = side_on_lost,
    .geometry = side_on_geometry,
    .locks = side_on_locks,
};

static const struct desktop_handlers side_desktop_handlers = {
    .geometry = side_on_geometry,
    .locks = side_on_locks,
    .shown = side_on_shown,
    .lost = side_on_lost,
};

static int side_open_desktop(struct side *side)
{
    side->shown = true;
    if (side->settings->kind == INJECT_RECORD)
        return 0;
    return desktop_open(side->loop, side->settings->display, &side_desktop_handlers, side,
                        &side->desktop, side->why_not);
}

static void side_open(struct side *side)
{
    struct injector *injector = NULL;
    int error = injector_open(side->loop, side->settings, &side_injector_events, side, &injector,
                              side->why_not);

    if (!error)
        error = side_open_desktop(side);
    if (error) {
        injector_destroy(injector);
        uv_timer_start(&side->retry, side_on_retry, RETRY_MS, 0);
    } else {
        side->injector = injector;
    }
    side_tell(side);
}

int side_create(uv_loop_t *loop, const struct inject_settings *settings,
                const struct side_handlers *handlers, void *context, struct side **ret_side)
{
    struct side *side = calloc(1, sizeof *side);

    if (!side)
        return -ENOMEM;
    side->loop = loop;
    side->settings = settings;
    side->handlers = handlers;
    side->context = context;
    snprintf(side->said, sizeof side->said, "?"); /* the first state is always said */
    uv_timer_init(loop, &side->retry);
    side->retry.data = side;
    side_open(side);
    *ret_side = side;
    return 0;
}

static void side_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

struct side *side_destroy(struct side *side)
{
    if (side) {
        injector_destroy(side->injector);
        desktop_destroy(side->desktop);
        uv_close((uv_handle_t *)&side->retry, side_on_closed);
    }
    return NULL;
}

int side_type(struct side *side, const struct report *report)
{
    return side->injector ? injector_type(side->injector, report) : -ENODEV;
}

void side_enter(struct side *side)
{
    if (side->injector)
        injector_enter(side->injector);
}

void side_leave(struct side *side)
{
    if (side->injector)
        injector_leave(side->injector);
}

uint32_t side_unsendable(const struct side *side)
{
    return side->unsendable + (side->injector ? injector_unsendable(side->injector) : 0);
}
