#include "server/net/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "protocol/cursor.h"
#include "server/net/events.h"
#include "server/net/frames.h"
#include "server/net/logind.h"
#include "server/net/pair.h"
#include "server/net/scripts.h"
#include "server/net/server.h"
#include "server/switch/presence.h"

#define LOG_MODULE "session"

struct reporter { /* a client that has told of its screen */
    struct session *session;
    struct control_client *client; /* NULL: free */
};

struct session {
    struct server *server;
    struct presence presence;
    struct control_seat seat; /* who has rights on the control socket since he sits there */
    struct logind *logind;    /* NULL: none is looked for */
    struct reporter reporters[CONTROL_CLIENTS_MAX];
    uv_timer_t ends;  /* a refusal that may end by itself */
    uv_timer_t leave; /* sleep is let go then */
    bool told_there, told_gone, stopped;
};

static void on_ends(uv_timer_t *timer);

/* After anything that was told: home first, then whether one may go away again. */
static void settle(struct session *session, const char *go_home)
{
    uint64_t now_us = clock_now_us();
    if (session->stopped)
        return;
    if (go_home)
        desk_go_home(&session->server->desk, go_home, now_us);
    const char *refusal = presence_refusal(&session->presence, now_us);
    const char *before = session->server->desk.switcher.forbidden;
    if (refusal ? strcmp(refusal, before) != 0 : before[0] != '\0') {
        log_info("%s", refusal ? refusal : "this computer's screen is unlocked");
        desk_forbid(&session->server->desk, refusal);
        events_session(session->server, refusal);
    }
    uint64_t due_us = presence_deadline_us(&session->presence);
    if (due_us == UINT64_MAX) {
        uv_timer_stop(&session->ends);
        return;
    }
    uv_update_time(session->server->loop);
    uv_timer_start(&session->ends, on_ends, due_us > now_us ? (due_us - now_us + 999) / 1000 : 0,
                   0);
}

static void on_ends(uv_timer_t *timer)
{
    settle(timer->data, NULL);
}

/* --- logind --- */

/* `before` sat there. Connections of who has lost a right end, but a picture's file that he was
 * given could still be read. */
static void tell_rights(struct session *session, const struct control_seat *before)
{
    const struct control_seat *seat = &session->seat;
    if (session->stopped)
        return;
    control_set_seat(session->server->control, seat);
    if (before->has_active && (!seat->has_active || seat->active_uid != before->active_uid))
        frames_renew(session->server->frames);
}

static void on_session(void *context, const char *name, uint32_t uid)
{
    struct session *session = context;
    settle(session, presence_session(&session->presence, name, uid));
    const struct control_seat before = session->seat;
    session->seat.has_active = name != NULL;
    session->seat.active_uid = name ? uid : 0;
    tell_rights(session, &before);
}

static void on_inactive(void *context)
{
    struct session *session = context;
    settle(session, presence_inactive(&session->presence));
    const struct control_seat before = session->seat;
    session->seat.has_active = false;
    tell_rights(session, &before);
}

static void on_users(void *context, const uint32_t *uids, size_t count)
{
    struct session *session = context;
    struct control_seat *seat = &session->seat, before = *seat;
    seat->user_count = count < CONTROL_SEAT_USERS_MAX ? count : CONTROL_SEAT_USERS_MAX;
    for (size_t i = 0; i < seat->user_count; i++)
        seat->users[i] = uids[i];
    tell_rights(session, &before);
}

static void on_lock_asked(void *context)
{
    struct session *session = context;
    settle(session, presence_lock_asked(&session->presence, clock_now_us()));
}

static void on_unlock_asked(void *context)
{
    struct session *session = context;
    settle(session, presence_unlock_asked(&session->presence));
}

static void on_locked_hint(void *context, bool locked)
{
    struct session *session = context;
    settle(session, presence_locked_hint(&session->presence, locked));
}

static void on_leave(uv_timer_t *timer)
{
    struct session *session = timer->data;
    logind_release_sleep(session->logind);
}

static void on_sleep(void *context, bool sleeps)
{
    struct session *session = context;
    bool was_away = session->server->desk.switcher.active != SWITCH_LOCAL;
    settle(session, presence_sleep(&session->presence, sleeps));
    uv_timer_stop(&session->leave);
    if (!sleeps)
        return;
    /* `leave` is on its way; give the network a moment. */
    uv_update_time(session->server->loop);
    uv_timer_start(&session->leave, on_leave, was_away ? time_ms(TIME_SLEEP_LEAVE) : 0, 0);
}

static void on_gone(void *context, const char *why)
{
    struct session *session = context;
    if (why) {
        presence_forget_logind(&session->presence);
        settle(session, NULL);
        const struct control_seat before = session->seat;
        session->seat = (struct control_seat){0};
        tell_rights(session, &before);
        if (!session->told_gone)
            log_warning("no logind (%s): this computer's lock and sleep bring the keyboard home "
                        "only where a viewer tells of them",
                        why);
    } else if (!session->told_there || session->told_gone) {
        log_info("logind tells of %s: its lock, sleep and change bring the keyboard home",
                 session->server->options.seat);
        session->told_there = true;
    }
    session->told_gone = why != NULL;
}

static const struct logind_handlers logind_handlers = {
    .session = on_session,
    .inactive = on_inactive,
    .users = on_users,
    .lock_asked = on_lock_asked,
    .unlock_asked = on_unlock_asked,
    .locked_hint = on_locked_hint,
    .sleep = on_sleep,
    .gone = on_gone,
};

/* --- viewers --- */

static void on_reporter_gone(void *context)
{
    struct reporter *reporter = context;
    presence_reporter_gone(&reporter->session->presence, reporter->client, clock_now_us());
    reporter->client = NULL;
    settle(reporter->session, NULL);
}

static struct reporter *find_reporter(struct session *session, struct control_client *client)
{
    struct reporter *free_one = NULL;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        if (session->reporters[i].client == client)
            return &session->reporters[i];
        if (!session->reporters[i].client)
            free_one = &session->reporters[i];
    }
    return free_one;
}

void session_handle(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    struct session *session = server->session;
    const json_t *locked = json_object_get(request, "locked");
    const char *said = json_string_value(json_object_get(request, "why"));
    char why[PRESENCE_WHY_ROOM];
    struct reporter *reporter = find_reporter(session, client);
    if (!json_is_boolean(locked)) {
        control_fail(client, "bad-request", "locked must be true or false");
        return;
    }
    if (!reporter) {
        control_fail(client, "busy", "too many tell of their screens");
        return;
    }
    if (pair_waits_already(server, client) || scripts_have(server->scripts, client)) {
        control_fail(client, "bad-request", "this connection waits for something else");
        return;
    }
    *reporter = (struct reporter){.session = session, .client = client};
    text_make_clean(said ? said : "", why, sizeof why);
    settle(session, presence_report(&session->presence, client, control_client_uid(client),
                                    json_is_true(locked), why));
    control_reply(client, NULL);
    control_client_on_gone(client, on_reporter_gone, reporter); /* no answer is due any more */
}

bool session_hears(const struct session *session, const struct control_client *client)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (session->reporters[i].client == client)
            return true;
    return false;
}

json_t *session_status(struct session *session)
{
    const char *refusal = presence_refusal(&session->presence, clock_now_us());
    return json_pack("{s:b, s:s?}", "locked", refusal != NULL, "why", refusal);
}

/* --- life --- */

int session_create(struct server *server, const char *seat, struct session **ret_session)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return -ENOMEM;
    session->server = server;
    presence_init(&session->presence);
    uv_timer_init(server->loop, &session->ends);
    uv_timer_init(server->loop, &session->leave);
    session->ends.data = session->leave.data = session;
    *ret_session = session;
    if (!seat[0])
        return 0;
    int result = logind_create(server->loop, seat, &logind_handlers, session, &session->logind);
    if (result < 0)
        on_gone(session, result == -ENOSYS ? "built without it" : strerror(-result));
    return 0;
}

void session_stop(struct session *session)
{
    if (!session)
        return;
    session->stopped = true;
    session->logind = logind_destroy(session->logind);
    uv_close((uv_handle_t *)&session->ends, NULL);
    uv_close((uv_handle_t *)&session->leave, NULL);
}

struct session *session_destroy(struct session *session)
{
    free(session);
    return NULL;
}
