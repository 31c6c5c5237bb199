/*
 * The target's RFB bytes, read and written whole. While it waits for the target it also listens to
 * hotdesk-server. Every failure has its reason in `stop`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/decode/stop.h"

#define SOURCE_ROOM (64 * 1024)

/* hotdesk-server has something to say. False ends the decoder. */
typedef bool (*source_order_function)(void *context);

struct source {
    struct stop *stop;
    int in_fd, out_fd;
    int order_fd; /* -1: none */
    source_order_function on_order;
    void *context;
    uint64_t deadline_us; /* for reads, by clock_now_us; 0: none */
    size_t first, end;    /* what of `bytes` is read and not taken */
    uint8_t *bytes;
};

int source_init(struct source *source, struct stop *stop, int in_fd, int out_fd);
void source_finish(struct source *source);

bool source_read(struct source *source, void *ret_bytes, size_t size_bytes);
bool source_skip(struct source *source, size_t size_bytes);
/* The next byte, which stays unread. */
bool source_peek(struct source *source, uint8_t *ret_byte);
/* A target that does not take it within TIME_DECODE_WRITE is given up. */
bool source_write(struct source *source, const void *bytes, size_t size_bytes);
