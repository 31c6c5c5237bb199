#include "server/net/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/dial.h"
#include "common/log.h"
#include "protocol/limits.h"

#define LOG_MODULE "net"
#define TICK_MS    50 /* while guests are there, or wait */

struct listener {
    uv_loop_t *loop;
    uv_timer_t tick; /* the listener is freed when this is closed */
    uv_poll_t *poll; /* NULL: not open */
    int fd;
    bool paused;
    char address[INET6_ADDRSTRLEN];
    uint16_t port;
    struct guests *guests;
};

static void accept_some(uv_poll_t *poll, int status, int events);

static void start_polling(struct listener *listener)
{
    listener->paused = false;
    uv_poll_start(listener->poll, UV_READABLE, accept_some);
}

static void tick(uv_timer_t *timer)
{
    struct listener *listener = timer->data;
    uint64_t now_us = clock_now_us();
    guests_tick(listener->guests, now_us);
    if (listener->poll && listener->paused)
        start_polling(listener);
    if (!listener->paused && guests_count(listener->guests) == 0 &&
        guests_waiting(listener->guests) == 0)
        uv_timer_stop(&listener->tick);
}

static void start_ticking(struct listener *listener)
{
    if (!uv_is_active((uv_handle_t *)&listener->tick))
        uv_timer_start(&listener->tick, tick, TICK_MS, TICK_MS);
}

/* One at a time: the loop comes back for the next, and input is served between. */
static void accept_some(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = poll->data;
    (void)status;
    (void)events;
    start_ticking(listener);
    struct sockaddr_storage address = {0};
    socklen_t size_bytes = sizeof address;
    int fd = accept4(listener->fd, (struct sockaddr *)&address, &size_bytes,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        dial_set_options(fd);
        guests_add(listener->guests, fd, &address, clock_now_us());
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        log_warning("cannot accept a connection: %s; trying again soon", strerror(errno));
        uv_poll_stop(listener->poll); /* else the loop would spin until a descriptor is free */
        listener->paused = true;
    }
}

int listener_create(uv_loop_t *loop, const char *address, uint16_t port, struct guests *guests,
                    struct listener **ret_listener)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (!listener)
        return -ENOMEM;
    listener->loop = loop;
    listener->fd = -1;
    listener->port = port;
    listener->guests = guests;
    snprintf(listener->address, sizeof listener->address, "%s", address);
    uv_timer_init(loop, &listener->tick);
    listener->tick.data = listener;
    *ret_listener = listener;
    return 0;
}

static void free_listener(uv_handle_t *handle)
{
    free(handle->data);
}

struct listener *listener_destroy(struct listener *listener)
{
    if (!listener)
        return NULL;
    listener_close(listener);
    uv_close((uv_handle_t *)&listener->tick, free_listener);
    return NULL;
}

static int open_one(int family, const char *address, uint16_t port, int *ret_fd)
{
    struct addrinfo hints = {.ai_family = family,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(address[0] ? address : NULL, service, &hints, &found) != 0)
        return -EINVAL;

    int on = 1, off = 0, result = 0;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (found->ai_family == AF_INET6)
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) < 0 ||
        listen(fd, LISTENER_BACKLOG) < 0) {
        result = -errno;
        if (fd >= 0)
            close(fd);
    } else {
        *ret_fd = fd;
    }
    freeaddrinfo(found);
    return result;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size_bytes = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size_bytes) < 0)
        return 0;
    /* sin_port and sin6_port are at the same place. */
    return ntohs(((const struct sockaddr_in *)&address)->sin_port);
}

static int start(struct listener *listener)
{
    uv_poll_t *poll = calloc(1, sizeof *poll);
    if (!poll)
        return -ENOMEM;
    int result = uv_poll_init(listener->loop, poll, listener->fd);
    if (result < 0) {
        free(poll);
        return result;
    }
    poll->data = listener;
    listener->poll = poll;
    start_polling(listener);
    return 0;
}

int listener_open(struct listener *listener, char ret_error[ERROR_ROOM])
{
    if (listener->poll)
        return 0;
    int family = listener->address[0] ? AF_UNSPEC : AF_INET6;
    int result = open_one(family, listener->address, listener->port, &listener->fd);
    if (result == -EAFNOSUPPORT || result == -EADDRNOTAVAIL ||
        (result == -EINVAL && family == AF_INET6))
        result = open_one(family == AF_INET6 ? AF_INET : family, listener->address, listener->port,
                          &listener->fd); /* a machine without IPv6 */
    if (result == 0)
        result = start(listener);
    if (result < 0) {
        if (listener->fd >= 0)
            close(listener->fd);
        listener->fd = -1;
        snprintf(ret_error, ERROR_ROOM, "cannot listen on %s%sTCP port %u: %s", listener->address,
                 listener->address[0] ? " " : "", listener->port, strerror(-result));
        return result;
    }
    listener->port = port_of(listener->fd);
    log_info("listening on TCP port %u%s%s", listener->port, listener->address[0] ? " of " : "",
             listener->address);
    return 0;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void listener_close(struct listener *listener)
{
    if (!listener->poll)
        return;
    uv_close((uv_handle_t *)listener->poll, free_handle);
    listener->poll = NULL;
    listener->paused = false;
    close(listener->fd);
    listener->fd = -1;
    log_info("no longer listening on TCP port %u: nobody is paired and no code is valid",
             listener->port);
}

bool listener_is_open(const struct listener *listener)
{
    return listener->poll != NULL;
}

uint16_t listener_port(const struct listener *listener)
{
    return listener->port;
}
