/*
 * What hotdesk-input takes of what its unit allows (sched(7), getrlimit(2), mlockall(2)): keys come
 * before every other program, and wait for no page that was swapped out. Nothing is taken that no
 * limit was raised for, whoever runs it, so that a checkout is an ordinary program, also root's.
 *
 * Real-time is the worker, and by one above it its watchdog, which can so end a worker that never
 * sleeps. By itself the kernel kills either of them that runs for TIME_REALTIME without once
 * waiting for something (RLIMIT_RTTIME). Neither is inherited: a child is an ordinary process.
 */
#pragma once

#include <stdint.h>

#define PRIORITY_WORKER     10 /* of 1 to 99, the kernel's own threads being at 50 */
#define PRIORITY_WATCHDOG   (PRIORITY_WORKER + 1)
#define PRIORITY_RTPRIO     PRIORITY_WATCHDOG /* LimitRTPRIO= of the unit: for less nobody asks */
#define PRIORITY_LOCK_BYTES (64u << 20)       /* LimitMEMLOCK= of the unit, the same */

/* Makes this process real-time. 0 also when RLIMIT_RTPRIO does not ask for it; -errno when it could
 * not be had: then it stays as it was, and all works as before. */
int priority_take(int priority);
/* The pages of this process stay in memory once they were used. As priority_take, of
 * RLIMIT_MEMLOCK. */
int priority_lock_memory(void);
/* Both, and tells what was refused, in the log at debug. */
void priority_apply(int priority);
