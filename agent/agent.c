#include "agent/agent.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/connect.h"
#include "agent/display.h"
#include "agent/network.h"
#include "agent/pinwatch.h"
#include "agent/resume.h"
#include "agent/rights.h"
#include "agent/screen/screen.h"
#include "agent/seen.h"
#include "agent/session.h"
#include "agent/side.h"
#include "agent/single.h"
#include "agent/ticker.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/stream.h"

#define LOG_MODULE "agent"
#define LOG_BURST  5 /* lines a minute of what a server's silence or fault can cause */

struct agent {
    const struct agent_settings *settings;
    struct tls *tls;
    struct connect *connect;
    struct network *network;
    struct resume *resume;
    struct pinwatch *pinwatch;
    struct ticker *ticker;
    struct side *side;
    struct screen *screen;
    struct seen *seen;
    struct session session;
    bool has_pin;
    struct pin pin;
    bool is_paused;
    struct config_section rights;
    char side_text[SINGLE_TEXT_ROOM]; /* told by status unless paused */
    uint32_t told_held, told_stale;   /* counts of the session that are in the log */
    struct log_limit held_limit, stale_limit;
    struct single_news news; /* as told last */
};

/* Counts alone: which keys it were is nobody's business. */
static void agent_tell_counts(struct agent *agent)
{
    const struct session *session = &agent->session;

    if (session->state.held_too_long != agent->told_held &&
        log_limit_passes(&agent->held_limit, LOG_MODULE))
        log_warning("the server fell silent while keys were down: they were released");
    if (session->stale_reports != agent->told_stale &&
        log_limit_passes(&agent->stale_limit, LOG_MODULE))
        log_warning("input with an old control number came, from a console that this computer was "
                    "taken from: ignored");
    agent->told_held = session->state.held_too_long;
    agent->told_stale = session->stale_reports;
}

/* After everything that can move the session's deadline or use up what an injector cannot type. */
static void agent_settle(struct agent *agent)
{
    if (agent->side)
        session_set_unsendable(&agent->session, side_unsendable(agent->side));
    ticker_set(agent->ticker, session_deadline_us(&agent->session));
    agent_tell_counts(agent);
}

/* `hotdesk-agent status` reads it. */
static void agent_tell_here(struct agent *agent)
{
    snprintf(agent->news.side, sizeof agent->news.side, "%s",
             agent->is_paused ? SINGLE_PAUSED : agent->side_text);
    if (agent->settings->lock >= 0)
        single_tell(agent->settings->lock, &agent->news);
}

/* Takes up what the owner of this computer allows. */
static void agent_judge(struct agent *agent)
{
    const unsigned rights = rights_of(&agent->rights, &agent->pin);
    const char *input = rights & RIGHT_INPUT ? NULL : "its owner does not let this console type";
    const char *view = rights & RIGHT_VIEW ? NULL : "its owner does not let this console see it";

    if (agent->is_paused)
        input = view = "paused at the target";
    session_set_denied(&agent->session, input, view, clock_now_us());
}

/* --- the session's ops --- */

static void agent_send(void *context, const struct message *message)
{
    struct agent *agent = context;
    uint8_t frame[MESSAGE_FRAME_MAX];
    const size_t size = message_encode(message, frame, sizeof frame);

    if (size)
        connect_send(agent->connect, frame, size);
    else
        log_error("our own fault: message %u cannot be encoded", message->type);
}

static void agent_welcomed(void *context, const struct message_welcome *welcome)
{
    static const struct message_screen_wish none = {MESSAGE_QUALITY_AUTO, MESSAGE_SCALE_MAX};
    struct agent *agent = context;

    if (agent->screen) /* that of another server is no more in force */
        screen_wish(agent->screen, &none);
    connect_welcomed(agent->connect, welcome->server_name, welcome->target_name);
}

static int agent_inject(void *context, const struct report *report)
{
    struct agent *agent = context;

    int error = side_type(agent->side, report);

    if (error >= 0 && agent->screen && report_has_motion(report))
        screen_moved(agent->screen);
    return error;
}

static int agent_find(void *context, const char *text, struct stroke *ret_strokes,
                      size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM])
{
    struct agent *agent = context;

    return side_find(agent->side, text, ret_strokes, ret_count, ret_why);
}

/* The person here sees whoever types, a person or a script. */
static void agent_tell_seen(struct agent *agent)
{
    seen_controls(agent->seen, agent->session.active != 0 || agent->session.script.is_running);
}

static void agent_script_runs(void *context, bool runs)
{
    (void)runs;
    agent_tell_seen(context);
}

static void agent_enter(void *context)
{
    struct agent *agent = context;

    connect_keep_buffers(agent->connect, true);
    side_enter(agent->side);
    agent_tell_seen(agent);
    if (agent->screen)
        screen_moved(agent->screen); /* the console begins with where it is */
}

static void agent_leave(void *context)
{
    struct agent *agent = context;

    connect_keep_buffers(agent->connect, false);
    side_leave(agent->side);
    agent_tell_seen(agent);
}

static void agent_screen_open(void *context, uint32_t number)
{
    struct agent *agent = context;

    screen_connect(agent->screen, &agent->pin, number);
}

/* While there is no geometry nobody knows which monitors there are: the screen tells then. */
static bool agent_has_monitor(const struct agent *agent, const char *name)
{
    const struct message_geometry *geometry = &agent->session.geometry;

    for (uint8_t i = 0; i < geometry->monitor_count; i++) {
        if (strcmp(geometry->monitors[i].name, name) == 0)
            return true;
    }
    return !*name || geometry->width_px == 0;
}

static void agent_show(void *context, const char *monitor)
{
    struct agent *agent = context;
    char why[MESSAGE_REASON_ROOM];

    if (agent->settings->source.kind != SOURCE_X11) {
        session_set_shown(&agent->session, agent->session.shown, "its screen has no monitors");
        return;
    }
    if (!agent_has_monitor(agent, monitor)) {
        snprintf(why, sizeof why, "monitor %.60s is not connected, or off", monitor);
        session_set_shown(&agent->session, agent->session.shown, why);
        return;
    }
    log_info("shows %s%s", *monitor ? "monitor " : "all monitors", monitor);
    side_show(agent->side, monitor);
    screen_show(agent->screen, monitor);
    session_set_shown(&agent->session, monitor, "");
}

static void agent_screen_wish(void *context, const struct message_screen_wish *wish)
{
    struct agent *agent = context;

    if (agent->screen)
        screen_wish(agent->screen, wish);
}

static void agent_screen_close(void *context)
{
    struct agent *agent = context;

    if (agent->screen)
        screen_disconnect(agent->screen);
}

static enum connect_pause agent_pause(const struct session_end *end)
{
    switch (end->reason) {
    case MESSAGE_REASON_REPLACED:
    case MESSAGE_REASON_STOPPING:
    case MESSAGE_REASON_SILENT:
        return CONNECT_SOON;
    case MESSAGE_REASON_VERSION:
    case MESSAGE_REASON_CLONED:
    case MESSAGE_REASON_FORGOTTEN:
        return CONNECT_LATE;
    default:
        return CONNECT_NEXT;
    }
}

static void agent_ended(void *context, const struct session_end *end)
{
    struct agent *agent = context;
    char why[ERROR_ROOM];

    if (end->by_peer && end->reason == MESSAGE_REASON_FORGOTTEN)
        snprintf(why, sizeof why, "not paired: the server has forgotten this computer (%s)",
                 end->text);
    else if (end->by_peer)
        snprintf(why, sizeof why, "the server %s: %s",
                 end->rejected ? "does not let this computer in" : "ended the connection",
                 end->text);
    else
        snprintf(why, sizeof why, "ended the connection: %s", end->text);
    /* What the user did here he knows. */
    const bool ours = !end->by_peer && (end->reason == MESSAGE_REASON_STOPPING ||
                                        end->reason == MESSAGE_REASON_FORGOTTEN);
    connect_close(agent->connect, agent_pause(end), ours ? NULL : why);
    if (agent->screen)
        screen_disconnect(agent->screen);
}

static const struct session_ops agent_session_ops = {
    .send = agent_send,
    .welcomed = agent_welcomed,
    .inject = agent_inject,
    .enter = agent_enter,
    .leave = agent_leave,
    .find = agent_find,
    .script_runs = agent_script_runs,
    .screen_open = agent_screen_open,
    .show = agent_show,
    .screen_close = agent_screen_close,
    .screen_wish = agent_screen_wish,
    .ended = agent_ended,
};

/* --- the connection --- */

static void agent_on_opened(void *context)
{
    struct agent *agent = context;
    char name[HOST_NAME_MAX + 1] = "";

    gethostname(name, sizeof name - 1);
    session_opened(&agent->session, *name ? name : "target", clock_now_us());
    agent_settle(agent);
}

static size_t agent_on_received(void *context, const uint8_t *bytes, size_t size_bytes)
{
    struct agent *agent = context;
    size_t used = 0;

    while (agent->session.stage != SESSION_CLOSED) {
        struct message message;
        size_t frame_bytes = 0;
        const char *why = NULL;
        enum message_result result = message_decode(bytes + used, size_bytes - used,
                                                    MESSAGE_TO_AGENT, &message, &frame_bytes, &why);
        if (result == MESSAGE_NEED_MORE)
            break;
        if (result == MESSAGE_BAD) {
            session_received_garbage(&agent->session, why);
            break;
        }
        used += frame_bytes;
        session_received(&agent->session, &message, clock_now_us());
    }
    agent_settle(agent);
    return agent->session.stage == SESSION_CLOSED ? size_bytes : used;
}

static void agent_on_closed(void *context)
{
    struct agent *agent = context;

    session_closed(&agent->session);
    screen_disconnect(agent->screen);
    agent_settle(agent);
}

static const struct connect_handlers agent_connect_handlers = {
    .opened = agent_on_opened,
    .received = agent_on_received,
    .closed = agent_on_closed,
};

static void agent_on_due(void *context)
{
    struct agent *agent = context;

    session_tick(&agent->session, clock_now_us());
    agent_settle(agent);
}

static void agent_on_network(void *context)
{
    struct agent *agent = context;

    connect_hurry(agent->connect);
}

/* The server has long given us up, or will: a new connection is quicker than to find that out. */
static void agent_on_woke(void *context)
{
    struct agent *agent = context;

    log_info("this computer slept: connecting anew");
    session_stop(&agent->session, MESSAGE_REASON_SILENT, "it slept");
    agent_settle(agent);
    connect_hurry(agent->connect);
}

static void agent_take_pin(struct agent *agent, const struct pin *pin)
{
    const bool other =
        !agent->has_pin || !pin || !fingerprint_equal(&agent->pin.fingerprint, &pin->fingerprint);

    session_stop(&agent->session, MESSAGE_REASON_FORGOTTEN,
                 pin ? "paired anew" : "the pairing was revoked there");
    if (other)
        session_new_server(&agent->session);
    agent->has_pin = pin != NULL;
    if (pin) {
        agent->pin = *pin;
        seen_set_server(agent->seen, pin);
        agent_judge(agent);
    } else {
        log_warning("not paired: hotdesk pair on the console shows a code, hotdesk-agent pair "
                    "HOST here takes it; this agent then goes on by itself");
    }
    connect_set_server(agent->connect, pin);
}

static void agent_on_pin(void *context, const struct pin *pin)
{
    struct agent *agent = context;

    /* Paired anew with the same server while connected: there is nothing to do. */
    if (pin && agent->has_pin && agent->session.stage == SESSION_WELCOMED &&
        pin_equal(pin, &agent->pin))
        return;
    agent_take_pin(agent, pin);
    agent_settle(agent);
}

static void agent_on_paused(void *context, bool is_paused)
{
    struct agent *agent = context;

    agent->is_paused = is_paused;
    log_info("%s",
             is_paused ? "paused: no console controls or sees this computer" : "the pause is over");
    agent_judge(agent);
    if (is_paused)
        seen_end(agent->seen);
    agent_tell_here(agent);
    agent_settle(agent);
}

static const struct pinwatch_handlers agent_pinwatch_handlers = {
    .paused = agent_on_paused,
    .changed = agent_on_pin,
};

/* --- this computer --- */

static void agent_on_ready(void *context, const char *injector, bool ready, const char *reason)
{
    struct agent *agent = context;

    session_set_ready(&agent->session, injector, ready, reason);
    if (ready)
        snprintf(agent->side_text, sizeof agent->side_text, "types by %s: %s", injector, reason);
    else
        snprintf(agent->side_text, sizeof agent->side_text, "not ready: %s", reason);
    agent_tell_here(agent);
    agent_settle(agent);
}

static void agent_on_locks(void *context, uint8_t locks)
{
    struct agent *agent = context;

    session_set_locks(&agent->session, locks);
}

static void agent_on_geometry(void *context, const struct message_geometry *geometry)
{
    struct agent *agent = context;

    session_set_geometry(&agent->session, geometry);
}

static void agent_on_screen(void *context, bool has_screen, const char *reason)
{
    struct agent *agent = context;

    if (has_screen)
        log_info("screen: %s", reason);
    else
        log_warning("no screen: %s", reason);
    session_set_screen(&agent->session, has_screen, reason);
}

static void agent_on_pointer(void *context, uint16_t x_px, uint16_t y_px)
{
    struct agent *agent = context;

    session_set_pointer(&agent->session, x_px, y_px);
}

static void agent_on_seen(void *context, const char *text)
{
    struct agent *agent = context;

    snprintf(agent->news.screen, sizeof agent->news.screen, "%s", text);
    agent_tell_here(agent);
}

static void agent_on_looked(void *context, bool looks)
{
    struct agent *agent = context;

    seen_watches(agent->seen, looks);
}

static void agent_on_console(void *context, const char *line)
{
    struct agent *agent = context;

    snprintf(agent->news.console, sizeof agent->news.console, "%s", line);
    agent_tell_here(agent);
}

static void agent_on_figured(void *context, const struct message_screen_figures *figures)
{
    struct agent *agent = context;

    session_tell_figures(&agent->session, figures);
}

static const struct screen_handlers agent_screen_handlers = {
    .figured = agent_on_figured,
    .told = agent_on_screen,
    .pointed = agent_on_pointer,
    .seen = agent_on_seen,
    .looked = agent_on_looked,
};

static const struct side_handlers agent_side_handlers = {
    .ready = agent_on_ready,
    .locks = agent_on_locks,
    .geometry = agent_on_geometry,
};

/* --- life --- */

static int agent_start(struct agent *agent, uv_loop_t *loop, const struct identity *identity,
                       char ret_error[ERROR_ROOM])
{
    display_init();
    int error = tls_create(identity, &agent->tls);

    if (!error)
        error = ticker_create(loop, agent_on_due, agent, &agent->ticker);
    if (!error)
        error = seen_create(loop, agent_on_console, agent, &agent->seen);
    if (!error)
        error = connect_create(loop, agent->tls, &agent_connect_handlers, agent, &agent->connect);
    if (!error)
        error =
            side_create(loop, &agent->settings->inject, &agent_side_handlers, agent, &agent->side);
    if (!error)
        error = screen_create(loop, &agent->settings->source, identity, &agent_screen_handlers,
                              agent, &agent->screen);
    if (!error)
        error = pinwatch_create(loop, agent->settings->directory, &agent_pinwatch_handlers, agent,
                                &agent->pinwatch);
    if (error) {
        snprintf(ret_error, ERROR_ROOM, "cannot start: %s", strerror(-error));
        return error;
    }
    error = network_watch(loop, agent_on_network, agent, &agent->network);
    if (error)
        log_warning("cannot see when the network comes back (%s): it may take %s", strerror(-error),
                    "10 s longer");
    error = resume_watch(loop, agent_on_woke, agent, &agent->resume);
    if (error)
        log_warning("cannot see when this computer wakes from sleep (%s): it may take 10 s longer",
                    strerror(-error));
    return 0;
}

int agent_create(uv_loop_t *loop, const struct agent_settings *settings,
                 const struct identity *identity, struct agent **ret_agent,
                 char ret_error[ERROR_ROOM])
{
    struct agent *agent = calloc(1, sizeof *agent);

    if (!agent)
        return -ENOMEM;
    agent->settings = settings;
    agent->rights = *settings->rights;
    agent->held_limit.burst = agent->stale_limit.burst = LOG_BURST;
    session_init(&agent->session, &agent_session_ops, agent);
    if (settings->source.monitor)
        session_set_shown(&agent->session, settings->source.monitor, "");
    int error = agent_start(agent, loop, identity, ret_error);
    if (error) {
        agent_destroy(agent);
        return error;
    }
    *ret_agent = agent;
    return 0;
}

void agent_set_rights(struct agent *agent, const struct config_section *rights)
{
    agent->rights = *rights;
    agent_judge(agent);
    agent_settle(agent);
}

void agent_look(struct agent *agent)
{
    pinwatch_look(agent->pinwatch);
}

struct agent *agent_destroy(struct agent *agent)
{
    if (!agent)
        return NULL;
    session_stop(&agent->session, MESSAGE_REASON_STOPPING, "the agent was stopped");
    agent->network = network_destroy(agent->network);
    agent->resume = resume_destroy(agent->resume);
    agent->pinwatch = pinwatch_destroy(agent->pinwatch);
    agent->side = side_destroy(agent->side);
    agent->screen = screen_destroy(agent->screen);
    agent->seen = seen_destroy(agent->seen);
    agent->connect = connect_destroy(agent->connect);
    agent->ticker = ticker_destroy(agent->ticker);
    agent->tls = tls_destroy(agent->tls);
    free(agent);
    return NULL;
}
