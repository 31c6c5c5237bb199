#include "server/net/status.h"

#include <unistd.h>

#include "common/clock.h"
#include "server/net/events.h"

static json_t *target_brief(const struct server *server, const struct switch_target *target)
{
    uint64_t now_us = clock_now_us();
    uint64_t since_us = now_us > target->since_us ? now_us - target->since_us : 0;
    return json_pack("{s:i, s:s, s:s, s:s, s:f, s:b}", "number", target->number, "name",
                     target->name, "state", events_state_name(target->state), "reason",
                     target->reason, "since_s", (double)since_us / 1e6, "active",
                     switch_shown(&server->desk.switcher) == target->number);
}

static json_t *list_with(const struct server *server,
                         json_t *(*describe)(const struct server *, const struct switch_target *))
{
    const struct switcher *switcher = &server->desk.switcher;
    json_t *targets = json_array();
    for (size_t i = 0; i < switcher->target_count; i++)
        json_array_append_new(targets, describe(server, &switcher->targets[i]));
    return json_pack("{s:i, s:o}", "active", switch_shown(switcher), "targets", targets);
}

json_t *status_list(const struct server *server)
{
    return list_with(server, target_brief);
}

static json_t *monitors(const struct message_geometry *geometry)
{
    json_t *all = json_array();
    for (uint8_t i = 0; i < geometry->monitor_count; i++) {
        const struct message_monitor *monitor = &geometry->monitors[i];
        json_array_append_new(all,
                              json_pack("{s:s, s:i, s:i, s:i, s:i}", "name", monitor->name, "x_px",
                                        monitor->x_px, "y_px", monitor->y_px, "width_px",
                                        monitor->width_px, "height_px", monitor->height_px));
    }
    return all;
}

/* "all", or the name of the one; null: its agent does not tell. */
static json_t *shown(const struct agent_view *view)
{
    if (!view->has_shown)
        return json_null();
    return json_string(*view->shown ? view->shown : "all");
}

static json_t *number_or_null(bool known, uint64_t value)
{
    return known ? json_integer((json_int_t)value) : json_null();
}

static void add_connection(json_t *target, const struct agent_view *view)
{
    bool timed = view->latency->total > 0, has_screen = view->geometry.width_px > 0;
    json_object_set_new(target, "address", json_string(view->address));
    json_object_set_new(target, "injector",
                        view->has_state ? json_string(view->injector) : json_null());
    json_object_set_new(target, "injector_reason",
                        view->has_state ? json_string(view->injector_reason) : json_null());
    json_object_set_new(target, "round_trip_us",
                        number_or_null(view->round_trip_us > 0, view->round_trip_us));
    json_object_set_new(target, "latency_p50_us",
                        number_or_null(timed, histogram_percentile_us(view->latency, 50)));
    json_object_set_new(target, "latency_p99_us",
                        number_or_null(timed, histogram_percentile_us(view->latency, 99)));
    json_object_set_new(target, "reports_sent", json_integer((json_int_t)view->reports_sent));
    json_object_set_new(target, "congested", json_integer((json_int_t)view->congested_count));
    json_object_set_new(target, "width_px", number_or_null(has_screen, view->geometry.width_px));
    json_object_set_new(target, "height_px", number_or_null(has_screen, view->geometry.height_px));
    json_object_set_new(target, "monitors", has_screen ? monitors(&view->geometry) : json_null());
    json_object_set_new(target, "monitor", shown(view));
    json_object_set_new(target, "locks", number_or_null(view->has_locks, view->locks));
    json_object_set_new(target, "unsendable_keys",
                        number_or_null(view->has_state, view->unsendable_keys));
    json_object_set_new(target, "held_too_long",
                        number_or_null(view->has_state, view->held_too_long));
}

static void add_nothing_known(json_t *target, const struct registry_entry *entry)
{
    static const char *const unknown[] = {
        "injector",     "injector_reason", "round_trip_us",   "latency_p50_us", "latency_p99_us",
        "reports_sent", "congested",       "width_px",        "height_px",      "monitors",
        "monitor",      "locks",           "unsendable_keys", "held_too_long"};
    json_object_set_new(target, "address",
                        entry && entry->address[0] ? json_string(entry->address) : json_null());
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        json_object_set_new(target, unknown[i], json_null());
}

static json_t *target_full(const struct server *server, const struct switch_target *target)
{
    json_t *json = target_brief(server, target);
    const struct registry_entry *entry = registry_by_number(server->registry, target->number);
    char fingerprint[FINGERPRINT_TEXT_ROOM] = "";
    if (entry)
        fingerprint_format(&entry->fingerprint, fingerprint);
    json_object_set_new(json, "fingerprint", json_string(fingerprint));

    json_object_set_new(json, "picture", frames_status(server->frames, target->number));
    json_object_set_new(json, "vnc", vnc_status(server->vnc, target->number));
    struct agent_view view;
    if (targets_view(server->targets, target->number, &view))
        add_connection(json, &view);
    else
        add_nothing_known(json, entry);
    return json;
}

json_t *status_monitors(const struct server *server, uint16_t number)
{
    const struct registry_entry *entry = registry_by_number(server->registry, number);
    struct agent_view view;
    bool is_there = targets_view(server->targets, number, &view);
    return json_pack("{s:i, s:s, s:o, s:o}", "number", number, "name", entry ? entry->name : "?",
                     "monitor", is_there ? shown(&view) : json_null(), "monitors",
                     is_there ? monitors(&view.geometry) : json_null());
}

static json_t *server_part(const struct server *server)
{
    char fingerprint[FINGERPRINT_TEXT_ROOM];
    fingerprint_format(identity_fingerprint(server->identity), fingerprint);
    return json_pack("{s:s, s:s, s:s, s:i, s:b, s:i}", "version", HOTDESK_VERSION, "name",
                     server->name, "fingerprint", fingerprint, "port",
                     listener_port(server->listener), "listening",
                     listener_is_open(server->listener), "pid", (int)getpid());
}

static json_t *source_part(const struct server *server, enum desk_source_id id, const char *kind)
{
    const struct desk_source *source = &server->desk.sources[id];
    return json_pack("{s:s, s:b, s:I}", "kind", kind, "grabbed", source->grabbed, "devices_taken",
                     (json_int_t)source->device_count);
}

json_t *status_full(const struct server *server)
{
    json_t *whole = list_with(server, target_full);
    json_t *sources = json_array();
    if (server->desk.sources[DESK_EVDEV].connected)
        json_array_append_new(sources, source_part(server, DESK_EVDEV, "evdev"));
    if (server->desk.sources[DESK_WINDOW].connected)
        json_array_append_new(sources, source_part(server, DESK_WINDOW, "window"));
    json_object_set_new(whole, "server", server_part(server));
    json_object_set_new(whole, "sources", sources);
    json_object_set_new(whole, "mode", events_mode_fields(server));
    json_object_set_new(whole, "session", session_status(server->session));
    return whole;
}

json_t *status_devices(const struct server *server)
{
    json_t *devices = json_array();
    for (size_t i = 0; i < server->device_count; i++) {
        const struct link_device *device = &server->devices[i];
        json_array_append_new(devices,
                              json_pack("{s:I, s:s, s:s, s:b, s:s}", "id", (json_int_t)device->id,
                                        "name", device->name, "path", device->path, "taken",
                                        device->taken, "why", device->why));
    }
    return json_pack("{s:o, s:b}", "devices", devices, "source", input_is_connected(server->input));
}
