/* The decoder's socket to hotdesk-server: whole messages of protocol/frame.h. */
#pragma once

#include <stdbool.h>

#include "protocol/frame.h"
#include "server/decode/stop.h"

/* Waits when the socket is full: the server reads it before anything of a target. */
bool messages_send(int fd, struct stop *stop, const struct frame_message *message);

/* What is there. False in *ret_got: nothing. Returns false when the server has gone, or says what
 * no server says. */
bool messages_receive(int fd, struct stop *stop, struct frame_message *ret_message, bool *ret_got);

/* Waits for the next. */
bool messages_wait(int fd, struct stop *stop, struct frame_message *ret_message);
