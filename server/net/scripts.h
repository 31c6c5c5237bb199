/*
 * Keys and texts that clients of the control socket have typed on a target, whether or not it is
 * the active one: the verbs `send` and `type`. The agent does it (agent/script.h); nothing is
 * entered, and the person's keyboard stays where it is.
 *
 * A target is one client's from its first request until it closes its connection, so that two
 * scripts do not mix their texts. What an agent does not answer in TIME_SCRIPT_ANSWER must not be
 * typed later: its link is cut. Of keys and texts nothing is logged or kept.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "protocol/message.h"
#include "server/control/control.h"

struct server;
struct scripts;

struct scripts *scripts_create(struct server *server); /* NULL: no memory */
/* After the control socket. NULL ok. */
struct scripts *scripts_destroy(struct scripts *scripts);

/* The verbs. */
void scripts_send(void *server, struct control_client *client, const json_t *request);
void scripts_type(void *server, struct control_client *client, const json_t *request);

/* The agent's answer. */
void scripts_typed(struct scripts *scripts, uint16_t number, const struct message_typed *typed);
/* Its connection is gone, or it is forgotten. */
void scripts_lost(struct scripts *scripts, uint16_t number, const char *why);
/* As registry_order. */
void scripts_ordered(struct scripts *scripts, uint16_t number, uint16_t wanted);
/* This client has a target: who tells when it is gone is taken. */
bool scripts_have(const struct scripts *scripts, const struct control_client *client);
/* Call now and then. */
void scripts_tick(struct scripts *scripts, uint64_t now_us);
