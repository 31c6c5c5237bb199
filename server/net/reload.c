#include "server/net/reload.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "server/net/events.h"
#include "server/net/wishes.h"

#define LOG_MODULE "net"

static const char SERVER[] = "hotdesk-server", INPUT[] = "hotdesk-input";

static json_t *text_or_null(const char *text)
{
    return text[0] ? json_string(text) : json_null();
}

/* Tells it, and keeps it for who asked. */
static void note(struct server *server, const char *program, const char *error,
                 const struct config_changes *changes)
{
    json_t *file =
        json_pack("{s:s, s:o, s:s, s:s}", "program", program, "error", text_or_null(error),
                  "changed", changes->now, "at_start", changes->at_start);
    if (error[0])
        log_event("reload", &(struct log_fields){0}, "%s keeps the configuration that it had: %s",
                  program, error);
    else
        log_event("reload", &(struct log_fields){0}, "%s has read its configuration again: %s%s%s",
                  program, changes->now[0] ? "changed: " : "nothing has changed", changes->now,
                  changes->at_start[0] ? "; other options wait for its next start" : "");
    if (server->reload.files)
        json_array_append(server->reload.files, file);
    events_reloaded(server, file);
}

static int take_groups(struct server *server, const struct server_options *wanted,
                       char ret_error[ERROR_ROOM])
{
    const struct control_groups groups = {wanted->use_group, wanted->own_group};
    int result = control_set_groups(server->control, &groups);
    bool use = wanted->use_group[0] && !getgrnam(wanted->use_group);
    if (result < 0)
        snprintf(ret_error, ERROR_ROOM, "%s: there is no group %s", use ? "use-group" : "own-group",
                 use ? wanted->use_group : wanted->own_group);
    return result;
}

/* What cannot be taken now stays as it is in `options`, so that it is told each time. */
static void take_options(struct server *server, const struct server_options *wanted)
{
    struct server_options *options = &server->options;
    memcpy(options->use_group, wanted->use_group, sizeof options->use_group);
    memcpy(options->own_group, wanted->own_group, sizeof options->own_group);
    memcpy(options->name, wanted->name, sizeof options->name);
    options->vnc = wanted->vnc;
    memcpy(options->vnc_password_file, wanted->vnc_password_file,
           sizeof options->vnc_password_file);
    options->pointer = wanted->pointer;
    options->quality = wanted->quality;
    options->scale = wanted->scale;
    options->log_level = wanted->log_level;
    server_choose_name(server);
    wishes_tell_all(server);
    server->pointer.wants_counts = options->pointer == POINTER_COUNTS;
    vnc_update(server->vnc);
    log_init(SERVER, (enum log_level)options->log_level);
}

static void reload_own(struct server *server)
{
    struct server_options wanted = server->options;
    struct config_changes changes = {0};
    char error[ERROR_ROOM] = "";
    if (server->reload.load(server->reload.context, &wanted, error) == 0 &&
        take_groups(server, &wanted, error) == 0) {
        config_compare(server_option_table, server_option_count, &server->options, &wanted,
                       &changes);
        take_options(server, &wanted);
    }
    note(server, SERVER, error, &changes);
}

void reload_start(struct server *server, struct control_client *client)
{
    struct server_reload *reload = &server->reload;
    if (reload->files || !reload->load) {
        if (client)
            control_fail(client, "busy", "the configuration is just being read");
        return;
    }
    reload->files = json_array();
    reload->client = client;
    reload->until_us = clock_now_us() + time_us(TIME_RELOAD);
    reload_own(server);
    if (input_is_connected(server->input))
        input_send(server->input, &(struct link_message){.type = LINK_RELOAD});
    else
        reload_finish(server);
}

void reload_handle(void *server, struct control_client *client, const json_t *request)
{
    (void)request;
    reload_start(server, client);
}

void reload_finish(struct server *server)
{
    struct server_reload *reload = &server->reload;
    json_t *files = reload->files;
    struct control_client *client = reload->client;
    if (!files)
        return;
    reload->files = NULL;
    reload->client = NULL;
    if (client)
        control_reply(client, json_pack("{s:o}", "files", files));
    else
        json_decref(files);
}

void reload_input_told(struct server *server, const struct link_reloaded *told)
{
    struct config_changes changes = {0};
    snprintf(changes.now, sizeof changes.now, "%s", told->changed);
    note(server, INPUT, told->error, &changes);
    reload_finish(server);
}

void reload_tick(struct server *server, uint64_t now_us)
{
    if (!server->reload.files || now_us < server->reload.until_us)
        return;
    note(server, INPUT, "it does not answer", &(struct config_changes){0});
    reload_finish(server);
}
