/* What `list` and `status` answer. */
#pragma once

#include <jansson.h>

#include "server/net/server.h"

json_t *status_list(const struct server *server);
json_t *status_full(const struct server *server);
json_t *status_devices(const struct server *server);
