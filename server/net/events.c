#include "server/net/events.h"

#include <sys/types.h>
#include <time.h>

#include "common/log.h"
#include "common/times.h"

#define LOG_MODULE "net"

const char *events_name(const struct server *server, uint16_t number)
{
    if (number == SWITCH_LOCAL)
        return "local";
    const struct switch_target *target = switch_find(&server->desk.switcher, number);
    return target ? target->name : "?";
}

const char *events_state_name(enum switch_state state)
{
    static const char *const names[] = {[SWITCH_OFFLINE] = "offline",
                                        [SWITCH_CONNECTING] = "connecting",
                                        [SWITCH_NOT_READY] = "not ready",
                                        [SWITCH_READY] = "ready"};
    return names[state];
}

json_t *events_active(const struct server *server)
{
    uint16_t active = switch_shown(&server->desk.switcher);
    return json_pack("{s:i, s:s}", "number", active, "name", events_name(server, active));
}

/* Steals `fields`. */
static json_t *event_make(const char *event, json_t *fields)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    json_t *whole = json_pack("{s:s, s:f}", "event", event, "time",
                              (double)now.tv_sec + (double)now.tv_nsec / 1e9);
    json_object_update(whole, fields);
    json_decref(fields);
    return whole;
}

static void tell_who_watch(struct server *server, unsigned watches, const char *event,
                           json_t *fields)
{
    if (server->control)
        control_broadcast(server->control, watches, event_make(event, fields));
    else
        json_decref(fields); /* at start and end nobody listens */
}

static void tell(struct server *server, const char *event, json_t *fields)
{
    tell_who_watch(server, CONTROL_WATCH_EVENTS, event, fields);
}

void events_switched(struct server *server, uint16_t from, uint16_t to, const char *why)
{
    const char *from_name = events_name(server, from), *name = events_name(server, to);
    log_event("switched", &(struct log_fields){.target = name}, "switched from %s to %s%s%s",
              from_name, name, why ? ": " : "", why ? why : "");
    tell(server, "switched",
         json_pack("{s:i, s:s, s:i, s:s, s:s?}", "from", from, "from_name", from_name, "number", to,
                   "name", name, "why", why));
}

json_t *events_choosing_fields(const struct server *server)
{
    const struct chooser *chooser = server->chooser;
    json_t *fitting = json_array();
    for (size_t i = 0; chooser && i < chooser->count; i++)
        if (chooser->choices[i].fits)
            json_array_append_new(fitting, json_integer(chooser->choices[i].number));
    return json_pack("{s:b, s:i, s:s, s:o}", "open", chooser != NULL, "selected",
                     chooser ? chooser_number(chooser) : 0, "typed", chooser ? chooser->typed : "",
                     "fitting", fitting);
}

void events_choosing(struct server *server)
{
    tell(server, "switcher", events_choosing_fields(server));
}

void events_switch_refused(struct server *server, uint16_t number, const char *why)
{
    const char *name = events_name(server, number);
    log_event("refused", &(struct log_fields){.target = name}, "not switched to %s: %s", name, why);
    tell(server, "refused",
         json_pack("{s:i, s:s, s:s}", "number", number, "name", name, "why", why));
}

json_t *events_mode_fields(const struct server *server)
{
    struct desk_mode mode = desk_mode(&server->desk);
    return json_pack("{s:b, s:b, s:b, s:b}", "locked", mode.locked, "scanning", mode.scanning,
                     "hotkeys", !mode.hotkeys_off, "stats", mode.stats);
}

void events_mode(struct server *server)
{
    struct desk_mode mode = desk_mode(&server->desk);
    log_info("the keyboard is %s%s%s%s%s", mode.locked ? "locked to " : "not locked",
             mode.locked ? events_name(server, server->desk.switcher.active) : "",
             mode.scanning ? ", a scan goes on" : "", mode.hotkeys_off ? ", hotkeys are off" : "",
             mode.stats ? ", figures are shown" : "");
    tell(server, "mode", events_mode_fields(server));
}

void events_target(struct server *server, uint16_t number)
{
    const struct switch_target *target = switch_find(&server->desk.switcher, number);
    if (!target)
        return;
    log_debug("%s is %s: %s", target->name, events_state_name(target->state), target->reason);
    tell(server, "target",
         json_pack("{s:i, s:s, s:s, s:s}", "number", number, "name", target->name, "state",
                   events_state_name(target->state), "reason", target->reason));
}

void events_device(struct server *server, const struct link_device *device, bool gone)
{
    tell_who_watch(server, CONTROL_WATCH_EVENTS | CONTROL_WATCH_DEVICES, "device",
                   json_pack("{s:I, s:s, s:s, s:b, s:s, s:b}", "id", (json_int_t)device->id, "name",
                             device->name, "path", device->path, "taken", device->taken, "why",
                             device->why, "gone", gone));
}

void events_session(struct server *server, const char *refusal)
{
    tell(server, "session", json_pack("{s:b, s:s?}", "locked", refusal != NULL, "why", refusal));
}

void events_activity(struct server *server, uint64_t now_us)
{
    if (server->activity_us && now_us - server->activity_us < time_us(TIME_ACTIVITY))
        return;
    server->activity_us = now_us;
    tell(server, "activity", json_pack("{s:i}", "number", switch_shown(&server->desk.switcher)));
}

void events_counts(struct server *server, const struct link_device *device,
                   const struct link_counts *counts)
{
    tell_who_watch(server, CONTROL_WATCH_DEVICES, "counts",
                   json_pack("{s:I, s:s, s:s, s:I, s:I, s:I, s:I}", "id", (json_int_t)device->id,
                             "name", device->name, "path", device->path, "keys",
                             (json_int_t)counts->keys, "buttons", (json_int_t)counts->buttons,
                             "motion", (json_int_t)counts->motion, "wheel",
                             (json_int_t)counts->wheel));
}

void events_input_client(struct server *server, struct control_client *client)
{
    (void)server;
    struct log_fields fields = {.uid = (long)control_client_uid(client),
                                .pid = (long)control_client_pid(client),
                                .has_ids = true};
    log_event("input-client", &fields, "a viewer's window gives input (uid %ld, pid %ld)",
              fields.uid, fields.pid);
}

void events_forgotten(struct server *server, const struct registry_entry *entry)
{
    char fingerprint[FINGERPRINT_TEXT_ROOM];
    fingerprint_format(&entry->fingerprint, fingerprint);
    log_event("forgotten", &(struct log_fields){.target = entry->name, .fingerprint = fingerprint},
              "forgot %s (%s): it can no longer connect", entry->name, fingerprint);
    tell(server, "forgotten",
         json_pack("{s:i, s:s}", "number", entry->number, "name", entry->name));
}

void events_reloaded(struct server *server, json_t *file)
{
    tell(server, "reloaded", file);
}

void events_renamed(struct server *server, uint16_t number, const char *from_name)
{
    const char *name = events_name(server, number);
    log_event("renamed", &(struct log_fields){.target = name}, "%s is called %s now", from_name,
              name);
    tell(server, "renamed",
         json_pack("{s:i, s:s, s:s}", "number", number, "name", name, "from_name", from_name));
    events_target(server, number);
}

void events_ordered(struct server *server, uint16_t from, uint16_t number)
{
    const char *name = events_name(server, number);
    bool swapped = switch_find(&server->desk.switcher, from) != NULL;
    log_event("ordered", &(struct log_fields){.target = name}, "%s is target %u now%s%s", name,
              number, swapped ? ", its old number is that of " : "",
              swapped ? events_name(server, from) : "");
    tell(server, "ordered",
         json_pack("{s:i, s:i, s:s, s:i}", "from", from, "number", number, "name", name, "active",
                   switch_shown(&server->desk.switcher)));
    events_target(server, number);
    events_target(server, from);
}

void events_paired(struct server *server, struct control_client *client,
                   const struct registry_entry *entry, bool renewed)
{
    char fingerprint[FINGERPRINT_TEXT_ROOM];
    fingerprint_format(&entry->fingerprint, fingerprint);
    struct log_fields fields = {
        .target = entry->name, .fingerprint = fingerprint, .peer = entry->address};
    log_event("paired", &fields, "%s %s as target %u from %s (%s)",
              renewed ? "paired again" : "paired", entry->name, entry->number, entry->address,
              fingerprint);
    json_t *event =
        json_pack("{s:i, s:s, s:s, s:s, s:b}", "number", entry->number, "name", entry->name,
                  "address", entry->address, "fingerprint", fingerprint, "renewed", renewed);
    if (client)
        control_send(client, event_make("paired", json_copy(event)));
    tell(server, "paired", event);
    events_target(server, entry->number);
}

void events_pairing_ended(struct server *server, struct control_client *client, const char *why)
{
    log_info("a pairing code is no longer valid: %s", why);
    json_t *event = json_pack("{s:s}", "why", why);
    if (client)
        control_send(client, event_make("pairing-ended", json_copy(event)));
    tell(server, "pairing-ended", event);
}
