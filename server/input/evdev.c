#include "server/input/evdev.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libevdev/libevdev.h>
#include <linux/input.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "protocol/message.h"

struct evdev {
    int fd;
    struct libevdev *device;
    bool is_monotonic; /* its event times are; else we take our own */
};

int evdev_open(const char *path, struct evdev **ret_evdev)
{
    struct evdev *evdev = calloc(1, sizeof *evdev);
    if (!evdev)
        return -ENOMEM;
    evdev->fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int result = evdev->fd < 0 ? -errno : libevdev_new_from_fd(evdev->fd, &evdev->device);
    if (result < 0) {
        evdev_close(evdev);
        return result;
    }
    evdev->is_monotonic = libevdev_set_clock_id(evdev->device, CLOCK_MONOTONIC) == 0;
    *ret_evdev = evdev;
    return 0;
}

struct evdev *evdev_close(struct evdev *evdev)
{
    if (!evdev)
        return NULL;
    libevdev_free(evdev->device);
    if (evdev->fd >= 0)
        close(evdev->fd);
    free(evdev);
    return NULL;
}

int evdev_fd(const struct evdev *evdev)
{
    return evdev->fd;
}

bool evdev_has_key(const struct evdev *evdev, uint16_t code)
{
    return libevdev_has_event_code(evdev->device, EV_KEY, code);
}

uint8_t evdev_locks(const struct evdev *evdev)
{
    uint8_t locks = 0;
    for (unsigned led = LED_NUML; led <= LED_SCROLLL; led++)
        if (libevdev_has_event_code(evdev->device, EV_LED, led))
            locks |= (uint8_t)(1u << led);
    return locks;
}

void evdev_keys_down(const struct evdev *evdev, struct keyset *ret_down)
{
    keyset_clear(ret_down);
    for (uint16_t code = 0; code < KEY_CNT; code++)
        if (libevdev_get_event_value(evdev->device, EV_KEY, code))
            keyset_add(ret_down, code);
}

bool evdev_axis(const struct evdev *evdev, uint16_t code, int32_t *ret_min, int32_t *ret_max,
                int32_t *ret_at)
{
    const struct input_absinfo *info = libevdev_get_abs_info(evdev->device, code);
    if (!info)
        return false;
    *ret_min = info->minimum;
    *ret_max = info->maximum;
    *ret_at = info->value;
    return true;
}

static void give(const struct evdev *evdev, const struct input_event *event, evdev_handler handler,
                 void *context)
{
    uint64_t time_us =
        (uint64_t)event->input_event_sec * 1000000 + (uint64_t)event->input_event_usec;
    handler(context, event->type, event->code, event->value,
            evdev->is_monotonic ? time_us : clock_now_us());
}

int evdev_read(struct evdev *evdev, unsigned frames_max, evdev_handler handler, void *context)
{
    unsigned flag = LIBEVDEV_READ_FLAG_NORMAL;
    for (unsigned frames = 0; frames < frames_max || flag == LIBEVDEV_READ_FLAG_SYNC;) {
        struct input_event event;
        int status = libevdev_next_event(evdev->device, flag, &event);
        if (status == -EAGAIN && flag == LIBEVDEV_READ_FLAG_SYNC) {
            flag = LIBEVDEV_READ_FLAG_NORMAL; /* all differences told; go on */
            continue;
        }
        if (status < 0)
            return status == -EAGAIN ? 0 : status;
        if (status == LIBEVDEV_READ_STATUS_SYNC && flag == LIBEVDEV_READ_FLAG_NORMAL) {
            flag = LIBEVDEV_READ_FLAG_SYNC; /* this was SYN_DROPPED */
            continue;
        }
        give(evdev, &event, handler, context);
        if (event.type == EV_SYN && event.code == SYN_REPORT)
            frames++;
    }
    return 1;
}

int evdev_resync(struct evdev *evdev, evdev_handler handler, void *context)
{
    struct input_event event; /* not filled by the first call */
    int status = libevdev_next_event(evdev->device, LIBEVDEV_READ_FLAG_FORCE_SYNC, &event);
    if (status < 0 && status != -EAGAIN)
        return status;
    while ((status = libevdev_next_event(evdev->device, LIBEVDEV_READ_FLAG_SYNC, &event)) >= 0)
        give(evdev, &event, handler, context);
    return status == -EAGAIN ? 0 : status;
}

static void mute_axes(struct evdev *evdev, uint16_t type, uint16_t x, uint16_t y, bool mute)
{
    uint8_t passes[sizeof(long)]; /* the kernel takes whole longs */
    static_assert(REL_CNT / 8 <= sizeof(long) && ABS_CNT / 8 <= sizeof(long), "all axes fit");
    memset(passes, 0xff, sizeof passes);
    if (mute) {
        passes[x / 8] &= (uint8_t) ~(1u << x % 8);
        passes[y / 8] &= (uint8_t) ~(1u << y % 8);
    }
    struct input_mask mask = {
        .type = type, .codes_size = sizeof passes, .codes_ptr = (uint64_t)(uintptr_t)passes};
    ioctl(evdev->fd, EVIOCSMASK, &mask);
}

void evdev_mute_motion(struct evdev *evdev, bool mute)
{
    mute_axes(evdev, EV_REL, REL_X, REL_Y, mute);
    if (libevdev_has_event_type(evdev->device, EV_ABS))
        mute_axes(evdev, EV_ABS, ABS_X, ABS_Y, mute);
}
