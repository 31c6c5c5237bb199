#include "agent/side.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/desktop.h"
#include "agent/inject/choose.h"
#include "agent/places.h"
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
    struct desktop_place place; /* of the field of places; root_width_px 0: not known */
    char monitor[MESSAGE_NAME_ROOM];
    bool shown;
    uint32_t unsendable;           /* of injectors that are gone */
    char why[MESSAGE_REASON_ROOM]; /* it is this injector; without one: why there is none */
    char said[MESSAGE_REASON_ROOM];
};

static void side_say(struct side *side, bool ready, const char *reason)
{
    if (strcmp(side->said, reason) == 0)
        return;
    snprintf(side->said, sizeof side->said, "%s", reason);
    if (ready)
        log_info("ready: types by %s: %s", injector_name(side->injector), reason);
    else
        log_warning("not ready: %s", reason);
}

static void side_tell(struct side *side)
{
    const bool hidden = side->injector && !side->shown;
    const bool ready = side->injector && !hidden;
    const char *reason =
        hidden ? "another virtual terminal is in front of the X display" : side->why;

    side->handlers->ready(side->context, side->injector ? injector_name(side->injector) : NULL,
                          ready, reason);
    side_say(side, ready, reason);
}

static void side_open(struct side *side);

static void side_on_retry(uv_timer_t *timer)
{
    side_open(timer->data);
}

/* Lets go of both: one display went away, so did the other's. */
static void side_close(struct side *side, const char *why)
{
    snprintf(side->why, sizeof side->why, "%s", why);
    if (side->injector) {
        const char *name = injector_name(side->injector);
        /* Lifts while there is something to lift by. */
        side->handlers->ready(side->context, name, false, why);
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

static void side_on_origin(void *context, const struct desktop_place *place)
{
    struct side *side = context;

    side->place = *place;
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
    .origin = side_on_origin,
    .geometry = side_on_geometry,
    .locks = side_on_locks,
    .shown = side_on_shown,
    .lost = side_on_lost,
};

/* An injector that is on no display types all the same: only places are across all of it then. */
static void side_on_places_lost(void *context, const char *why)
{
    struct side *side = context;

    side->desktop = desktop_destroy(side->desktop);
    side->place = (struct desktop_place){0};
    side->handlers->geometry(side->context, &(struct message_geometry){0});
    uv_timer_start(&side->retry, side_on_retry, RETRY_MS, 0);
}

static void side_ignore_locks(void *context, uint8_t locks)
{
}

static void side_ignore_shown(void *context, bool shown)
{
}

static const struct desktop_handlers side_places_handlers = {
    .origin = side_on_origin,
    .geometry = side_on_geometry,
    .locks = side_ignore_locks,
    .shown = side_ignore_shown,
    .lost = side_on_places_lost,
};

/* The kernel's devices reach all of an X display: which part of it is shown must be known. Where
 * there is none, or it is a Wayland desktop's, all is as ever. */
static bool side_wants_places(const struct side *side)
{
    const struct inject_facts facts = {.session_type = getenv("XDG_SESSION_TYPE"),
                                       .wayland_display = getenv("WAYLAND_DISPLAY")};

    return injector_spans_display(side->injector) && side->settings->places_on_display &&
           !inject_session_is_wayland(&facts);
}

static void side_open_places(struct side *side)
{
    char why[MESSAGE_REASON_ROOM];

    if (!side_wants_places(side))
        return;
    if (desktop_open(side->loop, side->settings->display, side->monitor, &side_places_handlers,
                     side, &side->desktop, why) < 0)
        uv_timer_start(&side->retry, side_on_retry, RETRY_MS, 0);
}

static int side_open_desktop(struct side *side, const struct injector *injector)
{
    side->shown = true;
    side->place = (struct desktop_place){0};
    if (!injector_is_on_display(injector))
        return 0;
    return desktop_open(side->loop, side->settings->display, side->monitor, &side_desktop_handlers,
                        side, &side->desktop, side->why);
}

static void side_open(struct side *side)
{
    struct injector *injector = NULL;
    if (side->injector) {
        side_open_places(side);
        return;
    }
    int error = injector_open(side->loop, side->settings, &side_injector_events, side, &injector,
                              side->why);

    if (!error)
        error = side_open_desktop(side, injector);
    if (error) {
        injector_destroy(injector);
        uv_timer_start(&side->retry, side_on_retry, RETRY_MS, 0);
    } else {
        side->injector = injector;
        if (!side->desktop)
            side_open_places(side);
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
    snprintf(side->monitor, sizeof side->monitor, "%s", settings->monitor ? settings->monitor : "");
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

void side_show(struct side *side, const char *monitor)
{
    snprintf(side->monitor, sizeof side->monitor, "%s", monitor);
    if (side->desktop)
        desktop_set_monitor(side->desktop, side->monitor);
}

int side_type(struct side *side, const struct report *report)
{
    struct report moved;

    if (!side->injector)
        return -ENODEV;
    if (side->place.root_width_px == 0)
        return injector_type(side->injector, report);
    moved = *report;
    if (injector_is_on_display(side->injector))
        places_to_root(&moved, &side->place);
    else
        places_to_span(&moved, &side->place);
    return injector_type(side->injector, &moved);
}

int side_find(struct side *side, const char *text, struct stroke *ret_strokes, size_t *ret_count,
              char ret_why[MESSAGE_REASON_ROOM])
{
    if (side->injector)
        return injector_find(side->injector, text, ret_strokes, ret_count, ret_why);
    snprintf(ret_why, MESSAGE_REASON_ROOM, "nothing types there now");
    return -ENODEV;
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
