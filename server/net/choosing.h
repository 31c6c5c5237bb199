/*
 * The switcher on the screen: while it is open the desk sends it what is typed, as to a target. A
 * window that shows pictures draws it by the event `switcher`.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct control_client;
struct report;
struct server;

/* Of desk_ops: neither calls back into the desk. */
void choosing_begin(struct server *server);
void choosing_end(struct server *server);
void choosing_report(struct server *server, const struct report *report);
/* Does what was chosen, and sees whether any window can show it. */
void choosing_settle(struct server *server, uint64_t now_us);
/* The verb `switcher`. */
void choosing_handle(void *server, struct control_client *client, const json_t *request);
