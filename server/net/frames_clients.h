/* Clients of the control socket that follow pictures (the verb `frames`): the active target's, one
 * target's, or a thumbnail of one or of all. */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct audience;
struct control_client;
struct frames_clients;
struct screens;
struct server;

/* Both outlive it. NULL without memory. */
struct frames_clients *frames_clients_create(struct server *server, struct audience *audience,
                                             struct screens *screens);
/* When no client is left; freed by the loop. NULL ok. */
struct frames_clients *frames_clients_destroy(struct frames_clients *clients);

/* The verb. */
void frames_clients_handle(struct frames_clients *clients, struct control_client *client,
                           const json_t *request);
/* How many show the active target. */
unsigned frames_clients_viewers(const struct frames_clients *clients);

/* Another target is active. */
void frames_clients_switched(struct frames_clients *clients, uint16_t number);
void frames_clients_added(struct frames_clients *clients, uint16_t number);
/* After screens_forgotten: who followed it alone is closed. */
void frames_clients_forgotten(struct frames_clients *clients, uint16_t number);
