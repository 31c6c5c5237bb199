/*
 * One target's picture: asks its agent for the screen connection when somebody looks, gives that to
 * a decoder of its own, and begins anew, after a pause that grows, when either ends. When nobody
 * looks any more both stay (warm), and nothing is sent.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "protocol/frame.h"
#include "protocol/message.h"
#include "server/target/channel.h"

struct screen;

/* What the control connection knows of it. */
struct screen_source {
    bool connected;  /* there is one */
    bool can_screen; /* its agent dials screen connections */
    bool has_told;   /* what follows came */
    bool has_screen;
    char reason[MESSAGE_REASON_ROOM]; /* why there is none, or how it is captured */
};

/* None calls screen_x at once. */
struct screen_handlers {
    struct screen_source (*source)(void *context, uint16_t number);
    /* Sends SCREEN_OPEN. False when it cannot. */
    bool (*open)(void *context, uint16_t number, uint32_t open_number);
    /* For whoever follows: SIZE, DAMAGE, CURSOR, BELL, CURRENT, THUMBNAIL of the decoder; FILE when
     * it is another one; STATE when its text has changed. Numbers are filled in. */
    void (*told)(void *context, const struct frame_message *message);
};

enum screen_stage {
    SCREEN_IDLE,    /* no connection, and nobody asks for one; or a pause */
    SCREEN_ASKED,   /* SCREEN_OPEN was sent */
    SCREEN_STARTED, /* connected, the decoder is not ready */
    SCREEN_RUNNING,
};

/* What `status` tells, and what a follower begins with. */
struct screen_view {
    enum screen_stage stage;
    enum frame_look look;
    bool kept;
    int file_fd; /* -1: none; borrowed */
    struct frame_size size;
    struct frame_size thumbnail; /* 0, 0: none, or the picture is newer */
    bool has_cursor;
    bool is_full;               /* the decoder takes no more just now */
    bool is_current;            /* the file has what the target showed when looking began */
    uint32_t faults;            /* times that a decoder stopped */
    uint64_t bytes, updates;    /* that its agent sent, and that were shown, so far */
    char text[FRAME_TEXT_ROOM]; /* of STATE */
};

/* Of all pictures of a server: what is not looked at as a whole asks in turn. All agents of a wall
 * at once would be more handshakes than the server takes of one address, and keys wait for them. */
struct screen_pace {
    uint64_t next_us; /* nobody asks before */
};

/* `program` (of the decoder; "": there is none), `handlers` and `pace` outlive it. NULL without
 * memory. */
struct screen *screen_create(uv_loop_t *loop, const char *program, uint16_t number,
                             const struct screen_handlers *handlers, void *context,
                             struct screen_pace *pace);
/* Freed by the loop. NULL ok. */
struct screen *screen_destroy(struct screen *screen);

/* In what it asks and tells from now on. */
void screen_set_number(struct screen *screen, uint16_t number);
/* Thumbnails of an agent that has none: the picture, brought up to date once a second. */
void screen_look(struct screen *screen, enum frame_look look);
/* Somebody may want to see it soon: connection and decoder are there before he does. */
void screen_keep(struct screen *screen, bool kept);
/* What `source` gives may have changed. */
void screen_update(struct screen *screen);
/* A screen connection of its key came: welcomed, or rejected with a reason that is logged by the
 * caller (*ret_why; NULL when welcomed). Takes over `channel`. */
void screen_connect(struct screen *screen, struct channel *channel,
                    const struct message_hello *hello, const char *server_name,
                    const char **ret_why);
/* Begins anew, at once, with another file: who has the old one sees nothing new in it. */
void screen_renew(struct screen *screen);
/* Closes its connection and decoder if nobody looks: it is no longer warm. */
void screen_cool(struct screen *screen);
struct screen_view screen_view(const struct screen *screen);
