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

/* `made` is asked by each stream_create, which may come long after the connection: whose key its
 * peer shows, and the context of what the watcher is told of it. The stream is the test's; until
 * memory_free it is there, closed or not. */
void memory_watch(const struct memory_watcher *watcher,
                  void *(*made)(struct stream *stream, int fd, struct fingerprint *ret_peer));
bool memory_is_open(const struct stream *stream);
void memory_free(struct stream *stream);

/* What the peer does. Nothing once it is closed, nor bytes before the handshake or while paused
 * (then they wait). */
void memory_shake_hands(struct stream *stream);
void memory_receive(struct stream *stream, const uint8_t *bytes, size_t size_bytes);
void memory_end(struct stream *stream, enum stream_end end);
/* The socket is full, or has room again. */
void memory_set_full(struct stream *stream, bool full);
