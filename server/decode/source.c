#include "server/decode/source.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/times.h"

int source_init(struct source *source, struct stop *stop, int in_fd, int out_fd)
{
    uint8_t *bytes = malloc(SOURCE_ROOM);
    if (!bytes)
        return -ENOMEM;
    *source = (struct source){
        .stop = stop, .in_fd = in_fd, .out_fd = out_fd, .order_fd = -1, .bytes = bytes};
    return 0;
}

void source_finish(struct source *source)
{
    free(source->bytes);
    source->bytes = NULL;
}

static int milliseconds_until(uint64_t deadline_us)
{
    uint64_t now_us = clock_now_us();
    if (deadline_us == 0)
        return -1;
    return deadline_us <= now_us ? 0 : (int)((deadline_us - now_us + 999) / 1000);
}

/* False: hotdesk-server said or did something that ends us, or the time is over. Not ready:
 * only hotdesk-server said something. */
static bool wait_to_read(struct source *source, bool *ret_ready)
{
    struct pollfd fds[] = {{.fd = source->in_fd, .events = POLLIN},
                           {.fd = source->order_fd, .events = POLLIN}};

    *ret_ready = false;
    int count = poll(fds, 2, milliseconds_until(source->deadline_us));
    if (count == 0)
        return stop_because(source->stop, "the target is silent");
    if (count < 0)
        return errno == EINTR || stop_because(source->stop, "poll: %s", strerror(errno));
    *ret_ready = fds[0].revents != 0;
    return fds[1].revents == 0 || source->on_order(source->context);
}

/* What is there, at least one byte. 0: failed. */
static size_t read_some(struct source *source, void *ret_bytes, size_t room_bytes)
{
    for (;;) {
        bool ready = false;
        if (!wait_to_read(source, &ready))
            return 0;
        if (!ready)
            continue;
        ssize_t count = read(source->in_fd, ret_bytes, room_bytes);
        if (count > 0)
            return (size_t)count;
        if (count == 0) {
            stop_because(source->stop, "the target closed its screen connection");
            return 0;
        }
        if (errno != EAGAIN && errno != EINTR) {
            stop_because(source->stop, "the screen connection broke: %s", strerror(errno));
            return 0;
        }
    }
}

static size_t take_buffered(struct source *source, void *ret_bytes, size_t size_bytes)
{
    size_t count = source->end - source->first;
    if (count > size_bytes)
        count = size_bytes;
    memcpy(ret_bytes, source->bytes + source->first, count);
    source->first += count;
    return count;
}

static bool fill(struct source *source)
{
    source->first = 0;
    source->end = read_some(source, source->bytes, SOURCE_ROOM);
    return source->end > 0;
}

bool source_read(struct source *source, void *ret_bytes, size_t size_bytes)
{
    uint8_t *at = ret_bytes;

    for (;;) {
        size_t count = take_buffered(source, at, size_bytes);
        at += count;
        size_bytes -= count;
        if (size_bytes == 0)
            return true;
        if (size_bytes < SOURCE_ROOM) {
            if (!fill(source))
                return false;
            continue;
        }
        count = read_some(source, at, size_bytes);
        if (count == 0)
            return false;
        at += count;
        size_bytes -= count;
    }
}

bool source_skip(struct source *source, size_t size_bytes)
{
    while (size_bytes > 0) {
        size_t count = source->end - source->first;
        if (count == 0) {
            if (!fill(source))
                return false;
            continue;
        }
        if (count > size_bytes)
            count = size_bytes;
        source->first += count;
        size_bytes -= count;
    }
    return true;
}

bool source_peek(struct source *source, uint8_t *ret_byte)
{
    if (source->first == source->end && !fill(source))
        return false;
    *ret_byte = source->bytes[source->first];
    return true;
}

/* What hotdesk-server says waits meanwhile: it could want something written, too. */
static bool wait_to_write(struct source *source, uint64_t deadline_us)
{
    struct pollfd fd = {.fd = source->out_fd, .events = POLLOUT};

    int count = poll(&fd, 1, milliseconds_until(deadline_us));
    if (count == 0)
        return stop_because(source->stop, "the target does not read its screen connection");
    return count > 0 || errno == EINTR || stop_because(source->stop, "poll: %s", strerror(errno));
}

bool source_write(struct source *source, const void *bytes, size_t size_bytes)
{
    const uint8_t *at = bytes;
    uint64_t deadline_us = clock_now_us() + time_us(TIME_DECODE_WRITE);

    while (size_bytes > 0) {
        if (!wait_to_write(source, deadline_us))
            return false;
        ssize_t count = write(source->out_fd, at, size_bytes);
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return stop_because(source->stop, "the target closed its screen connection");
        if (count < 0)
            continue;
        at += count;
        size_bytes -= (size_t)count;
    }
    return true;
}
