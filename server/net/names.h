/* The verbs `rename` and `order`: a target's name, and its number. Connections, pictures and what
 * is active stay as they are. */
#pragma once

#include <jansson.h>

#include "server/control/control.h"

void names_rename(void *server, struct control_client *client, const json_t *request);
void names_order(void *server, struct control_client *client, const json_t *request);
