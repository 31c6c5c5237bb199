/* The desk's surroundings in the server: its ops, and what sources and targets tell it. */
#pragma once

#include "server/net/server.h"

extern const struct desk_ops console_desk_ops;                /* context: struct server */
extern const struct targets_handlers console_target_handlers; /* context: struct server */
extern const struct input_handlers console_input_handlers;    /* context: struct server */

/* Somebody watches the devices: hotdesk-input counts what they do, until nobody does. */
void console_count_devices(struct server *server);
/* The client becomes the window source; false when there is one already. Call after its reply. */
void console_take_window(struct server *server, struct control_client *client);
/* The desk learns what broke meanwhile, does what is due, and waiting `switch` clients their
 * answer. */
void console_settle(struct server *server, uint64_t now_us);
