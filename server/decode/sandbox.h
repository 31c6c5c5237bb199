/*
 * What hotdesk-decode gives up before it reads a target's first byte. Afterwards the process can
 * read and write the descriptors that it has, have more memory up to a bound, and end; anything
 * else kills it. libseccomp lives here alone.
 */
#pragma once

#include <stdbool.h>

/* Limits on memory, files, processes and core files; not inspectable. At the start. 0 or -errno. */
int sandbox_limit(void);

/* The last step, with all threads running. 0 or -errno; then nothing of a target may be read. */
int sandbox_enter(void);
