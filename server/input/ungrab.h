/*
 * Ends a grab in a thread of its own: EVIOCGRAB 0 takes the kernel two grace periods of RCU
 * (evdev.c, evdev_ungrab; input.c, input_release_device), tens of milliseconds a node. Those of all
 * nodes pass together, and the loop need not wait for one whose events do not matter yet.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct led_guard;

struct ungrab {
    int fd;
    struct led_guard *guard;
    bool running;
    pthread_t thread;
    uint64_t begun_us; /* valid after ungrab_wait */
};

/* `fd` must stay open until ungrab_wait. LEDs are put right by `guard` after it. Without a thread
 * it is done at once. */
void ungrab_start(struct ungrab *ungrab, int fd, struct led_guard *guard);
/* Returns when nothing is under way any more. From begun_us on others saw the node's events, too.
 */
uint64_t ungrab_wait(struct ungrab *ungrab);
