/*
 * The bytes of a screen connection, between TLS and the decoder's socket. It knows nothing of RFB.
 * Reading from TLS stops while the decoder's socket is full, and the other way round, so that each
 * side waits for the other and nothing piles up here; a turn moves at most 64 KiB (stream.c), and
 * keys do not stand behind a picture.
 */
#pragma once

#include <uv.h>

#include "server/target/channel.h"

struct pump;

enum pump_end {
    PUMP_AGENT_GONE,   /* the connection closed or broke */
    PUMP_DECODER_GONE, /* its socket is closed: its exit tells why */
    PUMP_DECODER_STUCK /* it took nothing of what is there, for TIME_DECODER_STUCK */
};

struct pump_handlers {
    /* Once, from the loop; what is left to do is pump_destroy. */
    void (*ended)(void *context, enum pump_end end, const char *why);
};

/* Takes over `channel`, whose hello was answered; nothing is read before pump_start. On failure the
 * channel is cut. */
int pump_create(uv_loop_t *loop, struct channel *channel, const struct pump_handlers *handlers,
                void *context, struct pump **ret_pump);
/* `fd` stays the caller's, and open until pump_destroy. 0 or -errno. */
int pump_start(struct pump *pump, int fd);
bool pump_is_full(const struct pump *pump);   /* the decoder takes no more just now; NULL ok */
uint64_t pump_bytes(const struct pump *pump); /* that the agent sent so far; NULL: 0 */
/* Closes the connection. The loop frees it. NULL ok. */
struct pump *pump_destroy(struct pump *pump);
