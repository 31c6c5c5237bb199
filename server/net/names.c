#include "server/net/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/name.h"
#include "server/net/events.h"
#include "server/net/scripts.h"
#include "server/net/verbs.h"

static void fail(struct control_client *client, int error, const char *name)
{
    if (error == -EEXIST)
        control_fail(client, "name-taken", "another target is called %s", name);
    else
        control_fail(client, "internal", "cannot save the list of targets, nothing has changed: %s",
                     strerror(-error));
}

void names_rename(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    const char *name = json_string_value(json_object_get(request, "name")), *why = NULL;
    char before[NAME_ROOM];
    if (!name || !name_is_valid(name, &why)) {
        control_fail(client, "bad-request", "name: %s", why ? why : "it must be a text");
        return;
    }
    uint16_t number = verbs_find_number(server, client, json_object_get(request, "target"));
    if (!number)
        return;
    snprintf(before, sizeof before, "%s", registry_by_number(server->registry, number)->name);
    int result = registry_rename(server->registry, number, name);
    if (result < 0) {
        fail(client, result, name);
        return;
    }
    desk_set_target(&server->desk, number, name, clock_now_us());
    vnc_update(server->vnc);
    if (strcmp(before, name) != 0)
        events_renamed(server, number, before);
    control_reply(
        client, json_pack("{s:i, s:s, s:s}", "number", number, "name", name, "from_name", before));
}

/* Who waits for a switch waits for the same target. */
static void order_waits(struct server *server, uint16_t number, uint16_t wanted)
{
    for (size_t i = 0; i < SERVER_WAITS_MAX; i++) {
        uint16_t *waits_for = &server->switch_waits[i].number;
        *waits_for = *waits_for == number ? wanted : *waits_for == wanted ? number : *waits_for;
    }
}

void names_order(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    const json_t *asked = json_object_get(request, "number");
    json_int_t wanted = json_integer_value(asked);
    if (!json_is_integer(asked) || wanted < 1 || wanted > LINK_NUMBER_MAX) {
        control_fail(client, "bad-request", "number must be one from 1 to %d", LINK_NUMBER_MAX);
        return;
    }
    uint16_t number = verbs_find_number(server, client, json_object_get(request, "target"));
    if (!number)
        return;
    int result = registry_order(server->registry, number, (uint16_t)wanted);
    if (result < 0) {
        fail(client, result, "");
        return;
    }
    if (number != wanted) {
        desk_order(&server->desk, number, (uint16_t)wanted);
        targets_ordered(server->targets, number, (uint16_t)wanted);
        order_waits(server, number, (uint16_t)wanted);
        scripts_ordered(server->scripts, number, (uint16_t)wanted);
        frames_ordered(server->frames, number, (uint16_t)wanted);
        vnc_ordered(server->vnc, number, (uint16_t)wanted);
        events_ordered(server, number, (uint16_t)wanted);
    }
    const struct registry_entry *other = registry_by_number(server->registry, number);
    json_t *answer = json_pack("{s:i, s:s, s:i}", "number", (int)wanted, "name",
                               events_name(server, (uint16_t)wanted), "from", number);
    if (other && number != wanted)
        json_object_set_new(answer, "swapped", json_string(other->name));
    control_reply(client, answer);
}
