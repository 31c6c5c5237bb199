/* A control server in a temporary directory, stepped by hand, and clients with plain sockets. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "server/control/control.h"

#define PATH_ROOM   108
#define GONE_MAX    8
#define MESSAGE_MAX 32

struct harness {
    uv_loop_t loop;
    struct control *control;
    char dir[64], path[PATH_ROOM];
    struct control_client *late; /* who asked for `late` and waits for an answer */
    unsigned handled;            /* calls of any verb */
    unsigned gone;               /* calls of on_gone */
    struct link_message messages[MESSAGE_MAX];
    unsigned message_count, link_gone;
    char link_why[128];
    struct control_client *link_client;
};

/* Fails the test when the server cannot start. */
void harness_start(struct harness *harness, const char *use_group);
void harness_start_with(struct harness *harness, const char *use_group, const char *own_group);
void harness_stop(struct harness *harness);

/* Runs the loop until `done` says so; false after 10 s. */
bool harness_run_until(struct harness *harness, bool (*done)(void *context), void *context);
/* Runs the loop until it has nothing to do at once. */
void harness_settle(struct harness *harness);

int harness_connect(struct harness *harness);
void harness_send(struct harness *harness, int fd, const void *bytes, size_t size_bytes);
void harness_say(struct harness *harness, int fd, const char *line);
/* Reads one line, without its end, into text (that of the caller). False at the end of the
 * connection. */
bool harness_hear(struct harness *harness, int fd, char *ret_text, size_t room_bytes);
/* Says `line`, hears the answer, and returns it; the caller frees it. */
json_t *harness_ask(struct harness *harness, int fd, const char *line);
/* True when the server closed this connection and nothing more came. */
bool harness_is_closed(struct harness *harness, int fd);
void harness_read_exactly(struct harness *harness, int fd, void *ret_bytes, size_t size_bytes);
