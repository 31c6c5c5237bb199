/*
 * Ends a grab in a thread of its own: EVIOCGRAB 0 takes the kernel two grace periods of RCU
 * (evdev.c, evdev_ungrab; input.c, input_release_device), tens of milliseconds a node. Those of all
 * nodes pass together, and the loop need not wait for one whose events do not matter yet.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct ungrab {
    int fd;
    uint8_t leds_there, leds; /* enum message_lock: those that the device has, those that are lit */
    bool running;
    pthread_t thread;
    uint64_t begun_us; /* valid after ungrab_wait */
};

/* `fd` must stay open until ungrab_wait. Without a thread it is done at once. */
void ungrab_start(struct ungrab *ungrab, int fd, uint8_t leds_there, uint8_t leds);
/* Returns when nothing is under way any more. From begun_us on others saw the node's events, too.
 */
uint64_t ungrab_wait(struct ungrab *ungrab);
