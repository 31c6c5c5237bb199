#include "server/input/nodeio.h"

#include <errno.h>
#include <linux/input.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WRITE_EVENTS_MAX 64
#define TAKE_TRIES       4
#define SLOTS_MAX        32

static int write_events(int fd, const struct input_event *events, size_t count)
{
    ssize_t size = write(fd, events, count * sizeof *events);
    if (size < 0)
        return -errno;
    return (size_t)size == count * sizeof *events ? 0 : -EIO;
}

int nodeio_read_keys(int fd, struct keyset *ret_down)
{
    uint8_t bits[KEY_CNT / 8] = {0};
    if (ioctl(fd, EVIOCGKEY(sizeof bits), bits) < 0)
        return -errno;
    keyset_clear(ret_down);
    for (uint16_t code = 0; code < KEY_CNT; code++)
        if (bits[code / 8] & 1u << code % 8)
            keyset_add(ret_down, code);
    return 0;
}

int nodeio_write_keys(int fd, const struct keyset *keys, bool down)
{
    struct input_event events[WRITE_EVENTS_MAX] = {0};
    size_t count = 0;
    int result = 0;
    for (uint16_t code = keyset_next(keys, 0); code < KEY_CNT && result == 0;) {
        events[count++] = (struct input_event){.type = EV_KEY, .code = code, .value = down};
        code = keyset_next(keys, code + 1);
        if (code < KEY_CNT && count < WRITE_EVENTS_MAX - 1)
            continue;
        events[count++] = (struct input_event){.type = EV_SYN, .code = SYN_REPORT};
        result = write_events(fd, events, count);
        count = 0;
    }
    return result;
}

int nodeio_write_key(int fd, uint16_t code, bool down)
{
    struct keyset key = {0};
    keyset_add(&key, code);
    return nodeio_write_keys(fd, &key, down);
}

int nodeio_press_anew(int fd, uint16_t code)
{
    const struct input_event events[] = {
        {.type = EV_KEY, .code = code, .value = 0},
        {.type = EV_KEY, .code = code, .value = 1},
        {.type = EV_SYN, .code = SYN_REPORT},
    };
    return write_events(fd, events, sizeof events / sizeof *events);
}

int nodeio_grab(int fd, bool grab)
{
    return ioctl(fd, EVIOCGRAB, grab ? 1 : 0) < 0 ? -errno : 0;
}

int nodeio_read_scan_key(int fd, int32_t scan, uint16_t *ret_code)
{
    struct input_keymap_entry entry = {.len = sizeof scan};
    memcpy(entry.scancode, &scan, sizeof scan);
    if (ioctl(fd, EVIOCGKEYCODE_V2, &entry) < 0)
        return -errno;
    if (entry.keycode >= KEY_CNT)
        return -EINVAL;
    *ret_code = (uint16_t)entry.keycode;
    return 0;
}

int nodeio_read_locks(int fd, uint8_t *ret_locks)
{
    uint8_t bits[LED_CNT / 8] = {0};
    if (ioctl(fd, EVIOCGLED(sizeof bits), bits) < 0)
        return -errno;
    *ret_locks = bits[0] & (1u << LED_NUML | 1u << LED_CAPSL | 1u << LED_SCROLLL);
    return 0;
}

int nodeio_write_locks(int fd, uint8_t there, uint8_t locks)
{
    struct input_event events[LED_SCROLLL + 2] = {0};
    size_t count = 0;
    for (uint16_t led = LED_NUML; led <= LED_SCROLLL; led++)
        if (there & 1u << led)
            events[count++] =
                (struct input_event){.type = EV_LED, .code = led, .value = locks >> led & 1};
    if (count == 0)
        return 0;
    events[count++] = (struct input_event){.type = EV_SYN, .code = SYN_REPORT};
    return write_events(fd, events, count);
}

/* Bit N: slot N has a touch. None for a node without slots. */
static uint32_t read_touches(int fd)
{
    struct input_absinfo slot = {0};
    struct {
        uint32_t code;
        int32_t ids[SLOTS_MAX];
    } touches = {.code = ABS_MT_TRACKING_ID};
    uint32_t set = 0;
    if (ioctl(fd, EVIOCGABS(ABS_MT_SLOT), &slot) < 0 ||
        ioctl(fd, EVIOCGMTSLOTS(sizeof touches), &touches) < 0)
        return 0;
    for (int32_t i = 0; i <= slot.maximum && i < SLOTS_MAX; i++)
        if (touches.ids[i] >= 0)
            set |= UINT32_C(1) << i;
    return set;
}

static int end_touches(int fd, uint32_t touches)
{
    struct input_event events[2 * SLOTS_MAX + 1] = {0};
    size_t count = 0;
    for (int32_t slot = 0; slot < SLOTS_MAX; slot++) {
        if (!(touches & UINT32_C(1) << slot))
            continue;
        events[count++] = (struct input_event){.type = EV_ABS, .code = ABS_MT_SLOT, .value = slot};
        events[count++] =
            (struct input_event){.type = EV_ABS, .code = ABS_MT_TRACKING_ID, .value = -1};
    }
    if (count == 0)
        return 0;
    events[count++] = (struct input_event){.type = EV_SYN, .code = SYN_REPORT};
    return write_events(fd, events, count);
}

/* What is pressed or touched between our ups and the grab reached the desktop and is down again:
 * nothing else can be, right after the grab. Then all is done once more. */
int nodeio_take_silent(int fd)
{
    for (unsigned tries = 1;; tries++) {
        struct keyset down;
        int result = nodeio_read_keys(fd, &down);
        if (result == 0)
            result = end_touches(fd, read_touches(fd));
        if (result == 0)
            result = nodeio_write_keys(fd, &down, false);
        if (result == 0)
            result = nodeio_grab(fd, true);
        if (result < 0)
            return result;
        result = nodeio_read_keys(fd, &down);
        bool lifted_all = keyset_is_empty(&down) && !read_touches(fd);
        if (result == 0 && (lifted_all || tries == TAKE_TRIES))
            return 0;
        nodeio_grab(fd, false);
        if (result < 0)
            return result;
    }
}
