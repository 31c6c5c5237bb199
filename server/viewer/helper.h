/*
 * A full-screen window as a process of its own, kept by the session's service: a window that
 * hangs or crashes takes nothing with it of what watches over the session's lock.
 */
#pragma once

#include <stdint.h>

struct helper {
    const char *config_path;      /* handed on; NULL: the usual place */
    const char *target, *monitor; /* it watches this one there; NULL: it is the active one's */
    int pid_fd;                   /* -1: it does not run */
    int pid;
    uint64_t retry_us;
};

/* Texts are borrowed. */
void helper_init(struct helper *helper, const char *config_path, const char *target,
                 const char *monitor);
/* Asks it to end, and waits for it. */
void helper_finish(struct helper *helper);
/* Starts it when it is time to. */
void helper_tick(struct helper *helper, uint64_t now_us);
/* The descriptor is readable: it has ended. */
void helper_ended(struct helper *helper, uint64_t now_us);
int helper_fd(const struct helper *helper);               /* -1: none */
uint64_t helper_deadline_us(const struct helper *helper); /* UINT64_MAX: none */
