#include "server/target/agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/clock.h"
#include "common/keyset.h"
#include "common/times.h"
#include "server/pointer.h"
#include "server/target/latency.h"
#include "server/target/outbox.h"

/* Something that an agent may say as often as it likes, and that costs a message to hotdesk-input
 * or to all who watch each time that it is told on: at most one each TIME_NEWS, and the last
 * always. */
struct news {
    uint64_t told_us;
    bool waits;
};

struct agent {
    struct channel *channel; /* NULL: gone */
    char gone_why[MESSAGE_REASON_ROOM + 32];
    const struct agent_handlers *handlers;
    void *context;
    struct agent_view view;
    uint64_t control_number;
    uint16_t version; /* of the protocol, on this connection */
    bool active;      /* between enter and leave */
    bool entered_awaited;
    bool ready; /* as it said last, with its reason */
    char reason[MESSAGE_REASON_ROOM];
    struct news state_news, locks_news;
    struct keyset down; /* at the target, by what was sent */
    uint64_t heard_us;  /* anything came, or it became active */
    uint64_t sent_us;   /* anything went */
    uint64_t pinged_us; /* the last ping */
    uint32_t ping_number;
    uint32_t job_number; /* of a script */
    bool ping_awaited;
    uint64_t
        answered_us; /* the last ping that was answered went then: before it all is dealt with */
    bool leaving; /* what was sent up to the last leave may still be on its way: no pong came since
                   */
    bool dispatching; /* a handler runs: agent_end leaves the freeing to got_message */
    bool ended;       /* by agent_end, meanwhile */
    struct latency latency;
    struct outbox outbox; /* large, last */
};

/* Pages of its own: nearly all of it is outbox, of which an idle agent touches nothing, while
 * calloc clears, and so uses, what it has of an earlier one. */
static struct agent *agent_alloc(void)
{
    void *agent = mmap(NULL, sizeof(struct agent), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return agent == MAP_FAILED ? NULL : agent;
}

static void agent_free(struct agent *agent)
{
    munmap(agent, sizeof *agent);
}

static void send_message(struct agent *agent, const struct message *message, uint64_t now_us)
{
    channel_send(agent->channel, message); /* after a failure `closed` follows */
    agent->sent_us = now_us;
}

static void note_gone(struct agent *agent, const char *why)
{
    agent->channel = NULL;
    snprintf(agent->gone_why, sizeof agent->gone_why, "%s", why);
}

void agent_cut(struct agent *agent, const char *why)
{
    if (!agent->channel)
        return;
    channel_cut(agent->channel);
    note_gone(agent, why);
}

/* The agent broke the protocol, and is told so. */
static void refuse(struct agent *agent, const char *why)
{
    channel_end(agent->channel, MESSAGE_BYE, MESSAGE_REASON_PROTOCOL, why);
    note_gone(agent, why);
}

static void ping(struct agent *agent, uint64_t now_us)
{
    struct message message = {.type = MESSAGE_PING, .ping.number = ++agent->ping_number};
    agent->pinged_us = now_us;
    agent->ping_awaited = true;
    send_message(agent, &message, now_us);
}

static void note_keys(struct agent *agent, const struct report *report)
{
    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (event->type != EV_KEY)
            continue;
        if (event->value)
            keyset_add(&agent->down, event->code);
        else
            keyset_remove(&agent->down, event->code);
    }
}

/* Sends what may go. A socket that is full holds all back, except when it is the last chance. False
 * when the link was cut. */
static bool pump(struct agent *agent, bool flush, uint64_t now_us)
{
    struct outbox_item item;
    enum outbox_result result = OUTBOX_NOTHING;
    while (flush || channel_unsent_bytes(agent->channel) == 0) {
        result =
            outbox_next(&agent->outbox, latency_best_us(&agent->latency), flush, now_us, &item);
        if (result != OUTBOX_ITEM)
            break;
        struct message message = {.type = MESSAGE_REPORT};
        message.report.control_number = agent->control_number;
        message.report.sequence = item.sequence;
        message.report.wants_ack = item.wants_ack;
        message.report.report = item.report;
        note_keys(agent, &item.report);
        agent->view.reports_sent++;
        send_message(agent, &message, now_us);
    }
    if (result == OUTBOX_LATE || outbox_is_late(&agent->outbox, now_us)) {
        agent_cut(agent, "the link is too slow: keys would have arrived more than a second late");
        return false;
    }
    return true;
}

void agent_report(struct agent *agent, const struct report *report, uint64_t now_us)
{
    if (!agent->channel || !agent->active)
        return;
    struct report placed = *report;
    pointer_to_target(&placed, agent->view.geometry.width_px, agent->view.geometry.height_px);
    if (outbox_put(&agent->outbox, &placed) < 0) {
        agent_cut(agent, "the link is too slow: too many reports wait for it");
        return;
    }
    pump(agent, false, now_us);
}

void agent_enter(struct agent *agent, uint64_t now_us)
{
    if (!agent->channel)
        return;
    agent->control_number++;
    agent->active = true;
    agent->entered_awaited = true;
    agent->leaving = false;
    agent->heard_us = now_us; /* idle, it is asked less often than an active one is given time */
    keyset_clear(&agent->down);
    outbox_start_anew(&agent->outbox);
    channel_keep_buffers(agent->channel, true);
    struct message message = {.type = MESSAGE_ENTER, .enter.control_number = agent->control_number};
    send_message(agent, &message, now_us);
}

void agent_leave(struct agent *agent, uint64_t now_us)
{
    if (!agent->channel || !agent->active || !pump(agent, true, now_us))
        return;
    agent->active = false;
    keyset_clear(&agent->down);
    struct message message = {.type = MESSAGE_LEAVE, .leave.control_number = agent->control_number};
    channel_keep_buffers(agent->channel, false);
    send_message(agent, &message, now_us);
    agent->leaving = true;
    ping(agent, now_us);
}

void agent_tick(struct agent *agent, uint64_t now_us)
{
    if (!agent->channel)
        return;
    /* Keys before a leave that a dead link holds must not be typed when it comes back. */
    bool impatient = agent->active || agent->leaving;
    uint64_t silent_us = time_us(impatient ? TIME_PEER_SILENT : TIME_IDLE_SILENT);
    if (now_us > agent->heard_us && now_us - agent->heard_us > silent_us) {
        agent_cut(agent, "no answer from its agent");
        return;
    }
    if (agent->active && !pump(agent, false, now_us))
        return;
    if (channel_unsent_bytes(agent->channel) > 0)
        return; /* a ping more would not arrive sooner */

    uint64_t every_us = time_us(agent->active ? TIME_PING_ACTIVE : TIME_PING_IDLE);
    bool keep_down = agent->active && !keyset_is_empty(&agent->down);
    /* Half of it, since ticks come that often: never more than TIME_KEEP_DOWN between two messages.
     */
    if (now_us - agent->pinged_us >= every_us ||
        (keep_down && now_us - agent->sent_us >= time_us(TIME_KEEP_DOWN) / 2))
        ping(agent, now_us);
}

bool agent_is_busy(const struct agent *agent)
{
    return agent->channel && (agent->leaving || agent->entered_awaited ||
                              !keyset_is_empty(&agent->down) || agent->outbox.waiting_count > 0 ||
                              agent->outbox.on_way_count > 0 || agent->state_news.waits ||
                              agent->locks_news.waits || channel_unsent_bytes(agent->channel) > 0);
}

static bool news_is_due(struct news *news, uint64_t now_us)
{
    news->waits = now_us - news->told_us < time_us(TIME_NEWS);
    if (!news->waits)
        news->told_us = now_us;
    return !news->waits;
}

static void tell_state(struct agent *agent, uint64_t now_us)
{
    if (news_is_due(&agent->state_news, now_us))
        agent->handlers->ready(agent->context, agent->ready, agent->reason);
}

static void tell_locks(struct agent *agent, uint64_t now_us)
{
    if (news_is_due(&agent->locks_news, now_us))
        agent->handlers->locks(agent->context, agent->view.locks);
}

static void got_state(struct agent *agent, const struct message_state *state, uint64_t now_us)
{
    struct agent_view *view = &agent->view;
    bool ready = state->ready == MESSAGE_READY_YES;
    const char *reason = ready              ? ""
                         : state->reason[0] ? state->reason
                                            : "its agent does not say why";
    bool is_news = !view->has_state || ready != agent->ready || strcmp(reason, agent->reason) != 0;
    view->has_state = true;
    view->unsendable_keys = state->unsendable_keys;
    view->held_too_long = state->held_too_long;
    /* GCC 12 takes the text for that of screen_state, which begins at the same byte. */
    snprintf(view->injector, sizeof view->injector, "%.*s", MESSAGE_NAME_ROOM - 1, state->injector);
    snprintf(view->injector_reason, sizeof view->injector_reason, "%s", ready ? state->reason : "");
    agent->ready = ready;
    snprintf(agent->reason, sizeof agent->reason, "%s", reason);
    if (is_news)
        tell_state(agent, now_us);
}

static void got_entered(struct agent *agent, const struct message_entered *entered)
{
    if (!agent->active || entered->control_number != agent->control_number ||
        !agent->entered_awaited)
        return; /* of an earlier enter, taken back meanwhile, or once more */
    agent->entered_awaited = false;
    agent->locks_news.waits = false;
    agent->view.has_locks = true;
    agent->view.locks = entered->locks;
    agent->handlers->entered(agent->context, entered->taken, entered->locks, entered->reason);
}

static void got_leds(struct agent *agent, uint8_t locks, uint64_t now_us)
{
    agent->view.has_locks = true;
    agent->view.locks = locks;
    tell_locks(agent, now_us);
}

void agent_tell(struct agent *agent, uint64_t now_us)
{
    if (agent->channel && agent->state_news.waits)
        tell_state(agent, now_us);
    if (agent->channel && agent->locks_news.waits)
        tell_locks(agent, now_us);
}

static void got_screen_state(struct agent *agent, const struct message_screen_state *state)
{
    struct agent_view *view = &agent->view;
    if (!view->can_screen) {
        refuse(agent, "its agent told of a screen, and said before that it has no part for one");
        return;
    }
    view->has_screen_state = true;
    view->has_screen = state->has_screen;
    snprintf(view->screen_reason, sizeof view->screen_reason, "%s", state->reason);
    agent->handlers->screen(agent->context);
}

bool agent_open_screen(struct agent *agent, uint32_t number, uint64_t now_us)
{
    if (!agent->channel || !agent->view.can_screen)
        return false;
    struct message message = {.type = MESSAGE_SCREEN_OPEN, .screen_open.number = number};
    send_message(agent, &message, now_us);
    return true;
}

int agent_script(struct agent *agent, struct message *message, uint64_t now_us)
{
    if (!agent->channel)
        return -ENOTCONN;
    if (!agent->view.can_script)
        return -EOPNOTSUPP;
    if (message->type == MESSAGE_PRESS) {
        message->press.control_number = agent->control_number;
        message->press.job = ++agent->job_number;
    } else if (message->type == MESSAGE_TEXT) {
        message->text.control_number = agent->control_number;
        message->text.job = ++agent->job_number;
    }
    send_message(agent, message, now_us);
    return 0;
}

static void got_typed(struct agent *agent, const struct message_typed *typed)
{
    if (agent->view.can_script)
        agent->handlers->typed(agent->context, typed);
    else
        refuse(agent, "its agent told of a script, and said before that it takes none");
}

static void got_monitor(struct agent *agent, const struct message_shown *shown)
{
    struct agent_view *view = &agent->view;
    if (!view->can_monitor) {
        refuse(agent, "its agent told of a monitor, and said before that it has no part for one");
        return;
    }
    view->has_shown = true;
    snprintf(view->shown, sizeof view->shown, "%s", shown->name);
    agent->handlers->monitor(agent->context, shown->reason);
}

bool agent_show_monitor(struct agent *agent, const char *name, uint64_t now_us)
{
    if (!agent->channel || !agent->view.can_monitor)
        return false;
    struct message message = {.type = MESSAGE_MONITOR};
    snprintf(message.shown.name, sizeof message.shown.name, "%s", name);
    send_message(agent, &message, now_us);
    return true;
}

void agent_wish(struct agent *agent, const struct message_screen_wish *wish, uint64_t now_us)
{
    if (!agent->channel || !agent->view.takes_wishes)
        return;
    send_message(agent, &(struct message){.type = MESSAGE_SCREEN_WISH, .screen_wish = *wish},
                 now_us);
}

static void got_figures(struct agent *agent, const struct message_screen_figures *figures)
{
    if (!agent->view.takes_wishes) {
        refuse(agent, "its agent told figures of a screen, and did not say before that it does");
        return;
    }
    agent->view.has_figures = true;
    agent->view.figures = *figures;
}

static void got_pong(struct agent *agent, uint32_t number, uint64_t now_us)
{
    if (!agent->ping_awaited || number != agent->ping_number)
        return;
    agent->ping_awaited = agent->leaving = false;
    agent->answered_us = agent->pinged_us;
    latency_round_trip(&agent->latency, now_us - agent->pinged_us, now_us);
}

static void got_ack(struct agent *agent, uint32_t sequence, uint64_t now_us)
{
    struct outbox_acked acked;
    int result =
        outbox_ack(&agent->outbox, sequence, latency_best_us(&agent->latency), now_us, &acked);
    if (result == -EPROTO)
        refuse(agent, "its agent acknowledged a report that was never sent");
    if (result < 0)
        return;
    latency_round_trip(&agent->latency, acked.round_trip_us, now_us);
    latency_injected(&agent->latency, acked.oldest_us, now_us);
    if (agent->active)
        pump(agent, false, now_us);
}

static void got_bye(struct agent *agent, const struct message_end *end)
{
    char why[MESSAGE_REASON_ROOM + 32];
    snprintf(why, sizeof why, "its agent said: %s", end->text);
    agent_cut(agent, why);
}

static void dispatch(struct agent *agent, const struct message *message, uint64_t now_us)
{
    if (message_info((uint8_t)message->type)->first_version > agent->version) {
        refuse(agent, "its agent sent a message of a later version than the one agreed on");
        return;
    }
    switch (message->type) {
    case MESSAGE_STATE:
        got_state(agent, &message->state, now_us);
        break;
    case MESSAGE_GEOMETRY:
        agent->view.geometry = message->geometry;
        break;
    case MESSAGE_LEDS:
        got_leds(agent, message->leds.locks, now_us);
        break;
    case MESSAGE_SCREEN_STATE:
        got_screen_state(agent, &message->screen_state);
        break;
    case MESSAGE_MONITOR:
        got_monitor(agent, &message->shown);
        break;
    case MESSAGE_SCREEN_FIGURES:
        got_figures(agent, &message->screen_figures);
        break;
    case MESSAGE_POINTER:
        if (agent->active)
            agent->handlers->pointer(agent->context, message->pointer.x_px, message->pointer.y_px);
        break;
    case MESSAGE_TYPED:
        got_typed(agent, &message->typed);
        break;
    case MESSAGE_ENTERED:
        got_entered(agent, &message->entered);
        break;
    case MESSAGE_ACK:
        got_ack(agent, message->ack.sequence, now_us);
        break;
    case MESSAGE_PING:
        send_message(agent, &(struct message){.type = MESSAGE_PONG, .ping = message->ping}, now_us);
        break;
    case MESSAGE_PONG:
        got_pong(agent, message->ping.number, now_us);
        break;
    case MESSAGE_BYE:
        got_bye(agent, &message->end);
        break;
    default:
        refuse(agent, "its agent sent a message that has no place here");
    }
}

static void tell_if_gone(struct agent *agent)
{
    if (!agent->channel)
        agent->handlers->gone(agent->context, agent->gone_why);
}

static void got_message(void *context, const struct message *message)
{
    struct agent *agent = context;
    uint64_t now_us = clock_now_us();
    agent->heard_us = now_us;
    agent->dispatching = true;
    dispatch(agent, message, now_us);
    if (!agent->ended)
        tell_if_gone(agent);
    agent->dispatching = false;
    if (agent->ended)
        agent_free(agent);
}

static void got_drained(void *context)
{
    struct agent *agent = context;
    if (agent->active)
        pump(agent, false, clock_now_us());
    tell_if_gone(agent);
}

static void got_closed(void *context, enum stream_end end, const char *why)
{
    struct agent *agent = context;
    (void)end;
    note_gone(agent, why);
    tell_if_gone(agent);
}

static const struct channel_handlers channel_handlers = {
    .message = got_message,
    .drained = got_drained,
    .closed = got_closed,
};

struct agent *agent_create(struct channel *channel, const struct message_hello *hello,
                           uint64_t control_number, const char *target_name,
                           const char *server_name, const struct agent_handlers *handlers,
                           void *context)
{
    struct agent *agent = agent_alloc();
    if (!agent) {
        channel_cut(channel);
        return NULL;
    }
    uint64_t now_us = clock_now_us();
    agent->channel = channel;
    agent->handlers = handlers;
    agent->context = context;
    agent->control_number =
        control_number > hello->control_number ? control_number : hello->control_number;
    agent->heard_us = now_us;
    snprintf(agent->view.address, sizeof agent->view.address, "%s", channel_address(channel));
    outbox_init(&agent->outbox);
    channel_take(channel, &channel_handlers, agent);

    agent->version = message_common_version(hello);
    agent->view.can_screen = agent->version >= message_info(MESSAGE_SCREEN_OPEN)->first_version &&
                             (hello->capabilities & MESSAGE_CAPABILITY_SCREEN);
    agent->view.can_script = agent->version >= message_info(MESSAGE_TYPED)->first_version &&
                             (hello->capabilities & MESSAGE_CAPABILITY_SCRIPT);
    agent->view.takes_wishes =
        agent->view.can_screen && (hello->capabilities & MESSAGE_CAPABILITY_WISHES);
    struct message welcome = {.type = MESSAGE_WELCOME, .welcome.version = agent->version};
    agent->view.can_monitor =
        agent->view.can_screen && (hello->capabilities & MESSAGE_CAPABILITY_MONITOR);
    if (agent->view.can_screen)
        welcome.welcome.capabilities |= MESSAGE_CAPABILITY_SCREEN;
    if (agent->view.can_script)
        welcome.welcome.capabilities |= MESSAGE_CAPABILITY_SCRIPT;
    if (agent->view.can_monitor)
        welcome.welcome.capabilities |= MESSAGE_CAPABILITY_MONITOR;
    if (agent->view.takes_wishes)
        welcome.welcome.capabilities |= MESSAGE_CAPABILITY_WISHES;
    snprintf(welcome.welcome.target_name, sizeof welcome.welcome.target_name, "%s", target_name);
    snprintf(welcome.welcome.server_name, sizeof welcome.welcome.server_name, "%s", server_name);
    send_message(agent, &welcome, now_us);
    ping(agent, now_us); /* the first round trip is known before the first key */
    return agent;
}

const char *agent_gone_why(const struct agent *agent)
{
    return agent->channel ? NULL : agent->gone_why;
}

struct agent *agent_end(struct agent *agent, enum message_reason reason, const char *text)
{
    if (!agent)
        return NULL;
    if (agent->channel)
        channel_end(agent->channel, MESSAGE_BYE, reason, text);
    agent->channel = NULL;
    agent->ended = true;
    if (!agent->dispatching)
        agent_free(agent);
    return NULL;
}

uint64_t agent_control_number(const struct agent *agent)
{
    return agent->control_number;
}

struct agent_view agent_view(const struct agent *agent)
{
    struct agent_view view = agent->view;
    view.round_trip_us = latency_best_us(&agent->latency);
    view.congested_count = agent->outbox.congested_count;
    view.latency = &agent->latency.histogram;
    return view;
}

struct agent_link agent_link(const struct agent *agent, uint64_t now_us)
{
    const struct latency *latency = &agent->latency;
    struct agent_link link = {.recent = latency_recent(latency, now_us),
                              .waits_us =
                                  outbox_waits_us(&agent->outbox, agent->answered_us, now_us),
                              .congested = agent->outbox.congested};
    if (latency->last_at_us && now_us - latency->last_at_us < LATENCY_RECENT_US)
        link.last_us = latency->last_us;
    return link;
}
