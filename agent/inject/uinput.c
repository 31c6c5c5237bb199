#include "agent/inject/uinput.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/inject/choose.h"
#include "agent/inject/layout.h"
#include "agent/inject/wheel.h"
#include "common/clock.h"
#include "common/log.h"

#define LOG_MODULE  "uinput"
#define BATCH_MAX   (2 * REPORT_EVENTS_MAX + 1) /* notches beside 1/120 of them; SYN_REPORT */
#define READ_EVENTS 16                          /* as many as uinput keeps */

struct batch { /* for one device, up to SYN_REPORT */
    enum uinput_kind kind;
    size_t count;
    struct input_event events[BATCH_MAX];
};

struct uinput {
    struct injector injector;
    const struct injector_events *events;
    void *context;
    int fds[UINPUT_KINDS];
    struct batch batch;
    struct wheel vertical, horizontal;
    const char *layout_name;
    struct layout *layout; /* NULL: not needed yet */
    uint8_t locks;
    uint32_t unsendable;
    int error; /* it can type no more */
    uv_poll_t leds;
    uv_timer_t loss; /* tells it from the loop */
    unsigned open_handles;
};

static struct uinput *uinput_of(struct injector *injector)
{
    return (struct uinput *)injector;
}

/* --- to the devices --- */

static void uinput_on_loss(uv_timer_t *timer)
{
    struct uinput *uinput = timer->data;
    char why[MESSAGE_REASON_ROOM];

    snprintf(why, sizeof why, "the uinput devices are gone: %s", strerror(-uinput->error));
    uinput->events->lost(uinput->context, why);
}

static void uinput_fail(struct uinput *uinput, int error)
{
    if (uinput->error)
        return;
    uinput->error = error;
    uv_poll_stop(&uinput->leds);
    uv_timer_start(&uinput->loss, uinput_on_loss, 0, 0);
}

static void uinput_add(struct uinput *uinput, uint16_t type, uint16_t code, int32_t value)
{
    uinput->batch.events[uinput->batch.count++] =
        (struct input_event){.type = type, .code = code, .value = value};
}

static void uinput_flush(struct uinput *uinput)
{
    if (uinput->batch.count == 0)
        return;
    uinput_add(uinput, EV_SYN, SYN_REPORT, 0);
    int error = uinput->error ? uinput->error
                              : uinput_device_write(uinput->fds[uinput->batch.kind],
                                                    uinput->batch.events, uinput->batch.count);
    uinput->batch.count = 0;
    if (error)
        uinput_fail(uinput, error);
}

static void uinput_count_unsendable(struct uinput *uinput)
{
    if (uinput->unsendable++ == 0)
        log_warning("a button was not pressed: no mouse has it. Others like it will be counted, "
                    "and not pressed either");
}

/* A reader that knows 1/120 of a notch takes those alone, any other takes the notches. */
static void uinput_wheel(struct uinput *uinput, const struct report_event *event)
{
    const bool vertical = event->code == REL_WHEEL_HI_RES;
    const int clicks = wheel_turn(vertical ? &uinput->vertical : &uinput->horizontal, event->value,
                                  clock_now_us());

    uinput_add(uinput, EV_REL, event->code, event->value);
    if (clicks)
        uinput_add(uinput, EV_REL, vertical ? REL_WHEEL : REL_HWHEEL, clicks);
}

static void uinput_event(struct uinput *uinput, const struct report_event *event)
{
    const enum uinput_kind kind = uinput_kind_of(event->type, event->code);

    if (kind == UINPUT_KINDS) {
        if (event->value)
            uinput_count_unsendable(uinput);
        return;
    }
    if (kind != uinput->batch.kind)
        uinput_flush(uinput); /* devices are written to in the order of the events */
    uinput->batch.kind = kind;
    if (event->type == EV_REL && event->code != REL_X && event->code != REL_Y)
        uinput_wheel(uinput, event);
    else
        uinput_add(uinput, event->type, event->code, event->value);
}

static int uinput_type(struct injector *injector, const struct report *report)
{
    struct uinput *uinput = uinput_of(injector);

    for (uint8_t i = 0; i < report->event_count; i++)
        uinput_event(uinput, &report->events[i]);
    uinput_flush(uinput);
    return uinput->error ? -EIO : 0;
}

/* Nobody can be asked for the layout of what reads the devices. */
static int uinput_find(struct injector *injector, const char *text, struct stroke *ret_strokes,
                       size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM])
{
    struct uinput *uinput = uinput_of(injector);
    int error = 0;

    if (!uinput->layout_name || !*uinput->layout_name) {
        snprintf(ret_why, MESSAGE_REASON_ROOM,
                 "by uinput it cannot see the keyboard layout: set layout in its agent.conf");
        return -EINVAL;
    }
    if (!uinput->layout)
        error = layout_open(uinput->layout_name, &uinput->layout);
    if (!error)
        return layout_find(uinput->layout, uinput->locks, text, ret_strokes, ret_count, ret_why);
    snprintf(ret_why, MESSAGE_REASON_ROOM, "layout in its agent.conf: there is no layout %.60s",
             uinput->layout_name);
    return error;
}

static void uinput_nudge(struct uinput *uinput, int32_t counts)
{
    uinput->batch.kind = UINPUT_MOUSE;
    uinput_add(uinput, EV_REL, REL_X, counts);
    uinput_flush(uinput);
}

/* Nothing else wakes every screen: X, Wayland and text consoles each have a way of their own. */
static void uinput_enter(struct injector *injector)
{
    uinput_nudge(uinput_of(injector), 1);
    uinput_nudge(uinput_of(injector), -1);
}

static void uinput_leave(struct injector *injector)
{
    struct uinput *uinput = uinput_of(injector);

    wheel_clear(&uinput->vertical);
    wheel_clear(&uinput->horizontal);
}

static uint32_t uinput_unsendable(const struct injector *injector)
{
    return ((const struct uinput *)injector)->unsendable;
}

/* --- from the keyboard --- */

static uint8_t lock_of(uint16_t led)
{
    return led == LED_NUML      ? MESSAGE_LOCK_NUM
           : led == LED_CAPSL   ? MESSAGE_LOCK_CAPS
           : led == LED_SCROLLL ? MESSAGE_LOCK_SCROLL
                                : 0;
}

static void uinput_take(struct uinput *uinput, const struct input_event *event)
{
    if (event->type != EV_LED)
        return;
    if (event->value)
        uinput->locks |= lock_of(event->code);
    else
        uinput->locks &= (uint8_t)~lock_of(event->code);
}

static void uinput_on_leds(uv_poll_t *poll, int status, int happened)
{
    struct uinput *uinput = poll->data;
    struct input_event events[READ_EVENTS];
    const uint8_t before = uinput->locks;
    ssize_t size = read(uinput->fds[UINPUT_KEYBOARD], events, sizeof events);

    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
        uinput_fail(uinput, size < 0 ? -errno : -ENODEV);
        return;
    }
    for (ssize_t i = 0; i < size / (ssize_t)sizeof *events; i++)
        uinput_take(uinput, &events[i]);
    if (uinput->locks != before)
        uinput->events->locks(uinput->context, uinput->locks);
}

/* --- life --- */

static void uinput_on_closed(uv_handle_t *handle)
{
    struct uinput *uinput = handle->data;

    if (--uinput->open_handles > 0)
        return;
    layout_close(uinput->layout);
    free(uinput);
}

static void uinput_close_devices(struct uinput *uinput)
{
    for (int kind = 0; kind < UINPUT_KINDS; kind++)
        if (uinput->fds[kind] >= 0)
            close(uinput->fds[kind]);
}

static void uinput_destroy(struct injector *injector)
{
    struct uinput *uinput = uinput_of(injector);

    uv_close((uv_handle_t *)&uinput->leds, uinput_on_closed);
    uv_close((uv_handle_t *)&uinput->loss, uinput_on_closed);
    uinput_close_devices(uinput);
}

static const struct injector_ops uinput_ops = {
    .name = "uinput",
    .spans_display = true,
    .type = uinput_type,
    .find = uinput_find,
    .enter = uinput_enter,
    .leave = uinput_leave,
    .unsendable = uinput_unsendable,
    .destroy = uinput_destroy,
};

static int uinput_make_devices(struct uinput *uinput, const struct uinput_layer *layer,
                               char ret_why[MESSAGE_REASON_ROOM])
{
    for (int kind = 0; kind < UINPUT_KINDS; kind++) {
        bool opened = false;
        int error = uinput_device_make(layer, (enum uinput_kind)kind, &uinput->fds[kind], &opened);
        if (error && !opened)
            inject_tell_uinput_refused("", error, ret_why);
        else if (error)
            snprintf(ret_why, MESSAGE_REASON_ROOM, "uinput makes no device: %s", strerror(-error));
        if (error)
            return error;
    }
    return 0;
}

static int uinput_watch_leds(struct uinput *uinput, uv_loop_t *loop)
{
    int error = uv_poll_init(loop, &uinput->leds, uinput->fds[UINPUT_KEYBOARD]);

    if (error)
        return error;
    uv_timer_init(loop, &uinput->loss);
    uinput->leds.data = uinput->loss.data = uinput;
    uinput->open_handles = 2;
    uv_poll_start(&uinput->leds, UV_READABLE, uinput_on_leds);
    return 0;
}

int uinput_open(uv_loop_t *loop, const struct uinput_layer *layer, const char *layout,
                const struct injector_events *events, void *context, struct injector **ret_injector,
                char ret_why[MESSAGE_REASON_ROOM])
{
    struct uinput *uinput = calloc(1, sizeof *uinput);

    if (!uinput)
        return -ENOMEM;
    uinput->injector.ops = &uinput_ops;
    uinput->layout_name = layout;
    uinput->events = events;
    uinput->context = context;
    memset(uinput->fds, -1, sizeof uinput->fds);
    int error = uinput_make_devices(uinput, layer, ret_why);
    if (!error && (error = uinput_watch_leds(uinput, loop)) != 0)
        snprintf(ret_why, MESSAGE_REASON_ROOM, "cannot watch the LEDs: %s", uv_strerror(error));
    if (error) {
        uinput_close_devices(uinput);
        free(uinput);
        return error;
    }
    /* What was known of an X display's screen does not hold here; the LEDs are told as they come.
     */
    events->geometry(context, &(struct message_geometry){0});
    events->locks(context, 0);
    *ret_injector = &uinput->injector;
    return 0;
}
