/*
 * The agent's end of a control connection. Pure: (messages, state of this computer, now) -> ops.
 *
 * It owns what is pressed here. Everything that ends the right to keep keys down (leave, the end of
 * the connection for any reason, silence, trouble of the injector, our own stop) goes through one
 * function that lifts it. The struct outlives connections: the highest control number and counters
 * stay.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/inject/held.h"
#include "agent/script.h"
#include "protocol/message.h"

enum session_stage {
    SESSION_CLOSED,
    SESSION_GREETING, /* the hello is sent, welcome is awaited */
    SESSION_WELCOMED,
};

/* How a connection ended, for who decides when to dial again. */
struct session_end {
    bool by_peer;   /* the server said so; otherwise we did */
    bool rejected;  /* instead of a welcome */
    uint8_t reason; /* enum message_reason */
    const char *text;
};

struct session_ops {
    void (*send)(void *context, const struct message *message);
    void (*welcomed)(void *context, const struct message_welcome *welcome);
    /* Types it now; a negative value means that it was not typed. */
    int (*inject)(void *context, const struct report *report);
    void (*enter)(void *context);
    void (*leave)(void *context);
    /* Dial a screen connection with this number. */
    void (*screen_open)(void *context, uint32_t number);
    /* Show this monitor ("": all of them); session_set_shown answers. */
    void (*show)(void *context, const char *monitor);
    /* How the screen is to be sent from now on; before the first SCREEN_OPEN. */
    void (*screen_wish)(void *context, const struct message_screen_wish *wish);
    /* This server may not see the screen any more: end the screen connection. */
    void (*screen_close)(void *context);
    /* script.h */
    int (*find)(void *context, const char *text, struct stroke *ret_strokes, size_t *ret_count,
                char ret_why[MESSAGE_REASON_ROOM]);
    void (*script_runs)(void *context, bool runs);
    /* The connection is over: close it once what was sent is out. Keys are up already. */
    void (*ended)(void *context, const struct session_end *end);
};

struct session {
    const struct session_ops *ops;
    void *context;
    enum session_stage stage;
    uint64_t highest; /* control number seen from this server's key; 0 none */
    uint64_t active;  /* control number of the enter that holds; 0: not active */
    uint64_t opened_us, heard_us;
    uint32_t stale_reports; /* refused since they carried a lower control number */
    struct held held;
    struct message_state state;             /* this computer's; told unless input is denied */
    char input_denied[MESSAGE_REASON_ROOM]; /* why this server may not type; empty: it may */
    char view_denied[MESSAGE_REASON_ROOM];  /* the same of seeing the screen */
    uint64_t denied_us;                     /* since when the server is told of `input_denied` */
    struct message_geometry geometry;       /* width 0: not known */
    bool takes_script;                      /* the server has them typed on this connection */
    struct script script;
    bool tells_screen;             /* the server takes SCREEN_STATE on this connection */
    bool tells_monitor;            /* and MONITOR */
    char shown[MESSAGE_NAME_ROOM]; /* the monitor that is shown; "": all of them */
    bool takes_figures;            /* and SCREEN_FIGURES */
    struct message_screen_state screen;
    struct message_pointer pointer; /* as told last in this enter */
    bool has_told_pointer;
    uint8_t locks;
};

void session_init(struct session *session, const struct session_ops *ops, void *context);
/* Another server's key: its control numbers count anew. */
void session_new_server(struct session *session);

/* Why nothing may be typed here now, or NULL. */
const char *session_refusal(const struct session *session);

/* A connection is there (TLS done): says hello. */
void session_opened(struct session *session, const char *host_name, uint64_t now_us);
void session_received(struct session *session, const struct message *message, uint64_t now_us);
/* Bytes came that are no message; `why` is message_decode's. */
void session_received_garbage(struct session *session, const char *why);
/* The connection is gone. No op but leave and inject is called. */
void session_closed(struct session *session);
/* We end it: all keys up, bye, `ended`. Nothing when closed. */
void session_stop(struct session *session, uint8_t reason, const char *text);

/* This computer's side; each is told to the server when it changed. `injector` NULL: none.
 * `reason`: why it can take no input, or when `ready` why it is this injector. */
void session_set_ready(struct session *session, const char *injector, bool ready,
                       const char *reason);
/* What the owner of this computer allows the server: NULL, or why not. What is taken away ends at
 * once: keys up, screen connection closed. A server that types all the same is cut off
 * TIME_PEER_SILENT after it was told; what was on its way until then is thrown away. */
void session_set_denied(struct session *session, const char *input, const char *view,
                        uint64_t now_us);
void session_set_unsendable(struct session *session, uint32_t count);
void session_set_locks(struct session *session, uint8_t locks);
/* Width 0: not known (any more). */
void session_set_geometry(struct session *session, const struct message_geometry *geometry);
/* `reason`: how its screen is read, or why there is none. */
/* Where the pointer is. */
void session_set_pointer(struct session *session, uint16_t x_px, uint16_t y_px);
void session_tell_figures(struct session *session, const struct message_screen_figures *figures);
void session_set_screen(struct session *session, bool has_screen, const char *reason);

/* The monitor that is shown from now on ("": all of them); `reason`: why it is not the one that was
 * asked for, or "". */
void session_set_shown(struct session *session, const char *monitor, const char *reason);

/* Call at or after the deadline (UINT64_MAX: none), once all that came has been given to
 * session_received: an agent that was late itself must not take its server for silent. */
void session_tick(struct session *session, uint64_t now_us);
uint64_t session_deadline_us(const struct session *session);
