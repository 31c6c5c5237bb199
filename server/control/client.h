/*
 * One connection to the control socket; inside server/control/ alone.
 *
 * Nothing is closed inside a call: a client is doomed there, and buried by the loop's next turn
 * (control_schedule). So a handler may close any client, and a full one never vanishes under the
 * code that writes to it. The memory lives until the request that was being handled is answered.
 */
#pragma once

#include "server/control/control.h"
#include "server/control/unsent.h"

struct control_client {
    struct control *control;
    int fd;
    uv_poll_t poll;
    int events; /* that are polled for */
    uid_t uid;
    pid_t pid;
    int rights;  /* by the database: enum control_class, RIGHTS_NONE, or RIGHTS_UNKNOWN until asked
                  */
    int granted; /* the class of the verb that was let through last; RIGHTS_NONE: none was */
    int needs;   /* the class that it must keep, since it watches or is a link; RIGHTS_NONE */
    uint64_t came;      /* counts up */
    unsigned watches;   /* enum control_watch */
    bool pending;       /* a verb is not answered yet; lines behind it wait */
    const char *doomed; /* why, or NULL */
    bool buried, handle_closed;
    void (*gone)(void *context);
    bool gone_answers; /* `gone` was asked for in place of an answer to the pending verb */
    void *gone_context;
    const struct control_link_handlers *link; /* NULL: it speaks lines */
    void *link_context;
    const struct control_frames_handlers *frames; /* NULL: it speaks lines, or is a link */
    void *frames_context;
    bool frame_waits; /* one did not go */
    struct unsent unsent;
    size_t in_bytes;
    char in[CONTROL_LINE_MAX + 1]; /* a line and its end */
};

#define RIGHTS_UNKNOWN (-2)

/* Takes the descriptor over, also on failure. */
int control_client_create(struct control *control, int fd, struct control_client **ret_client);
/* Handles what has been read, as far as it may. */
void control_client_run(struct control_client *client);
/* The rest of an input that became a link. */
void control_client_run_link(struct control_client *client);
/* The socket has room again. */
void control_client_run_frames(struct control_client *client);
void control_client_take(struct control_client *client, size_t size_bytes);
void control_client_doom(struct control_client *client, const char *why);
/* Closes the descriptor and tells who asked to be told. */
void control_client_bury(struct control_client *client);
/* Buried, answered and unknown to the loop: the caller frees it. */
bool control_client_is_over(const struct control_client *client);
void control_client_update_poll(struct control_client *client);
void control_client_write(struct control_client *client, const void *bytes, size_t size_bytes);
void control_client_write_json(struct control_client *client, const json_t *line);

/* control.c: the loop's next turn looks at all clients. */
void control_schedule(struct control *control);
uv_loop_t *control_loop(struct control *control);
void control_handle_verb(struct control_client *client, const json_t *request);
