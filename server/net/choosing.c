#include "server/net/choosing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "server/net/events.h"
#include "server/net/server.h"

void choosing_begin(struct server *server)
{
    const struct switcher *switcher = &server->desk.switcher;
    struct chooser *chooser = server->chooser ? server->chooser : malloc(sizeof *chooser);
    server->chooser = chooser;
    server->chosen = chooser ? CHOOSER_GOES_ON : CHOOSER_LEFT;
    if (!chooser)
        return;
    chooser_init(chooser);
    chooser->layout = &server->layout;
    chooser_add(chooser, SWITCH_LOCAL, "local");
    for (size_t i = 0; i < switcher->target_count; i++)
        chooser_add(chooser, switcher->targets[i].number, switcher->targets[i].name);
    chooser_select(chooser, switcher->last);
    events_choosing(server);
}

void choosing_end(struct server *server)
{
    free(server->chooser);
    server->chooser = NULL;
    server->chosen = CHOOSER_GOES_ON;
    events_choosing(server);
}

void choosing_report(struct server *server, const struct report *report)
{
    bool changed = false;
    if (!server->chooser || server->chosen != CHOOSER_GOES_ON)
        return; /* typed behind the choice, before that was carried out */
    server->chosen = chooser_report(server->chooser, report, &changed);
    if (changed)
        events_choosing(server);
}

/* Where it was opened, or local if that is gone. */
static void leave(struct server *server, uint64_t now_us)
{
    static const struct command BACK = {.type = COMMAND_SWITCHER}, HOME = {.type = COMMAND_LOCAL};
    char why[SWITCH_REASON_ROOM];
    if (desk_command(&server->desk, &BACK, now_us, why) < 0)
        desk_command(&server->desk, &HOME, now_us, why);
}

/* One that cannot be entered is refused with its reason, and the switcher stays. */
static void take(struct server *server, uint64_t now_us)
{
    const uint16_t number = chooser_number(server->chooser);
    struct command command = {.type = COMMAND_TARGET, .number = number};
    char why[SWITCH_REASON_ROOM];
    if (number == SWITCH_LOCAL)
        command.type = COMMAND_LOCAL;
    desk_command(&server->desk, &command, now_us, why);
}

static void look_for_windows(struct server *server, uint64_t now_us)
{
    const struct switch_target *chooser = &server->desk.switcher.chooser;
    const bool can_show = frames_viewers(server->frames) > 0;
    if (can_show == (chooser->state == SWITCH_READY))
        return;
    desk_set_state(&server->desk, SWITCH_CHOOSER, can_show ? SWITCH_READY : SWITCH_OFFLINE,
                   can_show ? "" : "no window shows the targets: start hotdesk-viewer", now_us);
}

void choosing_settle(struct server *server, uint64_t now_us)
{
    const enum chooser_verdict chosen = server->chosen;
    look_for_windows(server, now_us);
    server->chosen = CHOOSER_GOES_ON;
    if (server->desk.switcher.active != SWITCH_CHOOSER)
        return;
    if (chosen == CHOOSER_CHOSEN)
        take(server, now_us);
    else if (chosen == CHOOSER_LEFT)
        leave(server, now_us);
}

/* How it is shown decides what is above and below. */
static bool take_columns(struct server *server, struct control_client *client,
                         const json_t *columns)
{
    const json_int_t count = json_integer_value(columns);
    if (!columns)
        return true;
    if (!json_is_integer(columns) || count < 1 || count > CHOOSER_CHOICES_MAX) {
        control_fail(client, "bad-request", "columns must be a number from 1 to %d",
                     CHOOSER_CHOICES_MAX);
        return false;
    }
    if (server->chooser)
        server->chooser->columns = (size_t)count;
    return true;
}

static bool take_key(struct chooser_layout *layout, const char *key, const json_t *value)
{
    const char *text = json_string_value(value);
    char *end;
    const unsigned long code = strtoul(key, &end, 10);
    if (*key < '0' || *key > '9' || *end || code == 0 || code >= CHOOSER_KEYS || !text ||
        strlen(text) != 1 || !strchr("abcdefghijklmnopqrstuvwxyz0123456789-", *text))
        return false;
    layout->characters[code] = *text;
    return true;
}

/* What is on the keys, in the layout of the desktop that shows it. */
static bool take_layout(struct server *server, struct control_client *client, json_t *keys)
{
    struct chooser_layout layout = {0};
    const char *key;
    json_t *value;
    if (!keys)
        return true;
    bool is_right = json_is_object(keys);
    json_object_foreach(keys, key, value)
    {
        is_right = is_right && take_key(&layout, key, value);
    }
    if (!is_right) {
        control_fail(client, "bad-request",
                     "keys must be an object: codes from 1 to %d with one of a-z, 0-9 and - each",
                     CHOOSER_KEYS - 1);
        return false;
    }
    server->layout = layout;
    return true;
}

static void open_or_leave(struct server *server, struct control_client *client)
{
    static const struct command COMMAND = {.type = COMMAND_SWITCHER};
    char why[SWITCH_REASON_ROOM] = "";
    int result = desk_command(&server->desk, &COMMAND, clock_now_us(), why);
    if (result < 0)
        control_fail(client, result == -EPERM ? "locked" : "not-ready", "%s", why);
    else
        control_reply(client, json_pack("{s:b}", "open", server->chooser != NULL));
}

void choosing_handle(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    const json_t *columns = json_object_get(request, "columns");
    json_t *keys = json_object_get(request, "keys");
    if (!take_columns(server, client, columns) || !take_layout(server, client, keys))
        return;
    if (columns || keys)
        control_reply(client, json_pack("{s:b}", "open", server->chooser != NULL));
    else
        open_or_leave(server, client);
}
