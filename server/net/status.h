/* What `list` and `status` answer. */
#pragma once

#include <jansson.h>

#include "server/net/server.h"

json_t *status_list(const struct server *server);
json_t *status_full(const struct server *server);
/* Of one target: `number`, `name`, `monitor`, `monitors`. */
json_t *status_monitors(const struct server *server, uint16_t number);
json_t *status_devices(const struct server *server);
