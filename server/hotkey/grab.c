#include "server/hotkey/grab.h"

#include <string.h>

#include "common/times.h"
#include "protocol/message.h"

#define LOCKS_ALL   (MESSAGE_LOCK_NUM | MESSAGE_LOCK_CAPS | MESSAGE_LOCK_SCROLL)
#define FLASH_STEPS 4 /* lit, dark, lit, dark; then the target's locks again */

static bool send_message(struct grab *grab, struct link_message *message)
{
    message->grab_number = grab->number;
    message->sequence = grab->sequence;
    return grab->connected && grab->ops->send(grab->context, message);
}

static void send_ended(struct grab *grab, enum link_ungrab_reason reason)
{
    struct link_message message = {.type = LINK_UNGRABBED, .ungrab_reason = reason};

    grab->ended = reason;
    send_message(grab, &message); /* lost: the next ping asks for it */
}

static bool awaits_verdict(const struct grab *grab)
{
    return grab->typed.command_count > 0;
}

static bool is_live(const struct grab *grab)
{
    return grab->phase == GRAB_PENDING || grab->phase == GRAB_REMOTE;
}

/* The end of every grab: nothing of it is left. */
static void forget_grab(struct grab *grab)
{
    grab->phase = GRAB_FREE;
    grab->flash_steps = 0;
    grab->locks = 0;
    typed_clear(&grab->typed);
    explicit_bzero(grab->given, sizeof grab->given);
    grab->given_count = 0;
    hotkey_set_grabbed(&grab->hotkey, false);
}

static void give_back(struct grab *grab)
{
    grab->ops->give(grab->context, grab->given, grab->given_count);
    forget_grab(grab);
}

/* What came after the last command, and the server had not read, becomes what the desktop gets;
 * what is held back of a tap belongs to it. */
static void choose_given(struct grab *grab, uint64_t from_us)
{
    hotkey_flush(&grab->hotkey);
    typed_forget_commands(&grab->typed);
    grab->given_count = typed_take(&grab->typed, &grab->hotkey.down, from_us, grab->given);
}

/* Without an order. A number more, so that orders on their way are old ones. */
static void end_by_itself(struct grab *grab, enum link_ungrab_reason reason)
{
    bool deliver = reason == LINK_UNGRAB_SILENT && is_live(grab) && awaits_verdict(grab) &&
                   grab->last_command == COMMAND_LOCAL;

    if (grab->phase != GRAB_FREE) {
        grab->phase = GRAB_GIVING; /* what is flushed now is not sent any more */
        if (deliver)
            choose_given(grab, 0);
        else if (reason == LINK_UNGRAB_PANIC)
            grab->given_count = 0;
        give_back(grab);
    }
    grab->number++;
    send_ended(grab, reason);
}

static void finish_giving(struct grab *grab)
{
    give_back(grab);
    send_ended(grab, LINK_UNGRAB_ORDERED);
}

static bool take(struct grab *grab, enum grab_phase phase)
{
    struct link_message message = {.type = LINK_GRABBED, .by_order = phase == GRAB_REMOTE};
    bool panics = hotkey_panic_is_held(&grab->hotkey);

    grab->number++;
    if (panics || grab->ops->take(grab->context) < 0) {
        forget_grab(grab);
        send_ended(grab, panics ? LINK_UNGRAB_PANIC : LINK_UNGRAB_FAILED);
        return false;
    }
    grab->phase = phase;
    grab->taken_us = grab->now_us;
    grab->heard_us = grab->now_us;
    grab->verdict_by_us = grab->now_us + time_us(TIME_LEADER_WAIT);
    hotkey_set_grabbed(&grab->hotkey, true);
    if (!send_message(grab, &message))
        end_by_itself(grab, LINK_UNGRAB_SILENT);
    return grab->phase == phase;
}

/* The leader's light comes first, then a flash, then the target's locks. */
static void show_locks(struct grab *grab)
{
    if (hotkey_is_waiting(&grab->hotkey)) {
        grab->flash_steps = 0;
        grab->ops->show_locks(grab->context, LOCKS_ALL);
    } else if (grab->flash_steps == 0) {
        grab->ops->show_locks(grab->context, grab->locks);
    }
}

static void step_flash(struct grab *grab)
{
    grab->flash_steps--;
    if (grab->flash_steps == 0) {
        show_locks(grab);
        return;
    }
    grab->flash_at_us = grab->now_us + time_us(TIME_FLASH);
    grab->ops->show_locks(grab->context, grab->flash_steps % 2 == 0 ? LOCKS_ALL : 0);
}

static void on_pass(void *context, const struct report *report)
{
    struct grab *grab = context;
    struct link_message message = {.type = LINK_REPORT, .report = *report};

    if (grab->phase == GRAB_FREE || report->time_us < grab->taken_us)
        return;
    bool fits = typed_add_report(&grab->typed, report, ++grab->sequence);
    if (is_live(grab) && (!send_message(grab, &message) || !fits))
        end_by_itself(grab, LINK_UNGRAB_SILENT);
}

static void on_leader(void *context)
{
    struct grab *grab = context;

    if (grab->phase == GRAB_GIVING && grab->connected)
        finish_giving(grab); /* by a chord: a leader takes two presses */
    /* Without a server there is nobody to choose from: the keys stay the desktop's. */
    if (!grab->connected)
        hotkey_set_grabbed(&grab->hotkey, false);
    else if (grab->phase == GRAB_FREE)
        take(grab, GRAB_PENDING);
    if (is_live(grab) && hotkey_is_waiting(&grab->hotkey))
        show_locks(grab);
}

static void on_command(void *context, const struct command *command)
{
    struct grab *grab = context;
    struct link_message message = {.type = LINK_COMMAND, .command = *command};

    if (!is_live(grab))
        return;
    bool fits = typed_add_command(&grab->typed, ++grab->sequence);
    grab->last_command = command->type;
    grab->verdict_by_us = grab->now_us + time_us(TIME_LEADER_WAIT);
    if (!send_message(grab, &message) || !fits)
        end_by_itself(grab, LINK_UNGRAB_SILENT);
    else if (grab->phase == GRAB_REMOTE)
        show_locks(grab);
}

static void on_panic(void *context)
{
    /* Also when nothing is grabbed: an order to grab may be on its way. */
    end_by_itself(context, LINK_UNGRAB_PANIC);
}

static void on_switched_off(void *context, bool off)
{
    struct link_message message = {.type = LINK_HOTKEYS, .hotkeys_off = off};

    send_message(context, &message); /* for people to see: nothing hangs on it */
}

static const struct hotkey_ops HOTKEY_OPS = {
    .pass = on_pass,
    .leader = on_leader,
    .command = on_command,
    .panic = on_panic,
    .switched_off = on_switched_off,
};

void grab_init(struct grab *grab, const struct hotkey_rules *rules, const struct grab_ops *ops,
               void *context)
{
    *grab = (struct grab){.ops = ops, .context = context, .ended = LINK_UNGRAB_ORDERED};
    hotkey_init(&grab->hotkey, rules, &HOTKEY_OPS, grab);
}

void grab_connected(struct grab *grab, uint64_t now_us)
{
    struct link_message message = {.type = LINK_HELLO, .version = LINK_VERSION};

    grab->now_us = now_us;
    grab->connected = false; /* the end of an old grab is no news for the new server */
    if (grab->phase != GRAB_FREE)
        end_by_itself(grab, LINK_UNGRAB_SILENT);
    grab->connected = true;
    send_message(grab, &message);
    if (grab->hotkey.off)
        on_switched_off(grab, true);
}

void grab_disconnected(struct grab *grab, uint64_t now_us)
{
    grab->now_us = now_us;
    grab->connected = false;
    if (grab->phase != GRAB_FREE)
        end_by_itself(grab, LINK_UNGRAB_SILENT);
}

void grab_lost(struct grab *grab, enum link_ungrab_reason reason, uint64_t now_us)
{
    bool was_grabbed = grab->phase != GRAB_FREE;

    grab->now_us = now_us;
    hotkey_forget_keys(&grab->hotkey);
    forget_grab(grab);
    if (!was_grabbed)
        return;
    grab->number++;
    send_ended(grab, reason);
}

/* By when a key was pressed, not by when we came to read it: a busy machine neither loses a double
 * tap nor makes one. */
static void pass_to_hotkey(struct grab *grab, const struct report *report)
{
    hotkey_report(&grab->hotkey, report,
                  report->time_us < grab->now_us ? report->time_us : grab->now_us);
}

/* A key first pressed while the ungrab waits belongs to the desktop and ends the wait. */
static void report_while_giving(struct grab *grab, const struct report *report)
{
    struct keyset before = grab->hotkey.down;
    bool pressed = false;

    pass_to_hotkey(grab, report);
    if (grab->phase != GRAB_GIVING)
        return;
    typed_clear(&grab->typed);
    typed_add_report(&grab->typed, report, grab->sequence);
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        pressed |= event->type == EV_KEY && event->value == 1 && !keyset_has(&before, event->code);
    }
    if (pressed)
        grab->given_count = typed_take(&grab->typed, &grab->hotkey.down, 0, grab->given);
    if (pressed || keyset_is_empty(&grab->hotkey.down))
        finish_giving(grab);
}

void grab_report(struct grab *grab, const struct report *report, uint64_t now_us)
{
    grab->now_us = now_us;
    if (grab->phase == GRAB_GIVING)
        report_while_giving(grab, report);
    else
        pass_to_hotkey(grab, report);
}

/* The last word: give back now, or when the keys are up. */
static void begin_giving(struct grab *grab, uint64_t from_us)
{
    grab->phase = GRAB_GIVING;
    if (from_us != LINK_NOTHING_US)
        choose_given(grab, from_us);
    hotkey_set_grabbed(&grab->hotkey, false);
    typed_clear(&grab->typed);
    grab->give_by_us = grab->now_us + time_us(TIME_GIVE_WAIT);
    if (grab->given_count > 0 || keyset_is_empty(&grab->hotkey.down))
        finish_giving(grab);
}

/* Not the last word: what was typed before the next command goes to the desktop, for a moment in
 * which it has the devices. */
static void give_in_between(struct grab *grab, uint64_t from_us)
{
    struct grab_key keys[GRAB_GIVEN_MAX];
    size_t count = typed_take(&grab->typed, &grab->hotkey.down, from_us, keys);

    if (count == 0)
        return;
    grab->ops->give(grab->context, keys, count);
    explicit_bzero(keys, sizeof keys);
    if (grab->ops->take(grab->context) < 0) {
        forget_grab(grab);
        grab->number++;
        send_ended(grab, LINK_UNGRAB_FAILED);
    } else {
        show_locks(grab);
    }
}

static void obey_verdict(struct grab *grab, const struct link_message *message)
{
    bool last_word = !awaits_verdict(grab) && !hotkey_is_waiting(&grab->hotkey);

    if (message->type == LINK_UNGRAB && last_word) {
        begin_giving(grab, message->deliver_from_us);
    } else if (message->type == LINK_UNGRAB) {
        give_in_between(grab, message->deliver_from_us);
    } else if (message->type == LINK_KEEP) {
        grab->phase = GRAB_REMOTE;
        show_locks(grab);
    } else if (message->type == LINK_FLASH && !hotkey_is_waiting(&grab->hotkey)) {
        grab->verdict_by_us = grab->now_us + time_us(TIME_LEADER_WAIT);
        grab->flash_steps = FLASH_STEPS + 1;
        step_flash(grab);
    }
}

static void obey_grab(struct grab *grab)
{
    if (grab->phase == GRAB_GIVING)
        finish_giving(grab);
    if (grab->phase == GRAB_FREE && take(grab, GRAB_REMOTE))
        show_locks(grab);
}

static void answer_ping(struct grab *grab, uint32_t ping_number)
{
    struct link_message message = {.type = LINK_PONG, .ping_number = ping_number};

    if (grab->phase == GRAB_FREE)
        send_ended(grab, grab->ended); /* it is pinged as if grabbed: our word was lost */
    else if (!send_message(grab, &message))
        end_by_itself(grab, LINK_UNGRAB_SILENT);
}

static bool is_verdict(enum link_type type)
{
    return type == LINK_KEEP || type == LINK_UNGRAB || type == LINK_FLASH;
}

void grab_message(struct grab *grab, const struct link_message *message, uint64_t now_us)
{
    bool is_current = message->grab_number == grab->number;

    grab->now_us = now_us;
    grab->heard_us = now_us;
    if (is_current && is_live(grab))
        typed_forget(&grab->typed, message->sequence, is_verdict(message->type));
    switch (message->type) {
    case LINK_PING:
        answer_ping(grab, message->ping_number);
        break;
    case LINK_TARGETS:
        grab->hotkey.highest_number = message->highest_number;
        break;
    case LINK_GRAB:
        if (is_current)
            obey_grab(grab);
        else if (grab->phase == GRAB_FREE)
            send_ended(grab, grab->ended); /* it does not know, or our word was lost */
        break;
    case LINK_UNGRAB:
    case LINK_KEEP:
    case LINK_FLASH:
        if (is_current && is_live(grab))
            obey_verdict(grab, message);
        break;
    case LINK_LEDS:
        if (is_current && is_live(grab)) {
            grab->locks = message->locks;
            show_locks(grab);
        }
        break;
    default:
        break; /* what only a source says */
    }
}

/* A server that pings but gives no verdict would keep the keyboard for ever. */
static bool awaits_order(const struct grab *grab)
{
    return awaits_verdict(grab) ||
           (grab->phase == GRAB_PENDING && !hotkey_is_waiting(&grab->hotkey));
}

/* A server that stops does so half an interval after its last ping, on the average. */
static uint64_t silent_at_us(const struct grab *grab)
{
    return grab->heard_us + time_us(TIME_NET_SILENT) + time_us(TIME_NET_PING) / 2;
}

void grab_tick(struct grab *grab, uint64_t now_us)
{
    grab->now_us = now_us;
    hotkey_tick(&grab->hotkey, now_us);
    if (grab->phase == GRAB_GIVING && now_us >= grab->give_by_us)
        finish_giving(grab);
    if (!is_live(grab))
        return;
    if (now_us >= silent_at_us(grab) || (awaits_order(grab) && now_us >= grab->verdict_by_us))
        end_by_itself(grab, LINK_UNGRAB_SILENT);
    else if (grab->flash_steps > 0 && now_us >= grab->flash_at_us)
        step_flash(grab);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t grab_deadline_us(const struct grab *grab)
{
    uint64_t deadline_us = hotkey_deadline_us(&grab->hotkey);

    if (grab->phase == GRAB_GIVING)
        return sooner(deadline_us, grab->give_by_us);
    if (!is_live(grab))
        return deadline_us;
    deadline_us = sooner(deadline_us, silent_at_us(grab));
    if (awaits_order(grab))
        deadline_us = sooner(deadline_us, grab->verdict_by_us);
    if (grab->flash_steps > 0)
        deadline_us = sooner(deadline_us, grab->flash_at_us);
    return deadline_us;
}

bool grab_is_grabbed(const struct grab *grab)
{
    return grab->phase != GRAB_FREE;
}

bool grab_is_idle(const struct grab *grab)
{
    return hotkey_is_idle(&grab->hotkey);
}

void grab_rules_changed(struct grab *grab)
{
    hotkey_rules_changed(&grab->hotkey);
}
