#include "agent/session.h"

#include <stdio.h>
#include <string.h>

#include "agent/session_script.h"
#include "common/times.h"
#include "protocol/cursor.h"

void session_init(struct session *session, const struct session_ops *ops, void *context)
{
    memset(session, 0, sizeof *session);
    session->ops = ops;
    session->context = context;
    session_script_init(session);
    snprintf(session->state.reason, sizeof session->state.reason, "the agent is starting");
    snprintf(session->screen.reason, sizeof session->screen.reason, "the agent is starting");
}

void session_new_server(struct session *session)
{
    session->highest = 0;
}

const char *session_refusal(const struct session *session)
{
    return *session->input_denied  ? session->input_denied
           : !session->state.ready ? session->state.reason
                                   : NULL;
}

static void session_send(struct session *session, const struct message *message)
{
    session->ops->send(session->context, message);
}

static void session_send_state(struct session *session)
{
    struct message message = {.type = MESSAGE_STATE, .state = session->state};

    if (*session->input_denied) {
        message.state.ready = MESSAGE_READY_NO;
        memcpy(message.state.reason, session->input_denied, sizeof session->input_denied);
    }
    if (session->stage == SESSION_WELCOMED)
        session_send(session, &message);
}

static void session_send_screen(struct session *session)
{
    struct message message = {.type = MESSAGE_SCREEN_STATE, .screen_state = session->screen};

    if (*session->view_denied) {
        message.screen_state.has_screen = 0;
        memcpy(message.screen_state.reason, session->view_denied, sizeof session->view_denied);
    }
    if (session->stage == SESSION_WELCOMED && session->tells_screen)
        session_send(session, &message);
}

static void session_send_shown(struct session *session, const char *reason)
{
    struct message message = {.type = MESSAGE_MONITOR};

    snprintf(message.shown.name, sizeof message.shown.name, "%s", session->shown);
    text_make_clean(reason, message.shown.reason, sizeof message.shown.reason);
    if (session->stage == SESSION_WELCOMED && session->tells_monitor)
        session_send(session, &message);
}

/* The one way in which keys go up that the server did not lift itself. */
static bool session_lift(struct session *session, bool modifiers_too)
{
    struct report report;
    bool lifted = false;

    while (held_lift(&session->held, modifiers_too, &report)) {
        session->ops->inject(session->context, &report);
        lifted = true;
    }
    return lifted;
}

static bool session_deactivate(struct session *session)
{
    const bool lifted = session_lift(session, true);

    if (session->active) {
        session->active = 0;
        session->ops->leave(session->context);
    }
    return lifted;
}

static void session_end(struct session *session, const struct session_end *end)
{
    script_forget(&session->script);
    session_deactivate(session);
    session->stage = SESSION_CLOSED;
    session->ops->ended(session->context, end);
}

void session_stop(struct session *session, uint8_t reason, const char *text)
{
    if (session->stage == SESSION_CLOSED)
        return;

    struct message bye = {.type = MESSAGE_BYE, .end = {.reason = reason}};
    snprintf(bye.end.text, sizeof bye.end.text, "%s", text);
    script_forget(&session->script);
    session_deactivate(session);
    session_send(session, &bye);
    session_end(session, &(struct session_end){.reason = reason, .text = text});
}

void session_received_garbage(struct session *session, const char *why)
{
    session_stop(session, MESSAGE_REASON_PROTOCOL, why);
}

void session_closed(struct session *session)
{
    script_forget(&session->script);
    session_deactivate(session);
    session->stage = SESSION_CLOSED;
}

void session_opened(struct session *session, const char *host_name, uint64_t now_us)
{
    struct message hello = {
        .type = MESSAGE_HELLO,
        .hello = {.version_min = MESSAGE_VERSION_MIN,
                  .version_max = MESSAGE_VERSION_MAX,
                  .role = MESSAGE_ROLE_CONTROL,
                  .capabilities = MESSAGE_CAPABILITY_SCREEN | MESSAGE_CAPABILITY_SCRIPT |
                                  MESSAGE_CAPABILITY_MONITOR | MESSAGE_CAPABILITY_WISHES,
                  .control_number = session->highest}};

    script_forget(&session->script);
    session_deactivate(session);
    session->stage = SESSION_GREETING;
    session->opened_us = session->heard_us = now_us;
    text_make_clean(host_name, hello.hello.name, sizeof hello.hello.name);
    session_send(session, &hello);
}

static void session_welcome(struct session *session, const struct message_welcome *welcome)
{
    if (welcome->version < MESSAGE_VERSION_MIN || welcome->version > MESSAGE_VERSION_MAX) {
        session_stop(session, MESSAGE_REASON_VERSION, "no protocol version in common");
        return;
    }
    session->stage = SESSION_WELCOMED;
    session->denied_us = session->heard_us;
    session->tells_screen = welcome->version >= message_info(MESSAGE_SCREEN_STATE)->first_version &&
                            (welcome->capabilities & MESSAGE_CAPABILITY_SCREEN);
    session->takes_script = welcome->version >= message_info(MESSAGE_TYPED)->first_version &&
                            (welcome->capabilities & MESSAGE_CAPABILITY_SCRIPT);
    session->tells_monitor =
        session->tells_screen && (welcome->capabilities & MESSAGE_CAPABILITY_MONITOR);
    session->takes_figures =
        session->tells_screen && (welcome->capabilities & MESSAGE_CAPABILITY_WISHES);
    session->ops->welcomed(session->context, welcome);
    /* Before the state: once ready, places may come, and they are pixels of this screen. */
    if (session->geometry.width_px)
        session_send(session,
                     &(struct message){.type = MESSAGE_GEOMETRY, .geometry = session->geometry});
    session_send_state(session);
    session_send(session, &(struct message){.type = MESSAGE_LEDS, .leds.locks = session->locks});
    session_send_screen(session);
    session_send_shown(session, "");
}

static void session_show(struct session *session, const struct message_shown *shown)
{
    if (!session->tells_monitor)
        session_stop(session, MESSAGE_REASON_PROTOCOL, "a message that was not agreed on");
    else if (*session->view_denied)
        session_send_shown(session, session->view_denied);
    else
        session->ops->show(session->context, shown->name);
}

static void session_answer_enter(struct session *session, uint64_t number, const char *refusal)
{
    struct message entered = {
        .type = MESSAGE_ENTERED,
        .entered = {.control_number = number, .taken = !refusal, .locks = session->locks},
    };

    if (refusal)
        snprintf(entered.entered.reason, sizeof entered.entered.reason, "%s", refusal);
    session_send(session, &entered);
}

/* A number that is not above all seen before comes from a console that does not know of a newer
 * one. */
static void session_enter(struct session *session, const struct message_enter *enter)
{
    if (enter->control_number <= session->highest) {
        session_answer_enter(session, enter->control_number,
                             "a newer console has had this computer (old control number)");
        return;
    }
    session_deactivate(session);
    session->highest = enter->control_number;
    const char *refusal = session_refusal(session);
    if (refusal) {
        session_answer_enter(session, enter->control_number, refusal);
        return;
    }
    session->active = enter->control_number;
    session->has_told_pointer = false;
    session->ops->enter(session->context);
    session_answer_enter(session, enter->control_number, NULL);
}

static void session_leave(struct session *session, const struct message_leave *leave)
{
    if (session->active && leave->control_number == session->active)
        session_deactivate(session);
}

/* An honest server sends none once it was told: these are not on their way from before. */
static bool session_is_typed_against(const struct session *session)
{
    return *session->input_denied &&
           session->heard_us >= session->denied_us + time_us(TIME_PEER_SILENT);
}

static void session_report(struct session *session, const struct message_report *message)
{
    struct report report;

    if (!session->active || message->control_number != session->active) {
        if (session_is_typed_against(session))
            session_stop(session, MESSAGE_REASON_PROTOCOL,
                         "the server types, and was told that it may not");
        else if (message->control_number < session->highest)
            session->stale_reports++;
        return;
    }
    held_filter(&session->held, &message->report, &report);
    if (report.event_count > 0 && session->ops->inject(session->context, &report) < 0)
        return;
    if (message->wants_ack)
        session_send(session,
                     &(struct message){.type = MESSAGE_ACK, .ack.sequence = message->sequence});
}

static void session_received_end(struct session *session, const struct message *message)
{
    session_end(session, &(struct session_end){.by_peer = true,
                                               .rejected = message->type == MESSAGE_REJECT,
                                               .reason = message->end.reason,
                                               .text = message->end.text});
}

/* Before the welcome only an answer to the hello has a meaning. */
static void session_received_early(struct session *session, const struct message *message)
{
    switch (message->type) {
    case MESSAGE_WELCOME:
        session_welcome(session, &message->welcome);
        break;
    case MESSAGE_REJECT:
    case MESSAGE_BYE:
        session_received_end(session, message);
        break;
    default:
        session_stop(session, MESSAGE_REASON_PROTOCOL, "a message before the welcome");
    }
}

static void session_received_later(struct session *session, const struct message *message)
{
    switch (message->type) {
    case MESSAGE_ENTER:
        session_enter(session, &message->enter);
        break;
    case MESSAGE_LEAVE:
        session_leave(session, &message->leave);
        break;
    case MESSAGE_REPORT:
        session_report(session, &message->report);
        break;
    case MESSAGE_PING:
        session_send(session, &(struct message){.type = MESSAGE_PONG, .ping = message->ping});
        break;
    case MESSAGE_PONG:
        break;
    case MESSAGE_SCREEN_OPEN:
        if (!*session->view_denied)
            session->ops->screen_open(session->context, message->screen_open.number);
        break;
    case MESSAGE_MONITOR:
        session_show(session, &message->shown);
        break;
    case MESSAGE_SCREEN_WISH:
        session->ops->screen_wish(session->context, &message->screen_wish);
        break;
    case MESSAGE_BYE:
        session_received_end(session, message);
        break;
    default:
        if (!session_script_received(session, message))
            session_stop(session, MESSAGE_REASON_PROTOCOL, "a message that is out of place");
    }
}

void session_received(struct session *session, const struct message *message, uint64_t now_us)
{
    if (session->stage == SESSION_CLOSED)
        return;
    session->heard_us = now_us;
    if (session->stage == SESSION_GREETING)
        session_received_early(session, message);
    else
        session_received_later(session, message);
}

void session_set_ready(struct session *session, const char *injector, bool ready,
                       const char *reason)
{
    struct message_state state = session->state;

    state.ready = ready ? MESSAGE_READY_YES : MESSAGE_READY_NO;
    snprintf(state.injector, sizeof state.injector, "%s", injector ? injector : "");
    text_make_clean(reason, state.reason, sizeof state.reason);
    if (!state.ready) {
        script_refuse(&session->script, state.reason);
        session_deactivate(session);
    }
    if (state.ready == session->state.ready &&
        strcmp(state.injector, session->state.injector) == 0 &&
        strcmp(state.reason, session->state.reason) == 0)
        return;
    session->state = state;
    session_send_state(session);
}

static bool session_deny(char denied[MESSAGE_REASON_ROOM], const char *why)
{
    char clean[MESSAGE_REASON_ROOM];

    text_make_clean(why ? why : "", clean, sizeof clean);
    if (strcmp(clean, denied) == 0)
        return false;
    memcpy(denied, clean, sizeof clean);
    return true;
}

void session_set_denied(struct session *session, const char *input, const char *view,
                        uint64_t now_us)
{
    const bool could_type = !*session->input_denied;

    if (session_deny(session->input_denied, input)) {
        if (could_type)
            session->denied_us = now_us;
        if (*session->input_denied) {
            script_refuse(&session->script, session->input_denied);
            session_deactivate(session);
        }
        session_send_state(session);
    }
    if (session_deny(session->view_denied, view)) {
        if (*session->view_denied)
            session->ops->screen_close(session->context);
        session_send_screen(session);
    }
}

void session_set_unsendable(struct session *session, uint32_t count)
{
    if (session->state.unsendable_keys == count)
        return;
    session->state.unsendable_keys = count;
    session_send_state(session);
}

void session_set_locks(struct session *session, uint8_t locks)
{
    if (session->locks == locks)
        return;
    session->locks = locks;
    if (session->stage == SESSION_WELCOMED)
        session_send(session, &(struct message){.type = MESSAGE_LEDS, .leds.locks = locks});
}

void session_set_geometry(struct session *session, const struct message_geometry *geometry)
{
    if (memcmp(&session->geometry, geometry, sizeof *geometry) == 0)
        return;
    session->geometry = *geometry;
    if (session->stage == SESSION_WELCOMED)
        session_send(session, &(struct message){.type = MESSAGE_GEOMETRY, .geometry = *geometry});
}

void session_set_screen(struct session *session, bool has_screen, const char *reason)
{
    struct message_screen_state screen = {.has_screen = has_screen};

    text_make_clean(reason, screen.reason, sizeof screen.reason);
    if (screen.has_screen == session->screen.has_screen &&
        strcmp(screen.reason, session->screen.reason) == 0)
        return;
    session->screen = screen;
    session_send_screen(session);
}

void session_tell_figures(struct session *session, const struct message_screen_figures *figures)
{
    if (session->stage == SESSION_WELCOMED && session->takes_figures && !*session->view_denied)
        session_send(session,
                     &(struct message){.type = MESSAGE_SCREEN_FIGURES, .screen_figures = *figures});
}

/* While anything is active the server says something each second; otherwise every ten. */
static enum time_id session_patience(const struct session *session)
{
    return session->active ? TIME_PEER_SILENT : TIME_IDLE_SILENT;
}

static uint64_t session_end_deadline_us(const struct session *session)
{
    return session->stage == SESSION_GREETING
               ? session->opened_us + time_us(TIME_HELLO)
               : session->heard_us + time_us(session_patience(session));
}

void session_tick(struct session *session, uint64_t now_us)
{
    if (session->stage == SESSION_CLOSED)
        return;
    script_tick(&session->script, now_us);
    const bool over = now_us >= session_end_deadline_us(session);
    const bool silent = now_us >= session->heard_us + time_us(TIME_DOWN_SILENT);

    if ((over || silent) && session_lift(session, over)) {
        session->state.held_too_long++;
        session_send_state(session);
    }
    if (over)
        session_stop(session, MESSAGE_REASON_SILENT,
                     session->stage == SESSION_GREETING ? "no welcome came in time"
                                                        : "nothing was heard for too long");
}

uint64_t session_deadline_us(const struct session *session)
{
    if (session->stage == SESSION_CLOSED)
        return UINT64_MAX;

    const uint64_t end_us = session_end_deadline_us(session);
    const uint64_t lift_us = session->heard_us + time_us(TIME_DOWN_SILENT);
    const uint64_t own_us = held_has_acting(&session->held) && lift_us < end_us ? lift_us : end_us;
    const uint64_t script_us = script_deadline_us(&session->script);
    return script_us < own_us ? script_us : own_us;
}

void session_set_pointer(struct session *session, uint16_t x_px, uint16_t y_px)
{
    struct message_pointer *pointer = &session->pointer;

    if (!session->active || !session->tells_screen || *session->view_denied ||
        (session->has_told_pointer && pointer->x_px == x_px && pointer->y_px == y_px))
        return;
    session->has_told_pointer = true;
    *pointer = (struct message_pointer){.x_px = x_px, .y_px = y_px};
    session_send(session, &(struct message){.type = MESSAGE_POINTER, .pointer = *pointer});
}

void session_set_shown(struct session *session, const char *monitor, const char *reason)
{
    text_make_clean(monitor, session->shown, sizeof session->shown);
    session_send_shown(session, reason);
}
