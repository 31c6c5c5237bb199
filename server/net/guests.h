/*
 * Connections that nobody vouches for yet: from accept to their hello (role control) or their proof
 * (role pairing). The limits of PROTOCOL.md are kept here: GUESTS_MAX at once, GUESTS_PER_ADDRESS
 * of one address (a /64 of IPv6), GUESTS_A_SECOND TLS handshakes, TIME_HELLO for each.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "server/target/channel.h"

#define GUESTS_MAX         32
#define GUESTS_PER_ADDRESS 4
#define GUESTS_A_SECOND    20

struct guests;

struct guests_handlers {
    /* Is this key let in? Asked within the handshake. */
    bool (*accepts)(void *context, const struct fingerprint *peer);
    /* Both take over `channel`. The key of `control` may be one that is not paired. */
    void (*control)(void *context, struct channel *channel, const struct message_hello *hello);
    void (*proof)(void *context, struct channel *channel, const struct message_hello *hello,
                  const struct message_pair_proof *proof);
};

int guests_create(uv_loop_t *loop, struct tls *tls, const struct guests_handlers *handlers,
                  void *context, struct guests **ret_guests);
struct guests *guests_destroy(struct guests *guests);

/* May a handshake begin now at all? */
bool guests_have_time(struct guests *guests, uint64_t now_us);
/* Takes over `fd`, which came from `address`. */
void guests_add(struct guests *guests, int fd, const struct sockaddr_storage *address,
                uint64_t now_us);
size_t guests_count(const struct guests *guests);
/* Ends those whose time is over. */
void guests_tick(struct guests *guests, uint64_t now_us);
