#include "server/control/control.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "protocol/limits.h"
#include "server/control/client.h"
#include "server/control/rights.h"
#include "server/control/socket.h"

#define LOG_MODULE "control"

#define SAME_REFUSAL_US 60000000

struct control {
    uv_loop_t *loop;
    uv_poll_t poll;
    uv_idle_t idle;
    unsigned handles;
    bool destroyed;
    struct socket_place place;
    int spare_fd;
    struct rights rights;
    const struct control_verb *verbs;
    size_t verb_count;
    void *server;
    struct log_limit refusals;
    pid_t refused_pid; /* who was told of last, for which verb, and until when that is enough */
    const struct control_verb *refused_verb;
    uint64_t refused_until_us;
    uint64_t comers;
    struct control_client *clients[CONTROL_CLIENTS_MAX];
};

/* -- clients -- */

/* Who has been granted nothing, and might never be. */
static bool is_idler(const struct control *control, const struct control_client *client)
{
    return client && !client->doomed && client->granted == RIGHTS_NONE && client->uid != 0 &&
           client->uid != control->rights.own_uid;
}

static void make_idlers_few(struct control *control)
{
    struct control_client *oldest = NULL;
    size_t count = 0;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = control->clients[i];
        if (!is_idler(control, client))
            continue;
        count++;
        if (!oldest || client->came < oldest->came)
            oldest = client;
    }
    if (count > CONTROL_IDLERS_MAX)
        control_client_doom(oldest, "others wait, and it has no right to be here");
}

static void add_client(struct control *control, int fd)
{
    static const char full[] =
        "{\"ok\":false,\"code\":\"busy\",\"error\":\"too many clients are connected\"}\n";
    struct control_client **slot = NULL;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX && !slot; i++)
        if (!control->clients[i])
            slot = &control->clients[i];
    if (!slot) {
        send(fd, full, sizeof full - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        close(fd);
        return;
    }
    int r = control_client_create(control, fd, slot);
    if (r < 0)
        log_warning("a client of the control socket is turned away: %s", strerror(-r));
    if (r < 0)
        return;
    (*slot)->came = control->comers++;
    make_idlers_few(control);
}

/* Out of descriptors, accept would fail again and again at once: the spare one is given up to take
 * the connection off the queue. */
static void turn_one_away(struct control *control)
{
    close(control->spare_fd);
    int fd = accept4(control->place.fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    control->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    struct control *control = poll->data;
    int fd = accept4(control->place.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        add_client(control, fd);
    else if (errno == EMFILE || errno == ENFILE)
        turn_one_away(control);
}

static void on_idle(uv_idle_t *idle)
{
    struct control *control = idle->data;
    uv_idle_stop(idle);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = control->clients[i];
        if (!client)
            continue;
        if (client->doomed)
            control_client_bury(client);
        else
            control_client_run(client);
        if (control_client_is_over(client)) {
            control->clients[i] = NULL;
            free(client);
        }
    }
}

void control_schedule(struct control *control)
{
    if (!control->destroyed)
        uv_idle_start(&control->idle, on_idle);
}

uv_loop_t *control_loop(struct control *control)
{
    return control->loop;
}

/* -- verbs -- */

/* A program that asks for the same again and again is told of once a minute. */
static bool is_new_refusal(struct control *control, pid_t pid, const struct control_verb *verb)
{
    uint64_t now_us = clock_now_us();
    if (pid == control->refused_pid && verb == control->refused_verb &&
        now_us < control->refused_until_us)
        return false;
    control->refused_pid = pid;
    control->refused_verb = verb;
    control->refused_until_us = now_us + SAME_REFUSAL_US;
    return true;
}

static void refuse(struct control *control, struct control_client *client,
                   const struct control_verb *verb)
{
    char who[256];
    rights_describe(&control->rights, verb->class, who, sizeof who);
    if (is_new_refusal(control, client->pid, verb) &&
        log_limit_passes(&control->refusals, LOG_MODULE)) {
        struct log_fields fields = {.uid = client->uid, .pid = client->pid, .has_ids = true};
        log_event("refused", &fields, "uid %ld (pid %ld) may not '%s': that needs the right '%s'",
                  fields.uid, fields.pid, verb->name, rights_class_name(verb->class));
    }
    control_fail(client, "not-allowed", "'%s' needs the right '%s', which %s have", verb->name,
                 rights_class_name(verb->class), who);
}

/* What it has now: who sits at the seat changes. */
static int rights_now(const struct control *control, struct control_client *client)
{
    if (client->rights == RIGHTS_UNKNOWN)
        client->rights = rights_by_database(&control->rights, client->uid);
    int by_seat = rights_by_seat(&control->rights, client->uid);
    return by_seat > client->rights ? by_seat : client->rights;
}

static void withdraw(struct control_client *client)
{
    struct log_fields fields = {.uid = client->uid, .pid = client->pid, .has_ids = true};
    log_event("refused", &fields, "uid %ld (pid %ld) has lost the right '%s': its connection ends",
              fields.uid, fields.pid, rights_class_name((enum control_class)client->needs));
    control_client_doom(client, "its user has lost the right to it");
}

static void withdraw_what_is_lost(struct control *control)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = control->clients[i];
        if (client && !client->doomed && client->needs != RIGHTS_NONE &&
            rights_now(control, client) < client->needs)
            withdraw(client);
    }
}

void control_set_seat(struct control *control, const struct control_seat *seat)
{
    if (!control)
        return;
    control->rights.seat = *seat;
    withdraw_what_is_lost(control);
}

int control_set_groups(struct control *control, const struct control_groups *groups)
{
    struct rights rights;
    int result = rights_init(&rights, groups->use, groups->own);
    if (result < 0)
        return result;
    control->rights.use = rights.use;
    control->rights.own = rights.own;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i])
            control->clients[i]->rights = RIGHTS_UNKNOWN;
    withdraw_what_is_lost(control);
    return 0;
}

static const struct control_verb *find_verb(const struct control *control, const char *name)
{
    for (size_t i = 0; i < control->verb_count; i++)
        if (!strcmp(control->verbs[i].name, name))
            return &control->verbs[i];
    return NULL;
}

void control_handle_verb(struct control_client *client, const json_t *request)
{
    struct control *control = client->control;
    const char *name = json_string_value(json_object_get(request, "verb"));
    const struct control_verb *verb = name ? find_verb(control, name) : NULL;
    if (!verb) {
        control_fail(client, "bad-request",
                     name ? "this server knows no such verb" : "a request needs a 'verb'");
        return;
    }
    if (rights_now(control, client) < (int)verb->class) {
        refuse(control, client, verb);
        return;
    }
    client->granted = (int)verb->class;
    verb->handle(control->server, client, request);
}

void control_broadcast(struct control *control, unsigned watches, json_t *event)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i] && control->clients[i]->watches & watches)
            control_client_write_json(control->clients[i], event);
    json_decref(event);
}

bool control_is_watched(const struct control *control, enum control_watch what)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i] && control->clients[i]->watches & what)
            return true;
    return false;
}

/* -- life -- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct control *control = handle->data;
    if (--control->handles == 0)
        free(control);
}

static int start_polling(struct control *control)
{
    control->idle.data = control->poll.data = control;
    int r = uv_poll_init(control->loop, &control->poll, control->place.fd);
    if (r < 0)
        return r;
    control->handles++;
    uv_idle_init(control->loop, &control->idle);
    control->handles++;
    return uv_poll_start(&control->poll, UV_READABLE, on_connection);
}

int control_create(uv_loop_t *loop, const char *path, const struct control_verb *verbs,
                   size_t count, const struct control_groups *groups, void *server,
                   struct control **ret_control)
{
    struct control *control = calloc(1, sizeof *control);
    if (!control)
        return -ENOMEM;
    control->loop = loop;
    control->verbs = verbs;
    control->verb_count = count;
    control->server = server;
    control->refusals.burst = REFUSALS_LOGGED_A_MINUTE;
    control->place.fd = -1;
    control->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    int r =
        control->spare_fd < 0 ? -errno : rights_init(&control->rights, groups->use, groups->own);
    if (r == 0)
        r = socket_place_open(path, &control->rights, &control->place);
    if (r == 0)
        r = start_polling(control);
    if (r < 0) {
        control_destroy(control);
        return r;
    }
    *ret_control = control;
    return 0;
}

static void drop_client(struct control_client *client)
{
    control_client_doom(client, "the server ends");
    control_client_bury(client);
    client->control = NULL;
    if (client->handle_closed)
        free(client);
}

struct control *control_destroy(struct control *control)
{
    if (!control)
        return NULL;
    control->destroyed = true;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i])
            drop_client(control->clients[i]);
    if (control->handles > 0)
        uv_close((uv_handle_t *)&control->poll, on_handle_closed);
    if (control->handles > 1)
        uv_close((uv_handle_t *)&control->idle, on_handle_closed);
    socket_place_close(&control->place);
    if (control->spare_fd >= 0)
        close(control->spare_fd);
    if (control->handles == 0)
        free(control);
    return NULL;
}
