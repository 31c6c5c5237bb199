#include "server/net/frames.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/program.h"
#include "server/net/events.h"
#include "server/net/pointing.h"
#include "server/net/server.h"
#include "server/net/verbs.h"
#include "server/screen/follower.h"
#include "server/screen/screens.h"

#define LOG_MODULE "screen"

struct place {
    struct frames *frames;
    struct control_client *client; /* NULL: free */
    bool follows_active;
    struct follower follower;
};

struct frames {
    struct server *server;
    struct screens *screens;
    struct place places[CONTROL_CLIENTS_MAX];
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
    return targets_open_screen(frames->server->targets, number, open_number, clock_now_us());
}

static void told(void *context, const struct frame_message *message)
{
    struct frames *frames = context;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (frames->places[i].client)
            follower_note(&frames->places[i].follower, message);
    if (message->type == FRAME_CURSOR)
        pointing_shape(frames->server, message->number);
}

static const struct screen_handlers screen_handlers = {
    .source = source, .open = open_screen, .told = told};

/* -- followers -- */

static bool send_frame(void *context, const struct frame_message *message, int fd)
{
    const struct place *place = context;
    return control_client_send_frame(place->client, message, fd);
}

static bool view_of(void *context, uint16_t number, struct screen_view *ret_view)
{
    const struct place *place = context;
    return screens_view(place->frames->screens, number, ret_view);
}

static const struct follower_ops follower_ops = {.send = send_frame, .view = view_of};

static unsigned count_followers(const struct frames *frames, uint16_t number)
{
    unsigned count = 0;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        count += frames->places[i].client && frames->places[i].follower.number == number;
    return count;
}

static void update_look(struct frames *frames, uint16_t number)
{
    if (number != SWITCH_LOCAL)
        screens_look(frames->screens, number, count_followers(frames, number) > 0);
}

static void show(struct place *place, uint16_t number)
{
    uint16_t before = place->follower.number;
    follower_show(&place->follower, number);
    pointing_show(place->frames->server, number, &place->follower);
    update_look(place->frames, number);
    if (before != number)
        update_look(place->frames, before);
}

static void place_is_clear(void *context)
{
    struct place *place = context;
    follower_flush(&place->follower);
}

static void place_has_gone(void *context, const char *why)
{
    struct place *place = context;
    (void)why;
    place->client = NULL;
    update_look(place->frames, place->follower.number);
    screens_keep(place->frames->screens, frames_viewers(place->frames) > 0);
}

static const struct control_frames_handlers frames_handlers = {.clear = place_is_clear,
                                                               .gone = place_has_gone};

void frames_switched(struct frames *frames, uint16_t number)
{
    for (size_t i = 0; frames && i < CONTROL_CLIENTS_MAX; i++)
        if (frames->places[i].client && frames->places[i].follows_active)
            show(&frames->places[i], number);
}

void frames_renew(struct frames *frames)
{
    if (frames)
        screens_renew(frames->screens);
}

void frames_handle(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    struct frames *frames = server->frames;
    const json_t *target = json_object_get(request, "target");
    const char *word = json_string_value(target);
    bool follows_active = word && strcmp(word, "active") == 0;
    uint16_t number = server->desk.switcher.active;
    struct place *place = frames->places;
    if (!follows_active && !(number = verbs_find_number(server, client, target)))
        return;
    while (place->client) /* there are as many as clients */
        place++;
    place->frames = frames;
    place->client = client;
    place->follows_active = follows_active;
    follower_init(&place->follower, &follower_ops, place);
    control_reply(client,
                  json_pack("{s:i, s:s}", "number", number, "name", events_name(server, number)));
    control_client_become_frames(client, &frames_handlers, place);
    show(place, number);
    screens_keep(frames->screens, frames_viewers(frames) > 0);
}

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

unsigned frames_viewers(const struct frames *frames)
{
    unsigned count = 0;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        count += frames->places[i].client && frames->places[i].follows_active;
    return count;
}

/* -- targets -- */

int frames_added(struct frames *frames, uint16_t number)
{
    return screens_added(frames->screens, number);
}

void frames_ordered(struct frames *frames, uint16_t number, uint16_t wanted)
{
    screens_ordered(frames->screens, number, wanted);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct place *place = &frames->places[i];
        uint16_t shown = place->follower.number;
        if (place->client && (shown == number || shown == wanted)) {
            place->follower.number = shown == number ? wanted : number;
            show(place, place->follower.number);
        }
    }
}

void frames_forgotten(struct frames *frames, uint16_t number)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (frames->places[i].client && frames->places[i].follower.number == number)
            control_client_close(frames->places[i].client);
    screens_forgotten(frames->screens, number);
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

/* -- status -- */

static const char *stage_name(const struct screen_view *view)
{
    if (view->stage == SCREEN_RUNNING)
        return view->looked ? "shown" : "warm";
    return view->looked || view->kept ? "waiting" : "off";
}

json_t *frames_status(const struct frames *frames, uint16_t number)
{
    struct screen_view view;
    struct agent_view agent;
    if (!screens_view(frames->screens, number, &view))
        return json_null();
    bool has_agent = targets_view(frames->server->targets, number, &agent);
    return json_pack("{s:s, s:s, s:s, s:I, s:i, s:i, s:I, s:I, s:I}", "state", stage_name(&view),
                     "text", view.looked || !has_agent || !agent.has_screen ? view.text : "", "how",
                     has_agent && agent.has_screen ? agent.screen_reason : "", "followers",
                     (json_int_t)count_followers(frames, number), "width_px", view.size.width_px,
                     "height_px", view.size.height_px, "faults", (json_int_t)view.faults, "bytes",
                     (json_int_t)view.bytes, "updates", (json_int_t)view.updates);
}

/* -- life -- */

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
    int result = screens_create(server->loop, program, &screen_handlers, frames, &frames->screens);
    if (result < 0)
        free(frames);
    else
        *ret_frames = frames;
    return result;
}

struct frames *frames_destroy(struct frames *frames)
{
    if (!frames)
        return NULL;
    screens_destroy(frames->screens);
    free(frames);
    return NULL;
}
