/* Tells when this computer woke up from sleep: its connection is then as good as dead, and the
 * pause before the next one did not pass while it slept. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct resume;

/* 0 or -errno: then the agent lives by its pauses alone. */
int resume_watch(uv_loop_t *loop, void (*woke)(void *context), void *context,
                 struct resume **ret_resume);
struct resume *resume_destroy(struct resume *resume); /* NULL ok */

/* CLOCK_BOOTTIME goes on in sleep, CLOCK_MONOTONIC does not (clock_gettime(2)). *asleep_us is what
 * they differed by at the last call. Pure. */
bool resume_has_slept(uint64_t *asleep_us, uint64_t boottime_us, uint64_t monotonic_us);
