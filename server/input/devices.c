#include "server/input/devices.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "server/input/devices_state.h"

#define LOG_MODULE "devices"
#define TURNS_MAX  32 /* of one node at once: more than any kernel keeps for us */

static void tell(struct devices *devices, struct node *node, bool gone)
{
    struct link_device device = {.id = node->id, .taken = verdict_is_taken(node->verdict)};
    snprintf(device.name, sizeof device.name, "%s", node->info.name);
    snprintf(device.path, sizeof device.path, "%s", node->info.path);
    snprintf(device.why, sizeof device.why, "%s", verdict_text(node->verdict));
    node->told = devices->handlers->device(devices->context, &device, gone);
}

void devices_set_verdict(struct devices *devices, struct node *node, enum verdict verdict)
{
    bool is_news = node->verdict != verdict || !node->judged;
    if (verdict == VERDICT_BUSY && devices->held_us == UINT64_MAX)
        devices->held_us = clock_now_us() + time_us(TIME_HELD);
    if (!is_news && node->told)
        return;
    node->verdict = verdict;
    node->judged = !devices->looking;
    if (devices->looking)
        return;
    if (is_news)
        log_info("%s \"%s\": %s (%s)", node->info.path, node->info.name,
                 verdict_is_taken(verdict) ? "taken" : "not taken", verdict_text(verdict));
    tell(devices, node, false);
}

enum verdict devices_verdict_of(const struct devices *devices, const struct node *node)
{
    struct surroundings around = {0};
    bool is_ours = node->info.is_virtual && name_is_ours(node->info.name);
    for (const struct node *other = devices->nodes; other; other = other->next) {
        bool is_held = other->verdict == VERDICT_BUSY && verdict_is_taken(other->alone);
        around.remapped |= is_held && !is_ours;
        if (strcmp(other->info.physical, node->info.physical) != 0)
            continue;
        around.excluded |= other->rule == RULE_EXCLUDE;
        around.included |= other->rule == RULE_INCLUDE && !is_ours;
        around.taken_beside |= other != node && verdict_is_taken(other->alone);
    }
    return verdict_among(&node->info.capabilities, node->info.is_virtual, &around);
}

void devices_lose_node(struct node *node, int error)
{
    log_debug("%s is gone: %s", node->info.path, strerror(-error));
    node_close(node);
    node->lost = true;
}

/* Programs come and go with the virtual keyboards that they make. They take a moment to grab what
 * they read, so who holds what is looked at a little later. */
static void search_later(struct devices *devices, const struct node *node)
{
    if (node->info.is_virtual && verdict_is_taken(verdict_alone(&node->info.capabilities, false)))
        devices->search_us = clock_now_us() + time_us(TIME_REMAPPER);
}

void devices_note_locks(struct devices *devices)
{
    for (struct node *node = devices->nodes; node; node = node->next)
        ungrab_wait(&node->ungrab);
    led_guard_clear(&devices->guard);
    for (struct node *node = devices->nodes; node; node = node->next)
        if (node->evdev && !node->silent)
            node_note_locks(node);
}

/* Finds out who holds what: of all nodes, or of those not yet tried. */
static void search(struct devices *devices, bool all)
{
    devices_note_locks(devices);
    for (struct node *node = devices->nodes; node && !devices->grabbed; node = node->next) {
        if (!node->evdev || node->silent || node->info.is_virtual || (node->tried && !all))
            continue;
        int result = node_try(node);
        if (result == 1)
            devices->search_us = clock_now_us() + time_us(TIME_REMAPPER);
        if (result == -EBUSY)
            devices_set_verdict(devices, node, VERDICT_BUSY);
        else if (result == 0 && node->verdict == VERDICT_BUSY)
            devices_set_verdict(devices, node, devices_verdict_of(devices, node));
    }
    devices_choose(devices, NULL);
}

/* Another program has let go of it. It is ours at once, also while a target is active: else its
 * keys would be typed here. */
static void free_again(struct devices *devices, struct node *node)
{
    bool looking = devices->looking;
    devices->looking = true; /* it is told once it is grabbed: who hears of it may type at once */
    devices_set_verdict(devices, node, devices_verdict_of(devices, node));
    if (devices->grabbed) {
        devices_note_locks(devices);
        devices_take_node(devices, node, &(int){0});
    }
    devices->looking = looking;
    devices_set_verdict(devices, node, node->verdict);
    devices_choose(devices, NULL); /* what was used in its place no longer is */
}

/* Nobody tells when another program lets go. */
static void look_at_held(struct devices *devices)
{
    devices->held_us = UINT64_MAX;
    for (struct node *node = devices->nodes; node; node = node->next) {
        if (node->verdict != VERDICT_BUSY || !node->evdev)
            continue;
        devices_note_locks(devices);
        if (node_try_held(node) == 0)
            free_again(devices, node);
        else
            devices->held_us = clock_now_us() + time_us(TIME_HELD);
    }
}

static void open_node(struct devices *devices, struct node *node, enum verdict verdict)
{
    int result = node_open(node, devices->loop, verdict == VERDICT_TOUCH);
    node->lost = false;
    if (result == -EACCES || result == -EPERM)
        verdict = VERDICT_FORBIDDEN;
    else if (result < 0)
        verdict = VERDICT_BROKEN;
    devices_set_verdict(devices, node, verdict);
    if (devices->counting)
        node_count(node, true);
    if (node->evdev && devices->grabbed) {
        devices_note_locks(devices);
        devices_take_node(devices, node, &(int){0});
    }
}

/* It was not tried in vain before. */
static bool may_open(const struct node *node)
{
    return !node->lost && node->verdict < VERDICT_BUSY;
}

static void choose_node(struct devices *devices, struct node *node, const struct node *changed)
{
    enum verdict verdict = devices_verdict_of(devices, node);
    if (!verdict_is_used(verdict)) {
        node_close(node);
        devices_set_verdict(devices, node, verdict);
    } else if (!node->evdev && (node == changed || may_open(node))) {
        open_node(devices, node, verdict);
    } else if (node->evdev && node->verdict != VERDICT_BUSY) {
        devices_set_verdict(devices, node, verdict);
    }
}

/* First what is hardware: whether another program holds it decides over what programs make. */
void devices_choose(struct devices *devices, const struct node *changed)
{
    for (int is_virtual = 0; is_virtual <= 1; is_virtual++)
        for (struct node *node = devices->nodes; node; node = node->next)
            if (node->info.is_virtual == is_virtual)
                choose_node(devices, node, changed);
}

static struct node **find(struct devices *devices, const char *syspath)
{
    struct node **link = &devices->nodes;
    while (*link && strcmp((*link)->info.syspath, syspath) != 0)
        link = &(*link)->next;
    return link;
}

static void check_lost(struct devices *devices)
{
    if (!devices->grabbed)
        return;
    for (const struct node *node = devices->nodes; node; node = node->next)
        if (node->grabbed && !node->silent)
            return;
    devices_give(devices, NULL, 0); /* touchpads */
    devices->handlers->lost(devices->context);
}

static void on_report(void *context, const struct report *report)
{
    struct devices *devices = context;
    assert(devices->queue_count < QUEUE_MAX);
    devices->queue[(devices->queue_start + devices->queue_count++) % QUEUE_MAX] = *report;
}

void devices_deliver(struct devices *devices)
{
    if (devices->delivering)
        return;
    devices->delivering = true;
    while (devices->queue_count > 0) {
        struct report report = devices->queue[devices->queue_start];
        devices->queue_start = (devices->queue_start + 1) % QUEUE_MAX;
        devices->queue_count--;
        devices->handlers->report(devices->context, &report);
    }
    devices->delivering = false;
    check_lost(devices);
}

static void read_on(uv_idle_t *again);

static void read_node(struct devices *devices, struct node *node)
{
    if (!node->evdev)
        return;
    int result = node_read(node);
    if (result < 0)
        devices_lose_node(node, result);
    else if (node->has_more)
        uv_idle_start(devices->again, read_on);
    devices_deliver(devices);
}

static void on_readable(void *context, struct node *node)
{
    struct devices *devices = context;
    devices->handlers->before_read(devices->context);
    read_node(devices, node);
    if (node->evdev && node->verdict == VERDICT_BUSY)
        free_again(devices, node); /* while another program has it we hear nothing */
}

/* The next turn, after the others had theirs. */
static void read_on(uv_idle_t *again)
{
    struct devices *devices = again->data;
    uv_idle_stop(again);
    for (struct node *node = devices->nodes; node; node = node->next)
        if (node->has_more)
            on_readable(devices, node);
}

static const struct node_handlers node_handlers = {.readable = on_readable, .report = on_report};

/* New nodes were opened: who holds them is found out, then all is told. */
static void look_ends(struct devices *devices)
{
    search(devices, false);
    devices->looking = false;
    for (struct node *node = devices->nodes; node; node = node->next)
        devices_set_verdict(devices, node, node->verdict);
    devices_deliver(devices);
}

static void on_there(void *context, const struct monitor_node *info)
{
    struct devices *devices = context;
    struct node **link = find(devices, info->syspath);
    if (!*link) {
        *link = node_create(info, devices->sent, &devices->presses, &devices->guard, &node_handlers,
                            devices);
        if (!*link) {
            log_error("no memory for %s: it is not used", info->path);
            return;
        }
        (*link)->id = ++devices->last_id;
        (*link)->rule = rules_find(devices->rules, info);
    }
    search_later(devices, *link);
    if (devices->looking) {
        devices_choose(devices, *link);
        return;
    }
    devices->looking = true;
    devices_choose(devices, *link);
    look_ends(devices);
}

static void on_gone(void *context, const char *syspath)
{
    struct devices *devices = context;
    struct node **link = find(devices, syspath), *node = *link;
    if (!node)
        return;
    *link = node->next;
    log_info("%s \"%s\": gone", node->info.path, node->info.name);
    tell(devices, node, true);
    search_later(devices, node);
    node_destroy(node);
    devices_choose(devices, NULL);
    devices_deliver(devices);
}

void devices_rules_changed(struct devices *devices)
{
    for (struct node *node = devices->nodes; node; node = node->next)
        node->rule = rules_find(devices->rules, &node->info);
    devices->looking = true;
    devices_choose(devices, NULL);
    look_ends(devices);
}

static const struct monitor_handlers monitor_handlers = {.there = on_there, .gone = on_gone};

int devices_create(uv_loop_t *loop, const struct config_section *rules, const struct keyset *sent,
                   const struct devices_handlers *handlers, void *context,
                   struct devices **ret_devices)
{
    struct devices *devices = calloc(1, sizeof *devices);
    if (!devices)
        return -ENOMEM;
    devices->loop = loop;
    devices->rules = rules;
    devices->sent = sent;
    devices->search_us = UINT64_MAX;
    devices->held_us = UINT64_MAX;
    led_guard_init(&devices->guard);
    devices->handlers = handlers;
    devices->context = context;
    devices->again = calloc(1, sizeof *devices->again);
    if (!devices->again) {
        free(devices);
        return -ENOMEM;
    }
    uv_idle_init(loop, devices->again);
    devices->again->data = devices;
    int result = monitor_create(loop, &monitor_handlers, devices, &devices->monitor);
    devices->looking = true; /* all are opened before the first is tried: a try changes LEDs */
    if (result == 0)
        result = monitor_list(&monitor_handlers, devices);
    look_ends(devices);
    if (result < 0) {
        devices_destroy(devices);
        return result;
    }
    *ret_devices = devices;
    return 0;
}

static void on_again_closed(uv_handle_t *again)
{
    free(again);
}

struct devices *devices_destroy(struct devices *devices)
{
    if (!devices)
        return NULL;
    devices_give(devices, NULL, 0);
    monitor_destroy(devices->monitor);
    while (devices->nodes) {
        struct node *node = devices->nodes;
        devices->nodes = node->next;
        node_destroy(node);
    }
    uv_close((uv_handle_t *)devices->again, on_again_closed);
    led_guard_finish(&devices->guard);
    free(devices);
    return NULL;
}

void devices_read_all(struct devices *devices)
{
    for (struct node *node = devices->nodes; node; node = node->next) {
        read_node(devices, node);
        for (int turn = 1; turn < TURNS_MAX && node->has_more; turn++)
            read_node(devices, node);
    }
}

void devices_tell(struct devices *devices, bool all)
{
    for (struct node *node = devices->nodes; node; node = node->next)
        if (all || !node->told)
            tell(devices, node, false);
}

uint64_t devices_deadline_us(const struct devices *devices)
{
    uint64_t deadline_us =
        devices->search_us < devices->held_us ? devices->search_us : devices->held_us;
    for (const struct node *node = devices->nodes; node; node = node->next) {
        uint64_t lamps_us = node->grabbed ? lamps_deadline_us(&node->lamps) : UINT64_MAX;
        deadline_us = lamps_us < deadline_us ? lamps_us : deadline_us;
    }
    return deadline_us;
}

void devices_tick(struct devices *devices, uint64_t now_us)
{
    for (struct node *node = devices->nodes; node; node = node->next)
        node_tick(node, now_us);
    if (devices->search_us <= now_us) {
        devices->search_us = UINT64_MAX;
        search(devices, true);
    }
    if (devices->held_us <= now_us)
        look_at_held(devices);
}

void devices_count(struct devices *devices, bool counting)
{
    if (devices->counting == counting)
        return;
    devices->counting = counting;
    for (struct node *node = devices->nodes; node; node = node->next)
        node_count(node, counting);
}

void devices_tell_counts(struct devices *devices)
{
    struct link_counts counts;
    for (struct node *node = devices->nodes; node; node = node->next) {
        if (!tally_finish(&node->tally, &counts))
            continue;
        counts.id = node->id;
        devices->handlers->counts(devices->context, &counts);
    }
}
