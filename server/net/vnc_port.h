/* One target's VNC port: its door, its hotdesk-vnc while there are clients, its clients. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/net/vnc_wish.h"

struct server;
struct vnc_port;

/* `program`: of hotdesk-vnc; `password`: of a TCP port. Opens its door; when that fails the port is
 * there all the same, and tells why. NULL without memory. */
struct vnc_port *vnc_port_open(struct server *server, uint16_t number, const char *name,
                               const struct vnc_wish *wish, const char *program,
                               const char *password);
/* Clients are gone. The loop must run once more. NULL ok. */
struct vnc_port *vnc_port_close(struct vnc_port *port);

/* As vnc_entered, vnc_console_enters, vnc_lost, vnc_set_locks, vnc_tick, vnc_is_busy. */
bool vnc_port_entered(struct vnc_port *port, bool taken, const char *reason, uint64_t now_us);
void vnc_port_lost(struct vnc_port *port);
void vnc_port_set_locks(struct vnc_port *port, uint8_t locks);
void vnc_port_tick(struct vnc_port *port, uint64_t now_us);
bool vnc_port_is_busy(const struct vnc_port *port);

uint16_t vnc_port_number(const struct vnc_port *port);
void vnc_port_set_number(struct vnc_port *port, uint16_t number);
/* It is the port that this would open. */
bool vnc_port_is(const struct vnc_port *port, const char *name, const struct vnc_wish *wish,
                 const char *password);
json_t *vnc_port_status(const struct vnc_port *port);
