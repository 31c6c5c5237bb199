/* How a target's link and picture do now: the verbs `figures` and `osd`. */
#pragma once

#include <jansson.h>

struct control_client;

/* Both: `server` is a struct server. */
void figures_handle(void *server, struct control_client *client, const json_t *request);
/* Whether windows write figures over the picture. */
void figures_osd_handle(void *server, struct control_client *client, const json_t *request);
