#include "tests/control/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"

#define BOUND_US 10000000u

static void handle_simple(void *server, struct control_client *client, const json_t *request)
{
    struct harness *harness = server;
    harness->handled++;
    control_reply(client, json_pack("{s:O*}", "echo", json_object_get(request, "text")));
}

static void handle_late(void *server, struct control_client *client, const json_t *request)
{
    struct harness *harness = server;
    harness->handled++;
    harness->late = client;
}

static void on_gone(void *context)
{
    struct harness *harness = context;
    harness->gone++;
    harness->late = NULL;
}

static void handle_late_told(void *server, struct control_client *client, const json_t *request)
{
    handle_late(server, client, request);
    control_client_on_gone(client, on_gone, server);
}

static void handle_watch(void *server, struct control_client *client, const json_t *request)
{
    struct harness *harness = server;
    harness->handled++;
    control_reply(client, NULL);
    control_client_watch(client, CONTROL_WATCH_EVENTS);
    control_client_on_gone(client, on_gone, server);
}

static void handle_close(void *server, struct control_client *client, const json_t *request)
{
    handle_simple(server, client, request);
    control_client_close(client);
    control_send(client, json_pack("{s:s}", "event", "too late"));
}

static void on_message(void *context, const struct link_message *message)
{
    struct harness *harness = context;
    if (harness->message_count < MESSAGE_MAX)
        harness->messages[harness->message_count++] = *message;
}

static void on_link_gone(void *context, const char *why)
{
    struct harness *harness = context;
    harness->link_gone++;
    snprintf(harness->link_why, sizeof harness->link_why, "%s", why);
    harness->link_client = NULL;
}

static void handle_input(void *server, struct control_client *client, const json_t *request)
{
    static const struct control_link_handlers handlers = {on_message, on_link_gone};
    struct harness *harness = server;
    harness->handled++;
    control_reply(client, NULL);
    control_client_become_link(client, &handlers, harness);
    harness->link_client = client;
}

static const struct control_verb verbs[] = {
    {"look", CONTROL_SEE, handle_simple},         {"late", CONTROL_SEE, handle_late},
    {"late-told", CONTROL_SEE, handle_late_told}, {"watch", CONTROL_SEE, handle_watch},
    {"close", CONTROL_SEE, handle_close},         {"turn", CONTROL_USE, handle_simple},
    {"input", CONTROL_USE, handle_input},         {"rule", CONTROL_OWN, handle_simple},
};

void harness_start(struct harness *harness, const char *use_group)
{
    harness_start_with(harness, use_group, NULL);
}

void harness_start_with(struct harness *harness, const char *use_group, const char *own_group)
{
    *harness = (struct harness){0};
    strcpy(harness->dir, "/tmp/hotdesk-control-XXXXXX");
    assert_non_null(mkdtemp(harness->dir));
    snprintf(harness->path, sizeof harness->path, "%s/run/control", harness->dir);
    assert_int_equal(uv_loop_init(&harness->loop), 0);
    const struct control_groups groups = {use_group, own_group};
    assert_int_equal(control_create(&harness->loop, harness->path, verbs,
                                    sizeof verbs / sizeof *verbs, &groups, harness,
                                    &harness->control),
                     0);
}

void harness_stop(struct harness *harness)
{
    char run[PATH_ROOM];
    harness->control = control_destroy(harness->control);
    uv_run(&harness->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&harness->loop), 0);
    assert_int_equal(access(harness->path, F_OK), -1);
    snprintf(run, sizeof run, "%s/run", harness->dir);
    assert_int_equal(rmdir(run), 0);
    assert_int_equal(rmdir(harness->dir), 0);
}

bool harness_run_until(struct harness *harness, bool (*done)(void *context), void *context)
{
    uint64_t end_us = clock_now_us() + BOUND_US;
    while (!done(context)) {
        if (clock_now_us() > end_us)
            return false;
        if (!uv_run(&harness->loop, UV_RUN_NOWAIT))
            return false;
        struct pollfd loop = {.fd = uv_backend_fd(&harness->loop), .events = POLLIN};
        poll(&loop, 1, 1);
    }
    return true;
}

void harness_settle(struct harness *harness)
{
    for (int i = 0; i < 8; i++)
        uv_run(&harness->loop, UV_RUN_NOWAIT);
}

int harness_connect(struct harness *harness)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, harness->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* -- conditions -- */

struct transfer {
    int fd;
    const char *bytes;
    size_t done, size;
    char *into;
    bool line, ended;
};

static bool try_send(void *context)
{
    struct transfer *transfer = context;
    ssize_t n = send(transfer->fd, transfer->bytes + transfer->done,
                     transfer->size - transfer->done, MSG_NOSIGNAL);
    if (n > 0)
        transfer->done += (size_t)n;
    else if (n < 0 && errno != EAGAIN)
        transfer->ended = true;
    return transfer->ended || transfer->done == transfer->size;
}

static bool try_receive(void *context)
{
    struct transfer *transfer = context;
    while (transfer->done < transfer->size) {
        /* A line is read byte by byte, so that nothing behind it is taken. */
        size_t want = transfer->line ? 1 : transfer->size - transfer->done;
        ssize_t n = recv(transfer->fd, transfer->into + transfer->done, want, 0);
        if (n < 0 && errno == EAGAIN)
            return false;
        if (n <= 0) {
            transfer->ended = true;
            return true;
        }
        transfer->done += (size_t)n;
        if (transfer->line && transfer->into[transfer->done - 1] == '\n')
            return true;
    }
    return true;
}

void harness_send(struct harness *harness, int fd, const void *bytes, size_t size_bytes)
{
    struct transfer transfer = {.fd = fd, .bytes = bytes, .size = size_bytes};
    assert_true(harness_run_until(harness, try_send, &transfer));
}

void harness_say(struct harness *harness, int fd, const char *line)
{
    harness_send(harness, fd, line, strlen(line));
    harness_send(harness, fd, "\n", 1);
}

bool harness_hear(struct harness *harness, int fd, char *ret_text, size_t room_bytes)
{
    struct transfer transfer = {.fd = fd, .into = ret_text, .size = room_bytes, .line = true};
    assert_true(harness_run_until(harness, try_receive, &transfer));
    if (transfer.ended)
        return false;
    assert_int_equal(ret_text[transfer.done - 1], '\n');
    ret_text[transfer.done - 1] = '\0';
    return true;
}

json_t *harness_ask(struct harness *harness, int fd, const char *line)
{
    static char text[65536];
    json_error_t error;
    harness_say(harness, fd, line);
    assert_true(harness_hear(harness, fd, text, sizeof text));
    json_t *answer = json_loads(text, 0, &error);
    assert_non_null(answer);
    return answer;
}

bool harness_is_closed(struct harness *harness, int fd)
{
    char byte;
    struct transfer transfer = {.fd = fd, .into = &byte, .size = 1};
    return harness_run_until(harness, try_receive, &transfer) && transfer.ended;
}

void harness_read_exactly(struct harness *harness, int fd, void *ret_bytes, size_t size_bytes)
{
    struct transfer transfer = {.fd = fd, .into = ret_bytes, .size = size_bytes};
    assert_true(harness_run_until(harness, try_receive, &transfer));
    assert_false(transfer.ended);
}
