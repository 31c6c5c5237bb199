#include "server/net/figures.h"

#include <string.h>

#include "common/clock.h"
#include "server/net/limiting.h"
#include "server/net/server.h"
#include "server/net/verbs.h"

static json_t *number_or_null(bool is_known, uint64_t value)
{
    return is_known ? json_integer((json_int_t)value) : json_null();
}

static void add_keys(json_t *figures, const struct server *server, uint16_t number)
{
    struct agent_link link = {0};
    bool is_there = targets_link(server->targets, number, clock_now_us(), &link);
    bool timed = is_there && link.recent.count > 0;
    json_object_set_new(figures, "key_p50_us", number_or_null(timed, link.recent.p50_us));
    json_object_set_new(figures, "key_p99_us", number_or_null(timed, link.recent.p99_us));
    json_object_set_new(figures, "key_last_us", number_or_null(link.last_us > 0, link.last_us));
    json_object_set_new(figures, "key_waits_us", number_or_null(is_there, link.waits_us));
}

static void add_picture(json_t *figures, const struct server *server, uint16_t number)
{
    struct screen_view view = {0};
    bool is_there = frames_view(server->frames, number, &view) && view.stage == SCREEN_RUNNING;
    json_object_set_new(figures, "bytes", number_or_null(is_there, view.bytes));
    json_object_set_new(figures, "updates", number_or_null(is_there, view.updates));
}

static void add_agent(json_t *figures, const struct server *server, uint16_t number)
{
    struct agent_view view;
    struct screen_view screen = {0};
    bool is_known = targets_view(server->targets, number, &view) && view.has_figures &&
                    frames_view(server->frames, number, &screen) && screen.look &&
                    screen.stage == SCREEN_RUNNING;
    bool timed = is_known && view.figures.p99_us > 0;
    json_object_set_new(figures, "picture_p50_us", number_or_null(timed, view.figures.p50_us));
    json_object_set_new(figures, "picture_p99_us", number_or_null(timed, view.figures.p99_us));
    json_object_set_new(figures, "limit",
                        is_known ? json_string(limiting_name(limiting_of(&view.figures, &screen)))
                                 : json_null());
}

void figures_handle(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    uint16_t number = verbs_find_number(server, client, json_object_get(request, "target"));
    if (!number)
        return;
    json_t *figures =
        json_pack("{s:i, s:I}", "number", number, "at_us", (json_int_t)clock_now_us());
    add_keys(figures, server, number);
    add_picture(figures, server, number);
    add_agent(figures, server, number);
    control_reply(client, figures);
}

void figures_osd_handle(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    const json_t *stats = json_object_get(request, "stats");
    const char *word = json_string_value(stats);
    bool toggles = word && strcmp(word, "toggle") == 0;
    if (!toggles && !json_is_boolean(stats)) {
        control_fail(client, "bad-request", "stats must be true, false or \"toggle\"");
        return;
    }
    desk_set_stats(&server->desk, toggles ? !desk_mode(&server->desk).stats : json_is_true(stats));
    control_reply(client, json_pack("{s:b, s:i}", "stats", desk_mode(&server->desk).stats,
                                    "viewers", (int)frames_viewers(server->frames)));
}
