#include "server/switch/switch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/times.h"

void switch_init(struct switcher *switcher, const struct switch_ops *ops, void *context)
{
    *switcher = (struct switcher){
        .ops = ops,
        .context = context,
        .chooser = {.number = SWITCH_CHOOSER,
                    .name = "the switcher",
                    .reason = "no window shows the targets: start hotdesk-viewer"}};
}

/* Where the target is, or belongs. */
static size_t place_of(const struct switcher *switcher, uint16_t number)
{
    size_t i = 0;

    while (i < switcher->target_count && switcher->targets[i].number < number)
        i++;
    return i;
}

static struct switch_target *find(struct switcher *switcher, uint16_t number)
{
    size_t i = place_of(switcher, number);

    if (number == SWITCH_CHOOSER)
        return &switcher->chooser;
    if (i == switcher->target_count || switcher->targets[i].number != number)
        return NULL;
    return &switcher->targets[i];
}

const struct switch_target *switch_find(const struct switcher *switcher, uint16_t number)
{
    return find((struct switcher *)switcher, number);
}

bool switch_set_target(struct switcher *switcher, uint16_t number, const char *name,
                       uint64_t now_us)
{
    struct switch_target *target = find(switcher, number);

    if (!target) {
        size_t i = place_of(switcher, number);
        if (switcher->target_count == SWITCH_TARGETS_MAX)
            return false;
        target = &switcher->targets[i];
        memmove(target + 1, target, (switcher->target_count - i) * sizeof *target);
        switcher->target_count++;
        *target = (struct switch_target){
            .number = number,
            .state = SWITCH_OFFLINE,
            .reason = "never connected",
            .since_us = now_us,
        };
    }
    snprintf(target->name, sizeof target->name, "%s", name);
    return true;
}

uint16_t switch_shown(const struct switcher *switcher)
{
    return switcher->active == SWITCH_CHOOSER ? switcher->chooser_from : switcher->active;
}

uint16_t switch_highest_number(const struct switcher *switcher)
{
    return switcher->target_count ? switcher->targets[switcher->target_count - 1].number : 0;
}

static bool is_ready(struct switcher *switcher, uint16_t number)
{
    struct switch_target *target = find(switcher, number);
    return target && target->state == SWITCH_READY;
}

static const char *name_of(struct switcher *switcher, uint16_t number)
{
    struct switch_target *target = find(switcher, number);
    return target ? target->name : "local";
}

void switch_set_lock(struct switcher *switcher, bool locked)
{
    if (switcher->locked == locked)
        return;
    switcher->locked = locked;
    if (locked)
        switcher->scan.is_on = false;
    switcher->ops->mode(switcher->context);
}

void switch_end_scan(struct switcher *switcher)
{
    if (!switcher->scan.is_on)
        return;
    switcher->scan.is_on = false;
    switcher->ops->mode(switcher->context);
}

void switch_set_stats(struct switcher *switcher, bool shown)
{
    if (switcher->shows_stats == shown)
        return;
    switcher->shows_stats = shown;
    switcher->ops->mode(switcher->context);
}

/* The switcher on the screen is between two targets, and none of them. */
static void note_last(struct switcher *switcher, uint16_t from, uint16_t to)
{
    switcher->entering_from = from;
    switcher->entering_last = switcher->last;
    if (to == SWITCH_CHOOSER)
        switcher->chooser_from = from;
    else if (from != SWITCH_CHOOSER)
        switcher->last = from;
    else if (to != switcher->chooser_from)
        switcher->last = switcher->chooser_from;
    if (from == SWITCH_CHOOSER)
        switcher->entering_from = switcher->chooser_from;
}

/* The switch itself: leave, enter, tell. What the source must know is the caller's. */
static void go(struct switcher *switcher, uint16_t to, const char *why, uint64_t now_us)
{
    uint16_t from = switcher->active;

    switch_set_lock(switcher, false);
    if (to == SWITCH_LOCAL)
        switch_end_scan(switcher);

    if (from != SWITCH_LOCAL)
        switcher->ops->leave(switcher->context, from);
    switcher->active = to;
    note_last(switcher, from, to);
    switcher->entered_by_us = 0;
    switcher->swallow_until_us = 0;
    switcher->ungrab_after_swallow = false;
    if (to != SWITCH_LOCAL) {
        if (to != SWITCH_CHOOSER)
            switcher->entered_by_us = now_us + time_us(TIME_ENTERED);
        switcher->ops->enter(switcher->context, to);
    }
    switcher->ops->switched(switcher->context, from, to, why);
}

/* The next keys were meant for another computer. */
static void flash_and_swallow(struct switcher *switcher, uint64_t now_us)
{
    switcher->swallow_until_us = now_us + time_us(TIME_REFUSED_SWALLOW);
    switcher->ungrab_after_swallow = switcher->active == SWITCH_LOCAL;
    switcher->ops->order_flash(switcher->context);
}

static void take_back(struct switcher *switcher, const char *why, uint64_t now_us)
{
    uint16_t failed = switcher->active;
    uint16_t back = switcher->entering_from;
    uint16_t last = switcher->entering_last;
    char said[SWITCH_REASON_ROOM];

    snprintf(said, sizeof said, "%s did not take over: %s", name_of(switcher, failed), why);
    if (back == failed || !is_ready(switcher, back))
        back = SWITCH_LOCAL;
    go(switcher, back, said, now_us);
    switcher->last = last;
    switcher->entering_last = last;
    switcher->entering_from = SWITCH_LOCAL; /* if that fails too: no further round */
    flash_and_swallow(switcher, now_us);
    switcher->ops->refused(switcher->context, failed, said);
}

/* Round over the ready ones, by number, from `number` on; SWITCH_LOCAL when there is none. */
static uint16_t neighbour_of(struct switcher *switcher, uint16_t number, bool forward)
{
    size_t count = switcher->target_count;
    size_t place = place_of(switcher, number);
    bool stands_on_it = place < count && switcher->targets[place].number == number;

    for (size_t step = 1; step <= count; step++) {
        size_t i = forward ? place + step - (stands_on_it ? 0 : 1) : place + count - step;
        if (switcher->targets[i % count].state == SWITCH_READY)
            return switcher->targets[i % count].number;
    }
    return SWITCH_LOCAL;
}

/* False when there is no other to go to. */
static bool step_scan(struct switcher *switcher, const char *why, uint64_t now_us)
{
    struct scan *scan = &switcher->scan;
    uint16_t next = neighbour_of(switcher, scan->at, true);

    if (next == switcher->active)
        next = neighbour_of(switcher, next, true);
    scan->next_us = now_us + scan->interval_us;
    if (next == SWITCH_LOCAL || next == switcher->active)
        return false;
    scan->at = next;
    go(switcher, next, why, now_us);
    switcher->ops->order_grab(switcher->context);
    return true;
}

static void lose_active(struct switcher *switcher, const char *why, uint64_t now_us)
{
    char said[SWITCH_REASON_ROOM];

    snprintf(said, sizeof said, "%.32s was lost: %.140s", name_of(switcher, switcher->active), why);
    if (switcher->scan.is_on && step_scan(switcher, said, now_us)) {
        switcher->swallow_until_us = now_us + time_us(TIME_REFUSED_SWALLOW);
        return;
    }
    go(switcher, SWITCH_LOCAL, said, now_us);
    flash_and_swallow(switcher, now_us);
}

void switch_set_state(struct switcher *switcher, uint16_t number, enum switch_state state,
                      const char *reason, uint64_t now_us)
{
    struct switch_target *target = find(switcher, number);

    if (!target)
        return;
    if (target->state != state)
        target->since_us = now_us;
    target->state = state;
    snprintf(target->reason, sizeof target->reason, "%s", reason ? reason : "");
    if (number == switcher->active && state != SWITCH_READY)
        lose_active(switcher, target->reason, now_us);
}

/* Its number may be given to another machine: what was meant for this one must not go there. */
static void forget_number(struct switcher *switcher, uint16_t number)
{
    uint16_t *const kept[] = {&switcher->last, &switcher->entering_last, &switcher->entering_from,
                              &switcher->chooser_from};

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (*kept[i] == number)
            *kept[i] = SWITCH_LOCAL;
    }
}

void switch_remove_target(struct switcher *switcher, uint16_t number, uint64_t now_us)
{
    struct switch_target *target = find(switcher, number);

    if (!target)
        return;
    if (number == switcher->active)
        lose_active(switcher, "it was forgotten", now_us);
    forget_number(switcher, number);
    size_t i = place_of(switcher, number);
    memmove(target, target + 1, (switcher->target_count - i - 1) * sizeof *target);
    switcher->target_count--;
}

static int by_number(const void *a, const void *b)
{
    const struct switch_target *left = a, *right = b;
    return left->number - right->number;
}

void switch_order(struct switcher *switcher, uint16_t number, uint16_t wanted)
{
    uint16_t *const kept[] = {&switcher->active,        &switcher->last,
                              &switcher->entering_from, &switcher->entering_last,
                              &switcher->scan.at,       &switcher->chooser_from};

    if (number == wanted || !find(switcher, number))
        return;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        *kept[i] = *kept[i] == number ? wanted : *kept[i] == wanted ? number : *kept[i];
    struct switch_target *target = find(switcher, number), *other = find(switcher, wanted);
    target->number = wanted;
    if (other)
        other->number = number;
    qsort(switcher->targets, switcher->target_count, sizeof *switcher->targets, by_number);
}

static int refuse(struct switcher *switcher, uint16_t number, enum switch_cause cause, int error,
                  const char *why, uint64_t now_us)
{
    if (cause == SWITCH_BY_HOTKEY)
        flash_and_swallow(switcher, now_us);
    switcher->ops->refused(switcher->context, number, why);
    return error;
}

static int resolve_target(struct switcher *switcher, const struct command *command,
                          uint16_t *ret_number, char *ret_why)
{
    *ret_number = command->number;
    if (command->number)
        return 0;
    for (size_t i = 0; i < switcher->target_count; i++) {
        *ret_number = switcher->targets[i].number;
        if (strcmp(switcher->targets[i].name, command->name) == 0)
            return 0;
    }
    *ret_number = SWITCH_LOCAL;
    snprintf(ret_why, SWITCH_REASON_ROOM, "there is no target %.32s", command->name);
    return -ENOENT;
}

/* 0 and *ret_number, or why there is none. */
static int resolve(struct switcher *switcher, const struct command *command, uint16_t *ret_number,
                   char *ret_why)
{
    switch (command->type) {
    case COMMAND_TARGET:
        return resolve_target(switcher, command, ret_number, ret_why);
    case COMMAND_NEXT:
    case COMMAND_PREV:
        *ret_number = neighbour_of(switcher, switch_shown(switcher), command->type == COMMAND_NEXT);
        if (*ret_number != SWITCH_LOCAL)
            break;
        snprintf(ret_why, SWITCH_REASON_ROOM, "no target is ready");
        return -EHOSTUNREACH;
    case COMMAND_LAST:
        *ret_number = switcher->last;
        if (switcher->last != SWITCH_LOCAL || switcher->active != SWITCH_LOCAL)
            break;
        snprintf(ret_why, SWITCH_REASON_ROOM, "no target was active before");
        return -ENOENT;
    case COMMAND_SWITCHER:
        *ret_number = SWITCH_CHOOSER;
        if (switcher->active == SWITCH_CHOOSER)
            *ret_number =
                is_ready(switcher, switcher->chooser_from) ? switcher->chooser_from : SWITCH_LOCAL;
        break;
    default:
        *ret_number = SWITCH_LOCAL;
        break;
    }
    return 0;
}

/* 0 when the target can be entered, or why not. */
static int check_ready(struct switcher *switcher, uint16_t number, char *ret_why)
{
    static const char *const STATE_NAMES[] = {"offline", "connecting", "", "ready"};
    const struct switch_target *target = find(switcher, number);

    if (number == SWITCH_LOCAL)
        return 0;
    if (!target) {
        snprintf(ret_why, SWITCH_REASON_ROOM, "there is no target %u", number);
        return -ENOENT;
    }
    if (target->state == SWITCH_READY)
        return 0;
    const char *state = STATE_NAMES[target->state];
    snprintf(ret_why, SWITCH_REASON_ROOM, "%.32s is not ready: %s%s%.120s", target->name, state,
             *state && target->reason[0] ? ", " : "", target->reason);
    return -EHOSTUNREACH;
}

/* Nothing changes; the source still needs its answer. */
static void stay(struct switcher *switcher, enum command_type type, enum switch_cause cause)
{
    if (cause != SWITCH_BY_HOTKEY)
        return;
    if (type != COMMAND_CANCEL)
        switcher->swallow_until_us = 0; /* this one is where the keys are meant to go */
    if (switcher->active != SWITCH_LOCAL) {
        switcher->ops->order_keep(switcher->context);
        return;
    }
    switcher->ungrab_after_swallow = false;
    switcher->ops->order_ungrab(switcher->context, 0);
}

static void order(struct switcher *switcher, enum switch_cause cause)
{
    if (switcher->active == SWITCH_LOCAL)
        switcher->ops->order_ungrab(switcher->context, 0);
    else if (cause == SWITCH_BY_HOTKEY)
        switcher->ops->order_keep(switcher->context);
    else
        switcher->ops->order_grab(switcher->context);
}

static int check_lock(struct switcher *switcher, uint16_t number, enum switch_cause cause,
                      char *ret_why)
{
    if (number != SWITCH_LOCAL && switcher->forbidden[0]) {
        snprintf(ret_why, SWITCH_REASON_ROOM, "%s", switcher->forbidden);
        return -EPERM;
    }
    if (!switcher->locked || (number == SWITCH_LOCAL && cause == SWITCH_BY_CLIENT))
        return 0;
    snprintf(ret_why, SWITCH_REASON_ROOM, "the keyboard is locked to %.32s",
             name_of(switcher, switcher->active));
    return -EPERM;
}

/* Starts one; from local with the first target at once. */
static int scan(struct switcher *switcher, const struct command *command, enum switch_cause cause,
                uint64_t now_us, char *ret_why)
{
    uint16_t number = switcher->active;
    int r = check_lock(switcher, LINK_NUMBER_MAX, cause, ret_why);

    if (r == 0 && number == SWITCH_LOCAL) {
        number = neighbour_of(switcher, SWITCH_LOCAL, true);
        if (number == SWITCH_LOCAL) {
            snprintf(ret_why, SWITCH_REASON_ROOM, "no target is ready");
            r = -EHOSTUNREACH;
        }
    }
    if (r < 0)
        return refuse(switcher, SWITCH_LOCAL, cause, r, ret_why, now_us);
    if (number == switcher->active) {
        stay(switcher, command->type, cause);
    } else {
        go(switcher, number, NULL, now_us);
        order(switcher, cause);
    }
    scan_start(&switcher->scan, command, number, now_us);
    switcher->ops->mode(switcher->context);
    return 0;
}

static int monitor(struct switcher *switcher, const struct command *command,
                   enum switch_cause cause, uint64_t now_us, char *ret_why)
{
    if (switcher->active == SWITCH_LOCAL || switcher->active == SWITCH_CHOOSER) {
        snprintf(ret_why, SWITCH_REASON_ROOM, "no target is active: monitors are a target's");
        return refuse(switcher, SWITCH_LOCAL, cause, -ENOENT, ret_why, now_us);
    }
    int r = switcher->ops->monitor(switcher->context, switcher->active, command->name, ret_why);
    if (r == 0) {
        stay(switcher, command->type, cause);
        return 0;
    }
    /* What is typed is meant for this target all the same: none of it is swallowed. */
    if (cause == SWITCH_BY_HOTKEY)
        switcher->ops->order_flash(switcher->context);
    switcher->ops->refused(switcher->context, switcher->active, ret_why);
    return r;
}

int switch_command(struct switcher *switcher, const struct command *command,
                   enum switch_cause cause, uint64_t now_us, char *ret_why)
{
    bool was_scanning = switcher->scan.is_on;
    uint16_t number = SWITCH_LOCAL;
    int r;

    if (command->type != COMMAND_CANCEL && command->type != COMMAND_STATS)
        switch_end_scan(switcher);
    if (command->type == COMMAND_SCAN && command->scan_s > 0 && !was_scanning)
        return scan(switcher, command, cause, now_us, ret_why);
    if (command->type == COMMAND_LOCK)
        switch_set_lock(switcher, !switcher->locked);
    if (command->type == COMMAND_MONITOR)
        return monitor(switcher, command, cause, now_us, ret_why);
    if (command->type == COMMAND_STATS)
        switch_set_stats(switcher, !switcher->shows_stats);
    if (command->type == COMMAND_CANCEL || command->type == COMMAND_SCAN ||
        command->type == COMMAND_LOCK || command->type == COMMAND_STATS) {
        stay(switcher, command->type, cause);
        return 0;
    }
    r = resolve(switcher, command, &number, ret_why);
    if (r == 0 && number != switcher->active)
        r = check_lock(switcher, number, cause, ret_why);
    if (r == 0 && number != switcher->active)
        r = check_ready(switcher, number, ret_why);
    if (r < 0)
        return refuse(switcher, number, cause, r, ret_why, now_us);
    if (number == switcher->active) {
        stay(switcher, command->type, cause);
        return 0;
    }
    go(switcher, number, NULL, now_us);
    order(switcher, cause);
    return 0;
}

void switch_entered(struct switcher *switcher, uint16_t number, bool taken, const char *reason,
                    uint64_t now_us)
{
    if (number != switcher->active || switcher->entered_by_us == 0)
        return;
    if (taken)
        switcher->entered_by_us = 0;
    else
        take_back(switcher, reason && reason[0] ? reason : "it refused", now_us);
}

void switch_go_home(struct switcher *switcher, const char *why, uint64_t now_us)
{
    if (switcher->active != SWITCH_LOCAL)
        go(switcher, SWITCH_LOCAL, why, now_us);
    switcher->swallow_until_us = 0;
    switcher->ungrab_after_swallow = false;
    switcher->ops->order_ungrab(switcher->context, 0);
}

void switch_forbid(struct switcher *switcher, const char *why)
{
    snprintf(switcher->forbidden, sizeof switcher->forbidden, "%s", why ? why : "");
}

void switch_source_gave_back(struct switcher *switcher, const char *why, uint64_t now_us)
{
    if (switcher->active != SWITCH_LOCAL)
        go(switcher, SWITCH_LOCAL, why, now_us);
    switcher->swallow_until_us = 0;
    switcher->ungrab_after_swallow = false;
}

bool switch_swallows(struct switcher *switcher, const struct report *report, uint64_t now_us)
{
    enum scan_verdict verdict = SCAN_PASSES;

    if (switcher->scan.is_on)
        verdict = scan_judge(&switcher->scan, report, now_us);
    if (verdict == SCAN_ENDS)
        switch_end_scan(switcher);
    return verdict != SCAN_PASSES || report->time_us < switcher->swallow_until_us;
}

void switch_tick(struct switcher *switcher, uint64_t now_us)
{
    if (switcher->entered_by_us && now_us >= switcher->entered_by_us)
        take_back(switcher, "no answer", now_us);
    if (switcher->ungrab_after_swallow && now_us >= switcher->swallow_until_us) {
        switcher->ungrab_after_swallow = false;
        switcher->ops->order_ungrab(switcher->context, switcher->swallow_until_us);
    }
    if (switcher->scan.is_on && now_us >= switcher->scan.next_us)
        step_scan(switcher, "scan", now_us);
}

uint64_t switch_deadline_us(const struct switcher *switcher)
{
    uint64_t deadline_us = UINT64_MAX;

    if (switcher->entered_by_us)
        deadline_us = switcher->entered_by_us;
    if (switcher->ungrab_after_swallow && switcher->swallow_until_us < deadline_us)
        deadline_us = switcher->swallow_until_us;
    if (switcher->scan.is_on && switcher->scan.next_us < deadline_us)
        deadline_us = switcher->scan.next_us;
    return deadline_us;
}
