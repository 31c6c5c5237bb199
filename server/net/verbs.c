#include "server/net/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/net/choosing.h"
#include "server/net/console.h"
#include "server/net/events.h"
#include "server/net/figures.h"
#include "server/net/monitors.h"
#include "server/net/names.h"
#include "server/net/pair.h"
#include "server/net/reload.h"
#include "server/net/scripts.h"
#include "server/net/status.h"

#define LOG_MODULE "net"

static void handle_list(void *server, struct control_client *client, const json_t *request)
{
    (void)request;
    control_reply(client, status_list(server));
}

static void handle_status(void *server, struct control_client *client, const json_t *request)
{
    (void)request;
    control_reply(client, status_full(server));
}

static void handle_devices(void *server, struct control_client *client, const json_t *request)
{
    (void)request;
    control_reply(client, status_devices(server));
}

static void handle_watch_devices(void *context, struct control_client *client,
                                 const json_t *request)
{
    struct server *server = context;
    (void)request;
    control_reply(client, status_devices(server));
    control_client_watch(client, CONTROL_WATCH_DEVICES);
    console_count_devices(server);
}

static void handle_watch(void *server, struct control_client *client, const json_t *request)
{
    (void)request;
    json_t *answer = status_list(server);
    json_object_set_new(answer, "mode", events_mode_fields(server));
    json_object_set_new(answer, "switcher", events_choosing_fields(server));
    control_reply(client, answer);
    control_client_watch(client, CONTROL_WATCH_EVENTS);
}

/* A number, as such or as text; 0 when it is none. */
static uint16_t number_from(const json_t *target)
{
    if (json_is_integer(target)) {
        json_int_t value = json_integer_value(target);
        return value >= 1 && value <= LINK_NUMBER_MAX ? (uint16_t)value : 0;
    }
    const char *text = json_string_value(target);
    char *end = NULL;
    if (!text || text[0] < '1' || text[0] > '9')
        return 0;
    unsigned long value = strtoul(text, &end, 10);
    return *end == '\0' && value <= LINK_NUMBER_MAX ? (uint16_t)value : 0;
}

/* The entry that `target` names, by number or name; NULL after having told the client. */
static const struct registry_entry *find_entry(struct server *server, struct control_client *client,
                                               const json_t *target)
{
    uint16_t number = number_from(target);
    const char *name = json_string_value(target);
    const struct registry_entry *entry = NULL;
    if (!name && !json_is_integer(target)) {
        control_fail(client, "bad-request", "target must be a name or a number");
        return NULL;
    }
    if (number)
        entry = registry_by_number(server->registry, number);
    else if (name)
        entry = registry_by_name(server->registry, name);
    if (entry)
        return entry;
    if (name)
        control_fail(client, "no-such-target", "no target %s: see hotdesk list", name);
    else
        control_fail(client, "no-such-target", "no target has this number: see hotdesk list");
    return NULL;
}

uint16_t verbs_find_number(struct server *server, struct control_client *client,
                           const json_t *target)
{
    const struct registry_entry *entry = find_entry(server, client, target);
    return entry ? entry->number : 0;
}

static bool command_from_word(const char *word, struct command *ret_command)
{
    static const struct {
        const char *word;
        enum command_type type;
    } words[] = {{"local", COMMAND_LOCAL},
                 {"0", COMMAND_LOCAL},
                 {"next", COMMAND_NEXT},
                 {"prev", COMMAND_PREV},
                 {"last", COMMAND_LAST}};
    for (size_t i = 0; word && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i].word) != 0)
            continue;
        *ret_command = (struct command){.type = words[i].type};
        return true;
    }
    return false;
}

/* The answer comes when the target has said whether it takes it (console_settle). */
static void wait_for_switch(struct server *server, struct control_client *client)
{
    for (size_t i = 0; i < SERVER_WAITS_MAX; i++) {
        struct server_switch_wait *wait = &server->switch_waits[i];
        if (wait->client)
            continue;
        *wait =
            (struct server_switch_wait){.client = client, .number = server->desk.switcher.active};
        return;
    }
    control_fail(client, "busy", "too many clients wait for a switch");
}

static void fail_switch(struct control_client *client, int error, const char *why)
{
    control_fail(client,
                 error == -ENOENT  ? "no-such-target"
                 : error == -EPERM ? "locked"
                                   : "not-ready",
                 "%s", why);
}

static void handle_switch(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    const json_t *target = json_object_get(request, "target");
    struct command command = {.type = COMMAND_TARGET};
    char why[SWITCH_REASON_ROOM] = "";
    if (json_is_integer(target) && json_integer_value(target) == 0) {
        command.type = COMMAND_LOCAL;
    } else if (!command_from_word(json_string_value(target), &command)) {
        const struct registry_entry *entry = find_entry(server, client, target);
        if (!entry)
            return;
        command.number = entry->number;
    }

    server->refused_why[0] = '\0';
    int result = desk_command(&server->desk, &command, clock_now_us(), why);
    if (result < 0)
        fail_switch(client, result, why);
    else
        wait_for_switch(server, client);
}

static void handle_lock(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    const json_t *on = json_object_get(request, "on");
    if (!json_is_boolean(on)) {
        control_fail(client, "bad-request", "on must be true or false");
        return;
    }
    desk_set_lock(&server->desk, json_is_true(on));
    control_reply(client, events_active(server));
}

static void handle_scan(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    const json_t *seconds = json_object_get(request, "seconds");
    struct command command = {.type = COMMAND_SCAN};
    char why[SWITCH_REASON_ROOM] = "";
    if (!json_is_integer(seconds) || json_integer_value(seconds) < 0 ||
        json_integer_value(seconds) > LINK_SCAN_MAX_S) {
        control_fail(client, "bad-request", "seconds must be a number from 0 (off) to %d",
                     LINK_SCAN_MAX_S);
        return;
    }
    command.scan_s = (uint16_t)json_integer_value(seconds);
    if (json_is_true(json_object_get(request, "watch")))
        command.scan_mode = SCAN_WATCH;
    desk_end_scan(&server->desk); /* a new one takes its place */
    int result = command.scan_s ? desk_command(&server->desk, &command, clock_now_us(), why) : 0;
    if (result < 0)
        fail_switch(client, result, why);
    else
        control_reply(client, events_active(server));
}

static void handle_input(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    (void)request;
    if (server->window) {
        control_fail(client, "busy", "another window gives input already: close it first");
        return;
    }
    control_reply(client, NULL);
    console_take_window(server, client);
}

static void handle_forget(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    char error[ERROR_ROOM];
    const struct registry_entry *found =
        find_entry(server, client, json_object_get(request, "target"));
    if (!found)
        return;
    struct registry_entry entry = *found;
    int result = registry_remove(server->registry, entry.number);
    if (result < 0) {
        control_fail(client, "internal", "cannot save the list of targets, %s is still paired: %s",
                     entry.name, strerror(-result));
        return;
    }
    vnc_forgotten(server->vnc, entry.number);
    desk_remove_target(&server->desk, entry.number, clock_now_us());
    scripts_lost(server->scripts, entry.number, "it was forgotten");
    targets_forgotten(server->targets, entry.number);
    frames_forgotten(server->frames, entry.number);
    events_forgotten(server, &entry);
    control_reply(client, json_pack("{s:s}", "name", entry.name));
    if (server_update_listening(server, error) < 0)
        log_error("%s", error);
}

const struct control_verb verbs_table[] = {
    {"list", CONTROL_SEE, handle_list},       {"status", CONTROL_SEE, handle_status},
    {"devices", CONTROL_SEE, handle_devices}, {"watch", CONTROL_SEE, handle_watch},
    {"switch", CONTROL_USE, handle_switch},   {"switcher", CONTROL_USE, choosing_handle},
    {"lock", CONTROL_USE, handle_lock},       {"watch-devices", CONTROL_USE, handle_watch_devices},
    {"scan", CONTROL_USE, handle_scan},       {"input", CONTROL_USE, handle_input},
    {"send", CONTROL_USE, scripts_send},      {"type", CONTROL_USE, scripts_type},
    {"frames", CONTROL_USE, frames_handle},   {"figures", CONTROL_SEE, figures_handle},
    {"osd", CONTROL_USE, figures_osd_handle}, {"monitor", CONTROL_USE, monitors_handle},
    {"session", CONTROL_SEE, session_handle}, {"pair", CONTROL_OWN, pair_handle},
    {"forget", CONTROL_OWN, handle_forget},   {"rename", CONTROL_OWN, names_rename},
    {"order", CONTROL_OWN, names_order},      {"reload", CONTROL_OWN, reload_handle},
};

const size_t verbs_count = sizeof verbs_table / sizeof verbs_table[0];
