#include "server/net/vnc_port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/paths.h"
#include "server/net/server.h"
#include "server/net/vnc_child.h"
#include "server/net/vnc_door.h"
#include "server/net/vnc_hand.h"

#define LOG_MODULE "vnc"

struct vnc_client {
    uint32_t id; /* 0: this place is free */
    int fd;      /* until hotdesk-vnc has it; then -1 */
    bool is_in;
    uint64_t since_us;
    char from[VNC_FROM_ROOM];
    struct route route; /* what it holds */
};

struct vnc_port {
    struct server *server;
    uint16_t number;
    char name[NAME_ROOM];
    struct vnc_wish wish;
    char program[512], path[512], password[VNC_PASSWORD_ROOM];
    char problem[ERROR_ROOM]; /* why it is not open */
    struct vnc_door *door;
    struct vnc_child *child;
    bool child_is_ready;
    struct onlooker *eye; /* while somebody is in */
    struct vnc_hand hand;
    struct vnc_client clients[VNC_CLIENTS_MAX];
    uint32_t last_id, faults;
    struct log_limit log_limit;
};

static struct vnc_client *find_client(struct vnc_port *port, uint32_t id)
{
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++)
        if (port->clients[i].id == id)
            return &port->clients[i];
    return NULL;
}

static unsigned count_clients(const struct vnc_port *port, bool in)
{
    unsigned count = 0;
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++)
        count += port->clients[i].id && (!in || port->clients[i].is_in);
    return count;
}

/* -- the picture -- */

static bool send_frame(void *context, const struct frame_message *message, int fd)
{
    struct vnc_port *port = context;
    return port->child && vnc_child_send_frame(port->child, message, fd);
}

static void update_eye(struct vnc_port *port)
{
    bool wanted = port->child && count_clients(port, true) > 0;
    if (wanted && !port->eye)
        port->eye = frames_join(port->server->frames, port->number, send_frame, port);
    else if (!wanted)
        port->eye = onlooker_leave(port->eye);
}

/* -- the keyboard -- */

/* Whatever was held is up when the target was left, and is spent. */
static void settle_hand(struct vnc_port *port)
{
    for (size_t i = 0; port->hand.stage == VNC_HAND_AWAY && i < VNC_CLIENTS_MAX; i++)
        route_reset(&port->clients[i].route);
}

static void update_hand(struct vnc_port *port)
{
    if (count_clients(port, true) == 0)
        vnc_hand_leave(&port->hand, clock_now_us());
    settle_hand(port);
}

static void got_report(struct vnc_port *port, struct vnc_client *client,
                       const struct vnc_report *report)
{
    if (!port->wish.control || !client->is_in)
        return;
    vnc_hand_report(&port->hand, &client->route, report, clock_now_us());
    settle_hand(port);
}

bool vnc_port_entered(struct vnc_port *port, bool taken, const char *reason, uint64_t now_us)
{
    bool ours = vnc_hand_entered(&port->hand, taken, reason, now_us);
    settle_hand(port);
    return ours;
}

void vnc_port_lost(struct vnc_port *port)
{
    vnc_hand_lost(&port->hand);
    settle_hand(port);
}

void vnc_port_set_locks(struct vnc_port *port, uint8_t locks)
{
    if (port->child_is_ready)
        vnc_child_send(port->child, &(struct vnc_message){.type = VNC_LOCKS, .locks = locks}, -1);
}

static void child_stopped(void *context, const char *why);

/* What clients hold must not stay down with it. */
static void watch_child(struct vnc_port *port, uint64_t now_us)
{
    if (port->child_is_ready && vnc_port_is_busy(port) && !vnc_child_answers(port->child, now_us))
        child_stopped(port, "it answered nothing any more");
}

void vnc_port_tick(struct vnc_port *port, uint64_t now_us)
{
    bool quiet = true;
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++)
        quiet = quiet && !route_has_keys_down(&port->clients[i].route);
    vnc_hand_tick(&port->hand, quiet, now_us);
    settle_hand(port);
    watch_child(port, now_us);
}

bool vnc_port_is_busy(const struct vnc_port *port)
{
    return port->hand.stage != VNC_HAND_AWAY;
}

/* -- clients -- */

static void drop(struct vnc_port *port, struct vnc_client *client, const char *why)
{
    if (log_limit_passes(&port->log_limit, LOG_MODULE))
        log_info("%s: the VNC client (%s) has gone: %s", port->name, client->from, why);
    if (client->fd >= 0)
        close(client->fd);
    vnc_hand_lift(&port->hand, &client->route, clock_now_us());
    *client = (struct vnc_client){.fd = -1};
}

/* Whose hotdesk-vnc is not there any more has no client either. */
static void end_child(struct vnc_port *port, const char *why)
{
    port->child = vnc_child_stop(port->child);
    port->child_is_ready = false;
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++)
        if (port->clients[i].id)
            drop(port, &port->clients[i], why);
    update_eye(port);
    update_hand(port);
}

static void child_stopped(void *context, const char *why)
{
    struct vnc_port *port = context;
    port->faults++;
    log_warning("%s: hotdesk-vnc stopped, its clients are gone: %s", port->name, why);
    end_child(port, "hotdesk-vnc stopped");
}

static void give(struct vnc_port *port, struct vnc_client *client)
{
    const struct vnc_message message = {.type = VNC_CLIENT, .client = client->id};
    bool given = vnc_child_send(port->child, &message, client->fd);
    close(client->fd);
    client->fd = -1;
    if (!given)
        drop(port, client, "hotdesk-vnc does not take it");
}

static void child_ready(struct vnc_port *port)
{
    port->child_is_ready = true;
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++)
        if (port->clients[i].id)
            give(port, &port->clients[i]);
}

static void client_in(struct vnc_port *port, struct vnc_client *client)
{
    if (client->is_in)
        return;
    client->is_in = true;
    log_event("vnc", &(struct log_fields){.target = port->name, .peer = client->from},
              "%s: a VNC client (%s) %s", port->name, client->from,
              port->wish.control ? "looks, and may type" : "looks");
    update_eye(port);
    struct agent_view view;
    if (targets_view(port->server->targets, port->number, &view) && view.has_locks)
        vnc_port_set_locks(port, view.locks);
}

static void child_message(void *context, const struct vnc_message *message)
{
    struct vnc_port *port = context;
    struct vnc_client *client = message->client ? find_client(port, message->client) : NULL;
    if (message->type == VNC_READY)
        child_ready(port);
    else if (message->type == VNC_IN && client)
        client_in(port, client);
    else if (message->type == VNC_REPORT && client)
        got_report(port, client, &message->report);
    else if (message->type == VNC_GONE && client) {
        drop(port, client, message->text);
        update_eye(port);
        update_hand(port);
    }
    /* What it knows of a client is gone with it. */
    if (message->type == VNC_GONE && count_clients(port, false) == 0)
        end_child(port, "");
}

static void child_clear(void *context)
{
    struct vnc_port *port = context;
    if (port->eye)
        onlooker_flush(port->eye);
}

static const struct vnc_child_handlers child_handlers = {
    .message = child_message, .clear = child_clear, .stopped = child_stopped};

static int start_child(struct vnc_port *port)
{
    struct vnc_setup setup = {.control = port->wish.control};
    if (port->wish.kind == VNC_TCP)
        memcpy(setup.password, port->password, sizeof setup.password);
    memcpy(setup.layout, port->wish.layout, sizeof setup.layout);
    snprintf(setup.name, sizeof setup.name, "%s", port->name);
    return vnc_child_start(port->server->loop, port->program, &setup, &child_handlers, port,
                           &port->child);
}

/* Who has not shown that he may be here makes room for the next who might: the oldest. */
static void limit_strangers(struct vnc_port *port)
{
    struct vnc_client *oldest = NULL;
    if (count_clients(port, false) - count_clients(port, true) < VNC_STRANGERS_MAX)
        return;
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++) {
        struct vnc_client *client = &port->clients[i];
        if (client->id && !client->is_in && (!oldest || client->since_us < oldest->since_us))
            oldest = client;
    }
    if (port->child_is_ready)
        vnc_child_send(port->child, &(struct vnc_message){VNC_CLOSE, .client = oldest->id}, -1);
    drop(port, oldest, "it did not show that it may be here, and others came");
}

static void came(void *context, int fd, const char *from)
{
    struct vnc_port *port = context;
    limit_strangers(port);
    struct vnc_client *client = find_client(port, 0);
    int result = client && !port->child ? start_child(port) : 0;
    if (!client || result < 0) {
        if (log_limit_passes(&port->log_limit, LOG_MODULE))
            log_warning("%s: refused a VNC client (%s): %s", port->name, from,
                        client ? strerror(-result) : "there are too many");
        close(fd);
        return;
    }
    *client = (struct vnc_client){.id = ++port->last_id, .fd = fd, .since_us = clock_now_us()};
    snprintf(client->from, sizeof client->from, "%s", from);
    if (port->child_is_ready)
        give(port, client);
}

/* -- life -- */

static void open_door(struct vnc_port *port)
{
    int result = 0;
    char leaf[NAME_ROOM + 8];
    snprintf(leaf, sizeof leaf, "vnc-%s", port->name);
    if (port->wish.kind == VNC_UNIX)
        result = paths_get(PATHS_RUNTIME, leaf, port->path, sizeof port->path);
    if (result == 0 && !port->program[0])
        snprintf(port->problem, sizeof port->problem, "there is no hotdesk-vnc");
    else if (result == 0 && port->wish.kind == VNC_TCP && !port->password[0])
        snprintf(port->problem, sizeof port->problem, "a TCP port needs vnc-password-file");
    else if (result == 0)
        vnc_door_open(port->server->loop, &port->wish, port->path, came, port, &port->door,
                      port->problem);
    else
        snprintf(port->problem, sizeof port->problem, "no run directory: %s", strerror(-result));
    if (!port->door)
        log_error("%s: no VNC port: %s", port->name, port->problem);
}

struct vnc_port *vnc_port_open(struct server *server, uint16_t number, const char *name,
                               const struct vnc_wish *wish, const char *program,
                               const char *password)
{
    struct vnc_port *port = calloc(1, sizeof *port);
    if (!port)
        return NULL;
    port->server = server;
    port->number = number;
    port->wish = *wish;
    vnc_hand_init(&port->hand, server, number);
    port->log_limit.burst = LOG_STRANGERS_A_MINUTE;
    snprintf(port->name, sizeof port->name, "%s", name);
    snprintf(port->program, sizeof port->program, "%s", program);
    snprintf(port->password, sizeof port->password, "%s", password);
    open_door(port);
    return port;
}

struct vnc_port *vnc_port_close(struct vnc_port *port)
{
    if (!port)
        return NULL;
    vnc_door_close(port->door);
    end_child(port, "its port was closed");
    explicit_bzero(port->password, sizeof port->password);
    free(port);
    return NULL;
}

uint16_t vnc_port_number(const struct vnc_port *port)
{
    return port->number;
}

void vnc_port_set_number(struct vnc_port *port, uint16_t number)
{
    port->number = port->hand.number = number;
}

bool vnc_port_is(const struct vnc_port *port, const char *name, const struct vnc_wish *wish,
                 const char *password)
{
    return port->door && strcmp(port->name, name) == 0 && vnc_wish_equals(&port->wish, wish) &&
           (wish->kind != VNC_TCP || strcmp(port->password, password) == 0);
}

/* -- status -- */

static json_t *clients_status(const struct vnc_port *port)
{
    uint64_t now_us = clock_now_us();
    json_t *clients = json_array();
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++) {
        const struct vnc_client *client = &port->clients[i];
        if (client->id)
            json_array_append_new(clients, json_pack("{s:s, s:b, s:f}", "from", client->from, "in",
                                                     client->is_in, "since_s",
                                                     (double)(now_us - client->since_us) / 1e6));
    }
    return clients;
}

json_t *vnc_port_status(const struct vnc_port *port)
{
    bool is_unix = port->wish.kind == VNC_UNIX;
    return json_pack("{s:o, s:o, s:b, s:b, s:I, s:s, s:s, s:s, s:I, s:o}", "path",
                     is_unix ? json_string(port->path) : json_null(), "tcp_port",
                     is_unix ? json_null() : json_integer(port->wish.tcp_port), "control",
                     port->wish.control, "types", vnc_port_is_busy(port), "refused",
                     (json_int_t)port->hand.refused, "why", port->hand.why, "layout",
                     port->wish.layout, "problem", port->problem, "faults",
                     (json_int_t)port->faults, "clients", clients_status(port));
}
