#include "server/viewer/source.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "protocol/cursor.h"

#define LOG_MODULE   "source"
#define TRY_AGAIN_US 2000 /* what the link did not take */

static int take(void *context)
{
    struct source *source = context;
    source->set_grabbed(source->context, true);
    return 0;
}

/* Typed keys are dropped: a window has no desktop behind it that they could be meant for. */
static void give(void *context, const struct grab_key *typed, size_t count)
{
    struct source *source = context;
    source->set_grabbed(source->context, false);
}

/* -EAGAIN: not now. */
static int send_now(struct source *source, const struct link_message *message)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    return link_encode(message, bytes) ? client_try_send(source->client, bytes, sizeof bytes)
                                       : -EINVAL;
}

static bool send_message(void *context, const struct link_message *message)
{
    struct source *source = context;
    if (source->state != SOURCE_LINKED || source->failed)
        return false;
    int result = link_queue_first(&source->queue) ? -EAGAIN : send_now(source, message);
    source->failed = result == -EAGAIN ? !link_queue_add(&source->queue, message) : result < 0;
    return !source->failed;
}

static void send_queued(struct source *source)
{
    const struct link_message *message;
    int result = 0;
    while (result == 0 && (message = link_queue_first(&source->queue))) {
        result = send_now(source, message);
        if (result == 0)
            link_queue_drop_first(&source->queue);
    }
    source->failed = source->failed || (result < 0 && result != -EAGAIN);
}

/* The window's own title is its display; the LEDs belong to the desktop. */
static void show_locks(void *context, uint8_t locks)
{
}

static const struct grab_ops GRAB_OPS = {
    .take = take, .give = give, .send = send_message, .show_locks = show_locks};

void source_init(struct source *source, const struct hotkey_rules *rules,
                 void (*set_grabbed)(void *context, bool grabbed), void *context)
{
    memset(source, 0, offsetof(struct source, queue)); /* its pages stay untouched */
    link_queue_clear(&source->queue);
    source->set_grabbed = set_grabbed;
    source->context = context;
    grab_init(&source->grab, rules, &GRAB_OPS, source);
}

void source_finish(struct source *source)
{
    source->client = client_destroy(source->client);
    source->state = SOURCE_GONE;
    link_queue_clear(&source->queue);
}

static void set_trouble(struct source *source, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Said once in the log, however often it is tried again. */
static void set_trouble(struct source *source, const char *format, ...)
{
    char text[SOURCE_TROUBLE_ROOM], clean[SOURCE_TROUBLE_ROOM];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    text_make_clean(text, clean, sizeof clean);
    if (strcmp(clean, source->trouble) != 0)
        log_warning("%s; trying again", clean);
    strcpy(source->trouble, clean);
}

static void lose(struct source *source, uint64_t now_us)
{
    source_finish(source);
    source->failed = false;
    source->retry_us = now_us + time_us(TIME_VIEWER_RETRY);
    grab_disconnected(&source->grab, now_us);
}

static void connect_to_server(struct source *source, uint64_t now_us)
{
    static const char REQUEST[] = "{\"verb\": \"input\"}\n";
    int error = client_connect(&source->client);
    if (error == 0 && !client_send(source->client, REQUEST, sizeof REQUEST - 1))
        error = -EPIPE;
    if (error == 0) {
        source->state = SOURCE_ASKED;
        return;
    }
    if (error == -ENOENT || error == -ECONNREFUSED)
        set_trouble(source, "hotdesk-server is not running");
    else
        set_trouble(source, "no connection to hotdesk-server: %s", strerror(-error));
    lose(source, now_us);
}

static void take_answer(struct source *source, const char *line, uint64_t now_us)
{
    json_t *answer = json_loads(line, 0, NULL);
    const char *error = json_string_value(json_object_get(answer, "error"));
    if (json_is_true(json_object_get(answer, "ok"))) {
        source->state = SOURCE_LINKED;
        source->trouble[0] = '\0';
        log_info("this window is the server's keyboard and mouse");
        grab_connected(&source->grab, now_us);
    } else {
        set_trouble(source, "%s", error ? error : "hotdesk-server gives no sensible answer");
        lose(source, now_us);
    }
    json_decref(answer);
}

static void take_message(struct source *source, const uint8_t bytes[LINK_MESSAGE_BYTES],
                         uint64_t now_us)
{
    struct link_message message;
    const char *why;
    if (link_decode(bytes, false, &message, &why)) {
        grab_message(&source->grab, &message, now_us);
    } else {
        set_trouble(source, "hotdesk-server sent what it may not: %s", why);
        source->failed = true;
    }
}

void source_receive(struct source *source, uint64_t now_us)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    if (!source->client)
        return;
    int error = client_receive(source->client);
    const char *line = source->state == SOURCE_ASKED ? client_take_line(source->client) : NULL;
    if (line)
        take_answer(source, line, now_us);
    while (source->state == SOURCE_LINKED && !source->failed &&
           client_take_bytes(source->client, bytes, sizeof bytes))
        take_message(source, bytes, now_us);
    if (error < 0 && source->client) {
        set_trouble(source, "hotdesk-server ended the connection");
        lose(source, now_us);
    }
}

void source_tick(struct source *source, uint64_t now_us)
{
    if (source->client)
        send_queued(source);
    if (source->failed)
        lose(source, now_us);
    if (!source->client && now_us >= source->retry_us)
        connect_to_server(source, now_us);
    grab_tick(&source->grab, now_us);
}

uint64_t source_deadline_us(const struct source *source)
{
    uint64_t deadline_us = grab_deadline_us(&source->grab);
    if (source->failed)
        return 0;
    if (link_queue_first(&source->queue))
        return clock_now_us() + TRY_AGAIN_US;
    return !source->client && source->retry_us < deadline_us ? source->retry_us : deadline_us;
}

int source_fd(const struct source *source)
{
    return source->client ? client_fd(source->client) : -1;
}
