/*
 * All paired targets and the connections of their agents. Numbers are those of the registry, which
 * it reads and, when addresses change, writes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/message.h"
#include "server/switch/switch.h"
#include "server/target/agent.h"
#include "server/target/channel.h"
#include "server/target/registry.h"

#define TARGETS_CLONED_TEXT "two machines use one key (a cloned disk?)"

struct targets;

/* All come from the loop or from targets_reap, none within another call of targets_x. */
struct targets_handlers {
    void (*state)(void *context, uint16_t number, enum switch_state state, const char *reason);
    void (*entered)(void *context, uint16_t number, bool taken, uint8_t locks, const char *reason);
    void (*locks)(void *context, uint16_t number, uint8_t locks);
    /* Its connection, or what its agent tells of its screen, has changed. */
    void (*screen)(void *context, uint16_t number);
    /* What became of a script's job there. */
    void (*typed)(void *context, uint16_t number, const struct message_typed *typed);
    /* It shows another monitor, or why it does not. */
    void (*monitor)(void *context, uint16_t number, const char *reason);
    /* Of the active one: where its pointer is. */
    void (*pointer)(void *context, uint16_t number, uint16_t x_px, uint16_t y_px);
};

/* `registry` outlives it. Destroying says BYE to every agent. */
int targets_create(struct registry *registry, const char *server_name,
                   const struct targets_handlers *handlers, void *context,
                   struct targets **ret_targets);
struct targets *targets_destroy(struct targets *targets);

/* A hello with role control came: welcomed or rejected. Takes over `channel`; from the loop only,
 * since `state` is told. */
void targets_hello(struct targets *targets, struct channel *channel,
                   const struct message_hello *hello, uint64_t now_us);
/* The registry has a new or renewed entry / the entry is about to go: the connection is told so. */
int targets_added(struct targets *targets, uint16_t number);
/* As registry_order: connections stay. */
void targets_ordered(struct targets *targets, uint16_t number, uint16_t wanted);
void targets_forgotten(struct targets *targets, uint16_t number);

/* A target without a connection ignores these. */
void targets_enter(struct targets *targets, uint16_t number, uint64_t now_us);
void targets_leave(struct targets *targets, uint16_t number, uint64_t now_us);
void targets_report(struct targets *targets, uint16_t number, const struct report *report,
                    uint64_t now_us);
/* Asks its agent to dial a screen connection with this number. False when it cannot. */
bool targets_open_screen(struct targets *targets, uint16_t number, uint32_t screen_number,
                         uint64_t now_us);
/* agent_script; -ENOTCONN without a connection. */
int targets_script(struct targets *targets, uint16_t number, struct message *message,
                   uint64_t now_us);
/* Asks its agent to show this monitor, "": all. False when it cannot. */
bool targets_show_monitor(struct targets *targets, uint16_t number, const char *name,
                          uint64_t now_us);
/* How its agent is to send its screen; an agent that takes no wishes is told nothing. */
void targets_wish(struct targets *targets, uint16_t number, const struct message_screen_wish *wish,
                  uint64_t now_us);
void targets_cut(struct targets *targets, uint16_t number, const char *why);
void targets_tick(struct targets *targets, uint64_t now_us);
bool targets_are_busy(const struct targets *targets); /* one of them (agent_is_busy) */
/* Tells of those whose connection ended within one of the calls above, and what waited to be told.
 */
void targets_reap(struct targets *targets, uint64_t now_us);

/* False when its agent is not connected. */
bool targets_view(const struct targets *targets, uint16_t number, struct agent_view *ret_view);
bool targets_link(const struct targets *targets, uint16_t number, uint64_t now_us,
                  struct agent_link *ret_link);
