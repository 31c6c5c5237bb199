#include "agent/connect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "agent/backoff.h"
#include "common/clock.h"
#include "common/dial.h"
#include "common/log.h"
#include "common/times.h"
#include "protocol/limits.h"

#define LOG_MODULE "connect"

struct connect {
    uv_loop_t *loop;
    uv_timer_t timer; /* runs while we wait to dial */
    struct tls *tls;
    const struct connect_handlers *handlers;
    void *context;
    bool has_pin;
    struct pin pin;
    struct dial *dial;     /* while TCP connects */
    struct stream *stream; /* from then on */
    bool opened;
    struct backoff backoff;
    uint64_t dialled_us;
    char said[ERROR_ROOM]; /* what was logged last */
};

static void connect_dial(struct connect *connect);

static void connect_say(struct connect *connect, enum log_level level, const char *text)
{
    if (strcmp(connect->said, text) == 0)
        return;
    snprintf(connect->said, sizeof connect->said, "%s", text);
    log_write(level, LOG_MODULE, "%s", text);
}

static void connect_on_timer(uv_timer_t *timer)
{
    connect_dial(timer->data);
}

static uint32_t connect_random(void)
{
    uint32_t random = 0;

    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = (uint32_t)getpid();
    return random;
}

static void connect_wait_ms(struct connect *connect, uint64_t pause_ms)
{
    uv_update_time(connect->loop);
    uv_timer_start(&connect->timer, connect_on_timer, pause_ms, 0);
}

static void connect_wait(struct connect *connect, enum connect_pause pause)
{
    if (pause == CONNECT_SOON)
        backoff_reset(&connect->backoff);
    else if (pause == CONNECT_LATE)
        backoff_slow(&connect->backoff);
    connect_wait_ms(connect, backoff_next_ms(&connect->backoff, connect_random()));
}

/* Nobody was there to say yes or no, or the name of who sleeps is unknown meanwhile. That no
 * network leads there is our own matter: its return is told (connect_hurry). */
static bool connect_is_unanswered(int error)
{
    return error == -ETIMEDOUT || error == -EHOSTUNREACH || error == -ENOENT || error == -EAGAIN;
}

static void connect_wait_after(struct connect *connect, int error)
{
    if (!connect_is_unanswered(error))
        connect_wait(connect, CONNECT_NEXT);
    else
        connect_wait_ms(connect, backoff_unanswered_ms(&connect->backoff, connect->dialled_us,
                                                       clock_now_us(), connect_random()));
}

/* Ends what is under way, without a word to the owner. */
static void connect_drop(struct connect *connect)
{
    uv_timer_stop(&connect->timer);
    connect->dial = dial_cancel(connect->dial);
    connect->stream = stream_close(connect->stream);
    connect->opened = false;
}

static bool connect_accepts(void *context, const struct fingerprint *peer)
{
    const struct connect *connect = context;

    return fingerprint_equal(peer, &connect->pin.fingerprint);
}

static void connect_on_opened(void *context)
{
    struct connect *connect = context;

    connect->opened = true;
    connect->handlers->opened(connect->context);
}

static size_t connect_on_received(void *context, const uint8_t *bytes, size_t size_bytes)
{
    struct connect *connect = context;

    return connect->handlers->received(connect->context, bytes, size_bytes);
}

static void connect_describe(const struct connect *connect, enum stream_end end, const char *why,
                             char ret_text[ERROR_ROOM])
{
    char server[DIAL_HOST_ROOM + 8];

    endpoint_format(&connect->pin.endpoint, server, sizeof server);
    switch (end) {
    case STREAM_END_PEER_REFUSED:
        snprintf(ret_text, ERROR_ROOM,
                 "not paired: %.200s does not know this computer (any more); pair anew: hotdesk "
                 "pair there, hotdesk-agent pair %.200s here",
                 server, server);
        return;
    case STREAM_END_WE_REFUSED:
        snprintf(ret_text, ERROR_ROOM,
                 "key changed: %.180s shows another key than the one that was paired, nothing is "
                 "sent to "
                 "it; if it was installed anew, pair again: hotdesk-agent pair %.180s",
                 server, server);
        return;
    default:
        snprintf(ret_text, ERROR_ROOM, "lost %.200s: %.200s", server, why ? why : "closed");
    }
}

static void connect_on_closed(void *context, enum stream_end end, const char *why)
{
    struct connect *connect = context;
    const bool opened = connect->opened;
    const bool refused = end == STREAM_END_PEER_REFUSED || end == STREAM_END_WE_REFUSED;
    char text[ERROR_ROOM];

    connect->stream = NULL;
    connect->opened = false;
    if (opened)
        connect->handlers->closed(connect->context); /* first of all keys go up */
    connect_describe(connect, end, why, text);
    connect_say(connect, refused ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, text);
    connect_wait(connect, refused ? CONNECT_LATE : CONNECT_NEXT);
}

static const struct stream_handlers connect_stream_handlers = {
    .accepts = connect_accepts,
    .opened = connect_on_opened,
    .received = connect_on_received,
    .closed = connect_on_closed,
};

static void connect_on_dialled(void *context, int fd, const char *why)
{
    struct connect *connect = context;

    connect->dial = NULL;
    if (fd < 0) {
        connect_say(connect, LOG_LEVEL_WARNING, why);
        connect_wait_after(connect, fd);
        return;
    }
    int error =
        stream_create(connect->loop, connect->tls, fd, STREAM_DIALED, AGENT_UNSENT_MAX_BYTES,
                      &connect_stream_handlers, connect, &connect->stream);
    if (error) {
        connect->stream = NULL;
        connect_say(connect, LOG_LEVEL_ERROR, "cannot start TLS");
        connect_wait(connect, CONNECT_NEXT);
    }
}

/* Who needs longer than TIME_DIAL_AWAY would not get through the handshake either, of two round
 * trips and TIME_TLS; and each dial's second SYN comes after one second, the third too late. */
static void connect_dial(struct connect *connect)
{
    connect->dialled_us = clock_now_us();
    int error = dial_start(connect->loop, &connect->pin.endpoint, connect_on_dialled, connect,
                           &connect->dial);
    if (error) {
        connect->dial = NULL;
        connect_say(connect, LOG_LEVEL_ERROR, strerror(-error));
        connect_wait(connect, CONNECT_NEXT);
    } else if (backoff_is_away(&connect->backoff, connect->dialled_us)) {
        dial_limit(connect->dial, time_ms(TIME_DIAL_AWAY));
    }
}

int connect_create(uv_loop_t *loop, struct tls *tls, const struct connect_handlers *handlers,
                   void *context, struct connect **ret_connect)
{
    struct connect *connect = calloc(1, sizeof *connect);

    if (!connect)
        return -ENOMEM;
    uv_timer_init(loop, &connect->timer);
    connect->timer.data = connect;
    connect->loop = loop;
    connect->tls = tls;
    connect->handlers = handlers;
    connect->context = context;
    *ret_connect = connect;
    return 0;
}

static void connect_on_freed(uv_handle_t *handle)
{
    free(handle->data);
}

struct connect *connect_destroy(struct connect *connect)
{
    if (connect) {
        connect_drop(connect);
        uv_close((uv_handle_t *)&connect->timer, connect_on_freed);
    }
    return NULL;
}

void connect_set_server(struct connect *connect, const struct pin *pin)
{
    connect_drop(connect);
    connect->has_pin = pin != NULL;
    connect->said[0] = '\0';
    if (!pin)
        return;
    connect->pin = *pin;
    backoff_reset(&connect->backoff);
    connect_dial(connect);
}

void connect_send(struct connect *connect, const void *bytes, size_t size_bytes)
{
    /* A stream that cannot take it closes by itself, and says so. */
    if (connect->stream)
        stream_send(connect->stream, bytes, size_bytes);
}

void connect_keep_buffers(struct connect *connect, bool keep)
{
    if (connect->stream)
        stream_keep_buffers(connect->stream, keep);
}

void connect_welcomed(struct connect *connect, const char *server_name, const char *target_name)
{
    char text[ERROR_ROOM];

    backoff_reset(&connect->backoff);
    snprintf(text, sizeof text, "connected to %s, where this computer is %s", server_name,
             target_name);
    connect_say(connect, LOG_LEVEL_INFO, text);
}

void connect_close(struct connect *connect, enum connect_pause pause, const char *why)
{
    connect_drop(connect);
    if (why)
        connect_say(connect, LOG_LEVEL_WARNING, why);
    connect_wait(connect, pause);
}

void connect_hurry(struct connect *connect)
{
    if (!connect->has_pin || connect->stream)
        return;
    connect_drop(connect);
    backoff_reset(&connect->backoff);
    connect_dial(connect);
}
