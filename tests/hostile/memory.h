/*
 * common/stream.h without TLS and without sockets, and common/clock.h without time, for a server in
 * a fuzzer: what links memory.c gets these in their place. A test says what a peer does, and looks
 * at what it is sent.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/stream.h"

struct memory_watcher {
    /* All that is sent, one call a time. */
    void (*sent)(void *context, const uint8_t *bytes, size_t size_bytes);
    /* The owner has closed it: nothing may be sent any more, and nothing comes. */
    void (*closed)(void *context);
};

void memory_set_time(uint64_t now_us);
void memory_pass(uint64_t us);

/* Of the next stream_create: what it tells of, and whose key it shows. NULL context: none comes. */
void memory_expect(const struct memory_watcher *watcher, void *context,
                   const struct fingerprint *peer);

/* The stream that the last stream_create made; NULL: none. Until memory_free it is there, closed or
 * not. */
struct stream *memory_take_last(void);
bool memory_is_open(const struct stream *stream);
void memory_free(struct stream *stream);

/* What the peer does. Nothing once it is closed, nor bytes before the handshake or while paused
 * (then they wait). */
void memory_shake_hands(struct stream *stream);
void memory_receive(struct stream *stream, const uint8_t *bytes, size_t size_bytes);
void memory_end(struct stream *stream, enum stream_end end);
/* The socket is full, or has room again. */
void memory_set_full(struct stream *stream, bool full);
