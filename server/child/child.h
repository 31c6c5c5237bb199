/*
 * One of the server's sandboxed processes (hotdesk-decode, hotdesk-vnc), as the server sees it:
 * started without an environment, with the descriptors that it is given and nothing else; messages
 * of FRAME_MESSAGE_BYTES both ways; bounded in how long it takes to be ready and how much it says
 * at once; killed when it does what it must not. `server/sandbox` is the process's own side.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "protocol/frame.h"

#define CHILD_FDS_MAX 3

struct child;

/* What its user knows of it; constant. All are called from the loop; each may call child_stop. */
struct child_kind {
    const char *name;         /* its own: argv[0] */
    unsigned messages_a_turn; /* of the loop; more wait for TIME_DECODER_REST */
    /* One message: NULL, or what is wrong with it, which ends the child. It says that it is ready:
     * child_is_shut_in; why it ends: child_last_word; anything else: child_may_speak. */
    const char *(*take)(void *context, const uint8_t bytes[FRAME_MESSAGE_BYTES]);
    /* After child_await_room: there is room again. May be NULL. */
    void (*clear)(void *context);
    /* It ended, or did what it must not; what is left to do is child_stop. */
    void (*stopped)(void *context, const char *why);
};

/* `fds`, CHILD_FDS_MAX at most, are its descriptors from 3 on, and stay the caller's; -1: here is
 * its end of the messages' socket. `kind` and `program` outlive it. 0 or -errno. */
int child_start(uv_loop_t *loop, const char *program, const int *fds, size_t count,
                const struct child_kind *kind, void *context, struct child **ret_child);
/* Kills it; nothing is called any more. Freed by the loop, once it is dead. NULL ok. */
struct child *child_stop(struct child *child);

/* Never waits. `fd` -1: none; it stays the caller's. 0 or -errno; -EAGAIN: it has not read what it
 * was told before. */
int child_send(struct child *child, const uint8_t bytes[FRAME_MESSAGE_BYTES], int fd);
void child_await_room(struct child *child);

/* -- for `take` to return -- */

/* It has said that it is ready. NULL, or why it may not say so. */
const char *child_is_shut_in(struct child *child);
/* NULL, or why it may not speak yet. */
const char *child_may_speak(const struct child *child);
/* Its own reason, kept as long as the child. */
const char *child_last_word(struct child *child, const char *text);
