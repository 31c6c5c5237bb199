#include "server/target/targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/times.h"
#include "protocol/limits.h"

#define LOG_MODULE "target"

struct target {
    struct targets *targets;
    uint16_t number;
    uint64_t control_number; /* the highest that it was entered with, over its connections */
    struct agent *agent;     /* NULL: offline */
    uint64_t replaced_us[REPLACEMENTS_MAX]; /* when, newest first; 0 never */
    uint64_t cloned_until_us;
};

struct targets {
    struct registry *registry;
    const char *server_name;
    const struct targets_handlers *handlers;
    void *context;
    struct target *slots[REGISTRY_TARGETS_MAX];
    size_t count;
    struct log_limit log_limit;
};

static struct target *find(const struct targets *targets, uint16_t number)
{
    for (size_t i = 0; i < targets->count; i++)
        if (targets->slots[i]->number == number)
            return targets->slots[i];
    return NULL;
}

static const char *name_of(const struct target *target)
{
    const struct registry_entry *entry =
        registry_by_number(target->targets->registry, target->number);
    return entry ? entry->name : "?";
}

static void tell_state(struct target *target, enum switch_state state, const char *reason)
{
    target->targets->handlers->state(target->targets->context, target->number, state, reason);
}

static void agent_ready(void *context, bool ready, const char *reason)
{
    tell_state(context, ready ? SWITCH_READY : SWITCH_NOT_READY, reason);
}

static void agent_entered(void *context, bool taken, uint8_t locks, const char *reason)
{
    struct target *target = context;
    target->targets->handlers->entered(target->targets->context, target->number, taken, locks,
                                       reason);
}

static void agent_locks(void *context, uint8_t locks)
{
    struct target *target = context;
    target->targets->handlers->locks(target->targets->context, target->number, locks);
}

static void keep_control_number(struct target *target)
{
    uint64_t number = agent_control_number(target->agent);
    if (number > target->control_number)
        target->control_number = number;
}

static void agent_gone(void *context, const char *why)
{
    struct target *target = context;
    char reason[SWITCH_REASON_ROOM];
    snprintf(reason, sizeof reason, "%s", why); /* it is the agent's */
    keep_control_number(target);
    target->agent = agent_end(target->agent, MESSAGE_REASON_STOPPING, "");
    log_event("lost", &(struct log_fields){.target = name_of(target)}, "%s is offline: %s",
              name_of(target), reason);
    tell_state(target, SWITCH_OFFLINE, reason);
}

static void agent_screen(void *context)
{
    struct target *target = context;
    target->targets->handlers->screen(target->targets->context, target->number);
}

static void agent_typed(void *context, const struct message_typed *typed)
{
    struct target *target = context;
    target->targets->handlers->typed(target->targets->context, target->number, typed);
}

static void agent_monitor(void *context, const char *reason)
{
    struct target *target = context;
    target->targets->handlers->monitor(target->targets->context, target->number, reason);
}

static void agent_pointer(void *context, uint16_t x_px, uint16_t y_px)
{
    struct target *target = context;
    target->targets->handlers->pointer(target->targets->context, target->number, x_px, y_px);
}

static const struct agent_handlers agent_handlers = {
    .ready = agent_ready,
    .entered = agent_entered,
    .locks = agent_locks,
    .screen = agent_screen,
    .typed = agent_typed,
    .monitor = agent_monitor,
    .pointer = agent_pointer,
    .gone = agent_gone,
};

static void end(struct target *target, enum message_reason reason, const char *text)
{
    if (!target->agent)
        return;
    keep_control_number(target);
    target->agent = agent_end(target->agent, reason, text);
}

int targets_create(struct registry *registry, const char *server_name,
                   const struct targets_handlers *handlers, void *context,
                   struct targets **ret_targets)
{
    struct targets *targets = calloc(1, sizeof *targets);
    if (!targets)
        return -ENOMEM;
    targets->registry = registry;
    targets->server_name = server_name;
    targets->handlers = handlers;
    targets->context = context;
    targets->log_limit.burst = LOG_STRANGERS_A_MINUTE;
    *ret_targets = targets;
    return 0;
}

struct targets *targets_destroy(struct targets *targets)
{
    if (!targets)
        return NULL;
    for (size_t i = 0; i < targets->count; i++) {
        end(targets->slots[i], MESSAGE_REASON_STOPPING, "hotdesk-server is being stopped");
        free(targets->slots[i]);
    }
    free(targets);
    return NULL;
}

int targets_added(struct targets *targets, uint16_t number)
{
    if (find(targets, number))
        return 0;
    if (targets->count == REGISTRY_TARGETS_MAX)
        return -ENOSPC;
    struct target *target = calloc(1, sizeof *target);
    if (!target)
        return -ENOMEM;
    target->targets = targets;
    target->number = number;
    targets->slots[targets->count++] = target;
    return 0;
}

void targets_forgotten(struct targets *targets, uint16_t number)
{
    for (size_t i = 0; i < targets->count; i++) {
        struct target *target = targets->slots[i];
        if (target->number != number)
            continue;
        end(target, MESSAGE_REASON_FORGOTTEN,
            "this machine was forgotten: pair it again to use it");
        targets->slots[i] = targets->slots[--targets->count];
        free(target);
        return;
    }
}

void targets_ordered(struct targets *targets, uint16_t number, uint16_t wanted)
{
    struct target *target = find(targets, number), *other = find(targets, wanted);
    if (target)
        target->number = wanted;
    if (other)
        other->number = number;
}

static bool replaced_too_often(struct target *target, uint64_t now_us)
{
    for (int i = REPLACEMENTS_MAX - 1; i > 0; i--)
        target->replaced_us[i] = target->replaced_us[i - 1];
    target->replaced_us[0] = now_us;
    uint64_t first_us = target->replaced_us[REPLACEMENTS_MAX - 1];
    return first_us != 0 && now_us - first_us <= time_us(TIME_REPLACED_WINDOW);
}

/* A second connection of a key. False when there were too many: both are to be refused. */
static bool replace(struct target *target, uint64_t now_us)
{
    bool cloned = replaced_too_often(target, now_us);
    if (cloned) {
        target->cloned_until_us = now_us + time_us(TIME_CLONED);
        for (int i = 0; i < REPLACEMENTS_MAX; i++)
            target->replaced_us[i] = 0;
        end(target, MESSAGE_REASON_CLONED, TARGETS_CLONED_TEXT);
        tell_state(target, SWITCH_OFFLINE, TARGETS_CLONED_TEXT);
    } else {
        /* Its keys go up first: the old agent lifts them at the BYE, and if it is active, local
         * becomes so. */
        end(target, MESSAGE_REASON_REPLACED, "a newer connection with this machine's key");
        tell_state(target, SWITCH_OFFLINE, "replaced by a newer connection");
    }
    return !cloned;
}

/* `name`: of the target, or NULL for a key that is not paired. */
static void log_rejected(struct targets *targets, const struct channel *channel, const char *name,
                         const char *text)
{
    char fingerprint[FINGERPRINT_TEXT_ROOM];
    if (!log_limit_passes(&targets->log_limit, LOG_MODULE))
        return;
    fingerprint_format(channel_peer(channel), fingerprint);
    struct log_fields fields = {
        .target = name, .fingerprint = fingerprint, .peer = channel_address(channel)};
    log_event("refused", &fields, "refused %s (%s): %s", channel_address(channel),
              name ? name : fingerprint, text);
}

static void reject(struct targets *targets, struct channel *channel, const char *name,
                   enum message_reason reason, const char *text)
{
    log_rejected(targets, channel, name, text);
    channel_end(channel, MESSAGE_REJECT, reason, text);
}

void targets_hello(struct targets *targets, struct channel *channel,
                   const struct message_hello *hello, uint64_t now_us)
{
    const struct registry_entry *entry = registry_by_key(targets->registry, channel_peer(channel));
    struct target *target = entry ? find(targets, entry->number) : NULL;
    if (!target) {
        reject(targets, channel, NULL, MESSAGE_REASON_FORGOTTEN,
               "this machine is not paired: run hotdesk-agent pair on it");
        return;
    }
    if (message_common_version(hello) == 0) {
        reject(targets, channel, name_of(target), MESSAGE_REASON_VERSION,
               "no protocol version in common: update the older side");
        return;
    }
    if (hello->control_number > MESSAGE_CONTROL_NUMBER_MAX) {
        reject(targets, channel, name_of(target), MESSAGE_REASON_PROTOCOL,
               "its control number leaves no room for the next");
        return;
    }
    if (now_us < target->cloned_until_us || (target->agent && !replace(target, now_us))) {
        reject(targets, channel, name_of(target), MESSAGE_REASON_CLONED, TARGETS_CLONED_TEXT);
        return;
    }

    char host[REGISTRY_ADDRESS_ROOM];
    channel_host(channel, host, sizeof host);
    registry_note_address(targets->registry, entry->number, host);
    target->agent = agent_create(channel, hello, target->control_number, name_of(target),
                                 targets->server_name, &agent_handlers, target);
    if (!target->agent)
        return;
    log_info("%s is connected from %s", name_of(target), host);
    tell_state(target, SWITCH_CONNECTING, "waiting for its agent to say that it can type");
}

void targets_enter(struct targets *targets, uint16_t number, uint64_t now_us)
{
    struct target *target = find(targets, number);
    if (target && target->agent)
        agent_enter(target->agent, now_us);
}

void targets_leave(struct targets *targets, uint16_t number, uint64_t now_us)
{
    struct target *target = find(targets, number);
    if (target && target->agent)
        agent_leave(target->agent, now_us);
}

void targets_report(struct targets *targets, uint16_t number, const struct report *report,
                    uint64_t now_us)
{
    struct target *target = find(targets, number);
    if (target && target->agent)
        agent_report(target->agent, report, now_us);
}

void targets_wish(struct targets *targets, uint16_t number, const struct message_screen_wish *wish,
                  uint64_t now_us)
{
    struct target *target = find(targets, number);
    if (target && target->agent)
        agent_wish(target->agent, wish, now_us);
}

void targets_cut(struct targets *targets, uint16_t number, const char *why)
{
    struct target *target = find(targets, number);
    if (target && target->agent)
        agent_cut(target->agent, why);
}

bool targets_open_screen(struct targets *targets, uint16_t number, uint32_t screen_number,
                         uint64_t now_us)
{
    struct target *target = find(targets, number);
    return target && target->agent && agent_open_screen(target->agent, screen_number, now_us);
}

int targets_script(struct targets *targets, uint16_t number, struct message *message,
                   uint64_t now_us)
{
    struct target *target = find(targets, number);
    return target && target->agent ? agent_script(target->agent, message, now_us) : -ENOTCONN;
}

bool targets_show_monitor(struct targets *targets, uint16_t number, const char *name,
                          uint64_t now_us)
{
    struct target *target = find(targets, number);
    return target && target->agent && agent_show_monitor(target->agent, name, now_us);
}

void targets_tick(struct targets *targets, uint64_t now_us)
{
    for (size_t i = 0; i < targets->count; i++)
        if (targets->slots[i]->agent)
            agent_tick(targets->slots[i]->agent, now_us);
}

bool targets_are_busy(const struct targets *targets)
{
    for (size_t i = 0; i < targets->count; i++)
        if (targets->slots[i]->agent && agent_is_busy(targets->slots[i]->agent))
            return true;
    return false;
}

void targets_reap(struct targets *targets, uint64_t now_us)
{
    for (size_t i = 0; i < targets->count; i++) {
        struct agent *agent = targets->slots[i]->agent;
        if (agent)
            agent_tell(agent, now_us);
        const char *why = agent ? agent_gone_why(agent) : NULL;
        if (why)
            agent_gone(targets->slots[i], why);
    }
}

bool targets_view(const struct targets *targets, uint16_t number, struct agent_view *ret_view)
{
    const struct target *target = find(targets, number);
    if (!target || !target->agent || agent_gone_why(target->agent))
        return false;
    *ret_view = agent_view(target->agent);
    return true;
}

bool targets_link(const struct targets *targets, uint16_t number, uint64_t now_us,
                  struct agent_link *ret_link)
{
    const struct target *target = find(targets, number);
    if (!target || !target->agent || agent_gone_why(target->agent))
        return false;
    *ret_link = agent_link(target->agent, now_us);
    return true;
}
