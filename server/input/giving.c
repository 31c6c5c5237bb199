/* The half of devices.h that grabs, gives back and shows locks. */
#include "server/input/devices_state.h"

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/input/handover.h"

#define LOG_MODULE "devices"

/* Once is enough: whoever wonders why his touchpad is dead finds it. */
static void tell_of_silence(struct devices *devices, const struct node *node)
{
    if (!node->silent || devices->told_of_silence)
        return;
    devices->told_of_silence = true;
    log_warning("\"%s\" is silent while another computer is active: touchpads, touch screens and "
                "tablets are not sent yet",
                node->info.name);
}

void devices_take_node(struct devices *devices, struct node *node, int *ret_result)
{
    int result = node_take(node);
    if (result == 0)
        tell_of_silence(devices, node);
    if (result == 0 && devices->shows_locks)
        node_show_locks(node, devices->locks, clock_now_us());
    if (result == 0)
        devices_set_verdict(devices, node, devices_verdict_of(devices, node));
    else if (result == -EBUSY)
        devices_set_verdict(devices, node, VERDICT_BUSY);
    else
        devices_lose_node(node, result);
    if (*ret_result != 0 && !node->silent)
        *ret_result = result;
}

static void take_all(struct devices *devices, bool (*wanted)(const struct node *node),
                     int *ret_result)
{
    for (struct node *node = devices->nodes; node; node = node->next)
        if (node->evdev && !node->grabbed && wanted(node))
            devices_take_node(devices, node, ret_result);
}

static bool is_sent(const struct node *node)
{
    return !node->silent;
}

static bool is_remapped(const struct node *node)
{
    return node->verdict == VERDICT_REMAPPED;
}

static bool is_silent(const struct node *node)
{
    return node->silent;
}

int devices_take(struct devices *devices)
{
    int result = devices->grabbed ? 0 : -ENODEV;
    if (!devices->grabbed)
        devices->grabbed_us = clock_now_us();
    devices_note_locks(devices);
    take_all(devices, is_sent, &result);
    devices_choose(devices, NULL); /* a remapper that came meanwhile: its keyboard is opened now */
    take_all(devices, is_remapped, &result);
    if (result == 0)
        take_all(devices, is_silent, &result);
    devices->grabbed = result == 0;
    return result;
}

/* Adds keys that wait to be told, from the `from`-th report on: those that nobody but us saw. */
static void hand_over_queue(const struct devices *devices, struct handover *handover, size_t from,
                            uint64_t until_us)
{
    for (size_t i = from; i < devices->queue_count; i++) {
        const struct report *report = &devices->queue[(devices->queue_start + i) % QUEUE_MAX];
        if (report->time_us >= devices->grabbed_us && report->time_us <= until_us)
            handover_add_report(handover, report);
    }
}

/* Waits for the end of a node's grab; what it said before that is handed over, too. */
static void end_grab(struct devices *devices, struct node *node, struct handover *handover)
{
    size_t from = devices->queue_count;
    uint64_t begun_us;
    node_give_end(node, &begun_us);
    hand_over_queue(devices, handover, from, begun_us);
}

void devices_give(struct devices *devices, const struct grab_key *typed, size_t count)
{
    if (!devices->grabbed)
        return;
    struct handover handover = {0};
    for (size_t i = 0; i < count; i++)
        handover_add(&handover, typed[i].code, typed[i].down);
    devices_note_locks(devices);
    for (struct node *node = devices->nodes; node; node = node->next)
        if (node->grabbed)
            node_read(node);
    hand_over_queue(devices, &handover, 0, UINT64_MAX);
    for (struct node *node = devices->nodes; node; node = node->next)
        if (node->grabbed)
            node_give_begin(node, clock_now_us());
    /* Keyboards with keys to type first: the sooner they are typed, the better. */
    for (size_t i = 0; i < handover.count; i++) {
        struct node *node = handover_node(devices->nodes, handover.keys[i].code);
        if (node && node->grabbed)
            end_grab(devices, node, &handover);
    }
    handover_write(&handover, devices->nodes);
    for (struct node *node = devices->nodes; node; node = node->next)
        if (node->grabbed)
            end_grab(devices, node, &handover);
    handover_write(&handover, devices->nodes);
    explicit_bzero(&handover, sizeof handover);
    for (struct node *node = devices->nodes; node; node = node->next)
        if (node->evdev)
            node_settle(node);
    devices->grabbed = false;
    devices->shows_locks = false;
}

void devices_show_locks(struct devices *devices, uint8_t locks)
{
    devices->shows_locks = devices->grabbed;
    devices->locks = locks;
    for (struct node *node = devices->nodes; node; node = node->next)
        if (node->grabbed)
            node_show_locks(node, locks, clock_now_us());
}
