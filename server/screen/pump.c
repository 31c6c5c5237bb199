#include "server/screen/pump.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/times.h"
#include "protocol/limits.h"

#define READ_BYTES 16384

struct pump {
    uv_loop_t *loop;
    struct channel *channel; /* NULL: gone */
    const struct pump_handlers *handlers;
    void *context;
    uv_timer_t stuck;
    uv_poll_t poll; /* of fd, the decoder's socket */
    int fd;         /* -1: not started */
    int events;
    unsigned handles; /* open; the last one frees */
    bool full;        /* the decoder's socket: TLS is not read */
    bool held;        /* the connection is: the decoder is not read */
    bool ended;
    uint64_t bytes;   /* of the agent's, put into the decoder's socket */
    int unread_bytes; /* of these, as seen last, in the kernel's count */
    bool moved;       /* some were put there since */
};

static void on_closed(uv_handle_t *handle)
{
    struct pump *pump = handle->data;
    if (--pump->handles == 0)
        free(pump);
}

static void end(struct pump *pump, enum pump_end reason, const char *why)
{
    if (pump->ended)
        return;
    pump->ended = true;
    uv_timer_stop(&pump->stuck);
    if (pump->fd >= 0)
        uv_poll_stop(&pump->poll);
    if (pump->channel)
        channel_pause(pump->channel);
    pump->handlers->ended(pump->context, reason, why);
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void update_poll(struct pump *pump)
{
    int events = (pump->held ? 0 : UV_READABLE) | (pump->full ? UV_WRITABLE : 0);
    if (pump->ended || events == pump->events)
        return;
    pump->events = events;
    uv_poll_start(&pump->poll, events, on_poll);
}

/* It was stopped, or it loops: what lies in its socket stays there, be that full or not. */
static void on_stuck(uv_timer_t *timer)
{
    struct pump *pump = timer->data;
    const int before_bytes = pump->unread_bytes;
    if (ioctl(pump->fd, SIOCOUTQ, &pump->unread_bytes) < 0 || pump->unread_bytes == 0)
        return;
    if (!pump->moved && pump->unread_bytes == before_bytes) {
        end(pump, PUMP_DECODER_STUCK, "it does not read what its target sends");
        return;
    }
    pump->moved = false;
    uv_timer_start(&pump->stuck, on_stuck, time_ms(TIME_DECODER_STUCK), 0);
}

static void watch(struct pump *pump)
{
    pump->moved = true;
    if (!uv_is_active((uv_handle_t *)&pump->stuck))
        uv_timer_start(&pump->stuck, on_stuck, time_ms(TIME_DECODER_STUCK), 0);
}

/* -- to the decoder -- */

static void become_full(struct pump *pump)
{
    pump->full = true;
    channel_pause(pump->channel);
    update_poll(pump);
}

static size_t from_agent(void *context, const uint8_t *bytes, size_t size_bytes)
{
    struct pump *pump = context;
    size_t used_bytes = 0;
    if (pump->fd < 0) { /* not started: it may have said something with its hello */
        channel_pause(pump->channel);
        return 0;
    }
    while (used_bytes < size_bytes) {
        ssize_t n = send(pump->fd, bytes + used_bytes, size_bytes - used_bytes,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            used_bytes += (size_t)n;
            pump->bytes += (uint64_t)n;
            watch(pump);
        } else if (n < 0 && errno == EAGAIN) {
            become_full(pump);
            return used_bytes;
        } else if (n < 0 && errno != EINTR) {
            end(pump, PUMP_DECODER_GONE, "it closed its socket");
            return used_bytes;
        }
    }
    return used_bytes;
}

/* -- to the agent -- */

static void hold(struct pump *pump)
{
    pump->held = channel_unsent_bytes(pump->channel) >= PUMP_UNSENT_MAX_BYTES;
}

static void from_decoder(struct pump *pump)
{
    uint8_t bytes[READ_BYTES];
    ssize_t n = recv(pump->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        end(pump, PUMP_DECODER_GONE, "it closed its socket");
        return;
    }
    channel_send_bytes(pump->channel, bytes, (size_t)n); /* after a failure `closed` follows */
    hold(pump);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct pump *pump = poll->data;
    if (status < 0) {
        end(pump, PUMP_DECODER_GONE, "its socket broke");
        return;
    }
    if (events & UV_WRITABLE && pump->full) {
        pump->full = false;
        channel_resume(pump->channel);
    }
    if (events & UV_READABLE)
        from_decoder(pump);
    update_poll(pump);
}

static void drained(void *context)
{
    struct pump *pump = context;
    pump->held = false;
    if (pump->fd >= 0)
        update_poll(pump);
}

static void closed(void *context, enum stream_end reason, const char *why)
{
    struct pump *pump = context;
    (void)reason;
    pump->channel = NULL;
    end(pump, PUMP_AGENT_GONE, why);
}

static const struct channel_handlers channel_handlers = {
    .bytes = from_agent,
    .drained = drained,
    .closed = closed,
};

int pump_create(uv_loop_t *loop, struct channel *channel, const struct pump_handlers *handlers,
                void *context, struct pump **ret_pump)
{
    struct pump *pump = calloc(1, sizeof *pump);
    if (!pump) {
        channel_cut(channel);
        return -ENOMEM;
    }
    pump->loop = loop;
    pump->channel = channel;
    pump->handlers = handlers;
    pump->context = context;
    pump->fd = -1;
    pump->stuck.data = pump->poll.data = pump;
    uv_timer_init(loop, &pump->stuck);
    pump->handles = 1;
    channel_take(channel, &channel_handlers, pump);
    channel_pause(channel);
    *ret_pump = pump;
    return 0;
}

int pump_start(struct pump *pump, int fd)
{
    int result = uv_poll_init(pump->loop, &pump->poll, fd);
    if (result < 0)
        return result;
    pump->handles++;
    pump->fd = fd;
    update_poll(pump);
    if (pump->channel)
        channel_resume(pump->channel);
    return 0;
}

bool pump_is_full(const struct pump *pump)
{
    return pump && pump->full;
}

uint64_t pump_bytes(const struct pump *pump)
{
    return pump ? pump->bytes : 0;
}

struct pump *pump_destroy(struct pump *pump)
{
    if (!pump)
        return NULL;
    pump->ended = true;
    if (pump->channel)
        channel_close(pump->channel);
    pump->channel = NULL;
    uv_close((uv_handle_t *)&pump->stuck, on_closed);
    if (pump->fd >= 0)
        uv_close((uv_handle_t *)&pump->poll, on_closed);
    return NULL;
}
