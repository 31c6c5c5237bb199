#include "tests/hostile/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

#define WAITING_MAX_BYTES (2 * STREAM_RECEIVE_MAX)

struct stream {
    const struct stream_handlers *handlers;
    void *context;
    void *watcher_context;
    struct fingerprint peer;
    bool opened, closed, paused, full, receiving;
    size_t unsent_bytes, unsent_limit_bytes, waiting_bytes;
    uint8_t *waiting; /* at most WAITING_MAX_BYTES */
};

static uint64_t time_us_now;
static const struct memory_watcher *watcher;
static void *(*make)(struct stream *stream, int fd, struct fingerprint *ret_peer);

uint64_t clock_now_us(void)
{
    return time_us_now;
}

void memory_set_time(uint64_t now_us)
{
    time_us_now = now_us;
}

void memory_pass(uint64_t us)
{
    time_us_now += us;
}

void memory_watch(const struct memory_watcher *what,
                  void *(*made)(struct stream *stream, int fd, struct fingerprint *ret_peer))
{
    watcher = what;
    make = made;
}

bool memory_is_open(const struct stream *stream)
{
    return !stream->closed;
}

void memory_free(struct stream *stream)
{
    if (stream)
        free(stream->waiting);
    free(stream);
}

/* --- what the peer does --- */

void memory_end(struct stream *stream, enum stream_end end)
{
    if (stream->closed)
        return;
    stream->closed = true;
    watcher->closed(stream->watcher_context);
    stream->handlers->closed(stream->context, end, "the peer closed it");
}

void memory_shake_hands(struct stream *stream)
{
    if (stream->closed || stream->opened)
        return;
    if (!stream->handlers->accepts(stream->context, &stream->peer)) {
        memory_end(stream, STREAM_END_WE_REFUSED);
        return;
    }
    if (stream->closed)
        return;
    stream->opened = true;
    stream->handlers->opened(stream->context);
}

/* As common/stream.c: what is left is shown again with more behind it; a full rest ends it. */
static void show(struct stream *stream)
{
    uint8_t *bytes = malloc(stream->waiting_bytes ? stream->waiting_bytes : 1);

    if (!bytes)
        abort();
    memcpy(bytes, stream->waiting, stream->waiting_bytes); /* exact: a byte more is a fault */
    stream->receiving = true;
    const size_t used = stream->handlers->received(stream->context, bytes, stream->waiting_bytes);
    stream->receiving = false;
    free(bytes);
    if (used > stream->waiting_bytes)
        abort();
    memmove(stream->waiting, stream->waiting + used, stream->waiting_bytes - used);
    stream->waiting_bytes -= used;
    if (stream->waiting_bytes >= STREAM_RECEIVE_MAX && !stream->paused)
        memory_end(stream, STREAM_END_FULL);
}

void memory_receive(struct stream *stream, const uint8_t *bytes, size_t size_bytes)
{
    if (stream->closed || !stream->opened ||
        size_bytes > WAITING_MAX_BYTES - stream->waiting_bytes || size_bytes == 0)
        return;
    stream->waiting = realloc(stream->waiting, stream->waiting_bytes + size_bytes);
    if (!stream->waiting)
        abort();
    memcpy(stream->waiting + stream->waiting_bytes, bytes, size_bytes);
    stream->waiting_bytes += size_bytes;
    if (!stream->paused)
        show(stream);
}

void memory_set_full(struct stream *stream, bool full)
{
    if (stream->closed)
        return;
    stream->full = full;
    if (full || stream->unsent_bytes == 0)
        return;
    stream->unsent_bytes = 0;
    if (stream->opened && stream->handlers->drained)
        stream->handlers->drained(stream->context);
}

/* --- common/stream.h --- */

int stream_create(uv_loop_t *loop, struct tls *tls, int fd, enum stream_side side,
                  size_t unsent_limit_bytes, const struct stream_handlers *handlers, void *context,
                  struct stream **ret_stream)
{
    struct stream *stream = calloc(1, sizeof *stream);

    if (!stream || !make)
        abort();
    stream->handlers = handlers;
    stream->context = context;
    stream->unsent_limit_bytes = unsent_limit_bytes;
    stream->watcher_context = make(stream, fd, &stream->peer);
    close(fd);
    *ret_stream = stream;
    return 0;
}

int stream_send(struct stream *stream, const void *bytes, size_t size_bytes)
{
    if (stream->closed)
        abort(); /* written after the end */
    if (!stream->opened)
        return -ENOTCONN;
    stream->unsent_bytes += stream->full ? size_bytes : 0;
    if (stream->unsent_bytes > stream->unsent_limit_bytes)
        return -ENOBUFS;
    watcher->sent(stream->watcher_context, bytes, size_bytes);
    return 0;
}

void stream_pause(struct stream *stream)
{
    stream->paused = true;
}

void stream_resume(struct stream *stream)
{
    stream->paused = false;
    if (!stream->closed && !stream->receiving && stream->waiting_bytes > 0)
        show(stream);
}

void stream_keep_buffers(struct stream *stream, bool keep)
{
}

size_t stream_unsent_bytes(const struct stream *stream)
{
    return stream->unsent_bytes;
}

const struct fingerprint *stream_peer(const struct stream *stream)
{
    return &stream->peer;
}

int stream_export(struct stream *stream, const char *label, uint8_t ret_bytes[32])
{
    memset(ret_bytes, 0x5a, 32);
    return 0;
}

const char *stream_address(const struct stream *stream)
{
    return "192.0.2.7:40000";
}

struct stream *stream_close(struct stream *stream)
{
    if (stream && !stream->closed) {
        stream->closed = true;
        watcher->closed(stream->watcher_context);
    }
    return NULL;
}
