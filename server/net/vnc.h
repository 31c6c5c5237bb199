/*
 * VNC ports of targets, by server.conf: listening, a hotdesk-vnc for each target that has clients,
 * and who they are. Nothing of a client is read here.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/identity.h" /* ERROR_ROOM */

struct server;
struct vnc;

/* 0 or -errno. */
int vnc_create(struct server *server, struct vnc **ret_vnc);
/* Before frames and targets; the loop must run once more. NULL ok. */
struct vnc *vnc_destroy(struct vnc *vnc);

/* Opens and closes ports by what the options say now of the targets that are paired now; clients of
 * a port that stays as it is stay. A port that cannot be opened is told in status and log. */
void vnc_update(struct vnc *vnc);
/* As registry_order. */
void vnc_ordered(struct vnc *vnc, uint16_t number, uint16_t wanted);
/* Call before the target's picture is forgotten. */
void vnc_forgotten(struct vnc *vnc, uint16_t number);

/* What the server is told of targets; each may be of one without a port. The answer to enter: false
 * when no VNC client asked. */
bool vnc_entered(struct vnc *vnc, uint16_t number, bool taken, const char *reason);
/* Before the console's enter is sent: what clients hold there goes up. */
void vnc_console_enters(struct vnc *vnc, uint16_t number);
/* It takes no input any more. */
void vnc_lost(struct vnc *vnc, uint16_t number);
void vnc_set_locks(struct vnc *vnc, uint16_t number, uint8_t locks);
void vnc_tick(struct vnc *vnc, uint64_t now_us);
/* Some client types: ticks have to come often. NULL ok. */
bool vnc_is_busy(const struct vnc *vnc);

/* {"path", "tcp_port", "control", "types", "refused", "why", "layout", "problem", "faults",
 * "clients"} (docs/control.md), or null: none. */
json_t *vnc_status(const struct vnc *vnc, uint16_t number);
