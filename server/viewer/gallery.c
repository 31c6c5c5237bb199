#include "server/viewer/gallery.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/times.h"
#include "server/viewer/client.h"

#define NUMBERS 1000 /* of targets: 1..999 */

struct gallery {
    const struct gallery_handlers *handlers;
    void *context;
    struct client *client;
    bool is_granted;
    uint64_t retry_us;
    struct frame_map *maps[NUMBERS];
    char texts[NUMBERS][FRAME_TEXT_ROOM]; /* why there is none */
};

struct gallery *gallery_create(const struct gallery_handlers *handlers, void *context)
{
    struct gallery *gallery = calloc(1, sizeof *gallery);
    if (!gallery)
        return NULL;
    gallery->handlers = handlers;
    gallery->context = context;
    return gallery;
}

struct gallery *gallery_destroy(struct gallery *gallery)
{
    if (!gallery)
        return NULL;
    client_destroy(gallery->client);
    for (size_t i = 0; i < NUMBERS; i++)
        frame_map_close(gallery->maps[i]);
    free(gallery);
    return NULL;
}

static void set_map(struct gallery *gallery, uint16_t number, struct frame_map *map)
{
    struct frame_map *old = gallery->maps[number];
    gallery->maps[number] = map;
    gallery->handlers->map(gallery->context, number, map);
    frame_map_close(old);
}

static void lose(struct gallery *gallery, uint64_t now_us)
{
    gallery->client = client_destroy(gallery->client);
    gallery->is_granted = false;
    gallery->retry_us = now_us + time_us(TIME_VIEWER_RETRY);
    for (uint16_t i = 0; i < NUMBERS; i++)
        if (gallery->maps[i])
            set_map(gallery, i, NULL);
    memset(gallery->texts, 0, sizeof gallery->texts);
}

void gallery_tick(struct gallery *gallery, uint64_t now_us)
{
    static const char REQUEST[] =
        "{\"verb\": \"frames\", \"target\": \"all\", \"thumbnail\": true}\n";
    if (gallery->client || now_us < gallery->retry_us)
        return;
    if (client_connect(&gallery->client) < 0 ||
        !client_send(gallery->client, REQUEST, sizeof REQUEST - 1))
        lose(gallery, now_us);
}

static bool take_file(struct gallery *gallery, uint16_t number)
{
    struct frame_map *map = NULL;
    int fd = client_take_fd(gallery->client);
    int error = fd < 0 ? fd : frame_map_open(fd, &map);
    if (fd >= 0)
        close(fd);
    if (error < 0)
        return false;
    set_map(gallery, number, map);
    return true;
}

static void show(struct gallery *gallery, uint16_t number, bool thumbnail)
{
    if (!gallery->maps[number])
        return;
    frame_map_show_thumbnail(gallery->maps[number], thumbnail);
    gallery->handlers->renewed(gallery->context, number);
}

/* False: it is none that may come. */
static bool take_message(struct gallery *gallery, const struct frame_message *message)
{
    const struct gallery_handlers *handlers = gallery->handlers;
    const uint16_t number = message->number;
    if (number >= NUMBERS)
        return false;
    switch (message->type) {
    case FRAME_FILE:
        return take_file(gallery, number);
    case FRAME_STATE:
        snprintf(gallery->texts[number], sizeof gallery->texts[number], "%s", message->text);
        break;
    case FRAME_THUMBNAIL:
    case FRAME_SIZE:
        show(gallery, number, message->type == FRAME_THUMBNAIL);
        break;
    case FRAME_DAMAGE:
        /* After a thumbnail all of the picture is new to us. */
        show(gallery, number, false);
        handlers->damaged(gallery->context, number, &message->damage);
        break;
    default:
        break;
    }
    return true;
}

/* False: the server does not grant it. */
static bool take_answer(struct gallery *gallery)
{
    const char *line = client_take_line(gallery->client);
    json_t *answer = line ? json_loads(line, 0, NULL) : NULL;
    gallery->is_granted = json_is_true(json_object_get(answer, "ok"));
    json_decref(answer);
    return !line || gallery->is_granted;
}

void gallery_receive(struct gallery *gallery, uint64_t now_us)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    struct frame_message message;
    const char *why = NULL;
    bool good = true;
    if (!gallery->client)
        return;
    int error = client_receive(gallery->client);
    if (!gallery->is_granted)
        good = take_answer(gallery);
    while (good && gallery->is_granted && client_take_bytes(gallery->client, bytes, sizeof bytes))
        good = frame_message_decode(bytes, FRAME_TO_FOLLOWER, &message, &why) &&
               take_message(gallery, &message);
    if (!good || error < 0)
        lose(gallery, now_us);
}

uint64_t gallery_deadline_us(const struct gallery *gallery)
{
    return gallery->client ? UINT64_MAX : gallery->retry_us;
}

int gallery_fd(const struct gallery *gallery)
{
    return gallery->client ? client_fd(gallery->client) : -1;
}

const struct frame_map *gallery_map(const struct gallery *gallery, uint16_t number)
{
    return number < NUMBERS ? gallery->maps[number] : NULL;
}

const char *gallery_text(const struct gallery *gallery, uint16_t number)
{
    return number < NUMBERS ? gallery->texts[number] : "";
}
