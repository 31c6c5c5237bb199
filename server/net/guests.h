/*
 * Connections that nobody vouches for yet: from accept to their hello (roles control and screen) or
 * their proof (role pairing). The limits of PROTOCOL.md are kept here: GUESTS_MAX at once,
 * GUESTS_PER_ADDRESS of one address (a /64 of IPv6), GUESTS_A_SECOND TLS handshakes, TIME_HELLO for
 * each.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "protocol/limits.h"
#include "server/target/channel.h"

struct guests;

struct guests_handlers {
    /* Is this the address (without port) that a paired target came from last? */
    bool (*knows)(void *context, const char *host);
    /* Is this key let in? Asked within the handshake. */
    bool (*accepts)(void *context, const struct fingerprint *peer);
    /* All take over `channel`. The key of `control` and `screen` may be one that is not paired. */
    void (*control)(void *context, struct channel *channel, const struct message_hello *hello);
    void (*screen)(void *context, struct channel *channel, const struct message_hello *hello);
    void (*proof)(void *context, struct channel *channel, const struct message_hello *hello,
                  const struct message_pair_proof *proof);
};

int guests_create(uv_loop_t *loop, struct tls *tls, const struct guests_handlers *handlers,
                  void *context, struct guests **ret_guests);
struct guests *guests_destroy(struct guests *guests);

/* May a stranger's handshake begin now? */
bool guests_have_time(struct guests *guests, uint64_t now_us);
/* Takes over `fd`, which came from `address`. */
void guests_add(struct guests *guests, int fd, const struct sockaddr_storage *address,
                uint64_t now_us);
size_t guests_count(const struct guests *guests);
size_t guests_waiting(const struct guests *guests);
/* Ends those whose time is over, and begins with those who wait. */
void guests_tick(struct guests *guests, uint64_t now_us);
