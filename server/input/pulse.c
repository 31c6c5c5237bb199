#include "server/input/pulse.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "common/times.h"

int pulse_start(struct pulse *pulse, int fd)
{
    pulse->fd = fd;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    if (timer_create(CLOCK_MONOTONIC, &event, &pulse->timer) < 0)
        return -errno;
    return pulse_beat(pulse) ? 0 : -EPIPE;
}

bool pulse_beat(struct pulse *pulse)
{
    /* A bit more than the parent waits: it is the better one to act, since it can tell. */
    uint64_t limit_us = time_us(TIME_WATCHDOG) + 2 * time_us(TIME_HEARTBEAT);
    struct itimerspec limit = {.it_value = {.tv_sec = (time_t)(limit_us / 1000000),
                                            .tv_nsec = (long)(limit_us % 1000000) * 1000}};
    timer_settime(pulse->timer, 0, &limit, NULL);
    /* A full pipe means that the parent sleeps; it does not matter to us. */
    return write(pulse->fd, "", 1) >= 0 || errno != EPIPE;
}
