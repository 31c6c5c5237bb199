#include "server/input/node.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>

#include "common/clock.h"
#include "server/input/led_guard.h"
#include "server/input/nodeio.h"
#include "server/input/take.h"

#define READ_FRAMES_MAX 32 /* a turn: one device does not keep the loop from the others */

/* Outlives the node until the loop has closed the handle. */
struct node_watch {
    uv_poll_t poll;
    struct node *node;
};

struct node *node_create(const struct monitor_node *info, const struct keyset *sent,
                         struct presses *presses, struct led_guard *guard,
                         const struct node_handlers *handlers, void *context)
{
    struct node *node = calloc(1, sizeof *node);
    if (!node)
        return NULL;
    node->info = *info;
    node->info.capabilities.sent = sent;
    node->alone = verdict_alone(&node->info.capabilities, info->is_virtual);
    node->verdict = node->alone;
    node->presses = presses;
    node->guard = guard;
    node->handlers = handlers;
    node->context = context;
    return node;
}

struct node *node_destroy(struct node *node)
{
    if (!node)
        return NULL;
    node_close(node);
    free(node);
    return NULL;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct node_watch *watch = poll->data;
    if (watch->node)
        watch->node->handlers->readable(watch->node->context, watch->node);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static int watch_start(struct node *node, uv_loop_t *loop)
{
    struct node_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    int result = uv_poll_init(loop, &watch->poll, evdev_fd(node->evdev));
    if (result < 0) {
        free(watch);
        return result;
    }
    watch->poll.data = watch;
    watch->node = node;
    node->watch = watch;
    return uv_poll_start(&watch->poll, UV_READABLE, on_readable);
}

/* Tries a grab for a moment, while no key is down that it could hide. 1: one is. */
static int probe(struct node *node)
{
    int fd = evdev_fd(node->evdev);
    struct keyset down;
    int result = nodeio_read_keys(fd, &down);
    if (result < 0 || !keyset_is_empty(&down))
        return result < 0 ? result : 1;
    result = nodeio_grab(fd, true);
    if (result == 0)
        ungrab_start(&node->ungrab, fd, node->guard);
    return result;
}

static void begin_frames(struct node *node)
{
    struct frame_field field = {0};
    bool is_pointer = capabilities_have_pointer(&node->info.capabilities);
    for (uint16_t axis = ABS_X; axis <= ABS_Y && is_pointer; axis++)
        is_pointer =
            evdev_axis(node->evdev, axis, &field.min[axis], &field.max[axis], &field.at[axis]);
    frame_init(&node->frame, is_pointer ? &field : NULL, node->info.capabilities.sent);
}

int node_open(struct node *node, uv_loop_t *loop, bool silent)
{
    int result = evdev_open(node->info.path, &node->evdev);
    node->silent = silent;
    if (silent)
        return result;
    if (result == 0)
        result = watch_start(node, loop);
    if (result < 0) {
        node_close(node);
        return result;
    }
    evdev_mute_motion(node->evdev, true);
    lamps_init(&node->lamps, evdev_locks(node->evdev));
    begin_frames(node);
    struct keyset down;
    evdev_keys_down(node->evdev, &down);
    for (uint16_t code = keyset_next(&down, 0); code < KEY_CNT; code = keyset_next(&down, code + 1))
        presses_add(node->presses, &node->down, code);
    node->tried = false;
    return 0;
}

static void frame_tell(struct node *node, uint64_t time_us)
{
    struct report report;
    if (frame_finish(&node->frame, time_us, &report))
        node->handlers->report(node->context, &report);
}

/* Without a grab motion is there to be counted alone. */
static bool is_only_counted(const struct node *node, uint16_t type, uint16_t code)
{
    return node->tally.on && !node->grabbed &&
           ((type == EV_REL && code <= REL_Y) || type == EV_ABS);
}

static void on_event(void *context, uint16_t type, uint16_t code, int32_t value, uint64_t time_us)
{
    struct node *node = context;
    tally_add(&node->tally, type, code, value);
    if (type == EV_KEY && time_us > node->key_us)
        node->key_us = time_us;
    if (type == EV_LED)
        lamps_event(&node->lamps, code, value);
    else if (is_only_counted(node, type, code))
        return;
    else if (type == EV_SYN && code == SYN_REPORT)
        frame_tell(node, time_us);
    else if (!frame_add(&node->frame, node->presses, &node->down, type, code, value)) {
        frame_tell(node, time_us);
        frame_add(&node->frame, node->presses, &node->down, type, code, value);
    }
}

static void lift_keys(struct node *node)
{
    uint64_t now_us = clock_now_us();
    for (uint16_t code = keyset_next(&node->down, 0); code < KEY_CNT;
         code = keyset_next(&node->down, code + 1))
        on_event(node, EV_KEY, code, 0, now_us);
    frame_tell(node, now_us);
}

void node_close(struct node *node)
{
    if (node->watch) {
        uv_poll_stop(&node->watch->poll);
        node->watch->node = NULL;
        uv_close((uv_handle_t *)&node->watch->poll, on_closed);
        node->watch = NULL;
    }
    ungrab_wait(&node->ungrab);
    if (node->evdev)
        led_guard_drop(node->guard, evdev_fd(node->evdev));
    node->evdev = evdev_close(node->evdev);
    node->grabbed = node->has_more = false;
    lift_keys(node);
}

int node_read(struct node *node)
{
    if (node->silent)
        return 0;
    int result = evdev_read(node->evdev, READ_FRAMES_MAX, on_event, node);
    node->has_more = result > 0;
    return result < 0 ? result : 0;
}

void node_note_locks(struct node *node)
{
    int fd = evdev_fd(node->evdev);
    if (node->grabbed)
        node->locks_before = node->lamps.saved;
    else if (nodeio_read_locks(fd, &node->locks_before) < 0)
        node->locks_before = 0;
    led_guard_add(node->guard, fd, evdev_locks(node->evdev), node->locks_before);
}

/* After a try or a take. Of keys that another program gets we would never see the release. */
static int count_keys(struct node *node, int result)
{
    if (result != -EBUSY)
        return evdev_resync(node->evdev, on_event, node);
    lift_keys(node);
    return 0;
}

int node_try(struct node *node)
{
    node->tried = true;
    int result = node_read(node);
    ungrab_wait(&node->ungrab);
    if (result == 0)
        result = probe(node);
    int counted = count_keys(node, result);
    return counted < 0 ? counted : result;
}

int node_try_held(struct node *node)
{
    ungrab_wait(&node->ungrab);
    int result = probe(node);
    int counted = result == 0 ? count_keys(node, result) : 0;
    return counted < 0 ? counted : result;
}

static int take_silent(struct node *node)
{
    ungrab_wait(&node->ungrab);
    int result = nodeio_take_silent(evdev_fd(node->evdev));
    node->grabbed = result == 0;
    return result;
}

void node_count(struct node *node, bool counting)
{
    bool is_read = node->evdev && !node->silent;
    tally_start(&node->tally, counting && is_read);
    if (is_read && !node->grabbed)
        evdev_mute_motion(node->evdev, !counting);
}

int node_take(struct node *node)
{
    if (node->silent)
        return take_silent(node);
    int result = 0;
    /* Held by another program a moment ago: find out without bothering it with ups and downs. */
    if (node->verdict == VERDICT_BUSY)
        result = probe(node) == 0 ? count_keys(node, 0) : -EBUSY;
    ungrab_wait(&node->ungrab);
    if (result >= 0)
        result = take_node(node->evdev, on_event, node);
    if (result < 0)
        count_keys(node, result);
    lamps_take(&node->lamps, node->locks_before);
    node->grabbed = result == 0;
    if (node->grabbed)
        evdev_mute_motion(node->evdev, false);
    return result;
}

void node_give_begin(struct node *node, uint64_t now_us)
{
    if (node->silent) {
        ungrab_start(&node->ungrab, evdev_fd(node->evdev), node->guard);
        return;
    }
    evdev_mute_motion(node->evdev, !node->tally.on);
    lamps_give(&node->lamps, now_us);
    ungrab_start(&node->ungrab, evdev_fd(node->evdev), node->guard);
}

void node_give_end(struct node *node, uint64_t *ret_begun_us)
{
    *ret_begun_us = ungrab_wait(&node->ungrab);
    node->grabbed = false;
    node_read(node);
}

int node_keys_down(const struct node *node, struct keyset *ret_down)
{
    return nodeio_read_keys(evdev_fd(node->evdev), ret_down);
}

/* What comes back of a key pressed anew is an up and a down in one frame. A down alone means that
 * the key came up just before: nobody holds it. */
struct echo {
    struct node *node;
    uint16_t code;
    bool up_in_frame;
    bool is_phantom;
};

static void on_echo(void *context, uint16_t type, uint16_t code, int32_t value, uint64_t time_us)
{
    struct echo *echo = context;
    if (type == EV_LED)
        lamps_event(&echo->node->lamps, code, value);
    else if (type == EV_SYN)
        echo->up_in_frame = false;
    else if (type == EV_KEY && code == echo->code && value == 0)
        echo->up_in_frame = true;
    else if (type == EV_KEY && code == echo->code && value == 1)
        echo->is_phantom = !echo->up_in_frame;
}

static void read_echo(struct node *node, struct echo *echo)
{
    while (evdev_read(node->evdev, READ_FRAMES_MAX, on_echo, echo) > 0)
        continue;
}

void node_type(struct node *node, uint16_t code, bool down, bool anew)
{
    int fd = evdev_fd(node->evdev);
    struct echo echo = {.node = node, .code = code};
    if (!anew) {
        nodeio_write_key(fd, code, down);
        return;
    }
    read_echo(node, &echo); /* of what was typed before */
    echo.is_phantom = false;
    nodeio_press_anew(fd, code);
    read_echo(node, &echo);
    if (echo.is_phantom)
        nodeio_write_key(fd, code, false);
}

void node_settle(struct node *node)
{
    if (node->silent || node->verdict == VERDICT_BUSY)
        return;
    struct echo echo = {.node = node};
    evdev_resync(node->evdev, on_echo, &echo);
    struct keyset down;
    evdev_keys_down(node->evdev, &down);
    for (uint16_t code = 1; code < KEY_CNT; code++)
        if (keyset_has(&down, code) != keyset_has(&node->down, code))
            on_event(node, EV_KEY, code, keyset_has(&down, code), clock_now_us());
    on_event(node, EV_SYN, SYN_REPORT, 0, clock_now_us());
}

void node_show_locks(struct node *node, uint8_t locks, uint64_t now_us)
{
    if (node->silent)
        return;
    lamps_show(&node->lamps, locks);
    node_tick(node, now_us);
}

void node_tick(struct node *node, uint64_t now_us)
{
    uint8_t locks;
    if (node->grabbed && lamps_write(&node->lamps, now_us, &locks))
        nodeio_write_locks(evdev_fd(node->evdev), node->lamps.there, locks);
}
