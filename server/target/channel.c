#include "server/target/channel.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/endpoint.h"
#include "protocol/cursor.h"

struct channel {
    struct stream *stream; /* NULL once closed */
    int fd;                /* the stream's, for one socket option */
    const struct channel_handlers *handlers;
    void *context;
    bool dispatching; /* a handler runs: whoever closes leaves the freeing to the dispatcher */
};

/* After it the channel is only memory; frees that too unless a dispatcher still looks at it. */
static void detach(struct channel *channel)
{
    channel->stream = stream_close(channel->stream);
    if (!channel->dispatching)
        free(channel);
}

static void end_by_peers_fault(struct channel *channel, const char *why)
{
    const struct channel_handlers *handlers = channel->handlers;
    void *context = channel->context;
    channel_end(channel, MESSAGE_BYE, MESSAGE_REASON_PROTOCOL, why);
    handlers->closed(context, STREAM_END_WE_REFUSED, why);
}

static size_t received(void *context, const uint8_t *bytes, size_t size_bytes)
{
    struct channel *channel = context;
    size_t used_bytes = 0;
    const char *bad = NULL;
    channel->dispatching = true;
    while (channel->stream) {
        struct message message;
        size_t frame_bytes = 0;
        if (channel->handlers->bytes) {
            used_bytes += channel->handlers->bytes(channel->context, bytes + used_bytes,
                                                   size_bytes - used_bytes);
            break;
        }
        enum message_result result =
            message_decode(bytes + used_bytes, size_bytes - used_bytes, MESSAGE_TO_SERVER, &message,
                           &frame_bytes, &bad);
        if (result == MESSAGE_BAD)
            end_by_peers_fault(channel, bad);
        if (result != MESSAGE_OK)
            break;
        used_bytes += frame_bytes;
        channel->handlers->message(channel->context, &message);
    }
    channel->dispatching = false;
    if (!channel->stream)
        free(channel);
    return used_bytes;
}

static bool accepts(void *context, const struct fingerprint *peer)
{
    struct channel *channel = context;
    return channel->handlers->accepts(channel->context, peer);
}

static void opened(void *context)
{
    struct channel *channel = context;
    channel->handlers->opened(channel->context);
}

static void drained(void *context)
{
    struct channel *channel = context;
    if (channel->handlers->drained)
        channel->handlers->drained(channel->context);
}

static void closed(void *context, enum stream_end end, const char *why)
{
    struct channel *channel = context;
    assert(!channel->dispatching);
    const struct channel_handlers *handlers = channel->handlers;
    void *owner = channel->context;
    channel->stream = NULL; /* it is freed by its own side */
    handlers->closed(owner, end, why);
    free(channel);
}

static const struct stream_handlers stream_handlers = {
    .accepts = accepts,
    .opened = opened,
    .received = received,
    .drained = drained,
    .closed = closed,
};

int channel_create(uv_loop_t *loop, struct tls *tls, int fd,
                   const struct channel_handlers *handlers, void *context,
                   struct channel **ret_channel)
{
    struct channel *channel = calloc(1, sizeof *channel);
    if (!channel)
        return -ENOMEM;
    channel->fd = fd;
    channel->handlers = handlers;
    channel->context = context;
    int result = stream_create(loop, tls, fd, STREAM_ACCEPTED, CHANNEL_UNSENT_MAX_BYTES,
                               &stream_handlers, channel, &channel->stream);
    if (result < 0) {
        free(channel);
        return result;
    }
    *ret_channel = channel;
    return 0;
}

void channel_take(struct channel *channel, const struct channel_handlers *handlers, void *context)
{
    channel->handlers = handlers;
    channel->context = context;
}

int channel_send(struct channel *channel, const struct message *message)
{
    uint8_t frame[MESSAGE_FRAME_MAX];
    if (!channel->stream)
        return -ENOTCONN;
    size_t size_bytes = message_encode(message, frame, sizeof frame);
    assert(size_bytes > 0);
    return stream_send(channel->stream, frame, size_bytes);
}

int channel_send_bytes(struct channel *channel, const void *bytes, size_t size_bytes)
{
    return channel->stream ? stream_send(channel->stream, bytes, size_bytes) : -ENOTCONN;
}

void channel_pause(struct channel *channel)
{
    if (channel->stream)
        stream_pause(channel->stream);
}

void channel_resume(struct channel *channel)
{
    if (channel->stream)
        stream_resume(channel->stream);
}

void channel_keep_buffers(struct channel *channel, bool keep)
{
    if (channel->stream)
        stream_keep_buffers(channel->stream, keep);
}

size_t channel_unsent_bytes(const struct channel *channel)
{
    return channel->stream ? stream_unsent_bytes(channel->stream) : 0;
}

void channel_end(struct channel *channel, enum message_type type, enum message_reason reason,
                 const char *text)
{
    struct message message = {.type = type};
    message.end.reason = (uint8_t)reason;
    text_make_clean(text, message.end.text, sizeof message.end.text);
    channel_send(channel, &message);
    detach(channel);
}

void channel_close(struct channel *channel)
{
    detach(channel);
}

struct channel *channel_cut(struct channel *channel)
{
    if (!channel)
        return NULL;
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (channel->stream)
        setsockopt(channel->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    detach(channel);
    return NULL;
}

const struct fingerprint *channel_peer(const struct channel *channel)
{
    return stream_peer(channel->stream);
}

const char *channel_address(const struct channel *channel)
{
    return stream_address(channel->stream);
}

void channel_host(const struct channel *channel, char *ret_host, size_t room_bytes)
{
    address_host(channel_address(channel), ret_host, room_bytes);
}

int channel_export(struct channel *channel, const char *label, uint8_t ret_bytes[32])
{
    return stream_export(channel->stream, label, ret_bytes);
}
