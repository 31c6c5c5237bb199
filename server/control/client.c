#include "server/control/client.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/control/rights.h"

#define SENTENCE_ROOM 512

static void on_poll(uv_poll_t *poll, int status, int events);

void control_client_update_poll(struct control_client *client)
{
    if (client->buried)
        return;
    int events = UV_DISCONNECT;
    if (client->in_bytes < sizeof client->in)
        events |= UV_READABLE;
    if (unsent_size(&client->unsent) > 0 || client->frame_waits)
        events |= UV_WRITABLE;
    if (events == client->events)
        return;
    client->events = events;
    if (uv_poll_start(&client->poll, events, on_poll) < 0)
        control_client_doom(client, "its socket cannot be polled");
}

int control_client_create(struct control *control, int fd, struct control_client **ret_client)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    struct control_client *client = NULL;
    int r = 0;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        r = -errno;
    if (r == 0 && !(client = calloc(1, sizeof *client)))
        r = -ENOMEM;
    uv_loop_t *loop = control_loop(control);
    if (r == 0)
        r = uv_poll_init(loop, &client->poll, fd);
    if (r < 0) {
        free(client);
        close(fd);
        return r;
    }
    client->control = control;
    client->fd = fd;
    client->uid = peer.uid;
    client->pid = peer.pid;
    client->rights = RIGHTS_UNKNOWN;
    client->granted = client->needs = RIGHTS_NONE;
    client->poll.data = client;
    *ret_client = client;
    control_client_update_poll(client);
    return 0;
}

/* -- going -- */

void control_client_doom(struct control_client *client, const char *why)
{
    if (client->doomed)
        return;
    client->doomed = why;
    control_schedule(client->control);
}

static void on_closed(uv_handle_t *handle)
{
    struct control_client *client = handle->data;
    client->handle_closed = true;
    if (!client->control)
        free(client);
    else
        control_schedule(client->control);
}

void control_client_bury(struct control_client *client)
{
    if (client->buried)
        return;
    client->buried = true;
    if (unsent_size(&client->unsent) > 0)
        unsent_flush(&client->unsent, client->fd); /* a last word, if it fits */
    unsent_finish(&client->unsent);
    uv_close((uv_handle_t *)&client->poll, on_closed);
    close(client->fd);
    client->fd = -1;
    if (client->link && client->link->gone)
        client->link->gone(client->link_context, client->doomed);
    if (client->frames)
        client->frames->gone(client->frames_context, client->doomed);
    if (client->gone) {
        client->gone(client->gone_context);
        if (client->gone_answers)
            client->pending = false; /* whoever was told does not answer any more */
    }
}

bool control_client_is_over(const struct control_client *client)
{
    return client->buried && client->handle_closed && !client->pending;
}

void control_client_close(struct control_client *client)
{
    control_client_doom(client, "closed by the server");
}

void control_client_on_gone(struct control_client *client, void (*gone)(void *context),
                            void *context)
{
    client->gone = gone;
    client->gone_context = context;
    client->gone_answers = gone && client->pending;
}

/* -- out -- */

void control_client_write(struct control_client *client, const void *bytes, size_t size_bytes)
{
    if (client->doomed)
        return;
    /* One answer of any size may wait: it is ours. More behind it means that nobody reads. */
    size_t waiting = unsent_size(&client->unsent);
    if (waiting > 0 && waiting + size_bytes > CONTROL_UNSENT_MAX) {
        control_client_doom(client, "it does not read");
        return;
    }
    int r = unsent_add(&client->unsent, bytes, size_bytes);
    if (r == 0 && waiting == 0)
        r = unsent_flush(&client->unsent, client->fd);
    if (r < 0)
        control_client_doom(client, r == -ENOMEM ? "out of memory" : "it has gone");
    else if (unsent_size(&client->unsent) > 0)
        control_client_update_poll(client);
}

void control_client_write_json(struct control_client *client, const json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT);
    if (!text) {
        control_client_doom(client, "out of memory");
        return;
    }
    size_t length = strlen(text);
    text[length] = '\n'; /* the end of the string is not sent */
    control_client_write(client, text, length + 1);
    free(text);
}

void control_send(struct control_client *client, json_t *event)
{
    if (!client->doomed && !client->link && !client->frames) /* no line may come between messages */
        control_client_write_json(client, event);
    json_decref(event);
}

static void answer(struct control_client *client, json_t *line)
{
    assert(client->pending || client->doomed);
    client->pending = client->gone_answers = false;
    if (!client->doomed)
        control_client_write_json(client, line);
    json_decref(line);
    if (client->doomed || client->in_bytes > 0) /* lines have waited behind this one */
        control_schedule(client->control);
}

void control_reply(struct control_client *client, json_t *reply)
{
    json_t *line = json_pack("{s:b}", "ok", 1);
    if (reply)
        json_object_update(line, reply);
    json_decref(reply);
    answer(client, line);
}

void control_fail(struct control_client *client, const char *code, const char *format, ...)
{
    char sentence[SENTENCE_ROOM];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    json_t *text = json_string(sentence);
    if (!text) /* cut inside a character, or a caller's text that is none */
        text = json_string("the reason cannot be shown");
    answer(client, json_pack("{s:b, s:s, s:o}", "ok", 0, "code", code, "error", text));
}

/* -- in -- */

void control_client_take(struct control_client *client, size_t size_bytes)
{
    client->in_bytes -= size_bytes;
    memmove(client->in, client->in + size_bytes, client->in_bytes);
}

static void refuse_and_close(struct control_client *client, const char *sentence)
{
    client->pending = true;
    control_fail(client, "bad-request", "%s", sentence);
    control_client_doom(client, sentence);
}

static void run_line(struct control_client *client, size_t length)
{
    json_error_t error;
    json_t *request = json_loadb(client->in, length, JSON_REJECT_DUPLICATES, &error);
    control_client_take(client, length + 1);
    if (!json_is_object(request)) {
        json_decref(request);
        refuse_and_close(client, "a request is one JSON object on one line");
        return;
    }
    client->pending = true;
    control_handle_verb(client, request);
    json_decref(request);
}

void control_client_run(struct control_client *client)
{
    while (!client->doomed && !client->pending && !client->link && !client->frames) {
        char *end = memchr(client->in, '\n', client->in_bytes);
        if (!end) {
            if (client->in_bytes == sizeof client->in)
                refuse_and_close(client, "a line is at most 4096 bytes long");
            break;
        }
        if (end == client->in)
            control_client_take(client, 1);
        else
            run_line(client, (size_t)(end - client->in));
    }
    if (client->link)
        control_client_run_link(client);
    else if (client->frames && client->in_bytes > 0)
        control_client_doom(client, "it sent something, and has nothing to say");
    control_client_update_poll(client);
}

static void read_some(struct control_client *client)
{
    ssize_t n =
        read(client->fd, client->in + client->in_bytes, sizeof client->in - client->in_bytes);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        control_client_doom(client, n == 0 ? "it has closed" : strerror(errno));
        return;
    }
    client->in_bytes += (size_t)n;
    control_client_run(client);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct control_client *client = poll->data;
    if (client->doomed)
        return;
    if (status < 0) {
        control_client_doom(client, "it has gone");
        return;
    }
    if (events & UV_WRITABLE) {
        if (unsent_flush(&client->unsent, client->fd) < 0)
            control_client_doom(client, "it has gone");
        control_client_run_frames(client);
    }
    if (events & UV_READABLE)
        read_some(client);
    else if (events & UV_DISCONNECT)
        control_client_doom(client, "it has closed");
    control_client_update_poll(client);
}

uid_t control_client_uid(const struct control_client *client)
{
    return client->uid;
}

pid_t control_client_pid(const struct control_client *client)
{
    return client->pid;
}

void control_client_keep_right(struct control_client *client)
{
    if (client->granted > client->needs)
        client->needs = client->granted;
}

void control_client_watch(struct control_client *client, enum control_watch what)
{
    control_client_keep_right(client);
    client->watches |= what;
}
