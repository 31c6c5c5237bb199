/*
 * The verb `reload`, and SIGHUP: server.conf and input.conf are read again. A file that is wrong
 * changes nothing of its program; no connection, no key that is down and no picture is touched.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "server/net/server.h"

void reload_handle(void *server, struct control_client *client, const json_t *request);
/* `client`, or NULL, gets the answer; one reload at a time. */
void reload_start(struct server *server, struct control_client *client);
/* hotdesk-input has read its file, asked or not. */
void reload_input_told(struct server *server, const struct link_reloaded *told);
void reload_tick(struct server *server, uint64_t now_us);
/* Whoever waits gets what there is. */
void reload_finish(struct server *server);
