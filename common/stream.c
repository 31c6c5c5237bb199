#include "common/stream.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/byte-queue.h"
#include "common/dial.h"
#include "common/times.h"
#include "common/tls-session.h"
#include "protocol/limits.h"

#define RECORD_MAX_BYTES  16384
#define RECEIVE_ROOM      STREAM_RECEIVE_MAX
#define DRAIN_BYTES       65536
#define ADDRESS_ROOM      64
#define WHY_ROOM          160
#define HANDLES_OF_STREAM 3

struct stream {
    uv_poll_t poll;
    uv_timer_t timer; /* of the handshake */
    uv_idle_t again;  /* another turn without waiting for the socket */
    unsigned handles; /* not closed yet; the last one frees */
    struct tls_session *session;
    int fd;
    struct stream_handlers handlers;
    void *context;
    bool opened;
    bool closing;     /* no callback from here on */
    bool in_session;  /* within OpenSSL, which calls `accepts`: nothing may be freed below it */
    bool wants_write; /* the handshake, or a key update, waits for room in the socket */
    bool broken;      /* cannot be written; what is left to read tells why */
    bool over_limit;
    bool paused;  /* by stream_pause: nothing is read */
    bool resumed; /* what is left is to be shown again */
    int events;   /* that `poll` waits for */
    uint8_t *received;
    size_t received_bytes;
    struct byte_queue unsent;
    size_t retry_bytes; /* how many TLS has begun to write: it wants the same ones again */
    char address[ADDRESS_ROOM];
    char why[WHY_ROOM];
};

static void on_closed(uv_handle_t *handle)
{
    struct stream *stream = handle->data;

    if (--stream->handles > 0)
        return;
    tls_session_destroy(stream->session);
    byte_queue_finish(&stream->unsent);
    free(stream->received);
    free(stream);
}

/* Unread bytes would make the kernel answer with a reset, which may overtake our alert or last
 * message. */
static void drain(int fd)
{
    uint8_t bytes[4096];
    size_t total_bytes = 0;
    ssize_t n;

    do {
        n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        total_bytes += n > 0 ? (size_t)n : 0;
    } while (n > 0 && total_bytes < DRAIN_BYTES);
}

static void release(struct stream *stream)
{
    if (!stream->broken)
        tls_session_say_goodbye(stream->session);
    uv_close((uv_handle_t *)&stream->poll, on_closed);
    uv_close((uv_handle_t *)&stream->timer, on_closed);
    uv_close((uv_handle_t *)&stream->again, on_closed);
    shutdown(stream->fd, SHUT_WR);
    drain(stream->fd);
    close(stream->fd);
    stream->fd = -1;
}

static void end(struct stream *stream, enum stream_end reason, const char *why)
{
    stream->closing = true;
    stream->handlers.closed(stream->context, reason, why);
    release(stream);
}

static void end_by_session(struct stream *stream)
{
    const char *why;
    enum stream_end reason = tls_session_end(stream->session, &why);

    /* An orderly end is none when our bytes were thrown away. */
    if (stream->broken && reason == STREAM_END_CLOSED)
        end(stream, STREAM_END_RESET, stream->why);
    else
        end(stream, reason, why);
}

static void on_again(uv_idle_t *again);

static void break_off(struct stream *stream, const char *why)
{
    if (stream->broken)
        return;
    stream->broken = true;
    snprintf(stream->why, sizeof stream->why, "%s", why);
    byte_queue_finish(&stream->unsent);
    uv_idle_start(&stream->again, on_again);
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void wait_for_socket(struct stream *stream)
{
    int events = stream->paused ? 0 : UV_READABLE;

    if (stream->closing || stream->broken)
        return;
    if (stream->wants_write || stream->unsent.size_bytes > 0)
        events |= UV_WRITABLE;
    if (events == stream->events)
        return;
    stream->events = events;
    uv_poll_start(&stream->poll, events, on_poll);
}

static void shake_hands(struct stream *stream)
{
    enum tls_result result;

    stream->in_session = true;
    result = tls_session_handshake(stream->session);
    stream->in_session = false;
    if (stream->closing) { /* `accepts` called stream_close */
        release(stream);
        return;
    }
    stream->wants_write = result == TLS_WANT_WRITE;
    if (result == TLS_ENDED) {
        end_by_session(stream);
    } else if (result != TLS_DONE) {
        if (stream->broken)
            end(stream, STREAM_END_RESET, stream->why);
    } else if ((stream->received = malloc(RECEIVE_ROOM)) == NULL) {
        end(stream, STREAM_END_RESET, "no memory");
    } else {
        uv_timer_stop(&stream->timer);
        stream->opened = true;
        stream->handlers.opened(stream->context);
    }
}

/* Whether the queue is empty now. What had to wait goes out in records as large as may be. */
static bool flush(struct stream *stream)
{
    while (stream->unsent.size_bytes > 0) {
        size_t size_bytes = stream->unsent.size_bytes;
        enum tls_result result;
        const char *why;

        if (stream->retry_bytes > 0)
            size_bytes = stream->retry_bytes;
        else if (size_bytes > RECORD_MAX_BYTES)
            size_bytes = RECORD_MAX_BYTES;
        result = tls_session_write(stream->session, byte_queue_head(&stream->unsent), size_bytes);
        stream->retry_bytes = result == TLS_DONE ? 0 : size_bytes;
        if (result == TLS_ENDED) {
            tls_session_end(stream->session, &why);
            break_off(stream, why);
        }
        if (result != TLS_DONE)
            return false;
        byte_queue_drop(&stream->unsent, size_bytes);
    }
    return true;
}

static void deliver(struct stream *stream)
{
    size_t used_bytes =
        stream->handlers.received(stream->context, stream->received, stream->received_bytes);

    assert(used_bytes <= stream->received_bytes);
    stream->received_bytes -= used_bytes;
    memmove(stream->received, stream->received + used_bytes, stream->received_bytes);
}

/* Reads what is there, as far as there is room. TLS_DONE: there is no room. */
static enum tls_result fill(struct stream *stream, size_t *ret_added_bytes)
{
    enum tls_result result = TLS_DONE;

    *ret_added_bytes = 0;
    while (result == TLS_DONE && stream->received_bytes < RECEIVE_ROOM) {
        size_t n = 0;

        result = tls_session_read(stream->session, stream->received + stream->received_bytes,
                                  RECEIVE_ROOM - stream->received_bytes, &n);
        if (result == TLS_DONE) {
            stream->received_bytes += n;
            *ret_added_bytes += n;
        }
    }
    return result;
}

static void receive(struct stream *stream)
{
    size_t turn_bytes = 0;

    if (stream->resumed && stream->received_bytes > 0)
        deliver(stream);
    stream->resumed = false;
    while (turn_bytes < STREAM_TURN_MAX_BYTES && !stream->closing && !stream->paused) {
        size_t added_bytes;
        enum tls_result result = fill(stream, &added_bytes);

        turn_bytes += added_bytes;
        if (added_bytes > 0)
            deliver(stream);
        if (stream->closing)
            return;
        stream->wants_write = result == TLS_WANT_WRITE;
        if (stream->paused)
            return; /* also at its end: TLS tells that again */
        if (result == TLS_ENDED) {
            end_by_session(stream);
            return;
        }
        if (result != TLS_DONE) {
            if (stream->broken)
                end(stream, STREAM_END_RESET, stream->why);
            return;
        }
        if (stream->received_bytes == RECEIVE_ROOM) {
            end(stream, STREAM_END_FULL, "a message of the peer does not fit");
            return;
        }
    }
    if (!stream->closing && !stream->paused)
        uv_idle_start(&stream->again, on_again);
}

static void take_turn(struct stream *stream)
{
    bool had_unsent;

    if (!stream->opened)
        shake_hands(stream);
    if (stream->closing || !stream->opened) {
        wait_for_socket(stream);
        return;
    }
    had_unsent = stream->unsent.size_bytes > 0;
    if (!stream->broken && had_unsent && flush(stream) && stream->handlers.drained != NULL)
        stream->handlers.drained(stream->context);
    if (!stream->closing && stream->paused && stream->broken)
        end(stream, STREAM_END_RESET, stream->why); /* nobody waits for what could still be read */
    else if (!stream->closing && !stream->paused)
        receive(stream);
    wait_for_socket(stream);
}

static void on_again(uv_idle_t *again)
{
    struct stream *stream = again->data;

    uv_idle_stop(again);
    if (stream->over_limit)
        end(stream, STREAM_END_FULL, "the peer does not take what we send");
    else
        take_turn(stream);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct stream *stream = poll->data;

    /* libuv has seen an error on the socket and stopped polling; what came before it can still be
     * read. */
    if (status < 0)
        break_off(stream, "the connection broke");
    take_turn(stream);
}

static void on_timer(uv_timer_t *timer)
{
    end(timer->data, STREAM_END_TIMEOUT, "the TLS handshake took too long");
}

static bool accepts(void *context, const struct fingerprint *peer)
{
    struct stream *stream = context;

    return !stream->closing && stream->handlers.accepts(stream->context, peer) && !stream->closing;
}

static void read_address(struct stream *stream)
{
    struct sockaddr_storage address = {0};
    socklen_t size_bytes = sizeof address;

    if (getpeername(stream->fd, (struct sockaddr *)&address, &size_bytes) < 0)
        address.ss_family = AF_UNSPEC;
    address_format((struct sockaddr *)&address, stream->address, sizeof stream->address);
}

static int prepare(struct stream *stream, uv_loop_t *loop, struct tls *tls, enum stream_side side)
{
    int flags = fcntl(stream->fd, F_GETFL);
    int r;

    if (flags < 0 || fcntl(stream->fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(stream->fd, F_SETFD, FD_CLOEXEC) < 0)
        return -errno;
    r = tls_session_create(tls, stream->fd, side, accepts, stream, &stream->session);
    if (r < 0)
        return r;
    return uv_poll_init(loop, &stream->poll, stream->fd); /* libuv's numbers are -errno */
}

int stream_create(uv_loop_t *loop, struct tls *tls, int fd, enum stream_side side,
                  size_t unsent_limit_bytes, const struct stream_handlers *handlers, void *context,
                  struct stream **ret_stream)
{
    struct stream *stream = calloc(1, sizeof *stream);
    int r = -ENOMEM;

    if (stream != NULL) {
        stream->fd = fd;
        stream->handlers = *handlers;
        stream->context = context;
        byte_queue_init(&stream->unsent, unsent_limit_bytes);
        r = prepare(stream, loop, tls, side);
    }
    if (r < 0) {
        if (stream != NULL)
            tls_session_destroy(stream->session);
        free(stream);
        close(fd);
        return r;
    }
    read_address(stream);
    uv_timer_init(loop, &stream->timer);
    uv_idle_init(loop, &stream->again);
    stream->handles = HANDLES_OF_STREAM;
    stream->poll.data = stream->timer.data = stream->again.data = stream;
    uv_update_time(loop); /* else what this turn has taken so far counts against the peer */
    uv_timer_start(&stream->timer, on_timer, time_ms(TIME_TLS), 0);
    stream->wants_write = side == STREAM_DIALED; /* the dialer speaks first */
    wait_for_socket(stream);
    *ret_stream = stream;
    return 0;
}

/* Queues what the socket did not take. */
static int queue(struct stream *stream, const void *bytes, size_t size_bytes)
{
    int r = byte_queue_add(&stream->unsent, bytes, size_bytes);

    if (r < 0) {
        stream->over_limit = true;
        uv_idle_start(&stream->again, on_again);
        return -ENOBUFS;
    }
    wait_for_socket(stream);
    return 0;
}

int stream_send(struct stream *stream, const void *bytes, size_t size_bytes)
{
    enum tls_result result;
    const char *why;

    if (stream->closing || !stream->opened || stream->broken)
        return -ENOTCONN;
    if (stream->over_limit)
        return -ENOBUFS;
    if (size_bytes == 0)
        return 0;
    if (stream->unsent.size_bytes > 0)
        return queue(stream, bytes, size_bytes);
    result = tls_session_write(stream->session, bytes, size_bytes);
    if (result == TLS_DONE)
        return 0;
    if (result == TLS_ENDED) {
        tls_session_end(stream->session, &why);
        break_off(stream, why);
        return -ENOTCONN;
    }
    stream->retry_bytes = size_bytes;
    return queue(stream, bytes, size_bytes);
}

void stream_pause(struct stream *stream)
{
    assert(stream->opened);
    stream->paused = true;
    stream->resumed = false;
    wait_for_socket(stream);
}

void stream_resume(struct stream *stream)
{
    if (!stream->paused)
        return;
    stream->paused = false;
    stream->resumed = true;
    if (!stream->closing)
        uv_idle_start(&stream->again, on_again); /* TLS may have read more than it has shown */
    wait_for_socket(stream);
}

void stream_keep_buffers(struct stream *stream, bool keep)
{
    tls_session_keep_buffers(stream->session, keep);
}

size_t stream_unsent_bytes(const struct stream *stream)
{
    return stream->unsent.size_bytes;
}

const struct fingerprint *stream_peer(const struct stream *stream)
{
    return tls_session_peer(stream->session);
}

int stream_export(struct stream *stream, const char *label, uint8_t ret_bytes[32])
{
    return tls_session_export(stream->session, label, ret_bytes);
}

const char *stream_address(const struct stream *stream)
{
    return stream->address;
}

struct stream *stream_close(struct stream *stream)
{
    if (stream == NULL || stream->closing)
        return NULL;
    stream->closing = true;
    if (stream->in_session)
        return NULL;
    if (stream->opened && !stream->broken && !stream->over_limit)
        flush(stream);
    release(stream);
    return NULL;
}
