/* One running agent a state directory: a lock on STATE/agent/lock, which ends with the process. */
#pragma once

#include <stddef.h>

#define SINGLE_TEXT_ROOM    256
#define SINGLE_CONSOLE_ROOM 512

#define SINGLE_PAUSED "paused" /* side of an agent that is */

struct single_news {
    char side[SINGLE_TEXT_ROOM];       /* by what it types */
    char screen[SINGLE_TEXT_ROOM];     /* what it shows, and to whom */
    char console[SINGLE_CONSOLE_ROOM]; /* who controls or watches; empty: nobody did */
};

/* A descriptor to keep open; -EWOULDBLOCK: another agent runs; else -errno. */
int single_acquire(const char *directory);
/* Puts it beside the lock, for single_read. */
void single_tell(int lock, const struct single_news *news);
/* Of the agent that runs; empty when there is none. */
void single_read(const char *directory, struct single_news *ret_news);
/* The process that holds it, 0 when none does, or -errno. Takes no lock, so it disturbs nobody. */
long single_holder(const char *directory);
