/* The table of verbs of docs/control.md, each with its class and handler. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "server/control/control.h"

extern const struct control_verb verbs_table[]; /* context: struct server */
extern const size_t verbs_count;

struct server;

/* The paired target that a request names; 0 after having told the client why there is none. */
uint16_t verbs_find_number(struct server *server, struct control_client *client,
                           const json_t *target);
