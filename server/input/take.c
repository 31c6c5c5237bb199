#include "server/input/take.h"

#include <linux/input-event-codes.h>

#include "common/clock.h"
#include "server/input/nodeio.h"

#define TRIES_MAX   4
#define READ_FRAMES 64
#define TIME_SEEN   0

struct take {
    struct evdev *evdev;
    evdev_handler handler;
    void *context;
    struct keyset lifted;    /* ups, and then downs, are written of these */
    struct keyset up_came;   /* the echo, or a true release just before it */
    struct keyset down_came; /* the echo, or a repeat before it */
    struct keyset released;  /* truly: our down is to be taken back */
    struct keyset pressed;   /* on the desktop, after the ups */
    uint64_t grabbed_us;     /* what came later is ours */
    bool has_scan;           /* in this frame, and no key yet that belongs to it */
    int32_t scan;
};

static void tell_key(struct take *take, uint16_t code, int32_t value, uint64_t time_us)
{
    take->handler(take->context, EV_KEY, code, value, time_us);
}

/* True when it is an echo, or as good as one. */
static bool is_echo(struct take *take, uint16_t code, bool down, bool is_ours)
{
    if (!keyset_has(&take->lifted, code))
        return false;
    if (!down)
        return keyset_add(&take->up_came, code);
    if (!keyset_has(&take->up_came, code) || !keyset_add(&take->down_came, code))
        return false;
    if (!is_ours)
        keyset_add(&take->pressed, code); /* it repeated between our up and the grab */
    return true;
}

static void judge_key(struct take *take, uint16_t code, bool down, bool has_scan, bool is_ours,
                      uint64_t time_us)
{
    if (is_echo(take, code, down, is_ours)) {
        if (!down && has_scan) { /* no echo: the hand was faster than our up */
            keyset_add(&take->released, code);
            tell_key(take, code, 0, time_us);
        }
        return;
    }
    if (!is_ours && down)
        keyset_add(&take->pressed, code);
    else if (!is_ours) {
        keyset_remove(&take->pressed, code);
        if (keyset_has(&take->lifted, code)) { /* our down is still to come, and wrong */
            keyset_remove(&take->down_came, code);
            keyset_add(&take->released, code);
        }
    }
    tell_key(take, code, down, time_us);
}

/* The kernel told a key's number and dropped the key. */
static void judge_scan(struct take *take, uint64_t time_us)
{
    uint16_t code;

    if (!take->has_scan)
        return;
    take->has_scan = false;
    if (nodeio_read_scan_key(evdev_fd(take->evdev), take->scan, &code) < 0 ||
        !keyset_has(&take->up_came, code) || !keyset_add(&take->released, code))
        return;
    tell_key(take, code, 0, time_us);
}

static void on_event(void *context, uint16_t type, uint16_t code, int32_t value, uint64_t time_us)
{
    struct take *take = context;
    bool is_ours = time_us > take->grabbed_us;

    if (!is_ours)
        time_us = TIME_SEEN;
    if (type == EV_KEY) {
        bool has_scan = take->has_scan;
        take->has_scan = false;
        if (value != 2)
            judge_key(take, code, value != 0, has_scan, is_ours, time_us);
        return;
    }
    if (type == EV_SYN || type == EV_MSC)
        judge_scan(take, time_us);
    if (type == EV_MSC && code == MSC_SCAN) {
        take->has_scan = true;
        take->scan = value;
    }
    take->handler(take->context, type, code, value, time_us);
}

static int read_all(struct take *take)
{
    int result;

    do {
        result = evdev_read(take->evdev, READ_FRAMES, on_event, take);
    } while (result > 0);
    return result;
}

static int try_once(struct take *take)
{
    int fd = evdev_fd(take->evdev);

    *take = (struct take){.evdev = take->evdev,
                          .handler = take->handler,
                          .context = take->context,
                          .grabbed_us = UINT64_MAX};
    int result = read_all(take);
    if (result < 0)
        return result;
    keyset_clear(&take->pressed);
    evdev_keys_down(take->evdev, &take->lifted);
    result = nodeio_write_keys(fd, &take->lifted, false);
    if (result == 0)
        result = nodeio_grab(fd, true);
    take->grabbed_us = clock_now_us();
    /* Also after a failure: the keys are still held. */
    int written = nodeio_write_keys(fd, &take->lifted, true);
    if (result < 0)
        return result;
    if (written == 0)
        written = read_all(take);
    if (written < 0)
        nodeio_grab(fd, false);
    return written;
}

static int take_back_downs(struct take *take)
{
    int result = nodeio_write_keys(evdev_fd(take->evdev), &take->released, false);

    for (uint16_t code = keyset_next(&take->released, 0); code < KEY_CNT;
         code = keyset_next(&take->released, code + 1))
        keyset_remove(&take->up_came, code);
    return result < 0 ? result : read_all(take);
}

int take_node(struct evdev *evdev, evdev_handler handler, void *context)
{
    struct take take = {.evdev = evdev, .handler = handler, .context = context};
    int result = try_once(&take);

    for (unsigned tries = 1; result == 0; tries++) {
        result = take_back_downs(&take);
        if (result < 0 || keyset_is_empty(&take.pressed) || tries == TRIES_MAX)
            return result;
        nodeio_grab(evdev_fd(evdev), false);
        result = try_once(&take);
    }
    return result;
}
