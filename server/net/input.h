/*
 * The connection to hotdesk-input: started here with a socketpair (a checkout), or the installed
 * one's listening socket. Comes back by itself when it is lost. Messages are read as they come, and
 * by input_read before each turn of the loop waits, so that input goes before all else.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "protocol/link.h"

struct input;

struct input_handlers { /* from the loop or from input_read, none within input_send */
    void (*message)(void *context, const struct link_message *message);
    void (*gone)(void *context);
};

/* `where`: "auto" (started here when there are devices that can be read), "none", or the path of
 * its SOCK_SEQPACKET socket. */
int input_create(uv_loop_t *loop, const char *where, const struct input_handlers *handlers,
                 void *context, struct input **ret_input);
/* Ends it if it was started here. The loop must run once more. */
struct input *input_destroy(struct input *input);

/* A link that is full or broken is closed, and `gone` called, in the next input_read. NULL ok:
 * nothing is sent while the server ends. */
void input_send(struct input *input, const struct link_message *message);
/* Takes what is there, without waiting. */
void input_read(struct input *input);
bool input_is_connected(const struct input *input);
