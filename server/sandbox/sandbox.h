/*
 * What a program gives up before it reads a stranger's first byte: hotdesk-decode a target's,
 * hotdesk-vnc a VNC client's. Afterwards the process can read and write the descriptors that it
 * has, have more memory up to a bound, and end; anything else kills it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* System calls (SCMP_SYS) besides those that every such program needs. */
struct sandbox_calls {
    const int *calls;
    size_t count;
    bool maps_files; /* read only, of descriptors that it is given */
};

/* Limits on memory, files, processes and core files; not inspectable. At the start. 0 or -errno. */
int sandbox_limit(size_t memory_max_bytes);

/* The last step, with all threads running. 0 or -errno; then nothing of a stranger may be read.
 * `more` may be NULL. */
int sandbox_enter(const struct sandbox_calls *more);
