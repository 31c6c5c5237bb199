#include "server/net/server.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/paths.h"
#include "common/times.h"
#include "protocol/cursor.h"
#include "server/net/console.h"
#include "server/net/pair.h"
#include "server/net/reload.h"
#include "server/net/scripts.h"
#include "server/net/verbs.h"

#define LOG_MODULE    "net"
#define TICK_LOCAL_MS 1000 /* nothing remote is active: expiry of codes, silence of idle agents */
#define TICK_REST_MS  200  /* it is, and nobody does anything: its silence */

static void tick(uv_timer_t *timer);

/* While keys are down: often enough that their connection is never quiet. */
static void choose_tick(struct server *server)
{
    uint64_t tick_ms = TICK_LOCAL_MS;
    if (server->desk.switcher.active != SWITCH_LOCAL || vnc_is_busy(server->vnc))
        tick_ms = targets_are_busy(server->targets) ? time_ms(TIME_KEEP_DOWN) / 2 : TICK_REST_MS;
    if (tick_ms == server->tick_ms && uv_is_active((uv_handle_t *)server->tick))
        return;
    server->tick_ms = tick_ms;
    uv_timer_start(server->tick, tick, tick_ms, tick_ms);
}

/* Once a failure is told it is not told again until it works. */
static void save_notes(struct server *server)
{
    int result = registry_save_notes(server->registry);
    if (result < 0 && !server->told_unsaved)
        log_warning("cannot save where targets connect from: %s; going on", strerror(-result));
    server->told_unsaved = result < 0;
}

static void tick(uv_timer_t *timer)
{
    struct server *server = timer->data;
    uint64_t now_us = clock_now_us();
    targets_tick(server->targets, now_us);
    vnc_tick(server->vnc, now_us);
    pair_tick(server, now_us);
    reload_tick(server, now_us);
    scripts_tick(server->scripts, now_us);
    if (server->desk.switcher.active == SWITCH_LOCAL)
        save_notes(server);
    notify_alive();
}

static void desk_due(uv_timer_t *timer)
{
    (void)timer; /* before_wait does what is due */
}

static void set_desk_timer(struct server *server, uint64_t now_us)
{
    uint64_t due_us = desk_deadline_us(&server->desk);
    if (due_us == server->desk_timer_us && uv_is_active((uv_handle_t *)server->desk_timer))
        return;
    server->desk_timer_us = due_us;
    if (due_us == UINT64_MAX)
        uv_timer_stop(server->desk_timer);
    else
        uv_timer_start(server->desk_timer, desk_due,
                       due_us > now_us ? (due_us - now_us + 999) / 1000 : 0, 0);
}

/* The last thing in each turn: all that input said is read, then what is due is done. */
static void before_wait(uv_prepare_t *prepare)
{
    struct server *server = prepare->data;
    input_read(server->input);
    uint64_t now_us = clock_now_us();
    console_settle(server, now_us);
    uv_update_time(server->loop);
    set_desk_timer(server, now_us);
    choose_tick(server);
}

static bool knows(void *context, const char *host)
{
    struct server *server = context;
    return registry_has_address(server->registry, host);
}

static bool accepts(void *context, const struct fingerprint *peer)
{
    struct server *server = context;
    /* With a valid code anybody may knock, and do nothing but prove that he knows it. */
    return registry_by_key(server->registry, peer) ||
           pairing_is_open(&server->pairing, clock_now_us());
}

static void control_hello(void *context, struct channel *channel, const struct message_hello *hello)
{
    struct server *server = context;
    targets_hello(server->targets, channel, hello, clock_now_us());
}

static const struct guests_handlers guests_handlers = {
    .knows = knows,
    .accepts = accepts,
    .control = control_hello,
    .screen = frames_hello,
    .proof = pair_proof,
};

int server_update_listening(struct server *server, char ret_error[ERROR_ROOM])
{
    bool wanted =
        registry_count(server->registry) > 0 || pairing_is_open(&server->pairing, clock_now_us());
    if (wanted)
        return listener_open(server->listener, ret_error);
    listener_close(server->listener);
    return 0;
}

void server_choose_name(struct server *server)
{
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    const char *name = server->options.name[0] ? server->options.name : host;
    text_make_clean(name[0] ? name : "console", server->name, sizeof server->name);
}

static int load_state(struct server *server, char ret_error[ERROR_ROOM])
{
    char directory[512], path[512];
    int result = paths_get(PATHS_STATE, "server", directory, sizeof directory);
    if (result == 0)
        result = paths_get(PATHS_STATE, "server/targets.json", path, sizeof path);
    if (result < 0) {
        snprintf(ret_error, ERROR_ROOM, "no directory for state: %s", strerror(-result));
        return result;
    }
    result = identity_load_or_make(directory, &server->identity, ret_error);
    if (result < 0)
        return result;
    return registry_load(path, &server->registry, ret_error);
}

static int add_targets(struct server *server)
{
    int result = targets_create(server->registry, server->name, &console_target_handlers, server,
                                &server->targets);
    for (size_t i = 0; result == 0 && i < registry_count(server->registry); i++) {
        const struct registry_entry *entry = registry_at(server->registry, i);
        result = targets_added(server->targets, entry->number);
        if (result == 0)
            result = frames_added(server->frames, entry->number);
        desk_set_target(&server->desk, entry->number, entry->name, clock_now_us());
    }
    return result;
}

static int open_network(struct server *server, char ret_error[ERROR_ROOM])
{
    int result = tls_create(server->identity, &server->tls);
    server->scripts = scripts_create(server);
    if (result == 0 && !server->scripts)
        result = -ENOMEM;
    if (result == 0)
        result = frames_create(server, &server->frames);
    if (result == 0)
        result = add_targets(server);
    if (result == 0)
        result =
            guests_create(server->loop, server->tls, &guests_handlers, server, &server->guests);
    if (result == 0)
        result = listener_create(server->loop, server->options.listen,
                                 (uint16_t)server->options.port, server->guests, &server->listener);
    if (result < 0) {
        snprintf(ret_error, ERROR_ROOM, "cannot set up TLS: %s", strerror(-result));
        return result;
    }
    return server_update_listening(server, ret_error);
}

static int open_control(struct server *server, char ret_error[ERROR_ROOM])
{
    char path[512] = "?";
    int result = paths_get(PATHS_RUNTIME, "control", path, sizeof path);
    const struct control_groups groups = {server->options.use_group, server->options.own_group};
    if (result == 0)
        result = control_create(server->loop, path, verbs_table, verbs_count, &groups, server,
                                &server->control);
    if (result == -EADDRINUSE)
        snprintf(ret_error, ERROR_ROOM, "another hotdesk-server is running (it answers on %s)",
                 path);
    else if (result == -ESRCH && groups.use[0] && !getgrnam(groups.use))
        snprintf(ret_error, ERROR_ROOM, "use-group: there is no group %s", groups.use);
    else if (result == -ESRCH)
        snprintf(ret_error, ERROR_ROOM, "own-group: there is no group %s", groups.own);
    else if (result < 0)
        snprintf(ret_error, ERROR_ROOM, "%s: %s", path, strerror(-result));
    return result;
}

static void *handle_make(size_t size_bytes, struct server *server)
{
    uv_handle_t *handle = calloc(1, size_bytes);
    if (handle)
        handle->data = server;
    return handle;
}

static int start_turning(struct server *server)
{
    server->tick = handle_make(sizeof *server->tick, server);
    server->desk_timer = handle_make(sizeof *server->desk_timer, server);
    server->before_wait = handle_make(sizeof *server->before_wait, server);
    if (!server->tick || !server->desk_timer || !server->before_wait)
        return -ENOMEM;
    uv_timer_init(server->loop, server->tick);
    uv_timer_init(server->loop, server->desk_timer);
    uv_prepare_init(server->loop, server->before_wait);
    uv_prepare_start(server->before_wait, before_wait);
    return 0;
}

int server_create(uv_loop_t *loop, const struct server_options *options, struct server **ret_server,
                  char ret_error[ERROR_ROOM])
{
    struct server *server = calloc(1, sizeof *server);
    snprintf(ret_error, ERROR_ROOM, "out of memory");
    if (!server)
        return -ENOMEM;
    server->loop = loop;
    server->options = *options;
    server->pair_log_limit.burst = LOG_STRANGERS_A_MINUTE;
    server_choose_name(server);
    server->pointer.wants_counts = server->options.pointer == POINTER_COUNTS;
    desk_init(&server->desk, &console_desk_ops, server);

    int result = start_turning(server);
    if (result == 0)
        result = load_state(server, ret_error);
    if (result == 0)
        result = open_control(server, ret_error); /* first: it tells whether we are alone */
    if (result == 0)
        result = open_network(server, ret_error);
    if (result == 0)
        result =
            input_create(loop, options->input, &console_input_handlers, server, &server->input);
    if (result == 0)
        result = session_create(server, server->options.seat, &server->session);
    if (result == 0)
        result = vnc_create(server, &server->vnc);
    if (result < 0) {
        server_destroy(server);
        return result;
    }
    vnc_update(server->vnc);
    *ret_server = server;
    return 0;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

/* Handles that were never set up are mere memory. */
static void close_handles(struct server *server)
{
    if (!server->before_wait || !server->before_wait->loop) {
        free(server->tick);
        free(server->desk_timer);
        free(server->before_wait);
        return;
    }
    uv_close((uv_handle_t *)server->tick, free_handle);
    uv_close((uv_handle_t *)server->desk_timer, free_handle);
    uv_close((uv_handle_t *)server->before_wait, free_handle);
}

static void close_control(struct server *server)
{
    for (size_t i = 0; i < SERVER_WAITS_MAX; i++)
        if (server->switch_waits[i].client)
            control_fail(server->switch_waits[i].client, "internal",
                         "hotdesk-server is being stopped");
    pair_finish(server);
    reload_finish(server);
    struct control *control = server->control;
    server->control = NULL; /* no events to clients that are going */
    control_destroy(control);
}

struct server *server_destroy(struct server *server)
{
    if (!server)
        return NULL;
    close_handles(server);
    session_stop(server->session);
    server->input = input_destroy(server->input); /* the keyboard is the console's first of all */
    if (server->control)
        close_control(server);
    listener_destroy(server->listener);
    guests_destroy(server->guests);
    server->vnc = vnc_destroy(server->vnc);
    server->frames = frames_destroy(server->frames);
    targets_destroy(server->targets);
    uv_run(server->loop, UV_RUN_DEFAULT);

    scripts_destroy(server->scripts);
    session_destroy(server->session);
    tls_destroy(server->tls);
    if (server->registry)
        save_notes(server);
    registry_destroy(server->registry);
    identity_destroy(server->identity);
    free(server);
    return NULL;
}
