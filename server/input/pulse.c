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
    return pulse_beat(pulse, PULSE_IDLE) ? 0 : -EPIPE;
}

uint64_t pulse_period_ms(enum pulse_kind kind)
{
    return time_ms(kind == PULSE_ALERT ? TIME_HEARTBEAT : TIME_HEARTBEAT_IDLE);
}

uint64_t pulse_patience_us(enum pulse_kind kind)
{
    return time_us(kind == PULSE_ALERT ? TIME_WATCHDOG : TIME_WATCHDOG_IDLE);
}

bool pulse_beat(struct pulse *pulse, enum pulse_kind kind)
{
    /* A bit more than the parent waits: it is the better one to act, since it can tell. */
    uint64_t limit_us = pulse_patience_us(kind) + 2 * time_us(TIME_HEARTBEAT);
    struct itimerspec limit = {.it_value = {.tv_sec = (time_t)(limit_us / 1000000),
                                            .tv_nsec = (long)(limit_us % 1000000) * 1000}};
    timer_settime(pulse->timer, 0, &limit, NULL);
    /* A full pipe means that the parent sleeps; it does not matter to us. */
    return write(pulse->fd, &(uint8_t){(uint8_t)kind}, 1) >= 0 || errno != EPIPE;
}
