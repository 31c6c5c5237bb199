/* What happened, for those who watch the control socket and for the log (docs/control.md, Events).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/net/server.h"

void events_switched(struct server *server, uint16_t from, uint16_t to, const char *why);
/* The switcher on the screen: whether it is open, what is selected, what fits what was typed. */
void events_choosing(struct server *server);
void events_switch_refused(struct server *server, uint16_t number, const char *why);
void events_mode(struct server *server);
void events_target(struct server *server, uint16_t number);
void events_counts(struct server *server, const struct link_device *device,
                   const struct link_counts *counts);
void events_device(struct server *server, const struct link_device *device, bool gone);
/* Whether a target may be entered, and why not (NULL: it may). */
void events_session(struct server *server, const char *refusal);
/* Keys or motion go to a target: told at most once in TIME_ACTIVITY. */
void events_activity(struct server *server, uint64_t now_us);
void events_input_client(struct server *server, struct control_client *client);
void events_forgotten(struct server *server, const struct registry_entry *entry);
/* A program has read its configuration again. Steals `file`, what `reload` answers of it. */
void events_reloaded(struct server *server, json_t *file);
void events_renamed(struct server *server, uint16_t number, const char *from_name);
/* As registry_order, after it: the numbers of one or two targets have changed. */
void events_ordered(struct server *server, uint16_t from, uint16_t number);
/* Also to `client` (or NULL), who made the code. */
void events_paired(struct server *server, struct control_client *client,
                   const struct registry_entry *entry, bool renewed);
void events_pairing_ended(struct server *server, struct control_client *client, const char *why);

/* {"locked", "scanning", "hotkeys"} */
json_t *events_mode_fields(const struct server *server);
/* {"open", "selected", "typed", "fitting"} */
json_t *events_choosing_fields(const struct server *server);
/* {"number", "name"} of the active target. */
json_t *events_active(const struct server *server);
/* "local", the name, or "?". */
const char *events_name(const struct server *server, uint16_t number);
const char *events_state_name(enum switch_state state);
