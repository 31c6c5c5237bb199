/*
 * The TCP port: open only while somebody may come (listener_open), IPv4 and IPv6 in one socket
 * where the machine has both. Accepted connections go to guests.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/identity.h"
#include "server/net/guests.h"

struct listener;

/* `address` is an IP address or empty (all); `port` 0 takes any, and keeps it when it is opened
 * again. Nothing is opened yet. `guests` outlives it. */
int listener_create(uv_loop_t *loop, const char *address, uint16_t port, struct guests *guests,
                    struct listener **ret_listener);
struct listener *listener_destroy(struct listener *listener);

/* 0 (also when it is open) or -errno with a sentence in ret_error. */
int listener_open(struct listener *listener, char ret_error[ERROR_ROOM]);
void listener_close(struct listener *listener);
bool listener_is_open(const struct listener *listener);
uint16_t listener_port(const struct listener *listener); /* 0: any, not opened yet */
