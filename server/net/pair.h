/* Pairing between the parts: a client's code, the proof of who dials, the new entry. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "server/net/server.h"

/* The verb. */
void pair_handle(void *server, struct control_client *client, const json_t *request);
/* This client waits for who uses its code. */
bool pair_waits_already(const struct server *server, const struct control_client *client);
/* For guests: takes over `channel`. */
void pair_proof(void *server, struct channel *channel, const struct message_hello *hello,
                const struct message_pair_proof *proof);
/* Codes whose time is over. */
void pair_tick(struct server *server, uint64_t now_us);
/* The server ends: no client waits any more. */
void pair_finish(struct server *server);
