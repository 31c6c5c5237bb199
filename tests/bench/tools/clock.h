/* CLOCK_MONOTONIC, as Python's time.clock_gettime_ns tells it too. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline unsigned long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long)now.tv_sec * 1000000 + (unsigned long)now.tv_nsec / 1000;
}

static inline struct timespec time_until(unsigned long until_us)
{
    const unsigned long at_us = now_us(), left_us = until_us > at_us ? until_us - at_us : 0;

    return (struct timespec){.tv_sec = (time_t)(left_us / 1000000),
                             .tv_nsec = (long)(left_us % 1000000 * 1000)};
}

static inline void die(const char *program, const char *what)
{
    fprintf(stderr, "%s: %s\n", program, what);
    exit(1);
}
