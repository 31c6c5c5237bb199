/*
 * The worker's side of the watchdog: heartbeats to its parent, and a switch of its own that needs
 * nobody: a kernel timer that kills the process unless it is set back by the next heartbeat. It
 * works when the process spins, and when it and its parent are both stopped: SIGKILL needs no
 * running process, and the grabs end with it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum pulse_kind {
    PULSE_IDLE,  /* nothing is held: there is no hurry */
    PULSE_ALERT, /* devices are, or will be in a moment */
};

struct pulse {
    int fd; /* the pipe to the parent: a byte a heartbeat, its kind */
    timer_t timer;
};

/* 0 or -errno. `fd` stays the caller's. */
int pulse_start(struct pulse *pulse, int fd);
/* Once in pulse_period_ms of that kind, and at once when it changes: before devices are taken.
 * False when the parent is gone. */
bool pulse_beat(struct pulse *pulse, enum pulse_kind kind);
uint64_t pulse_period_ms(enum pulse_kind kind);
/* How long the parent waits after a heartbeat of that kind. */
uint64_t pulse_patience_us(enum pulse_kind kind);
