/*
 * The worker's side of the watchdog: heartbeats to its parent, and a switch of its own that needs
 * nobody: a kernel timer that kills the process unless it is set back by the next heartbeat. It
 * works when the process spins, and when it and its parent are both stopped: SIGKILL needs no
 * running process, and the grabs end with it.
 */
#pragma once

#include <stdbool.h>
#include <time.h>

struct pulse {
    int fd; /* the pipe to the parent */
    timer_t timer;
};

/* 0 or -errno. `fd` stays the caller's. */
int pulse_start(struct pulse *pulse, int fd);
/* Once in TIME_HEARTBEAT. False when the parent is gone. */
bool pulse_beat(struct pulse *pulse);
