#include "server/net/frames.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/program.h"
#include "common/times.h"
#include "server/net/events.h"
#include "server/net/limiting.h"
#include "server/net/pointing.h"
#include "server/net/server.h"
#include "server/net/verbs.h"
#include "server/net/wishes.h"
#include "server/screen/follower.h"
#include "server/screen/screens.h"

#define LOG_MODULE "screen"

struct place {
    struct frames *frames;
    struct control_client *client; /* NULL: free */
    bool follows_active;
    bool follows_all; /* each target has a follower; else there is one */
    size_t count;
    struct follower *followers;
};

struct frames_eye {
    struct frames *frames;
    struct frames_eye *next;
    const struct frames_eye_handlers *handlers;
    void *context;
    struct follower follower;
};

struct frames {
    struct server *server;
    struct frames_eye *eyes;
    struct screens *screens;
    struct place places[CONTROL_CLIENTS_MAX];
    uv_timer_t tick; /* runs while somebody shows thumbnails */
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
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        const struct place *place = &frames->places[i];
        for (size_t j = 0; j < place->count; j++)
            follower_note(&place->followers[j], message);
    }
    for (struct frames_eye *eye = frames->eyes; eye; eye = eye->next)
        follower_note(&eye->follower, message);
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

static struct follower *find_follower(const struct place *place, uint16_t number)
{
    for (size_t i = 0; i < place->count; i++)
        if (place->followers[i].number == number)
            return &place->followers[i];
    return NULL;
}

static unsigned count_followers(const struct frames *frames, uint16_t number)
{
    unsigned count = 0;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        count += find_follower(&frames->places[i], number) != NULL;
    for (const struct frames_eye *eye = frames->eyes; eye; eye = eye->next)
        count += eye->follower.number == number;
    return count;
}

static void update_look(struct frames *frames, uint16_t number)
{
    enum frame_look look = FRAME_LOOK_AWAY;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX && look != FRAME_LOOK_FULL; i++) {
        const struct follower *follower = find_follower(&frames->places[i], number);
        if (follower)
            look = follower->thumbnail ? FRAME_LOOK_THUMBNAIL : FRAME_LOOK_FULL;
    }
    for (const struct frames_eye *eye = frames->eyes; eye; eye = eye->next)
        look = eye->follower.number == number ? FRAME_LOOK_FULL : look;
    if (number != SWITCH_LOCAL)
        screens_look(frames->screens, number, look);
}

static void show(struct place *place, struct follower *follower, uint16_t number)
{
    uint16_t before = follower->number;
    follower_show(follower, number);
    if (!follower->thumbnail)
        pointing_show(place->frames->server, number, follower);
    update_look(place->frames, number);
    if (before != number)
        update_look(place->frames, before);
}

static void place_is_clear(void *context)
{
    struct place *place = context;
    for (size_t i = 0; i < place->count; i++)
        follower_flush(&place->followers[i]);
}

static void place_has_gone(void *context, const char *why)
{
    struct place *place = context;
    const size_t count = place->count;
    (void)why;
    place->client = NULL;
    place->count = 0; /* nobody follows by it */
    for (size_t i = 0; i < count; i++)
        update_look(place->frames, place->followers[i].number);
    free(place->followers);
    place->followers = NULL;
    screens_keep(place->frames->screens, frames_viewers(place->frames) > 0);
}

static const struct control_frames_handlers frames_handlers = {.clear = place_is_clear,
                                                               .gone = place_has_gone};

/* -- eyes -- */

static bool eye_send(void *context, const struct frame_message *message, int fd)
{
    struct frames_eye *eye = context;
    return eye->handlers->send(eye->context, message, fd);
}

static bool eye_view(void *context, uint16_t number, struct screen_view *ret_view)
{
    const struct frames_eye *eye = context;
    return screens_view(eye->frames->screens, number, ret_view);
}

static const struct follower_ops eye_ops = {.send = eye_send, .view = eye_view};

static void eye_show(struct frames_eye *eye, uint16_t number)
{
    follower_show(&eye->follower, number);
    pointing_show(eye->frames->server, number, &eye->follower);
    update_look(eye->frames, number);
}

struct frames_eye *frames_eye_open(struct frames *frames, uint16_t number,
                                   const struct frames_eye_handlers *handlers, void *context)
{
    struct frames_eye *eye = calloc(1, sizeof *eye);
    if (!eye)
        return NULL;
    *eye = (struct frames_eye){
        .frames = frames, .next = frames->eyes, .handlers = handlers, .context = context};
    frames->eyes = eye;
    follower_init(&eye->follower, &eye_ops, eye);
    eye_show(eye, number);
    return eye;
}

struct frames_eye *frames_eye_close(struct frames_eye *eye)
{
    if (!eye)
        return NULL;
    struct frames_eye **at = &eye->frames->eyes;
    while (*at != eye)
        at = &(*at)->next;
    *at = eye->next;
    update_look(eye->frames, eye->follower.number);
    free(eye);
    return NULL;
}

void frames_eye_clear(struct frames_eye *eye)
{
    follower_flush(&eye->follower);
}

void frames_switched(struct frames *frames, uint16_t number)
{
    for (size_t i = 0; frames && i < CONTROL_CLIENTS_MAX; i++)
        if (frames->places[i].client && frames->places[i].follows_active)
            show(&frames->places[i], frames->places[i].followers, number);
}

void frames_renew(struct frames *frames)
{
    if (frames)
        screens_renew(frames->screens);
}

/* -- thumbnails -- */

static void on_tick(uv_timer_t *timer)
{
    struct frames *frames = timer->data;
    bool has_any = false;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        const struct place *place = &frames->places[i];
        for (size_t j = 0; j < place->count && place->followers[j].thumbnail; j++) {
            has_any = true;
            follower_tick(&place->followers[j]);
        }
    }
    if (!has_any)
        uv_timer_stop(timer);
}

static void begin_ticks(struct frames *frames)
{
    if (!uv_is_active((uv_handle_t *)&frames->tick))
        uv_timer_start(&frames->tick, on_tick, time_ms(TIME_THUMBNAIL), time_ms(TIME_THUMBNAIL));
}

static void add_follower(struct place *place, uint16_t number, bool thumbnail)
{
    struct follower *follower = &place->followers[place->count];
    follower_init(follower, &follower_ops, place);
    follower->thumbnail = thumbnail;
    follower->number = number;
    place->count++;
    show(place, follower, number);
}

static void add_all(struct place *place)
{
    const struct registry *registry = place->frames->server->registry;
    for (size_t i = 0; i < registry_count(registry); i++)
        add_follower(place, registry_at(registry, i)->number, true);
}

/* -- the verb -- */

struct wish {
    uint16_t number;
    bool follows_active, follows_all, thumbnail;
};

/* False: it was answered. */
static bool read_wish(struct server *server, struct control_client *client, const json_t *request,
                      struct wish *ret_wish)
{
    const json_t *target = json_object_get(request, "target");
    const json_t *thumbnail = json_object_get(request, "thumbnail");
    const char *word = json_string_value(target);
    *ret_wish = (struct wish){.thumbnail = json_is_true(thumbnail)};
    ret_wish->follows_active = word && strcmp(word, "active") == 0;
    ret_wish->follows_all = ret_wish->thumbnail && word && strcmp(word, "all") == 0;
    if ((thumbnail && !json_is_boolean(thumbnail)) ||
        (ret_wish->thumbnail && ret_wish->follows_active)) {
        control_fail(client, "bad-request",
                     "thumbnail must be true or false, and true only of a target or of all");
        return false;
    }
    ret_wish->number =
        ret_wish->follows_active ? switch_shown(&server->desk.switcher) : SWITCH_LOCAL;
    return ret_wish->follows_active || ret_wish->follows_all ||
           (ret_wish->number = verbs_find_number(server, client, target)) != SWITCH_LOCAL;
}

static void answer(struct server *server, struct control_client *client, const struct wish *wish)
{
    control_reply(client, json_pack("{s:i, s:s}", "number", wish->number, "name",
                                    wish->follows_all ? "all" : events_name(server, wish->number)));
}

void frames_handle(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    struct frames *frames = server->frames;
    struct place *place = frames->places;
    struct wish wish;
    if (!read_wish(server, client, request, &wish))
        return;
    while (place->client) /* there are as many as clients */
        place++;
    struct follower *followers =
        calloc(wish.follows_all ? REGISTRY_TARGETS_MAX : 1, sizeof *followers);
    if (!followers) {
        control_fail(client, "internal", "no memory for one more picture");
        return;
    }
    *place = (struct place){.frames = frames,
                            .client = client,
                            .follows_active = wish.follows_active,
                            .follows_all = wish.follows_all,
                            .followers = followers};
    answer(server, client, &wish);
    control_client_become_frames(client, &frames_handlers, place);
    if (wish.thumbnail)
        begin_ticks(frames);
    if (wish.follows_all)
        add_all(place);
    else
        add_follower(place, wish.number, wish.thumbnail);
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
    int result = screens_added(frames->screens, number);
    for (size_t i = 0; result == 0 && i < CONTROL_CLIENTS_MAX; i++) {
        struct place *place = &frames->places[i];
        if (place->follows_all && place->client && !find_follower(place, number) &&
            place->count < REGISTRY_TARGETS_MAX)
            add_follower(place, number, true);
    }
    return result;
}

void frames_ordered(struct frames *frames, uint16_t number, uint16_t wanted)
{
    screens_ordered(frames->screens, number, wanted);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct place *place = &frames->places[i];
        struct follower *one = find_follower(place, number), *other = find_follower(place, wanted);
        if (one)
            one->number = wanted;
        if (other)
            other->number = number;
        if (one)
            show(place, one, wanted);
        if (other)
            show(place, other, number);
    }
    for (struct frames_eye *eye = frames->eyes; eye; eye = eye->next) {
        uint16_t shown = eye->follower.number;
        if (shown == number || shown == wanted)
            eye_show(eye, shown == number ? wanted : number);
    }
}

static void drop_follower(struct place *place, uint16_t number)
{
    struct follower *follower = find_follower(place, number);
    if (!follower)
        return;
    if (place->follows_all)
        *follower = place->followers[--place->count];
    else
        control_client_close(place->client);
}

void frames_forgotten(struct frames *frames, uint16_t number)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        drop_follower(&frames->places[i], number);
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
        return view->look == FRAME_LOOK_FULL   ? "shown"
               : view->look == FRAME_LOOK_AWAY ? "warm"
                                               : "thumbnail";
    return view->look || view->kept ? "waiting" : "off";
}

json_t *frames_status(const struct frames *frames, uint16_t number)
{
    struct screen_view view;
    struct agent_view agent;
    if (!screens_view(frames->screens, number, &view))
        return json_null();
    bool has_agent = targets_view(frames->server->targets, number, &agent);
    json_t *picture =
        json_pack("{s:s, s:s, s:s, s:I, s:i, s:i, s:I, s:I, s:I}", "state", stage_name(&view),
                  "text", view.look || !has_agent || !agent.has_screen ? view.text : "", "how",
                  has_agent && agent.has_screen ? agent.screen_reason : "", "followers",
                  (json_int_t)count_followers(frames, number), "width_px", view.size.width_px,
                  "height_px", view.size.height_px, "faults", (json_int_t)view.faults, "bytes",
                  (json_int_t)view.bytes, "updates", (json_int_t)view.updates);
    limiting_add(picture, has_agent ? &agent : NULL, &view);
    return picture;
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
    if (result < 0) {
        free(frames);
        return result;
    }
    uv_timer_init(server->loop, &frames->tick);
    frames->tick.data = frames;
    *ret_frames = frames;
    return 0;
}

static void free_frames(uv_handle_t *handle)
{
    free(handle->data);
}

struct frames *frames_destroy(struct frames *frames)
{
    if (!frames)
        return NULL;
    screens_destroy(frames->screens);
    uv_close((uv_handle_t *)&frames->tick, free_frames);
    return NULL;
}
