/*
 * What libvncserver writes, on its way to the clients, by a thread of its own: libvncserver writes
 * to a socket of which this reads at once, so that a client that reads slowly, or not at all, keeps
 * nobody waiting. A client with VNC_UNSENT_MAX_BYTES unsent is given up.
 *
 * All functions are for the main thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct outlet;

/* Starts the thread: before the sandbox forbids it. 0 or -errno. */
int outlet_create(struct outlet **ret_outlet);
/* Readable (level) when a client's bytes are all out, or it was given up; outlet_heard clears it.
 */
int outlet_wake_fd(const struct outlet *outlet);
void outlet_heard(struct outlet *outlet);

/* From now on bytes of `from_fd` go to `to_fd`; both stay the caller's (they are duplicated). A
 * place, or -errno. */
int outlet_add(struct outlet *outlet, int from_fd, int to_fd);
/* What `from_fd` still has is sent if the client takes it at once. */
void outlet_remove(struct outlet *outlet, int place);
/* All is with the kernel: more may be made for it. */
bool outlet_is_idle(struct outlet *outlet, int place);
/* NULL while it goes on. */
const char *outlet_failure(struct outlet *outlet, int place);
