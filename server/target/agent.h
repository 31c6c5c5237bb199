/*
 * One control connection of a paired agent, from its welcome to its end: state, enter and leave,
 * reports with their acknowledgements, pings, silence. What it knows of its target is in struct
 * agent_view.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/histogram.h"
#include "protocol/message.h"
#include "server/target/channel.h"
#include "server/target/latency.h"

struct agent;

/* All come from the loop or from agent_tell, none within another call of agent_x below. agent_end
 * may be called inside each that comes from the loop. */
struct agent_handlers {
    /* It can take input now, or cannot and why. */
    void (*ready)(void *context, bool ready, const char *reason);
    void (*entered)(void *context, bool taken, uint8_t locks, const char *reason);
    void (*locks)(void *context, uint8_t locks);
    /* What it tells of its screen has changed (view.has_screen, view.screen_reason). */
    void (*screen)(void *context);
    /* The monitor that it shows is another one (view.shown), or why it is not: `reason`. */
    void (*monitor)(void *context, const char *reason);
    /* Where its pointer is; only while it is active. */
    void (*pointer)(void *context, uint16_t x_px, uint16_t y_px);
    /* What became of a script's job (agent_script). */
    void (*typed)(void *context, const struct message_typed *typed);
    /* The connection ended; what is left to do is agent_end. */
    void (*gone)(void *context, const char *why);
};

/* What `status` tells; read only. */
struct agent_view {
    char address[80];
    char injector[MESSAGE_NAME_ROOM];
    char injector_reason[MESSAGE_REASON_ROOM]; /* why it is this one; "" while not ready */
    bool has_state, has_locks;
    uint8_t locks;
    struct message_geometry geometry; /* width 0: not told yet */
    uint32_t unsendable_keys, held_too_long;
    bool can_script; /* it types what scripts want typed */
    bool can_screen; /* it dials screen connections */
    bool has_screen_state;
    bool has_screen; /* it says that its screen can be seen */
    /* Why there is none, or how it is captured; "" before it has told. */
    char screen_reason[MESSAGE_REASON_ROOM];
    bool can_monitor;              /* it shows another monitor when told */
    bool has_shown;                /* it told which one it shows */
    char shown[MESSAGE_NAME_ROOM]; /* "": all of them */
    bool takes_wishes;             /* and tells figures of its screen connection */
    bool has_figures;
    struct message_screen_figures figures;
    uint64_t round_trip_us; /* the best; 0: none yet */
    uint64_t reports_sent, congested_count;
    const struct histogram *latency;
};

/* How its link does now. */
struct agent_link {
    struct latency_recent recent; /* event to injection */
    uint64_t last_us;             /* the last of these; 0: none within LATENCY_RECENT_US */
    uint64_t waits_us;            /* since when the oldest is not injected; 0: all are */
    bool congested;
};

/* Takes over `channel`, whose hello was read and accepted, and sends the welcome. `control_number`
 * is the highest that either side knows. NULL when there is no memory (the channel is cut then). */
struct agent *agent_create(struct channel *channel, const struct message_hello *hello,
                           uint64_t control_number, const char *target_name,
                           const char *server_name, const struct agent_handlers *handlers,
                           void *context);

/* These may end the connection (agent_gone_why then tells it; no handler is called) and do nothing
 * after.
 *
 * Its target becomes active: a new control number, which every report carries. */
void agent_enter(struct agent *agent, uint64_t now_us);
/* No more; what waits is sent first. */
void agent_leave(struct agent *agent, uint64_t now_us);
/* Places (EV_ABS) are those of a source's field. Only between enter and leave. */
void agent_report(struct agent *agent, const struct report *report, uint64_t now_us);
void agent_tick(struct agent *agent, uint64_t now_us);
/* Keys are down or something waits: ticks have to come every half TIME_KEEP_DOWN. */
bool agent_is_busy(const struct agent *agent);
/* Asks it to dial a screen connection with this number. False when it cannot. */
bool agent_open_screen(struct agent *agent, uint32_t number, uint64_t now_us);
/* PRESS or TEXT, whose control number and job it fills in, or SCRIPT_STOP. 0, -ENOTCONN, or
 * -EOPNOTSUPP from an agent that is too old. */
int agent_script(struct agent *agent, struct message *message, uint64_t now_us);
/* Asks it to show this monitor, "": all of them. False when it cannot. */
bool agent_show_monitor(struct agent *agent, const char *name, uint64_t now_us);
void agent_wish(struct agent *agent, const struct message_screen_wish *wish, uint64_t now_us);
/* Ends the connection; nothing that waits or is with the kernel arrives later. */
void agent_cut(struct agent *agent, const char *why);

/* Tells what was held back for TIME_NEWS (ready and locks; the other calls call no handler). */
void agent_tell(struct agent *agent, uint64_t now_us);

/* NULL while it lives. */
const char *agent_gone_why(const struct agent *agent);
/* Says BYE with the reason if it still lives, closes and frees; no handler is called. NULL ok. */
struct agent *agent_end(struct agent *agent, enum message_reason reason, const char *text);

uint64_t agent_control_number(const struct agent *agent);
struct agent_view agent_view(const struct agent *agent);
struct agent_link agent_link(const struct agent *agent, uint64_t now_us);
