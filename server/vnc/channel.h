/* hotdesk-vnc's socket to hotdesk-server: messages of protocol/vnc.h and those of a follower. */
#pragma once

#include <stdbool.h>

#include "protocol/vnc.h"

struct channel_message {
    bool is_frame;
    int fd; /* that came with it, or -1; whoever takes the message closes it */
    union {
        struct vnc_message vnc;
        struct frame_message frame;
    };
};

/* 1 with *ret_message filled, 0 when nothing waits (never with `waits`), -errno: hotdesk-server is
 * gone or sent nonsense. */
int channel_receive(int fd, bool waits, struct channel_message *ret_message);
/* Waits for room. 0 or -errno. */
int channel_send(int fd, const struct vnc_message *message);
