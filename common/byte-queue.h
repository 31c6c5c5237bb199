/* Bytes that wait, first in, first out, up to a limit. Allocates when it first holds something.
 * Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct byte_queue {
    uint8_t *bytes;
    size_t start_bytes, size_bytes, room_bytes;
    size_t limit_bytes;
};

void byte_queue_init(struct byte_queue *queue, size_t limit_bytes);
void byte_queue_finish(struct byte_queue *queue);
/* 0, -ENOBUFS over the limit, -ENOMEM; all of it or nothing. */
int byte_queue_add(struct byte_queue *queue, const void *bytes, size_t size_bytes);
/* The first of size_bytes; until the next add. */
const uint8_t *byte_queue_head(const struct byte_queue *queue);
void byte_queue_drop(struct byte_queue *queue, size_t size_bytes);
