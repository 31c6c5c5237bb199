#include "server/switch/desk.h"

#include "common/times.h"

static struct desk_source *holder_of(struct desk *desk)
{
    for (size_t i = 0; i < DESK_SOURCE_COUNT; i++) {
        if (desk->sources[i].grabbed && !desk->sources[i].superseded)
            return &desk->sources[i];
    }
    return NULL;
}

enum desk_source_id desk_holder(const struct desk *desk)
{
    const struct desk_source *source = holder_of((struct desk *)desk);
    return source ? (enum desk_source_id)(source - desk->sources) : DESK_SOURCE_COUNT;
}

static void send_order(struct desk *desk, struct desk_source *source, struct link_message *message)
{
    message->grab_number = source->number;
    message->sequence = source->sequence;
    desk->ops->send_order(desk->context, (enum desk_source_id)(source - desk->sources), message);
}

static void order(struct desk *desk, struct desk_source *source, enum link_type type)
{
    struct link_message message = {.type = type};
    send_order(desk, source, &message);
}

static void order_ungrab(struct desk *desk, struct desk_source *source, uint64_t from_us)
{
    struct link_message message = {.type = LINK_UNGRAB, .deliver_from_us = from_us};

    source->ungrab_ordered = true;
    send_order(desk, source, &message);
}

static void send_locks(struct desk *desk, struct desk_source *source)
{
    struct link_message message = {.type = LINK_LEDS, .locks = desk->locks};

    if (source && desk->switcher.active != SWITCH_LOCAL)
        send_order(desk, source, &message);
}

static void tell_highest(struct desk *desk, struct desk_source *source)
{
    struct link_message message = {.type = LINK_TARGETS, .highest_number = desk->told_highest};
    send_order(desk, source, &message);
}

static void ping(struct desk *desk, struct desk_source *source, uint64_t now_us)
{
    struct link_message message = {.type = LINK_PING, .ping_number = ++source->ping_number};

    source->ping_at_us = now_us + time_us(TIME_NET_PING);
    send_order(desk, source, &message);
}

/* What of two sources is asked to grab: evdev, unless it has no device. */
static struct desk_source *choose(struct desk *desk)
{
    struct desk_source *evdev = &desk->sources[DESK_EVDEV];
    struct desk_source *window = &desk->sources[DESK_WINDOW];

    if (evdev->connected && (evdev->device_count > 0 || !window->connected))
        return evdev;
    return window->connected ? window : NULL;
}

static void on_enter(void *context, uint16_t number)
{
    struct desk *desk = context;

    route_reset(&desk->route);
    desk->locks = 0; /* until it tells */
    desk->ops->enter(desk->context, number);
}

static void on_leave(void *context, uint16_t number)
{
    struct desk *desk = context;

    route_reset(&desk->route);
    desk->ops->leave(desk->context, number);
}

static void on_order_grab(void *context)
{
    struct desk *desk = context;
    struct desk_source *source = holder_of(desk);

    if (source && !source->ungrab_ordered) {
        order(desk, source, LINK_KEEP);
        return;
    }
    if (!source)
        source = choose(desk);
    if (!source)
        return; /* a script may still use the target */
    source->grab_ordered = true;
    source->heard_us = desk->now_us;
    order(desk, source, LINK_GRAB);
    ping(desk, source, desk->now_us); /* if it has not obeyed, it says so */
}

static void on_order_keep(void *context)
{
    struct desk_source *source = holder_of(context);

    if (source)
        order(context, source, LINK_KEEP);
}

static void on_order_ungrab(void *context, uint64_t from_us)
{
    struct desk_source *source = holder_of(context);

    if (source)
        order_ungrab(context, source, from_us);
}

static void on_order_flash(void *context)
{
    struct desk_source *source = holder_of(context);

    if (source)
        order(context, source, LINK_FLASH);
}

static void on_switched(void *context, uint16_t from, uint16_t to, const char *why)
{
    struct desk *desk = context;
    desk->ops->switched(desk->context, from, to, why);
}

static void on_refused(void *context, uint16_t number, const char *why)
{
    struct desk *desk = context;
    desk->ops->refused(desk->context, number, why);
}

static int on_monitor(void *context, uint16_t number, const char *word, char *ret_why)
{
    struct desk *desk = context;
    return desk->ops->monitor(desk->context, number, word, ret_why);
}

static void on_mode(void *context)
{
    struct desk *desk = context;
    desk->ops->mode(desk->context);
}

static const struct switch_ops SWITCH_OPS = {
    .enter = on_enter,
    .leave = on_leave,
    .order_grab = on_order_grab,
    .order_keep = on_order_keep,
    .order_ungrab = on_order_ungrab,
    .order_flash = on_order_flash,
    .switched = on_switched,
    .refused = on_refused,
    .monitor = on_monitor,
    .mode = on_mode,
};

void desk_init(struct desk *desk, const struct desk_ops *ops, void *context)
{
    *desk = (struct desk){.ops = ops, .context = context};
    switch_init(&desk->switcher, &SWITCH_OPS, desk);
}

/* It has grabbed nothing any more, whatever we thought. */
static void end_grab(struct desk *desk, struct desk_source *source, const char *why,
                     uint64_t now_us)
{
    bool held = source == holder_of(desk) || (source->grab_ordered && !holder_of(desk));

    source->grabbed = false;
    source->superseded = false;
    source->grab_ordered = false;
    source->ungrab_ordered = false;
    source->silent = false;
    if (held)
        switch_source_gave_back(&desk->switcher, why, now_us);
}

static void take_hotkeys(struct desk *desk, struct desk_source *source, bool off)
{
    if (source->hotkeys_off == off)
        return;
    source->hotkeys_off = off;
    desk->ops->mode(desk->context);
}

static void take_hello(struct desk *desk, struct desk_source *source,
                       const struct link_message *message, uint64_t now_us)
{
    end_grab(desk, source, "the program that reads the keyboard was started anew", now_us);
    take_hotkeys(desk, source, false); /* it says so next if they are off */
    *source = (struct desk_source){
        .connected = true,
        .number = message->grab_number,
        .sequence = message->sequence,
        .ping_number = source->ping_number,
    };
    tell_highest(desk, source);
    if (desk->switcher.active != SWITCH_LOCAL && !holder_of(desk) && source == choose(desk))
        on_order_grab(desk);
}

/* Another source took over: nothing that this one pressed stays down. */
static void lift_all(struct desk *desk, uint64_t now_us)
{
    struct report ups;

    while (route_lift(&desk->route, now_us, &ups))
        desk->ops->send_report(desk->context, desk->switcher.active, &ups);
}

/* Both saw the same keys: its leader must not find another key when the first has given back. */
static void supersede(struct desk *desk, struct desk_source *source)
{
    source->superseded = true;
    order_ungrab(desk, source, LINK_NOTHING_US);
}

static void take_grabbed(struct desk *desk, struct desk_source *source,
                         const struct link_message *message, uint64_t now_us)
{
    struct desk_source *before = holder_of(desk);

    if (message->grab_number <= source->number)
        return;
    if (source->grabbed) /* the end of the grab before was lost on the way */
        end_grab(desk, source, "the keyboard was given back", now_us);
    source->grabbed = true;
    source->superseded = false;
    source->grab_ordered = false;
    source->ungrab_ordered = false;
    source->number = message->grab_number;
    ping(desk, source, now_us);
    if (source != holder_of(desk)) {
        supersede(desk, source);
        return;
    }
    if (before && before != source) {
        lift_all(desk, now_us);
        supersede(desk, before);
    }
    /* A leader in local waits for its sequence; a grab that was ordered came too late. */
    if (message->by_order && desk->switcher.active == SWITCH_LOCAL)
        order_ungrab(desk, source, 0);
    send_locks(desk, source);
}

static const char *reason_text(enum link_ungrab_reason reason)
{
    switch (reason) {
    case LINK_UNGRAB_PANIC:
        return "the panic keys were held";
    case LINK_UNGRAB_SILENT:
        return "the server did not answer the keyboard in time";
    case LINK_UNGRAB_FOCUS:
        return "the window lost the focus";
    case LINK_UNGRAB_FAILED:
        return "the keyboard could not be grabbed";
    case LINK_UNGRAB_ORDERED:
        break;
    }
    return "the keyboard was given back";
}

static void take_ungrabbed(struct desk *desk, struct desk_source *source,
                           const struct link_message *message, uint64_t now_us)
{
    if (message->grab_number < source->number)
        return;
    /* Given back as ordered, and told to grab again since: GRABBED will follow. */
    if (message->ungrab_reason == LINK_UNGRAB_ORDERED && source->grab_ordered) {
        source->grabbed = false;
        source->number = message->grab_number;
        return;
    }
    source->number = message->grab_number;
    end_grab(desk, source, reason_text(message->ungrab_reason), now_us);
    if (message->ungrab_reason != LINK_UNGRAB_PANIC)
        return;
    /* The panic keys of any keyboard mean local, whoever holds it. */
    switch_source_gave_back(&desk->switcher, reason_text(LINK_UNGRAB_PANIC), now_us);
    on_order_ungrab(desk, LINK_NOTHING_US);
}

static void take_command(struct desk *desk, struct desk_source *source,
                         const struct link_message *message, uint64_t now_us)
{
    char why[SWITCH_REASON_ROOM];

    if (!source->grabbed || message->grab_number != source->number)
        return;
    source->ungrab_ordered = false; /* it was sent before that was read, or puts it off */
    if (source != holder_of(desk)) {
        order_ungrab(desk, source, LINK_NOTHING_US);
        return;
    }
    switch_command(&desk->switcher, &message->command, SWITCH_BY_HOTKEY, now_us, why);
}

static bool is_mere_motion(const struct report *report)
{
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        bool moves = event->type == EV_ABS ||
                     (event->type == EV_REL && (event->code == REL_X || event->code == REL_Y));
        if (!moves)
            return false;
    }
    return true;
}

static void cut_active(struct desk *desk, uint64_t now_us)
{
    static const char WHY[] = "its keys could not be sent in time";
    uint16_t number = desk->switcher.active;

    desk->ops->cut(desk->context, number, WHY);
    switch_set_state(&desk->switcher, number, SWITCH_OFFLINE, WHY, now_us);
}

static void take_report(struct desk *desk, struct desk_source *source,
                        const struct link_message *message, uint64_t now_us)
{
    const struct report *report = &message->report;
    struct report left;

    if (source != holder_of(desk) || message->grab_number != source->number ||
        desk->switcher.active == SWITCH_LOCAL || source->ungrab_ordered)
        return;
    bool swallow = switch_swallows(&desk->switcher, report, now_us);
    if (!route_report(&desk->route, report, swallow, &left))
        return;
    if (now_us <= report->time_us || now_us - report->time_us <= time_us(TIME_REPORT_OLD))
        desk->ops->send_report(desk->context, desk->switcher.active, &left);
    else if (!is_mere_motion(&left))
        cut_active(desk, now_us);
}

static void take_device(struct desk_source *source, uint32_t id, bool taken)
{
    size_t i = 0;

    while (i < source->device_count && source->devices[i] != id)
        i++;
    if (!taken && i < source->device_count)
        source->devices[i] = source->devices[--source->device_count];
    else if (taken && i == source->device_count && i < DESK_DEVICES_MAX)
        source->devices[source->device_count++] = id;
}

void desk_source_message(struct desk *desk, enum desk_source_id id,
                         const struct link_message *message, uint64_t now_us)
{
    struct desk_source *source = &desk->sources[id];

    desk->now_us = now_us;
    source->heard_us = now_us;
    source->silent = false;
    if (message->type == LINK_REPORT || message->type == LINK_COMMAND)
        source->sequence = message->sequence;
    switch (message->type) {
    case LINK_HELLO:
        take_hello(desk, source, message, now_us);
        break;
    case LINK_GRABBED:
        take_grabbed(desk, source, message, now_us);
        break;
    case LINK_UNGRABBED:
        take_ungrabbed(desk, source, message, now_us);
        break;
    case LINK_REPORT:
        take_report(desk, source, message, now_us);
        break;
    case LINK_COMMAND:
        take_command(desk, source, message, now_us);
        break;
    case LINK_DEVICE:
        take_device(source, message->device.id, message->device.taken);
        break;
    case LINK_DEVICE_GONE:
        take_device(source, message->device.id, false);
        break;
    case LINK_HOTKEYS:
        take_hotkeys(desk, source, message->hotkeys_off);
        break;
    default:
        break; /* a pong: it was heard */
    }
}

void desk_source_gone(struct desk *desk, enum desk_source_id id, uint64_t now_us)
{
    struct desk_source *source = &desk->sources[id];

    end_grab(desk, source, "the program that reads the keyboard is gone", now_us);
    take_hotkeys(desk, source, false);
    *source = (struct desk_source){0};
}

static void tell_all_highest(struct desk *desk)
{
    uint16_t highest = switch_highest_number(&desk->switcher);

    if (highest == desk->told_highest)
        return;
    desk->told_highest = highest;
    for (size_t i = 0; i < DESK_SOURCE_COUNT; i++) {
        if (desk->sources[i].connected)
            tell_highest(desk, &desk->sources[i]);
    }
}

bool desk_set_target(struct desk *desk, uint16_t number, const char *name, uint64_t now_us)
{
    bool fits = switch_set_target(&desk->switcher, number, name, now_us);

    tell_all_highest(desk);
    return fits;
}

void desk_order(struct desk *desk, uint16_t number, uint16_t wanted)
{
    switch_order(&desk->switcher, number, wanted);
    tell_all_highest(desk);
}

void desk_remove_target(struct desk *desk, uint16_t number, uint64_t now_us)
{
    switch_remove_target(&desk->switcher, number, now_us);
    tell_all_highest(desk);
}

void desk_set_state(struct desk *desk, uint16_t number, enum switch_state state, const char *reason,
                    uint64_t now_us)
{
    switch_set_state(&desk->switcher, number, state, reason, now_us);
}

void desk_entered(struct desk *desk, uint16_t number, bool taken, uint8_t locks, const char *reason,
                  uint64_t now_us)
{
    if (taken)
        desk_set_locks(desk, number, locks);
    switch_entered(&desk->switcher, number, taken, reason, now_us);
}

void desk_set_locks(struct desk *desk, uint16_t number, uint8_t locks)
{
    if (number != desk->switcher.active || number == SWITCH_LOCAL)
        return;
    desk->locks = locks;
    send_locks(desk, holder_of(desk));
}

int desk_command(struct desk *desk, const struct command *command, uint64_t now_us,
                 char ret_why[SWITCH_REASON_ROOM])
{
    desk->now_us = now_us;
    return switch_command(&desk->switcher, command, SWITCH_BY_CLIENT, now_us, ret_why);
}

void desk_set_lock(struct desk *desk, bool locked)
{
    switch_set_lock(&desk->switcher, locked);
}

void desk_end_scan(struct desk *desk)
{
    switch_end_scan(&desk->switcher);
}

void desk_set_stats(struct desk *desk, bool shown)
{
    switch_set_stats(&desk->switcher, shown);
}

struct desk_mode desk_mode(const struct desk *desk)
{
    return (struct desk_mode){
        .locked = desk->switcher.locked,
        .scanning = desk->switcher.scan.is_on,
        .hotkeys_off =
            desk->sources[DESK_EVDEV].hotkeys_off || desk->sources[DESK_WINDOW].hotkeys_off,
        .stats = desk->switcher.shows_stats,
    };
}

void desk_go_home(struct desk *desk, const char *why, uint64_t now_us)
{
    desk->now_us = now_us;
    switch_go_home(&desk->switcher, why, now_us);
}

void desk_forbid(struct desk *desk, const char *why)
{
    switch_forbid(&desk->switcher, why);
}

static void watch_source(struct desk *desk, struct desk_source *source, bool slept, uint64_t now_us)
{
    if (!source->grabbed && !source->grab_ordered)
        return;
    if (slept)
        source->heard_us = now_us; /* what it said meanwhile is not read yet */
    if (now_us >= source->ping_at_us)
        ping(desk, source, now_us);
    if (source->silent ||
        now_us - source->heard_us < time_us(TIME_NET_SILENT) + time_us(TIME_NET_PING) / 2)
        return;
    source->silent = true;
    if (source != holder_of(desk) && !source->grab_ordered)
        return;
    switch_source_gave_back(&desk->switcher, "the program that reads the keyboard does not answer",
                            now_us);
    order_ungrab(desk, source, LINK_NOTHING_US);
}

void desk_tick(struct desk *desk, uint64_t now_us)
{
    bool slept = now_us - desk->ticked_us > 2 * time_us(TIME_NET_PING);

    desk->now_us = now_us;
    desk->ticked_us = now_us;
    for (size_t i = 0; i < DESK_SOURCE_COUNT; i++)
        watch_source(desk, &desk->sources[i], slept, now_us);
    switch_tick(&desk->switcher, now_us);
}

uint64_t desk_deadline_us(const struct desk *desk)
{
    uint64_t deadline_us = switch_deadline_us(&desk->switcher);

    for (size_t i = 0; i < DESK_SOURCE_COUNT; i++) {
        const struct desk_source *source = &desk->sources[i];
        if ((source->grabbed || source->grab_ordered) && source->ping_at_us < deadline_us)
            deadline_us = source->ping_at_us;
    }
    return deadline_us;
}
