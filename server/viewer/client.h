/*
 * A connection to hotdesk-server's control socket (docs/control.md): bytes out, lines or fixed-size
 * messages in. Never blocks: what cannot be sent at once ends the connection, since a server that
 * does not read is no server.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct client;

/* To the user's own server, else the system's: looked for at each call, since either may start
 * later. 0 or -errno; client_destroy frees it. */
int client_connect(struct client **ret_client);
struct client *client_destroy(struct client *client);
int client_fd(const struct client *client);

/* All or nothing: false when the socket is full or gone. */
bool client_send(struct client *client, const void *bytes, size_t size_bytes);
/* 0, -EAGAIN when the socket is full now, or -errno when it is gone. */
int client_try_send(struct client *client, const void *bytes, size_t size_bytes);

/* Reads what has come; of messages with descriptors only a few at once: the socket stays readable.
 * 0, -EPIPE when the server hung up, -ENOBUFS when a line is too long, or -errno. */
int client_receive(struct client *client);
/* The next whole line without its newline, valid until the next call of this module; NULL: none
 * yet. */
const char *client_take_line(struct client *client);
/* The next size_bytes; false when there are not as many yet. */
bool client_take_bytes(struct client *client, void *ret_bytes, size_t size_bytes);
/* The next descriptor that came (SCM_RIGHTS, unix(7)), the caller's from now on; -1: none. */
int client_take_fd(struct client *client);
