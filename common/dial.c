#include "common/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/times.h"

#define PRIORITY_INTERACTIVE 6
#define TOS_EF               0xb8 /* DSCP 46, expedited forwarding (RFC 3246), in the upper six bits */
#define WHY_ROOM             (DIAL_HOST_ROOM + 128)

struct dial {
    uv_getaddrinfo_t resolve;
    uv_timer_t timer;
    uv_poll_t poll;
    bool resolving; /* the request is under way: libuv has it, and the dial must stay */
    bool polling;   /* `poll` is open */
    bool timing;    /* `timer` is open */
    bool over;      /* no callback from here on */
    uv_loop_t *loop;
    struct endpoint endpoint;
    dial_done done;
    void *context;
    uint64_t deadline_ms; /* of uv_now */
    uint64_t connect_ms;  /* the limit from the first address on; 0: it counts, or there is none */
    struct addrinfo *addresses, *next;
    bool addresses_are_libuvs;
    int fd;
    int worst; /* the most telling failure so far, -errno or 0 */
};

void dial_set_options(int fd)
{
    int on = 1;
    int priority = PRIORITY_INTERACTIVE;
    int tos = TOS_EF;
    unsigned timeout_ms = (unsigned)time_ms(TIME_TCP_USER);

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
    /* After IP_TOS, which sets a priority of its own (ip(7)). */
    setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
}

static void free_when_unused(struct dial *dial)
{
    if (!dial->over || dial->resolving || dial->polling || dial->timing)
        return;
    if (dial->addresses_are_libuvs)
        uv_freeaddrinfo(dial->addresses);
    else if (dial->addresses != NULL)
        freeaddrinfo(dial->addresses);
    free(dial);
}

static void on_poll_closed(uv_handle_t *handle);
static void on_timer(uv_timer_t *timer);
static void try_next(struct dial *dial);

static void on_timer_closed(uv_handle_t *handle)
{
    struct dial *dial = handle->data;

    dial->timing = false;
    free_when_unused(dial);
}

/* Ends the attempt under way; its descriptor is the caller's. */
static int take_fd(struct dial *dial)
{
    int fd = dial->fd;

    dial->fd = -1;
    if (dial->polling && !uv_is_closing((uv_handle_t *)&dial->poll))
        uv_close((uv_handle_t *)&dial->poll, on_poll_closed);
    return fd;
}

static void finish(struct dial *dial)
{
    int fd = take_fd(dial);

    if (fd >= 0)
        close(fd);
    dial->over = true;
    if (dial->resolving)
        uv_cancel((uv_req_t *)&dial->resolve); /* fails when a thread has begun it */
    if (dial->timing)
        uv_close((uv_handle_t *)&dial->timer, on_timer_closed);
}

static void fail(struct dial *dial, int error, const char *why)
{
    dial_done done = dial->done;
    void *context = dial->context;

    finish(dial);
    done(context, error, why);
}

static void fail_by_errno(struct dial *dial, int error)
{
    const char *host = dial->endpoint.host;
    unsigned port = dial->endpoint.port;
    char why[WHY_ROOM];

    switch (error) {
    case -ETIMEDOUT:
    case -EHOSTUNREACH:
        snprintf(why, sizeof why,
                 "no answer from %s (is hotdesk-server running, is TCP %u open there?)", host,
                 port);
        break;
    case -ECONNREFUSED:
        snprintf(why, sizeof why, "%s refused TCP %u (is hotdesk-server running there?)", host,
                 port);
        break;
    case -ENETUNREACH:
        snprintf(why, sizeof why, "no network leads to %s (is this computer online?)", host);
        break;
    default:
        snprintf(why, sizeof why, "cannot connect to %s: %s", host, strerror(-error));
    }
    fail(dial, error, why);
}

/* Of several addresses that failed: a refusal tells more than silence, and silence more than no
 * route. */
static int rank(int error)
{
    switch (error) {
    case 0:
        return 0;
    case -ENETUNREACH:
        return 2;
    case -EHOSTUNREACH:
        return 3;
    case -ETIMEDOUT:
        return 4;
    case -ECONNREFUSED:
        return 5;
    default:
        return 1;
    }
}

static void note_failure(struct dial *dial, int error)
{
    if (rank(error) > rank(dial->worst))
        dial->worst = error;
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct dial *dial = handle->data;

    dial->polling = false;
    if (dial->over)
        free_when_unused(dial);
    else
        try_next(dial);
}

/* The next address is tried when the handle of this one is closed: there is one handle. */
static void give_up_address(struct dial *dial, int error)
{
    note_failure(dial, error);
    uv_timer_stop(&dial->timer);
    close(take_fd(dial));
}

static void on_connected(uv_poll_t *poll, int status, int events)
{
    struct dial *dial = poll->data;
    dial_done done = dial->done;
    void *context = dial->context;
    int error = 0;
    socklen_t size_bytes = sizeof error;
    int fd;

    if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &size_bytes) < 0)
        error = errno;
    if (error == 0 && status < 0)
        error = -status;
    if (error != 0) {
        give_up_address(dial, -error);
        return;
    }
    fd = take_fd(dial);
    finish(dial);
    done(context, fd, NULL);
}

static unsigned addresses_left(const struct dial *dial)
{
    unsigned count = 0;

    for (const struct addrinfo *a = dial->next; a != NULL; a = a->ai_next)
        count++;
    return count;
}

/* 0: under way. An address that fails at once (no IPv6 here) costs no time. */
static int try_address(struct dial *dial, const struct addrinfo *address)
{
    int r;

    dial->fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (dial->fd < 0)
        return -errno;
    dial_set_options(dial->fd);
    r = connect(dial->fd, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS
            ? -errno
            : 0;
    if (r == 0)
        r = uv_poll_init(dial->loop, &dial->poll, dial->fd);
    if (r < 0) {
        close(dial->fd);
        dial->fd = -1;
        return r;
    }
    dial->polling = true;
    dial->poll.data = dial;
    uv_poll_start(&dial->poll, UV_WRITABLE, on_connected);
    return 0;
}

static void try_next(struct dial *dial)
{
    uint64_t now_ms;

    uv_update_time(dial->loop);
    now_ms = uv_now(dial->loop);
    if (dial->connect_ms > 0 && now_ms + dial->connect_ms < dial->deadline_ms)
        dial->deadline_ms = now_ms + dial->connect_ms;
    dial->connect_ms = 0;
    while (dial->next != NULL && now_ms < dial->deadline_ms) {
        uint64_t share_ms = (dial->deadline_ms - now_ms) / addresses_left(dial);
        int r = try_address(dial, dial->next);

        dial->next = dial->next->ai_next;
        if (r == 0) {
            uv_timer_start(&dial->timer, on_timer, share_ms, 0);
            return;
        }
        note_failure(dial, r);
    }
    fail_by_errno(dial, dial->worst == 0 ? -ETIMEDOUT : dial->worst);
}

static void fail_to_resolve(struct dial *dial, int error, const char *what)
{
    char why[WHY_ROOM];

    snprintf(why, sizeof why, "cannot resolve %s: %s", dial->endpoint.host, what);
    fail(dial, error, why);
}

static void on_timer(uv_timer_t *timer)
{
    struct dial *dial = timer->data;

    if (dial->resolving)
        fail_to_resolve(dial, -ETIMEDOUT, "the name server does not answer");
    else if (dial->fd >= 0)
        give_up_address(dial, -ETIMEDOUT);
    else
        try_next(dial); /* a number: there was nothing to resolve */
}

static void on_resolved(uv_getaddrinfo_t *resolve, int status, struct addrinfo *addresses)
{
    struct dial *dial = resolve->data;

    dial->resolving = false;
    dial->addresses = dial->next = addresses;
    dial->addresses_are_libuvs = true;
    if (dial->over)
        free_when_unused(dial);
    else if (status == UV_EAI_AGAIN)
        fail_to_resolve(dial, -EAGAIN, "the name server does not answer");
    else if (status < 0)
        fail_to_resolve(dial, -ENOENT, uv_strerror(status));
    else
        try_next(dial);
}

/* Numbers need no thread, and no time. */
static bool resolve_number(struct dial *dial, const char *port, const struct addrinfo *hints)
{
    struct addrinfo numeric = *hints;

    numeric.ai_flags |= AI_NUMERICHOST;
    if (getaddrinfo(dial->endpoint.host, port, &numeric, &dial->addresses) != 0)
        return false;
    dial->next = dial->addresses;
    return true;
}

int dial_start(uv_loop_t *loop, const struct endpoint *endpoint, dial_done done, void *context,
               struct dial **ret_dial)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct dial *dial = calloc(1, sizeof *dial);
    char port[8];
    int r = 0;

    if (dial == NULL)
        return -ENOMEM;
    dial->loop = loop;
    dial->endpoint = *endpoint;
    dial->done = done;
    dial->context = context;
    dial->fd = -1;
    snprintf(port, sizeof port, "%u", (unsigned)endpoint->port);
    if (!resolve_number(dial, port, &hints)) {
        dial->resolve.data = dial;
        r = uv_getaddrinfo(loop, &dial->resolve, on_resolved, endpoint->host, port, &hints);
        dial->resolving = r == 0;
    }
    if (r < 0) {
        free(dial);
        return r;
    }
    uv_timer_init(loop, &dial->timer);
    dial->timer.data = dial;
    dial->timing = true;
    uv_update_time(loop);
    dial->deadline_ms = uv_now(loop) + time_ms(TIME_DIAL);
    uv_timer_start(&dial->timer, on_timer, dial->resolving ? time_ms(TIME_DIAL) : 0, 0);
    *ret_dial = dial;
    return 0;
}

void dial_limit(struct dial *dial, uint64_t connect_ms)
{
    dial->connect_ms = connect_ms;
}

struct dial *dial_cancel(struct dial *dial)
{
    if (dial != NULL && !dial->over)
        finish(dial);
    return NULL;
}
