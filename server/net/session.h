/*
 * The console's session in the server: what logind and viewers tell goes to server/switch/presence,
 * what that says goes to the desk. The keyboard comes home by it, and no switch to a target is let
 * through meanwhile.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/control/control.h"

struct server;
struct session;

/* 0 or -errno. Without logind, or with an empty seat, viewers alone are heard. */
int session_create(struct server *server, const char *seat, struct session **ret_session);
/* Hears nothing any more; then the loop must run once more, and after that it may be destroyed.
 * NULL ok. */
void session_stop(struct session *session);
struct session *session_destroy(struct session *session);

/* The verb `session`: a viewer tells whether its screen is locked. */
void session_handle(void *server, struct control_client *client, const json_t *request);
/* This client has told of its screen. */
bool session_hears(const struct session *session, const struct control_client *client);
/* {"locked", "why"}: may a target be entered now? */
json_t *session_status(struct session *session);
