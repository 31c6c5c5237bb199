#include "agent/screen/line.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/screen/feed.h"
#include "common/dial.h"
#include "common/log.h"
#include "common/times.h"
#include "protocol/limits.h"
#include "protocol/message.h"

#define LOG_MODULE        "screen"
#define RECORD_BYTES      16384
#define UNSENT_HOLD_BYTES (8u << 20)  /* so do we what is asked for besides: it has to wait */
#define UNSENT_SOCKET     (32 * 1024) /* what waits, waits with us */

enum line_stage { LINE_DIALLING, LINE_GREETING, LINE_OPEN };

struct line {
    uv_loop_t *loop;
    uv_timer_t timer; /* of the welcome; then ends it from the loop, for `why` */
    struct tls *tls;
    struct pin pin;
    uint32_t number;
    struct source *source;
    const struct line_handlers *handlers;
    void *context;
    struct dial *dial;
    struct stream *stream;
    enum line_stage stage;
    struct feed *feed;
    enum message_quality quality;
    const char *why;
};

static void line_end(struct line *line, const char *why)
{
    line->handlers->closed(line->context, why);
}

static void line_on_timer(uv_timer_t *timer)
{
    struct line *line = timer->data;

    line_end(line, line->why ? line->why : "the server sent no welcome");
}

/* From within the feed's own calls: what ends it comes from the loop. */
static void line_check(struct line *line)
{
    if (line->why || !feed_trouble(line->feed))
        return;
    line->why = feed_trouble(line->feed);
    uv_timer_start(&line->timer, line_on_timer, 0, 0);
}

static void line_send(void *context, const void *bytes, size_t size_bytes)
{
    struct line *line = context;
    const uint8_t *at = bytes;

    while (size_bytes > 0) {
        const size_t piece_bytes = size_bytes < RECORD_BYTES ? size_bytes : RECORD_BYTES;
        if (stream_send(line->stream, at, piece_bytes) < 0)
            return; /* it closes by itself, and says so */
        at += piece_bytes;
        size_bytes -= piece_bytes;
    }
}

static void line_looked(void *context)
{
    struct line *line = context;

    line->handlers->looked(line->context);
}

static const struct feed_handlers line_feed_handlers = {
    .send = line_send,
    .looked = line_looked,
};

/* --- the greeting --- */

static void line_on_opened(void *context)
{
    struct line *line = context;
    uint8_t frame[MESSAGE_FRAME_MAX];
    char name[HOST_NAME_MAX + 1] = "";
    struct message hello = {
        .type = MESSAGE_HELLO,
        .hello = {.version_min = MESSAGE_VERSION_MIN,
                  .version_max = MESSAGE_VERSION_MAX,
                  .role = MESSAGE_ROLE_SCREEN,
                  .capabilities = MESSAGE_CAPABILITY_SCREEN | MESSAGE_CAPABILITY_THUMBNAILS,
                  .control_number = line->number},
    };

    gethostname(name, sizeof name - 1);
    snprintf(hello.hello.name, sizeof hello.hello.name, "%.*s", MESSAGE_NAME_ROOM - 1,
             *name ? name : "target");
    line->stage = LINE_GREETING;
    uv_update_time(line->loop);
    uv_timer_start(&line->timer, line_on_timer, time_ms(TIME_HELLO), 0);
    stream_send(line->stream, frame, message_encode(&hello, frame, sizeof frame));
}

static void line_welcome(struct line *line)
{
    int error = feed_create(line->loop, line->source, &line_feed_handlers, line, &line->feed);

    if (error) {
        line_end(line, strerror(-error));
        return;
    }
    feed_set_quality(line->feed, line->quality);
    uv_timer_stop(&line->timer);
    line->stage = LINE_OPEN;
    log_debug("the screen connection %u is open", line->number);
    feed_start(line->feed);
    line->handlers->looked(line->context);
}

static size_t line_greet(struct line *line, const uint8_t *bytes, size_t size_bytes)
{
    struct message message;
    size_t used_bytes = 0;
    const char *why = NULL;
    enum message_result result =
        message_decode(bytes, size_bytes, MESSAGE_TO_AGENT, &message, &used_bytes, &why);

    if (result == MESSAGE_NEED_MORE)
        return 0;
    if (result == MESSAGE_OK && message.type == MESSAGE_WELCOME) {
        line_welcome(line);
        return used_bytes;
    }
    if (result == MESSAGE_OK)
        why = message.type == MESSAGE_REJECT || message.type == MESSAGE_BYE
                  ? message.end.text
                  : "a message before the welcome";
    line_end(line, why);
    return size_bytes;
}

/* --- the stream --- */

static bool line_accepts(void *context, const struct fingerprint *peer)
{
    const struct line *line = context;

    return fingerprint_equal(peer, &line->pin.fingerprint);
}

static size_t line_on_received(void *context, const uint8_t *bytes, size_t size_bytes)
{
    struct line *line = context;
    const char *why = NULL;

    if (line->why)
        return size_bytes;
    if (line->stage == LINE_GREETING)
        return line_greet(line, bytes, size_bytes);
    const size_t used_bytes = feed_received(line->feed, bytes, size_bytes, &why);
    if (why) {
        line_end(line, why);
        return size_bytes;
    }
    /* More than what flow.c allows: one that asks on and on, and does not read the answers. */
    if (stream_unsent_bytes(line->stream) > UNSENT_HOLD_BYTES)
        stream_pause(line->stream);
    return used_bytes;
}

static void line_on_drained(void *context)
{
    struct line *line = context;

    if (line->stage != LINE_OPEN)
        return;
    stream_resume(line->stream);
    feed_drained(line->feed);
    line_check(line);
}

static void line_on_closed(void *context, enum stream_end end, const char *why)
{
    struct line *line = context;

    line->stream = NULL;
    line_end(line, why);
}

static const struct stream_handlers line_stream_handlers = {
    .accepts = line_accepts,
    .opened = line_on_opened,
    .received = line_on_received,
    .drained = line_on_drained,
    .closed = line_on_closed,
};

/* Unlike the control connection's it is no voice on Wi-Fi, and little of it waits in the kernel. */
static void line_set_options(int fd)
{
    const int none = 0, unsent = UNSENT_SOCKET;

    setsockopt(fd, IPPROTO_IP, IP_TOS, &none, sizeof none);
    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &none, sizeof none);
    setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &none, sizeof none);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
}

static void line_on_dialled(void *context, int fd, const char *why)
{
    struct line *line = context;

    line->dial = NULL;
    if (fd < 0) {
        line_end(line, why);
        return;
    }
    line_set_options(fd);
    if (stream_create(line->loop, line->tls, fd, STREAM_DIALED, SCREEN_UNSENT_MAX_BYTES,
                      &line_stream_handlers, line, &line->stream) < 0) {
        line->stream = NULL;
        line_end(line, "cannot start TLS");
    }
}

/* --- life --- */

int line_open(uv_loop_t *loop, struct tls *tls, const struct pin *pin, uint32_t number,
              struct source *source, const struct line_handlers *handlers, void *context,
              struct line **ret_line)
{
    struct line *line = calloc(1, sizeof *line);

    if (!line)
        return -ENOMEM;
    line->loop = loop;
    line->tls = tls;
    line->pin = *pin;
    line->number = number;
    line->source = source;
    line->handlers = handlers;
    line->context = context;
    int error = dial_start(loop, &line->pin.endpoint, line_on_dialled, line, &line->dial);
    if (error) {
        free(line);
        return error;
    }
    uv_timer_init(loop, &line->timer);
    line->timer.data = line;
    *ret_line = line;
    return 0;
}

static void line_on_freed(uv_handle_t *handle)
{
    free(handle->data);
}

struct line *line_close(struct line *line)
{
    if (!line)
        return NULL;
    dial_cancel(line->dial);
    stream_close(line->stream);
    feed_destroy(line->feed);
    uv_close((uv_handle_t *)&line->timer, line_on_freed);
    return NULL;
}

bool line_counts(const struct line *line, struct feed_counts *ret_counts)
{
    if (!line || line->stage != LINE_OPEN)
        return false;
    *ret_counts = feed_counts(line->feed);
    return true;
}

bool line_figures(struct line *line, struct message_screen_figures *ret_figures)
{
    if (!line || line->stage != LINE_OPEN)
        return false;
    feed_figures(line->feed, ret_figures);
    return true;
}

void line_set_quality(struct line *line, enum message_quality quality)
{
    line->quality = quality;
    if (line->stage == LINE_OPEN)
        feed_set_quality(line->feed, quality);
}

void line_on_changed(struct line *line)
{
    if (line->stage != LINE_OPEN)
        return;
    feed_on_changed(line->feed);
    line_check(line);
}

void line_on_resized(struct line *line)
{
    if (line->stage != LINE_OPEN)
        return;
    feed_on_resized(line->feed);
    line_check(line);
}

void line_on_pointed(struct line *line)
{
    if (line->stage != LINE_OPEN)
        return;
    feed_on_pointed(line->feed);
    line_check(line);
}
