#include "server/net/frames.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/program.h"
#include "server/net/frames_clients.h"
#include "server/net/picture.h"
#include "server/net/pointing.h"
#include "server/net/server.h"
#include "server/net/wishes.h"
#include "server/screen/screens.h"

#define LOG_MODULE "screen"

struct frames {
    struct server *server;
    struct screens *screens;
    struct audience *audience;
    struct frames_clients *clients;
    struct log_limit log_limit;
};

/* -- what server/screen/ asks -- */

static struct screen_source source(void *context, uint16_t number)
{
    const struct frames *frames = context;
    struct screen_source source = {0};
    struct agent_view view;
    if (!targets_view(frames->server->targets, number, &view))
        return source;
    source.connected = true;
    source.can_screen = view.can_screen;
    source.has_told = view.has_screen_state;
    source.has_screen = view.has_screen;
    memcpy(source.reason, view.screen_reason, sizeof source.reason);
    return source;
}

static bool open_screen(void *context, uint16_t number, uint32_t open_number)
{
    const struct frames *frames = context;
    wishes_tell(frames->server, number);
    return targets_open_screen(frames->server->targets, number, open_number, clock_now_us());
}

static void told(void *context, const struct frame_message *message)
{
    struct frames *frames = context;
    audience_note(frames->audience, message);
    if (message->type == FRAME_CURSOR)
        pointing_shape(frames->server, message->number);
}

static const struct screen_handlers screen_handlers = {
    .source = source, .open = open_screen, .told = told};

/* -- who follows -- */

static bool view_of(void *context, uint16_t number, struct screen_view *ret_view)
{
    const struct frames *frames = context;
    return screens_view(frames->screens, number, ret_view);
}

static void look(void *context, uint16_t number, enum frame_look look)
{
    const struct frames *frames = context;
    screens_look(frames->screens, number, look);
}

static void begun(void *context, uint16_t number, struct follower *follower)
{
    const struct frames *frames = context;
    pointing_show(frames->server, number, follower);
}

static const struct audience_ops audience_ops = {.view = view_of, .look = look, .begun = begun};

struct onlooker *frames_join(struct frames *frames, uint16_t number, onlooker_send send,
                             void *context)
{
    return audience_join(frames->audience, number, false, send, context);
}

void frames_handle(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    frames_clients_handle(server->frames->clients, client, request);
}

void frames_switched(struct frames *frames, uint16_t number)
{
    if (frames)
        frames_clients_switched(frames->clients, number);
}

void frames_renew(struct frames *frames)
{
    if (frames)
        screens_renew(frames->screens);
}

unsigned frames_viewers(const struct frames *frames)
{
    return frames_clients_viewers(frames->clients);
}

/* -- pictures -- */

bool frames_view(const struct frames *frames, uint16_t number, struct screen_view *ret_view)
{
    return screens_view(frames->screens, number, ret_view);
}

bool frames_are_shown(const struct frames *frames, uint16_t number)
{
    struct screen_view view;
    return frames_viewers(frames) > 0 && screens_view(frames->screens, number, &view) &&
           view.size.width_px > 0;
}

bool frames_pointer_is_empty(const struct frames *frames, uint16_t number)
{
    struct screen_view view;
    struct frame_head head;
    return screens_view(frames->screens, number, &view) && view.has_cursor &&
           pread(view.file_fd, &head, sizeof head, 0) == sizeof head && head.cursor_visible == 0;
}

void frames_tell_pointer(struct frames *frames, uint16_t number,
                         const struct frame_pointer *pointer)
{
    told(frames,
         &(struct frame_message){.type = FRAME_POINTER, .number = number, .pointer = *pointer});
}

/* -- targets -- */

int frames_added(struct frames *frames, uint16_t number)
{
    int result = screens_added(frames->screens, number);
    if (result == 0)
        frames_clients_added(frames->clients, number);
    return result;
}

void frames_ordered(struct frames *frames, uint16_t number, uint16_t wanted)
{
    screens_ordered(frames->screens, number, wanted);
    audience_ordered(frames->audience, number, wanted);
}

void frames_forgotten(struct frames *frames, uint16_t number)
{
    screens_forgotten(frames->screens, number);
    frames_clients_forgotten(frames->clients, number);
}

void frames_target_changed(struct frames *frames, uint16_t number)
{
    if (frames)
        screens_update(frames->screens, number);
}

void frames_hello(void *context, struct channel *channel, const struct message_hello *hello)
{
    struct server *server = context;
    const struct registry_entry *entry = registry_by_key(server->registry, channel_peer(channel));
    char address[80];
    const char *why = NULL;
    snprintf(address, sizeof address, "%s", channel_address(channel));
    if (entry) {
        screens_connect(server->frames->screens, entry->number, channel, hello, server->name, &why);
    } else {
        why = "this machine is not paired: run hotdesk-agent pair on it";
        channel_end(channel, MESSAGE_REJECT, MESSAGE_REASON_FORGOTTEN, why);
    }
    if (why && log_limit_passes(&server->frames->log_limit, LOG_MODULE))
        log_event("refused",
                  &(struct log_fields){.target = entry ? entry->name : NULL, .peer = address},
                  "refused %s: %s", address, why);
}

json_t *frames_status(const struct frames *frames, uint16_t number)
{
    struct screen_view view;
    struct agent_view agent;
    if (!screens_view(frames->screens, number, &view))
        return json_null();
    bool has_agent = targets_view(frames->server->targets, number, &agent);
    return picture_json(&view, has_agent ? &agent : NULL, audience_count(frames->audience, number));
}

/* -- life -- */

static int create_parts(struct frames *frames, const char *program)
{
    int result =
        screens_create(frames->server->loop, program, &screen_handlers, frames, &frames->screens);
    if (result < 0)
        return result;
    frames->audience = audience_create(&audience_ops, frames);
    if (frames->audience)
        frames->clients = frames_clients_create(frames->server, frames->audience, frames->screens);
    return frames->clients ? 0 : -ENOMEM;
}

int frames_create(struct server *server, struct frames **ret_frames)
{
    char program[512];
    struct frames *frames = calloc(1, sizeof *frames);
    if (!frames)
        return -ENOMEM;
    frames->server = server;
    frames->log_limit.burst = LOG_STRANGERS_A_MINUTE;
    snprintf(program, sizeof program, "%s", server->options.decoder);
    if (!program[0] && program_find("hotdesk-decode", "decode", program, sizeof program) < 0)
        program[0] = '\0';
    int result = create_parts(frames, program);
    if (result < 0) {
        frames_destroy(frames);
        return result;
    }
    *ret_frames = frames;
    return 0;
}

struct frames *frames_destroy(struct frames *frames)
{
    if (!frames)
        return NULL;
    screens_destroy(frames->screens);
    frames_clients_destroy(frames->clients);
    audience_destroy(frames->audience);
    free(frames);
    return NULL;
}
