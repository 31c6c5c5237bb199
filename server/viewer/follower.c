#include "server/viewer/follower.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/times.h"
#include "protocol/cursor.h"

#define LOG_MODULE "picture"

void follower_init(struct follower *follower, const char *target,
                   const struct follower_handlers *handlers, void *context)
{
    *follower = (struct follower){.target = target, .handlers = handlers, .context = context};
}

static void set_file(struct follower *follower, uint16_t number, const struct frame_map *map)
{
    follower->number = number;
    follower->map = map;
    follower->handlers->file(follower->context, number, map);
    maps_settle(&follower->maps);
}

void follower_finish(struct follower *follower)
{
    follower->client = client_destroy(follower->client);
    follower->is_granted = false;
    if (follower->map || follower->number != 0)
        set_file(follower, 0, NULL);
    maps_finish(&follower->maps);
}

/* `why` NULL: the server is simply not there, which others tell. */
static void lose(struct follower *follower, const char *why, uint64_t now_us)
{
    char clean[FRAME_TEXT_ROOM] = "";
    if (why)
        text_make_clean(why, clean, sizeof clean);
    if (why && strcmp(clean, follower->told) != 0)
        log_warning("no picture: %s; trying again", clean);
    strcpy(follower->told, clean);
    follower_finish(follower);
    follower->retry_us = now_us + time_us(TIME_VIEWER_RETRY);
}

void follower_tick(struct follower *follower, uint64_t now_us)
{
    char line[FRAME_TEXT_ROOM + 64];
    if (follower->client || now_us < follower->retry_us)
        return;
    json_t *request = json_pack("{s:s, s:s}", "verb", "frames", "target", follower->target);
    size_t length = json_dumpb(request, line, sizeof line - 1, 0);
    json_decref(request);
    if (length == 0 || length > sizeof line - 1) {
        lose(follower, "that is no target's name", now_us);
        return;
    }
    line[length++] = '\n';
    if (client_connect(&follower->client) < 0 || !client_send(follower->client, line, length))
        lose(follower, NULL, now_us);
}

/* False: the connection is lost. */
static bool take_answer(struct follower *follower, uint64_t now_us)
{
    const char *line = client_take_line(follower->client);
    if (!line)
        return true;
    json_t *answer = json_loads(line, 0, NULL);
    const char *error = json_string_value(json_object_get(answer, "error"));
    follower->is_granted = json_is_true(json_object_get(answer, "ok"));
    if (follower->is_granted)
        follower->told[0] = '\0';
    else
        lose(follower, error ? error : "the server's answer is none", now_us);
    json_decref(answer);
    return follower->client != NULL;
}

static const char *take_file(struct follower *follower, uint16_t number)
{
    const struct frame_map *map = NULL;
    int fd = client_take_fd(follower->client);
    if (fd < 0)
        return "a file was told of, and none came";
    int error = maps_open(&follower->maps, number, fd, &map);
    close(fd);
    if (error < 0)
        return "the server's file is no picture";
    set_file(follower, number, map);
    return NULL;
}

/* NULL, or what is wrong. */
static const char *take_message(struct follower *follower, const struct frame_message *message)
{
    const struct follower_handlers *handlers = follower->handlers;
    void *context = follower->context;
    if (message->type == FRAME_FILE)
        return take_file(follower, message->number);
    if (message->type == FRAME_STATE) {
        if (message->number != follower->number || message->number == 0)
            set_file(follower, message->number, NULL);
        handlers->state(context, message->number, message->text);
        return NULL;
    }
    if (message->number != follower->number)
        return NULL; /* on its way when the target changed */
    switch (message->type) {
    case FRAME_SIZE:
        handlers->size(context);
        break;
    case FRAME_DAMAGE:
        handlers->damage(context, &message->damage);
        break;
    case FRAME_MOVE:
        handlers->move(context, &message->move);
        break;
    case FRAME_CURSOR:
        handlers->cursor(context);
        break;
    case FRAME_POINTER:
        handlers->pointer(context, &message->pointer);
        break;
    case FRAME_BELL:
        handlers->bell(context);
        break;
    default:
        break;
    }
    return NULL;
}

void follower_receive(struct follower *follower, uint64_t now_us)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    struct frame_message message;
    const char *why = NULL;
    if (!follower->client)
        return;
    int error = client_receive(follower->client);
    if (!follower->is_granted && !take_answer(follower, now_us))
        return;
    while (follower->is_granted && !why &&
           client_take_bytes(follower->client, bytes, sizeof bytes)) {
        if (frame_message_decode(bytes, FRAME_TO_FOLLOWER, &message, &why))
            why = take_message(follower, &message);
    }
    if (why || error < 0)
        lose(follower, why, now_us);
}

uint64_t follower_deadline_us(const struct follower *follower)
{
    return follower->client ? UINT64_MAX : follower->retry_us;
}

int follower_fd(const struct follower *follower)
{
    return follower->client ? client_fd(follower->client) : -1;
}
