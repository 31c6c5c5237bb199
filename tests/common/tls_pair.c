#include "tls_pair.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/dial.h"

#define BOUND_MS 30000
#define STEP_MS  20

static void close_if(struct side *side, enum close_in here)
{
    if (side->close_in == here)
        side->stream = stream_close(side->stream);
}

static bool on_accepts(void *context, const struct fingerprint *peer)
{
    struct side *side = context;

    side->accepts_calls++;
    close_if(side, CLOSE_IN_ACCEPTS);
    return !side->refuses && !(side->refuses_second_time && side->accepts_calls == 2);
}

static void on_opened(void *context)
{
    struct side *side = context;

    side->opened_calls++;
    if (side->sends_in_opened)
        stream_send(side->stream, "hello", 5); /* may fail: the peer may have gone */
    close_if(side, CLOSE_IN_OPENED);
}

static size_t on_received(void *context, const uint8_t *bytes, size_t size_bytes)
{
    struct side *side = context;
    size_t used_bytes = size_bytes;

    side->received_calls++;
    side->shown_bytes = size_bytes;
    if (side->uses_nothing)
        return 0;
    if (side->use_at_most > 0 && used_bytes > side->use_at_most)
        used_bytes = side->use_at_most;
    while (side->size_bytes + used_bytes > side->room_bytes) {
        side->room_bytes = side->room_bytes == 0 ? 4096 : side->room_bytes * 2;
        side->bytes = realloc(side->bytes, side->room_bytes);
        assert_non_null(side->bytes);
    }
    memcpy(side->bytes + side->size_bytes, bytes, used_bytes);
    side->size_bytes += used_bytes;
    if (side->pauses)
        stream_pause(side->stream);
    close_if(side, CLOSE_IN_RECEIVED);
    return used_bytes;
}

static void on_drained(void *context)
{
    struct side *side = context;

    side->drained_calls++;
    close_if(side, CLOSE_IN_DRAINED);
}

static void on_closed(void *context, enum stream_end end, const char *why)
{
    struct side *side = context;

    side->closed_calls++;
    side->end = end;
    snprintf(side->why, sizeof side->why, "%s", why);
    close_if(side, CLOSE_IN_CLOSED);
    side->stream = NULL;
}

static const struct stream_handlers handlers = {on_accepts, on_opened, on_received, on_drained,
                                                on_closed};

unsigned count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void side_start(struct side *side, const char *parent, const char *name)
{
    char directory[128];
    char error[ERROR_ROOM];

    snprintf(directory, sizeof directory, "%s/%s", parent, name);
    assert_int_equal(uv_loop_init(&side->loop), 0);
    assert_int_equal(identity_load_or_make(directory, &side->identity, error), 0);
    assert_int_equal(tls_create(side->identity, &side->tls), 0);
}

static void side_stop(struct side *side, const char *parent, const char *name)
{
    char path[160];

    side->stream = stream_close(side->stream);
    assert_int_equal(uv_run(&side->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&side->loop), 0);
    tls_destroy(side->tls);
    identity_destroy(side->identity);
    free(side->bytes);
    snprintf(path, sizeof path, "%s/%s/key.pem", parent, name);
    unlink(path);
    snprintf(path, sizeof path, "%s/%s/certificate.pem", parent, name);
    unlink(path);
    snprintf(path, sizeof path, "%s/%s", parent, name);
    rmdir(path);
}

int tls_pair_setup(void **state)
{
    struct tls_pair *pair = calloc(1, sizeof *pair);

    assert_non_null(pair);
    /* What OpenSSL and libuv open once for all is not a leak. */
    uv_loop_init(&pair->client.loop);
    uv_loop_close(&pair->client.loop);
    pair->descriptors = count_descriptors();
    strcpy(pair->directory, "/tmp/hotdesk-test-XXXXXX");
    assert_non_null(mkdtemp(pair->directory));
    side_start(&pair->client, pair->directory, "client");
    side_start(&pair->server, pair->directory, "server");
    *state = pair;
    return 0;
}

int tls_pair_teardown(void **state)
{
    struct tls_pair *pair = *state;

    side_stop(&pair->client, pair->directory, "client");
    side_stop(&pair->server, pair->directory, "server");
    rmdir(pair->directory);
    assert_int_equal(count_descriptors(), pair->descriptors);
    free(pair);
    return 0;
}

void tls_pair_socketpair(int ret_fds[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds), 0);
}

void tls_pair_tcp(int ret_fds[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size_bytes = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size_bytes), 0);
    ret_fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(ret_fds[0], (struct sockaddr *)&address, sizeof address), 0);
    ret_fds[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(ret_fds[1] >= 0);
    close(listener);
    dial_set_options(ret_fds[0]);
    dial_set_options(ret_fds[1]);
}

void tls_pair_start(struct side *side, int fd, enum stream_side which, size_t unsent_limit_bytes)
{
    assert_int_equal(stream_create(&side->loop, side->tls, fd, which, unsent_limit_bytes, &handlers,
                                   side, &side->stream),
                     0);
}

void tls_pair_open(struct tls_pair *pair, size_t unsent_limit_bytes)
{
    int fds[2];

    tls_pair_socketpair(fds);
    tls_pair_start(&pair->client, fds[0], STREAM_DIALED, unsent_limit_bytes);
    tls_pair_start(&pair->server, fds[1], STREAM_ACCEPTED, unsent_limit_bytes);
    wait_until(pair, &pair->client, &pair->server,
               pair->client.opened_calls == 1 && pair->server.opened_calls == 1);
}

void tls_pair_step(struct side *a, struct side *b)
{
    struct pollfd polls[2];
    nfds_t count = 0;

    if (a != NULL) {
        uv_run(&a->loop, UV_RUN_NOWAIT);
        polls[count++] = (struct pollfd){.fd = uv_backend_fd(&a->loop), .events = POLLIN};
    }
    if (b != NULL) {
        uv_run(&b->loop, UV_RUN_NOWAIT);
        polls[count++] = (struct pollfd){.fd = uv_backend_fd(&b->loop), .events = POLLIN};
    }
    if ((a == NULL || uv_backend_timeout(&a->loop) != 0) &&
        (b == NULL || uv_backend_timeout(&b->loop) != 0))
        poll(polls, count, STEP_MS);
}

bool tls_pair_in_time(struct tls_pair *pair)
{
    struct timespec now;
    int64_t now_ms;

    clock_gettime(CLOCK_MONOTONIC, &now);
    now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (pair->deadline_ms == 0)
        pair->deadline_ms = now_ms + BOUND_MS;
    return now_ms < pair->deadline_ms;
}
