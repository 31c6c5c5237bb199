/*
 * The user's own ssh as a child: its configuration, keys, known hosts and prompts (on the terminal)
 * are his affair and not touched. It runs `hotdesk-agent join` on the other side, which speaks
 * lines of JSON (agent/join.h).
 *
 * While one runs, SIGINT, SIGTERM and SIGHUP end no call but as -EINTR, so that the caller can take
 * back what it has begun.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "server/cli/destination.h"

#define SSH_FOREVER (-1)

struct ssh;

/* Whether it may put a question to somebody: there is a terminal, or a desktop for its askpass. */
bool ssh_can_ask(void);

/* `port` 0: what ssh says. A hotdesk that root got by sudo runs the ssh of who called sudo. 0 or
 * -errno. */
int ssh_start(const struct destination *destination, int port, struct ssh **ret_ssh);
/* Ends it, hard if it does not go by itself, and waits. NULL ok. */
struct ssh *ssh_destroy(struct ssh *ssh);

/* The next line that is an object of JSON, its texts made safe for a terminal; the caller frees it.
 * What else a login says before (~/.bashrc) is passed over. -ETIMEDOUT, -EINTR, -EPIPE (it has
 * ended), -EMSGSIZE (too much that is none). What it says on its standard error is shown meanwhile,
 * made safe as well. */
int ssh_read(struct ssh *ssh, int timeout_ms, json_t **ret_line);
/* The last line that was passed over; "" when there was none. Clean. */
const char *ssh_last_words(const struct ssh *ssh);
/* One line, without its end; 0, -EPIPE or another -errno. */
int ssh_write(struct ssh *ssh, const char *line);

/* After -EPIPE: its exit status, 255 when ssh itself has failed; -1: killed. Waits. */
int ssh_exit_status(struct ssh *ssh);

/* Waits that long, for a signal alone. 0 or -EINTR. */
int ssh_pause(struct ssh *ssh, int ms);
