#include "server/net/monitors.h"

#include <errno.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/net/status.h"
#include "server/net/verbs.h"
#include "server/target/monitors.h"

#define LOG_MODULE "net"

static const char *name_of(const struct server *server, uint16_t number)
{
    const struct registry_entry *entry = registry_by_number(server->registry, number);
    return entry ? entry->name : "?";
}

int monitors_command(struct server *server, uint16_t number, const char *word, char *ret_why,
                     size_t room_bytes)
{
    struct agent_view view;
    char name[MESSAGE_NAME_ROOM], why[MONITORS_WHY_ROOM];
    bool is_there = targets_view(server->targets, number, &view);
    int result = monitors_choose(is_there ? &view : NULL, word, name, why);
    if (result == 0 && !targets_show_monitor(server->targets, number, name, clock_now_us())) {
        snprintf(why, sizeof why, "its agent is not connected");
        result = -EHOSTUNREACH;
    }
    if (result < 0)
        snprintf(ret_why, room_bytes, "%s: %s", name_of(server, number), why);
    return result;
}

void monitors_told(struct server *server, uint16_t number, const char *reason)
{
    if (*reason)
        log_warning("%s shows no other monitor: %s", name_of(server, number), reason);
}

void monitors_handle(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    const json_t *wanted = json_object_get(request, "monitor");
    const char *word = json_string_value(wanted);
    uint16_t number = verbs_find_number(server, client, json_object_get(request, "target"));
    char why[MONITORS_WHY_ROOM + MESSAGE_NAME_ROOM];
    if (number == 0)
        return;
    if (wanted && (!word || !*word)) {
        control_fail(client, "bad-request", "monitor must be a name, all or next");
        return;
    }
    int result = word ? monitors_command(server, number, word, why, sizeof why) : 0;
    if (result < 0)
        control_fail(client, result == -ENOENT ? "no-such-monitor" : "not-ready", "%s", why);
    else
        control_reply(client, status_monitors(server, number));
}
