#include "server/net/frames_clients.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "common/times.h"
#include "protocol/limits.h"
#include "server/control/control.h"
#include "server/net/events.h"
#include "server/net/server.h"
#include "server/net/verbs.h"
#include "server/screen/audience.h"
#include "server/screen/screens.h"

struct place {
    struct frames_clients *clients;
    struct control_client *client; /* NULL: free */
    struct onlooker *active;       /* follows the active target; NULL: it has asked for others */
    bool follows_all;
};

struct frames_clients {
    struct server *server;
    struct audience *audience;
    struct screens *screens;
    struct place places[CONTROL_CLIENTS_MAX];
    uv_timer_t tick; /* runs while somebody shows thumbnails */
};

unsigned frames_clients_viewers(const struct frames_clients *clients)
{
    unsigned count = 0;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        count += clients->places[i].active != NULL;
    return count;
}

static void update_kept(struct frames_clients *clients)
{
    screens_keep(clients->screens, frames_clients_viewers(clients) > 0);
}

/* -- a client -- */

static bool send_frame(void *context, const struct frame_message *message, int fd)
{
    const struct place *place = context;
    return control_client_send_frame(place->client, message, fd);
}

static void place_is_clear(void *context)
{
    struct place *place = context;
    audience_flush(place->clients->audience, place);
}

static void place_has_gone(void *context, const char *why)
{
    struct place *place = context;
    (void)why;
    place->client = NULL;
    place->active = NULL;
    place->follows_all = false;
    audience_leave(place->clients->audience, place);
    update_kept(place->clients);
}

static const struct control_frames_handlers frames_handlers = {.clear = place_is_clear,
                                                               .gone = place_has_gone};

static struct onlooker *follow(struct place *place, uint16_t number, bool thumbnail)
{
    struct onlooker *onlooker =
        audience_join(place->clients->audience, number, thumbnail, send_frame, place);
    if (!onlooker)
        control_client_close(place->client);
    return onlooker;
}

static void follow_all(struct place *place)
{
    const struct registry *registry = place->clients->server->registry;
    place->follows_all = true;
    for (size_t i = 0; i < registry_count(registry); i++)
        follow(place, registry_at(registry, i)->number, true);
}

/* -- thumbnails -- */

static void on_tick(uv_timer_t *timer)
{
    struct frames_clients *clients = timer->data;
    if (!audience_tick(clients->audience))
        uv_timer_stop(timer);
}

static void begin_ticks(struct frames_clients *clients)
{
    if (!uv_is_active((uv_handle_t *)&clients->tick))
        uv_timer_start(&clients->tick, on_tick, time_ms(TIME_THUMBNAIL), time_ms(TIME_THUMBNAIL));
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

void frames_clients_handle(struct frames_clients *clients, struct control_client *client,
                           const json_t *request)
{
    struct place *place = clients->places;
    struct wish wish;
    if (!read_wish(clients->server, client, request, &wish))
        return;
    while (place->client) /* there are as many as clients */
        place++;
    *place = (struct place){.clients = clients, .client = client};
    answer(clients->server, client, &wish);
    control_client_become_frames(client, &frames_handlers, place);
    if (wish.thumbnail)
        begin_ticks(clients);
    if (wish.follows_all)
        follow_all(place);
    else if (wish.follows_active)
        place->active = follow(place, wish.number, false);
    else
        follow(place, wish.number, wish.thumbnail);
    update_kept(clients);
}

/* -- targets -- */

void frames_clients_switched(struct frames_clients *clients, uint16_t number)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (clients->places[i].active)
            onlooker_show(clients->places[i].active, number);
}

void frames_clients_added(struct frames_clients *clients, uint16_t number)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct place *place = &clients->places[i];
        if (place->follows_all && !audience_find(clients->audience, place, number))
            follow(place, number, true);
    }
}

void frames_clients_forgotten(struct frames_clients *clients, uint16_t number)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct place *place = &clients->places[i];
        struct onlooker *onlooker = audience_find(clients->audience, place, number);
        if (onlooker && place->follows_all)
            onlooker_leave(onlooker);
        else if (onlooker)
            control_client_close(place->client);
    }
}

/* -- life -- */

struct frames_clients *frames_clients_create(struct server *server, struct audience *audience,
                                             struct screens *screens)
{
    struct frames_clients *clients = calloc(1, sizeof *clients);
    if (!clients)
        return NULL;
    clients->server = server;
    clients->audience = audience;
    clients->screens = screens;
    uv_timer_init(server->loop, &clients->tick);
    clients->tick.data = clients;
    return clients;
}

static void free_clients(uv_handle_t *handle)
{
    free(handle->data);
}

struct frames_clients *frames_clients_destroy(struct frames_clients *clients)
{
    if (clients)
        uv_close((uv_handle_t *)&clients->tick, free_clients);
    return NULL;
}
