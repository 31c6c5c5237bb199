#include "common/byte-queue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM_BYTES 4096

void byte_queue_init(struct byte_queue *queue, size_t limit_bytes)
{
    *queue = (struct byte_queue){.limit_bytes = limit_bytes};
}

void byte_queue_finish(struct byte_queue *queue)
{
    free(queue->bytes);
    *queue = (struct byte_queue){.limit_bytes = queue->limit_bytes};
}

static int make_room(struct byte_queue *queue, size_t size_bytes)
{
    size_t needed_bytes = queue->size_bytes + size_bytes;
    size_t room_bytes = queue->room_bytes == 0 ? FIRST_ROOM_BYTES : queue->room_bytes;
    uint8_t *bytes;

    if (queue->start_bytes + needed_bytes <= queue->room_bytes)
        return 0;
    if (queue->start_bytes > 0)
        memmove(queue->bytes, queue->bytes + queue->start_bytes, queue->size_bytes);
    queue->start_bytes = 0;
    if (needed_bytes <= queue->room_bytes)
        return 0;
    while (room_bytes < needed_bytes)
        room_bytes *= 2;
    bytes = realloc(queue->bytes, room_bytes);
    if (bytes == NULL)
        return -ENOMEM;
    queue->bytes = bytes;
    queue->room_bytes = room_bytes;
    return 0;
}

int byte_queue_add(struct byte_queue *queue, const void *bytes, size_t size_bytes)
{
    int r;

    if (size_bytes > queue->limit_bytes || queue->size_bytes > queue->limit_bytes - size_bytes)
        return -ENOBUFS;
    r = make_room(queue, size_bytes);
    if (r < 0)
        return r;
    memcpy(queue->bytes + queue->start_bytes + queue->size_bytes, bytes, size_bytes);
    queue->size_bytes += size_bytes;
    return 0;
}

const uint8_t *byte_queue_head(const struct byte_queue *queue)
{
    return queue->bytes + queue->start_bytes;
}

void byte_queue_drop(struct byte_queue *queue, size_t size_bytes)
{
    assert(size_bytes <= queue->size_bytes);
    queue->start_bytes += size_bytes;
    queue->size_bytes -= size_bytes;
    if (queue->size_bytes == 0)
        queue->start_bytes = 0;
}
