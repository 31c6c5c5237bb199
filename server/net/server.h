/*
 * hotdesk-server in one process: owns the parts, and turns what one says into what another must do.
 *
 *   sources (input, window) -> desk -> targets (agents)      guests -> targets or pairing
 *   control socket -> verbs -> any of them                    events -> control socket, log
 *
 * All work is done in the callbacks of one loop. The desk calls back into nothing that calls it
 * (desk.h): what broke within one of its calls is told to it in server_settle, before the loop
 * waits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/identity.h"
#include "common/log.h"
#include "common/stream.h"
#include "protocol/limits.h"
#include "protocol/message.h"
#include "server/control/control.h"
#include "server/net/frames.h"
#include "server/net/guests.h"
#include "server/net/input.h"
#include "server/net/listener.h"
#include "server/net/options.h"
#include "server/net/pairing.h"
#include "server/net/session.h"
#include "server/net/vnc.h"
#include "server/pointer.h"
#include "server/switch/chooser.h"
#include "server/switch/desk.h"
#include "server/target/registry.h"
#include "server/target/targets.h"

#define SERVER_WAITS_MAX CONTROL_CLIENTS_MAX

struct server;
struct scripts;

/* Reads the configuration again, as at the start (server/net/reload.h). */
struct server_reload {
    /* 0, or -errno with a sentence in ret_error. NULL: there is none. */
    int (*load)(void *context, struct server_options *ret_options, char ret_error[ERROR_ROOM]);
    void *context;
    json_t *files;                 /* what came of it so far; NULL: none is under way */
    struct control_client *client; /* who asked; NULL: a signal */
    uint64_t until_us;             /* hotdesk-input answers */
};

/* A client that made a pairing code and waits for who uses it. */
struct server_pair_wait {
    struct server *server;
    struct control_client *client;
    uint32_t code_id; /* 0: free */
};

/* A client whose `switch` waits for the target's answer. */
struct server_switch_wait {
    struct control_client *client; /* NULL: free */
    uint16_t number;
};

/* The parts are set up in this order and taken down in the other; all may be NULL in between. */
struct server {
    uv_loop_t *loop;
    struct server_options options;
    char name[MESSAGE_NAME_ROOM];
    struct identity *identity;
    struct tls *tls;
    struct registry *registry;
    struct targets *targets;
    struct guests *guests;
    struct listener *listener;
    struct control *control;
    struct input *input;
    struct session *session;
    struct frames *frames;
    struct vnc *vnc;
    struct scripts *scripts;
    struct pointer pointer; /* of the active target */

    struct desk desk;
    struct chooser *chooser; /* while the switcher is on the screen; else NULL */
    enum chooser_verdict chosen;
    struct chooser_layout layout;  /* of the console, as a window told last */
    struct control_client *window; /* the window source, or NULL */
    struct link_device devices[SERVER_DEVICES_MAX];
    size_t device_count;
    bool counting; /* hotdesk-input was told to count what devices do */

    struct pairing pairing;
    struct server_pair_wait pair_waits[PAIRING_CODES_MAX];
    struct log_limit pair_log_limit;
    struct server_switch_wait switch_waits[SERVER_WAITS_MAX];
    struct server_reload reload;
    char refused_why[SWITCH_REASON_ROOM]; /* the last refusal or taking back of a switch */

    uv_timer_t *tick, *desk_timer;
    uv_prepare_t *before_wait;
    uint64_t desk_timer_us; /* what it is set to */
    uint64_t activity_us;   /* when use of a target was told last; 0: never */
    uint64_t tick_ms;       /* of `tick` */
    bool told_unsaved;
};

/* Everything but the loop's run. 0 or -errno with a sentence in ret_error. */
int server_create(uv_loop_t *loop, const struct server_options *options, struct server **ret_server,
                  char ret_error[ERROR_ROOM]);
/* Says BYE to all, closes everything and runs the loop until it is empty: nothing else may be open
 * in it. NULL ok. */
struct server *server_destroy(struct server *server);

/* By its options: what agents call it from now on. */
void server_choose_name(struct server *server);
/* Listens exactly while somebody may come. */
int server_update_listening(struct server *server, char ret_error[ERROR_ROOM]);
