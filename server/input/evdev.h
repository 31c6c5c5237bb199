/*
 * One open node of /dev/input: its events in order, whatever the kernel had to throw away. The only
 * user of libevdev.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/keyset.h"

struct evdev;

/* An event of <linux/input.h>; a frame ends with EV_SYN, SYN_REPORT. */
typedef void (*evdev_handler)(void *context, uint16_t type, uint16_t code, int32_t value,
                              uint64_t time_us);

/* Opens for reading and writing; keys that are down already are in evdev_keys_down. 0 or -errno. */
int evdev_open(const char *path, struct evdev **ret_evdev);
struct evdev *evdev_close(struct evdev *evdev); /* NULL; the kernel ends its grab */
int evdev_fd(const struct evdev *evdev);
bool evdev_has_key(const struct evdev *evdev, uint16_t code);
uint8_t evdev_locks(const struct evdev *evdev); /* lock LEDs that it has: enum message_lock */
void evdev_keys_down(const struct evdev *evdev, struct keyset *ret_down);
/* False when it has no such axis. */
bool evdev_axis(const struct evdev *evdev, uint16_t code, int32_t *ret_min, int32_t *ret_max,
                int32_t *ret_at);

/* Gives what is there, up to `frames_max` frames. 0: nothing is left; 1: more is; or -errno. After
 * SYN_DROPPED it gives the differences between what was told and what is so now. */
int evdev_read(struct evdev *evdev, unsigned frames_max, evdev_handler handler, void *context);

/* Throws away what waits to be read and gives the differences, as after SYN_DROPPED. So what we
 * wrote into the node ourselves and took back is never seen. 0 or -errno. */
int evdev_resync(struct evdev *evdev, evdev_handler handler, void *context);

/* Motion and places do not wake us until it is asked for again. A node whose kernel cannot do that
 * sends it.
 */
void evdev_mute_motion(struct evdev *evdev, bool mute);
