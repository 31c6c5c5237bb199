/*
 * The control socket: JSON lines between hotdesk-server and its clients (docs/control.md has the
 * verbs).
 *
 * One table of verbs, each with the class of right that it needs and its handler; the table is the
 * server's, this layer knows sockets, lines, peers and rights. The socket is a plain descriptor
 * under uv_poll. A line is at most CONTROL_LINE_MAX bytes; a client that sends more, or no JSON, or
 * that does not read what it asked for (CONTROL_UNSENT_MAX) is told so and closed. A client that
 * closes its side has gone, answered or not; the verb that it asked for last is handled before the
 * next line is read.
 *
 * A right may be taken back while a connection uses it (control_set_seat): one that watches, or is
 * a link, then ends.
 *
 * No call here closes a client or calls back at once: that happens in the loop's next turn, so a
 * handler may close any client, and write to one that is just going (it is ignored).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "protocol/frame.h"
#include "protocol/limits.h"
#include "protocol/link.h"

/* Of them, such that were granted nothing yet: one more closes the oldest of these, so that nobody
 * without a right keeps others out. */
#define CONTROL_SEAT_USERS_MAX 16

enum control_class { CONTROL_SEE, CONTROL_USE, CONTROL_OWN };

struct control;
struct control_client;

struct control_verb {
    const char *name;
    enum control_class class;
    /* Must answer once, now or later, by control_reply or control_fail. `request` is borrowed for
     * the call. A later answer: either keep `client` and answer in any case (it stays valid until
     * then, also when it has gone), or ask to be told by control_client_on_gone before the answer,
     * and do not use it after that. */
    void (*handle)(void *server, struct control_client *client, const json_t *request);
};

/* Names of groups, or NULL or empty: their members have CONTROL_USE, or CONTROL_OWN. */
struct control_groups {
    const char *use, *own;
};

/* Makes the socket (parents too), 0666 for root and system users, and 0600 otherwise; a socket on
 * which nobody answers is replaced, one that is answered gives -EADDRINUSE, what is no socket
 * -EEXIST. -ESRCH when a group does not exist. `verbs` is not copied. */
int control_create(uv_loop_t *loop, const char *path, const struct control_verb *verbs,
                   size_t count, const struct control_groups *groups, void *server,
                   struct control **ret_control);
/* Other groups; -ESRCH when one does not exist: nothing has changed. What goes on by a right that
 * is lost ends. */
int control_set_groups(struct control *control, const struct control_groups *groups);
/* Closes all clients, each with its gone callback, and removes the socket. The loop must run once
 * more. */
struct control *control_destroy(struct control *control);

/* Who sits at the computer, by logind; all zero: nobody that is known. The active session's user
 * has CONTROL_USE of a system's server, the others have CONTROL_SEE. */
struct control_seat {
    bool has_active;
    uid_t active_uid;
    uid_t users[CONTROL_SEAT_USERS_MAX];
    size_t user_count;
};
/* What goes on by a right that is lost now ends. NULL ok: nothing is done. */
void control_set_seat(struct control *control, const struct control_seat *seat);

/* {"ok": true, ...reply}. Both steal `reply`; NULL is an empty object. */
void control_reply(struct control_client *client, json_t *reply);
/* {"ok": false, "code": code, "error": sentence} */
void control_fail(struct control_client *client, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What a client may watch; bits. */
enum control_watch { CONTROL_WATCH_EVENTS = 1, CONTROL_WATCH_DEVICES = 2 };

/* A further line to one client (a pairing's progress), or to all that watch one of `watches`; none
 * to one that has become a link. Steal `event`. */
void control_send(struct control_client *client, json_t *event);
void control_broadcast(struct control *control, unsigned watches, json_t *event);
void control_client_watch(struct control_client *client, enum control_watch what);
bool control_is_watched(const struct control *control, enum control_watch what);

uid_t control_client_uid(const struct control_client *client);
pid_t control_client_pid(const struct control_client *client);
/* What it does from now on goes on by the right that it was granted last: without that its
 * connection ends. Links, frames and watchers do so by themselves. */
void control_client_keep_right(struct control_client *client);
/* Called once when the client is gone, also by control_client_close; the pointer is dead after it.
 * A later call replaces it; NULL for none. */
void control_client_on_gone(struct control_client *client, void (*gone)(void *context),
                            void *context);

/* After control_reply to `input`: the connection carries link messages from now on, both ways.
 * `handlers` is not copied; `gone` comes once, and before that of control_client_on_gone. */
struct control_link_handlers {
    void (*message)(void *context, const struct link_message *message);
    void (*gone)(void *context, const char *why);
};
void control_client_become_link(struct control_client *client,
                                const struct control_link_handlers *handlers, void *context);
/* False when it is full (then it will be closed) or closing. */
bool control_client_send_link(struct control_client *client, const struct link_message *message);
/* After control_reply to `frames`: the connection carries frame messages from now on, to the client
 * alone; one that sends anything is closed. */
struct control_frames_handlers {
    void (*clear)(void *context);                 /* a message that did not go may be tried again */
    void (*gone)(void *context, const char *why); /* as `gone` of a link */
};
void control_client_become_frames(struct control_client *client,
                                  const struct control_frames_handlers *handlers, void *context);
/* True when it goes, with a duplicate of `fd` (-1: none). False: not now, since the client has not
 * read what it was sent before (then `clear` comes), or it is closing. Nothing is queued: what is
 * sent later can be newer. */
bool control_client_send_frame(struct control_client *client, const struct frame_message *message,
                               int fd);
void control_client_close(struct control_client *client);
