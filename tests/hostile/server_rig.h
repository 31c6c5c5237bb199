/*
 * hotdesk-server whole, for a fuzzer: agents in memory (memory.h), a window and a control socket, a
 * clock that stands still until it is told. Three targets are paired at its start.
 *
 * Of every agent's connection it watches what the server says, and aborts when that breaks a rule:
 * a frame that is none, anything after its last word, a last word without a reason, a report
 * outside of enter and leave or of an old control number, a key of which only the up is sent, a
 * welcome to a key that is not paired.
 */
#pragma once

#include "server/net/server.h"
#include "tests/hostile/memory.h"

#define RIG_AGENTS 6
/* Connections whose agent has another one meanwhile: they say nothing. */
#define RIG_OTHERS  GUESTS_WAITING_MAX
#define RIG_KEYS    6 /* keys 0..RIG_PAIRED-1 are paired at the start */
#define RIG_PAIRED  3
#define RIG_CLIENTS 2

struct rig_agent {
    struct stream *stream; /* NULL: never connected */
    unsigned key;
    bool proved;                   /* its right proof was sent on this connection */
    bool said_bye, active, is_raw; /* by what the server says */
    uint64_t control_number;
};

struct rig {
    uv_loop_t loop;
    struct server *server;
    struct rig_agent agents[RIG_AGENTS + RIG_OTHERS];
    int clients[RIG_CLIENTS]; /* of the control socket; -1: none */
    uint32_t grab_number;
    char reason[MESSAGE_REASON_ROOM + 32]; /* the last refusal, or "" */
};

extern struct rig rig;

void rig_start(void);
void rig_finish(void);
/* A turn of the loop, and the time that it takes. */
void rig_turn(void);
/* Lets time pass, and ticks. */
void rig_pass(uint64_t us);

void rig_connect(unsigned agent, unsigned key);
void rig_receive(unsigned agent, const uint8_t *bytes, size_t size_bytes);
void rig_hang_up(unsigned agent, bool orderly);
/* Hello, welcome, ready: in this order, as far as it comes. */
/* As an agent of this version. */
void rig_hello(unsigned agent, enum message_role role, uint64_t number);
void rig_make_ready(unsigned agent);
/* A code is made, and the right proof of it sent. */
void rig_make_code(void);
void rig_prove(unsigned agent);
void rig_send(unsigned agent, const struct message *message);

/* As a keyboard, or a hotkey, would. */
void rig_from_source(const struct link_message *message);

void rig_client_connect(unsigned client);
void rig_client_say(unsigned client, const uint8_t *bytes, size_t size_bytes);
