#include "server/net/vnc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/program.h"
#include "server/net/server.h"
#include "server/net/vnc_password.h"
#include "server/net/vnc_port.h"

#define LOG_MODULE "vnc"

struct vnc {
    struct server *server;
    char program[512];
    struct vnc_port *ports[REGISTRY_TARGETS_MAX];
    size_t count;
};

static struct vnc_port **find(const struct vnc *vnc, uint16_t number)
{
    for (size_t i = 0; i < vnc->count; i++)
        if (vnc_port_number(vnc->ports[i]) == number)
            return (struct vnc_port **)&vnc->ports[i];
    return NULL;
}

static void close_at(struct vnc *vnc, struct vnc_port **at)
{
    vnc_port_close(*at);
    *at = vnc->ports[--vnc->count];
}

int vnc_create(struct server *server, struct vnc **ret_vnc)
{
    struct vnc *vnc = calloc(1, sizeof *vnc);
    if (!vnc)
        return -ENOMEM;
    vnc->server = server;
    if (program_find("hotdesk-vnc", "vnc", vnc->program, sizeof vnc->program) < 0)
        vnc->program[0] = '\0';
    *ret_vnc = vnc;
    return 0;
}

struct vnc *vnc_destroy(struct vnc *vnc)
{
    if (!vnc)
        return NULL;
    while (vnc->count > 0)
        close_at(vnc, &vnc->ports[0]);
    free(vnc);
    return NULL;
}

/* "" when there is none, and why is logged. */
static void read_password(const struct server_options *options,
                          char ret_password[VNC_PASSWORD_ROOM])
{
    char error[ERROR_ROOM] = "";
    ret_password[0] = '\0';
    if (options->vnc_password_file[0] && vnc_wants_tcp(&options->vnc) &&
        vnc_password_read(options->vnc_password_file, ret_password, error) < 0)
        log_error("vnc-password-file: %s", error);
}

/* What must be closed before anything is opened: two may have changed places. */
static void close_others(struct vnc *vnc, const char *password)
{
    struct vnc_wish wish;
    for (size_t i = vnc->count; i-- > 0;) {
        const struct registry_entry *entry =
            registry_by_number(vnc->server->registry, vnc_port_number(vnc->ports[i]));
        if (entry)
            vnc_wish_of(&vnc->server->options.vnc, entry->name, &wish);
        if (!entry || !vnc_port_is(vnc->ports[i], entry->name, &wish, password))
            close_at(vnc, &vnc->ports[i]);
    }
}

void vnc_update(struct vnc *vnc)
{
    struct server *server = vnc->server;
    char password[VNC_PASSWORD_ROOM];
    read_password(&server->options, password);
    close_others(vnc, password);
    for (size_t i = 0; i < registry_count(server->registry); i++) {
        const struct registry_entry *entry = registry_at(server->registry, i);
        struct vnc_wish wish;
        vnc_wish_of(&server->options.vnc, entry->name, &wish);
        if (wish.kind == VNC_NONE || find(vnc, entry->number))
            continue;
        struct vnc_port *port =
            vnc_port_open(server, entry->number, entry->name, &wish, vnc->program, password);
        if (port)
            vnc->ports[vnc->count++] = port;
    }
    explicit_bzero(password, sizeof password);
}

void vnc_ordered(struct vnc *vnc, uint16_t number, uint16_t wanted)
{
    struct vnc_port **one = find(vnc, number), **other = find(vnc, wanted);
    if (one)
        vnc_port_set_number(*one, wanted);
    if (other)
        vnc_port_set_number(*other, number);
}

void vnc_forgotten(struct vnc *vnc, uint16_t number)
{
    struct vnc_port **at = find(vnc, number);
    if (at)
        close_at(vnc, at);
}

bool vnc_entered(struct vnc *vnc, uint16_t number, bool taken, const char *reason)
{
    struct vnc_port **at = vnc ? find(vnc, number) : NULL;
    return at && vnc_port_entered(*at, taken, reason, clock_now_us());
}

void vnc_console_enters(struct vnc *vnc, uint16_t number)
{
    vnc_lost(vnc, number);
}

void vnc_lost(struct vnc *vnc, uint16_t number)
{
    struct vnc_port **at = vnc ? find(vnc, number) : NULL;
    if (at)
        vnc_port_lost(*at);
}

void vnc_set_locks(struct vnc *vnc, uint16_t number, uint8_t locks)
{
    struct vnc_port **at = vnc ? find(vnc, number) : NULL;
    if (at)
        vnc_port_set_locks(*at, locks);
}

void vnc_tick(struct vnc *vnc, uint64_t now_us)
{
    for (size_t i = 0; i < vnc->count; i++)
        vnc_port_tick(vnc->ports[i], now_us);
}

bool vnc_is_busy(const struct vnc *vnc)
{
    for (size_t i = 0; vnc && i < vnc->count; i++)
        if (vnc_port_is_busy(vnc->ports[i]))
            return true;
    return false;
}

json_t *vnc_status(const struct vnc *vnc, uint16_t number)
{
    struct vnc_port **at = find(vnc, number);
    return at ? vnc_port_status(*at) : json_null();
}
