/* One hotdesk-vnc: started with a socket for messages, and nothing else (docs/security.md); it has
 * shut itself in before it is given a client; killed when it does what it must not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "protocol/vnc.h"

struct vnc_child;

/* All come from the loop; each may call vnc_child_stop. */
struct vnc_child_handlers {
    /* READY, IN, GONE or REPORT. */
    void (*message)(void *context, const struct vnc_message *message);
    /* After vnc_child_send_frame has returned false: there is room again. */
    void (*clear)(void *context);
    /* It ended, or did what it must not; what is left to do is vnc_child_stop. */
    void (*stopped)(void *context, const char *why);
};

/* 0 or -errno. */
int vnc_child_start(uv_loop_t *loop, const char *program, const struct vnc_setup *setup,
                    const struct vnc_child_handlers *handlers, void *context,
                    struct vnc_child **ret_vnc);
/* Kills it; no handler is called any more. Freed by the loop, once it is dead. NULL ok. */
struct vnc_child *vnc_child_stop(struct vnc_child *vnc);

/* `fd` -1: none; it stays the caller's. False: it does not read what it is told. */
bool vnc_child_send(struct vnc_child *vnc, const struct vnc_message *message, int fd);
/* Asks now and then. False: it has answered nothing for too long. */
bool vnc_child_answers(struct vnc_child *vnc, uint64_t now_us);
/* False when it cannot go now: `clear` is called when it can. */
bool vnc_child_send_frame(struct vnc_child *vnc, const struct frame_message *message, int fd);
