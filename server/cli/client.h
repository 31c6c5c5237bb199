/* A blocking connection to hotdesk-server's control socket, and what to say when it fails. */
#pragma once

#include <jansson.h>

#include "common/times.h"
#include "protocol/frame.h"

#define CLIENT_ANSWER_MS 5000
#define CLIENT_FOREVER   (-1)
#define CLIENT_SCRIPT_MS                                                                           \
    ((int)time_ms(TIME_SCRIPT_ANSWER) + CLIENT_ANSWER_MS) /* what an agent does */

struct client;

/* EXIT_DONE, or prints what is wrong and what to do. `path` NULL: the user's server, else the
 * system's. */
int client_open(const char *path, struct client **ret_client);
struct client *client_close(struct client *client);

/* The next line, its texts made safe for a terminal; the caller frees it. 0, -ETIMEDOUT, -EINTR (a
 * signal), -ECONNRESET (the server has gone), -EBADMSG. */
int client_read(struct client *client, int timeout_ms, json_t **ret_line);

/* After the answer to `frames`: the next message. *ret_fd: the descriptor of a FILE, the caller's
 * then; -1 without one. Errors as above. */
int client_read_frame(struct client *client, int timeout_ms, struct frame_message *ret_message,
                      int *ret_fd);

/* One line; 0 or -errno. A server that has closed already is no failure here: it may have said why.
 */
int client_send(struct client *client, const json_t *request);

/* Prints what a failure of client_read or client_send means; returns an enum exit_code. */
int client_explain(const struct client *client, int error);

/* Asks and takes the answer. EXIT_DONE, or prints the refusal. Steals `request`. */
int client_ask(struct client *client, json_t *request, json_t **ret_answer);

/* The same, where the answer may take longer than CLIENT_ANSWER_MS. */
int client_ask_within(struct client *client, json_t *request, int timeout_ms, json_t **ret_answer);

/* Opens, asks one verb without more, closes. */
int client_ask_once(const char *path, const char *verb, json_t **ret_answer);

/* For --json. */
void client_print_json(const json_t *answer);
