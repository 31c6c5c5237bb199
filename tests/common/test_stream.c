/* Streams against streams: bytes, ends, bounds, and closing in every callback. */
#include "common/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "tls_pair.h"

#define LIMIT_BYTES 65536
#define LARGE_BYTES 3000000

static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 31 + at / 251);
}

static bool is_pattern(const uint8_t *bytes, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        if (bytes[i] != pattern(i))
            return false;
    }
    return true;
}

static void test_opened(void **state)
{
    struct tls_pair *pair = *state;
    struct side *client = &pair->client, *server = &pair->server;
    uint8_t a[32], b[32], other[32];

    tls_pair_open(pair, LIMIT_BYTES);
    assert_true(
        fingerprint_equal(stream_peer(client->stream), identity_fingerprint(server->identity)));
    assert_true(
        fingerprint_equal(stream_peer(server->stream), identity_fingerprint(client->identity)));
    assert_int_equal(client->accepts_calls, 2);
    assert_int_equal(server->accepts_calls, 2);
    assert_int_equal(stream_export(client->stream, "EXPORTER-hotdesk-pair", a), 0);
    assert_int_equal(stream_export(server->stream, "EXPORTER-hotdesk-pair", b), 0);
    assert_int_equal(stream_export(server->stream, "EXPORTER-other", other), 0);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, other, sizeof a);
    assert_string_equal(stream_address(client->stream), "local");
}

static void test_address(void **state)
{
    struct tls_pair *pair = *state;
    struct sockaddr_in own;
    socklen_t size_bytes = sizeof own;
    char expected[64];
    int fds[2];

    tls_pair_tcp(fds);
    assert_int_equal(getsockname(fds[0], (struct sockaddr *)&own, &size_bytes), 0);
    snprintf(expected, sizeof expected, "127.0.0.1:%u", ntohs(own.sin_port));
    tls_pair_start(&pair->client, fds[0], STREAM_DIALED, LIMIT_BYTES);
    tls_pair_start(&pair->server, fds[1], STREAM_ACCEPTED, LIMIT_BYTES);
    assert_string_equal(stream_address(pair->server.stream), expected);
    wait_until(pair, &pair->client, &pair->server,
               pair->client.opened_calls == 1 && pair->server.opened_calls == 1);
}

static void test_send_before_opened(void **state)
{
    struct tls_pair *pair = *state;
    uint8_t bytes[32];
    int fds[2];

    tls_pair_socketpair(fds);
    tls_pair_start(&pair->client, fds[0], STREAM_DIALED, LIMIT_BYTES);
    assert_int_equal(stream_send(pair->client.stream, "x", 1), -ENOTCONN);
    assert_int_equal(stream_export(pair->client.stream, "EXPORTER-x", bytes), -ENOTCONN);
    shutdown(fds[1], SHUT_WR);
    wait_until(pair, &pair->client, NULL, pair->client.closed_calls == 1);
    assert_int_equal(pair->client.end, STREAM_END_CLOSED);
    close(fds[1]);
}

/* stream_send wrote in its own call: the receiver has it before the sender's loop has run again. */
static void test_send_is_immediate(void **state)
{
    struct tls_pair *pair = *state;

    tls_pair_open(pair, LIMIT_BYTES);
    assert_int_equal(stream_send(pair->client.stream, "key", 3), 0);
    assert_int_equal(stream_send(pair->client.stream, "", 0), 0);
    assert_int_equal(stream_unsent_bytes(pair->client.stream), 0);
    wait_until(pair, NULL, &pair->server, pair->server.size_bytes == 3);
    assert_memory_equal(pair->server.bytes, "key", 3);
}

static unsigned large_allocations; /* records' buffers; OpenSSL has small ones for each record */

static void count_large(size_t size_bytes)
{
    if (size_bytes >= 4096)
        large_allocations++;
}

static void *count_malloc(size_t size_bytes, const char *file, int line)
{
    count_large(size_bytes);
    return malloc(size_bytes);
}

static void *count_realloc(void *memory, size_t size_bytes, const char *file, int line)
{
    count_large(size_bytes);
    return realloc(memory, size_bytes);
}

static void plain_free(void *memory, const char *file, int line)
{
    free(memory);
}

/* How many OpenSSL makes for a hundred records, there and back. */
static unsigned large_allocations_of_records(struct tls_pair *pair)
{
    size_t before = pair->server.size_bytes, back = pair->client.size_bytes;

    for (unsigned i = 0; i < 101; i++) {
        if (i == 1)
            large_allocations = 0; /* the first may still make what is kept */
        assert_int_equal(stream_send(pair->client.stream, "key", 3), 0);
        wait_until(pair, NULL, &pair->server, pair->server.size_bytes == before + 3 * (i + 1));
        assert_int_equal(stream_send(pair->server.stream, "ack", 3), 0);
        wait_until(pair, &pair->client, NULL, pair->client.size_bytes == back + 3 * (i + 1));
    }
    return large_allocations;
}

static void test_keep_buffers(void **state)
{
    struct tls_pair *pair = *state;

    tls_pair_open(pair, LIMIT_BYTES);
    assert_true(large_allocations_of_records(pair) >= 100); /* an idle stream gives them up */
    stream_keep_buffers(pair->client.stream, true);
    stream_keep_buffers(pair->server.stream, true);
    assert_int_equal(large_allocations_of_records(pair), 0);
    stream_keep_buffers(pair->client.stream, false);
    stream_keep_buffers(pair->server.stream, false);
    assert_true(large_allocations_of_records(pair) >= 100);
}

static void test_large(void **state)
{
    struct tls_pair *pair = *state;
    uint8_t *bytes = malloc(LARGE_BYTES);

    for (size_t i = 0; i < LARGE_BYTES; i++)
        bytes[i] = pattern(i);
    pair->server.use_at_most = 12345; /* the rest is shown again */
    tls_pair_open(pair, LARGE_BYTES);
    assert_int_equal(stream_send(pair->client.stream, bytes, LARGE_BYTES), 0);
    assert_true(stream_unsent_bytes(pair->client.stream) > 0);
    wait_until(pair, &pair->client, &pair->server, pair->client.drained_calls == 1);
    assert_int_equal(stream_unsent_bytes(pair->client.stream), 0);
    /* What was left is shown with the next byte. */
    while (pair->server.size_bytes < LARGE_BYTES + 1 && tls_pair_in_time(pair)) {
        size_t before = pair->server.received_calls;

        tls_pair_step(&pair->client, &pair->server);
        if (pair->server.received_calls == before && pair->server.size_bytes < LARGE_BYTES + 1)
            assert_int_equal(stream_send(pair->client.stream, "x", 1), 0);
    }
    assert_true(is_pattern(pair->server.bytes, LARGE_BYTES));
    free(bytes);
}

/* The peer does not read: what waits is bounded and goes out in order when it reads again. */
static void test_full_socket(void **state)
{
    struct tls_pair *pair = *state;
    struct side *client = &pair->client;
    uint8_t bytes[1000];
    size_t sent_bytes = 0;

    tls_pair_open(pair, LIMIT_BYTES);
    while (stream_unsent_bytes(client->stream) < LIMIT_BYTES / 2) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = pattern(sent_bytes + i);
        assert_int_equal(stream_send(client->stream, bytes, sizeof bytes), 0);
        sent_bytes += sizeof bytes;
        tls_pair_step(client, NULL);
    }
    assert_int_equal(client->drained_calls, 0);
    wait_until(pair, client, &pair->server, pair->server.size_bytes == sent_bytes);
    assert_true(is_pattern(pair->server.bytes, sent_bytes));
    assert_int_equal(client->drained_calls, 1);
    assert_int_equal(client->closed_calls, 0);
}

/* Who pauses is sent no more than fits on the way, and gets every byte once, in order. */
static void test_pause(void **state)
{
    struct tls_pair *pair = *state;
    struct side *client = &pair->client, *server = &pair->server;
    uint8_t *bytes = malloc(LARGE_BYTES);
    unsigned calls;

    for (size_t i = 0; i < LARGE_BYTES; i++)
        bytes[i] = pattern(i);
    server->pauses = true;
    server->use_at_most = 12345;
    tls_pair_open(pair, LARGE_BYTES);
    assert_int_equal(stream_send(client->stream, bytes, LARGE_BYTES), 0);
    wait_until(pair, client, server, server->received_calls == 1);
    for (int i = 0; i < 100; i++)
        tls_pair_step(client, server);
    assert_int_equal(server->received_calls, 1);
    assert_true(stream_unsent_bytes(client->stream) > LARGE_BYTES / 2);
    assert_int_equal(stream_send(server->stream, "still", 5), 0); /* the other way is open */
    wait_until(pair, client, server, client->size_bytes == 5);

    while (server->size_bytes < LARGE_BYTES && tls_pair_in_time(pair)) {
        calls = server->received_calls;
        stream_resume(server->stream);
        wait_until(pair, client, server, server->received_calls > calls);
        assert_int_equal(server->received_calls, calls + 1);
    }
    assert_true(is_pattern(server->bytes, LARGE_BYTES));
    free(bytes);
}

static void test_close_while_paused(void **state)
{
    struct tls_pair *pair = *state;
    struct side *client = &pair->client, *server = &pair->server;

    server->pauses = true;
    server->use_at_most = 2;
    tls_pair_open(pair, LIMIT_BYTES);
    assert_int_equal(stream_send(client->stream, "last", 4), 0);
    client->stream = stream_close(client->stream);
    wait_until(pair, client, server, server->size_bytes == 2);
    for (int i = 0; i < 20; i++)
        tls_pair_step(client, server);
    assert_int_equal(server->closed_calls, 0);
    server->pauses = false;
    stream_resume(server->stream);
    wait_until(pair, client, server, server->closed_calls == 1);
    assert_memory_equal(server->bytes, "last", 4);
    assert_int_equal(server->end, STREAM_END_CLOSED);
}

/* A write that fails ends it although nothing is read. */
static void test_break_while_paused(void **state)
{
    struct tls_pair *pair = *state;
    struct side *client = &pair->client, *server = &pair->server;

    server->pauses = true;
    tls_pair_open(pair, LIMIT_BYTES);
    assert_int_equal(stream_send(client->stream, "x", 1), 0);
    wait_until(pair, client, server, server->size_bytes == 1);
    client->stream = stream_close(client->stream);
    tls_pair_step(client, NULL);
    while (server->closed_calls == 0 && tls_pair_in_time(pair)) {
        stream_send(server->stream, "y", 1);
        tls_pair_step(client, server);
    }
    assert_int_equal(server->closed_calls, 1);
    assert_int_equal(server->end, STREAM_END_RESET);
}

static void test_over_limit(void **state)
{
    struct tls_pair *pair = *state;
    struct side *client = &pair->client;
    uint8_t bytes[1000] = {0};
    int r;

    tls_pair_open(pair, LIMIT_BYTES);
    do {
        r = stream_send(client->stream, bytes, sizeof bytes);
        assert_true(stream_unsent_bytes(client->stream) <= LIMIT_BYTES);
    } while (r == 0);
    assert_int_equal(r, -ENOBUFS);
    assert_int_equal(client->closed_calls, 0); /* not inside the call */
    assert_int_equal(stream_send(client->stream, bytes, sizeof bytes), -ENOBUFS);
    wait_until(pair, client, NULL, client->closed_calls == 1);
    assert_int_equal(client->end, STREAM_END_FULL);
}

static void test_received_leaves_too_much(void **state)
{
    struct tls_pair *pair = *state;
    uint8_t bytes[STREAM_RECEIVE_MAX + 1] = {0};

    tls_pair_open(pair, LIMIT_BYTES);
    pair->server.uses_nothing = true;
    assert_int_equal(stream_send(pair->client.stream, bytes, STREAM_RECEIVE_MAX - 1), 0);
    wait_until(pair, &pair->client, &pair->server,
               pair->server.shown_bytes == STREAM_RECEIVE_MAX - 1);
    assert_int_equal(pair->server.closed_calls, 0);
    assert_int_equal(stream_send(pair->client.stream, bytes, 1), 0);
    wait_until(pair, &pair->client, &pair->server, pair->server.closed_calls == 1);
    assert_int_equal(pair->server.end, STREAM_END_FULL);
}

/* One stream does not hold the loop while its peer sends and sends. */
static void test_turn_is_bounded(void **state)
{
    struct tls_pair *pair = *state;
    int room_bytes = 4000000;
    uint8_t *bytes = calloc(1, LARGE_BYTES);
    int fds[2];

    tls_pair_socketpair(fds);
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUFFORCE, &room_bytes, sizeof room_bytes);
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &room_bytes, sizeof room_bytes);
    tls_pair_start(&pair->client, fds[0], STREAM_DIALED, LARGE_BYTES);
    tls_pair_start(&pair->server, fds[1], STREAM_ACCEPTED, LARGE_BYTES);
    wait_until(pair, &pair->client, &pair->server,
               pair->client.opened_calls == 1 && pair->server.opened_calls == 1);
    assert_int_equal(stream_send(pair->client.stream, bytes, LARGE_BYTES), 0);
    while (pair->server.size_bytes < LARGE_BYTES && tls_pair_in_time(pair)) {
        size_t before_bytes = pair->server.size_bytes;

        uv_run(&pair->server.loop, UV_RUN_NOWAIT);
        /* The socket and the idle handle may each give one turn. */
        assert_true(pair->server.size_bytes - before_bytes <= 2 * (65536 + STREAM_RECEIVE_MAX));
        uv_run(&pair->client.loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(pair->server.size_bytes, LARGE_BYTES);
    free(bytes);
}

static void start_both(struct tls_pair *pair)
{
    int fds[2];

    tls_pair_socketpair(fds);
    tls_pair_start(&pair->client, fds[0], STREAM_DIALED, LIMIT_BYTES);
    tls_pair_start(&pair->server, fds[1], STREAM_ACCEPTED, LIMIT_BYTES);
}

static void wait_for_both_ends(struct tls_pair *pair)
{
    wait_until(pair, &pair->client, &pair->server,
               pair->client.closed_calls == 1 && pair->server.closed_calls == 1);
}

static void test_server_refuses(void **state)
{
    struct tls_pair *pair = *state;

    pair->server.refuses = true;
    pair->client.sends_in_opened = true;
    start_both(pair);
    wait_for_both_ends(pair);
    assert_int_equal(pair->server.end, STREAM_END_WE_REFUSED);
    assert_int_equal(pair->server.opened_calls, 0);
    assert_int_equal(pair->client.end, STREAM_END_PEER_REFUSED);
    assert_int_equal(pair->client.opened_calls, 1); /* TLS 1.3: it thought so for a moment */
}

static void test_client_refuses(void **state)
{
    struct tls_pair *pair = *state;

    pair->client.refuses = true;
    start_both(pair);
    wait_for_both_ends(pair);
    assert_int_equal(pair->client.end, STREAM_END_WE_REFUSED);
    assert_int_equal(pair->client.opened_calls, 0);
    assert_int_equal(pair->server.end, STREAM_END_PEER_REFUSED);
    assert_int_equal(pair->server.opened_calls, 0);
}

/* The client writes to a server that has refused it and gone: no SIGPIPE, and still the right
 * reason. */
static void refused_before_write(struct tls_pair *pair, int client_fd, int server_fd)
{
    struct side *client = &pair->client, *server = &pair->server;

    server->refuses = true;
    tls_pair_start(client, client_fd, STREAM_DIALED, LIMIT_BYTES);
    tls_pair_start(server, server_fd, STREAM_ACCEPTED, LIMIT_BYTES);
    while (client->opened_calls == 0 && tls_pair_in_time(pair)) {
        tls_pair_step(client, NULL);
        if (client->opened_calls == 0)
            tls_pair_step(server, NULL);
    }
    wait_until(pair, NULL, server, server->closed_calls == 1);
    for (int i = 0; i < 3 && client->stream != NULL; i++)
        stream_send(client->stream, "hello", 5);
    wait_until(pair, client, NULL, client->closed_calls == 1);
    assert_int_equal(client->end, STREAM_END_PEER_REFUSED);
}

static void test_refused_before_write(void **state)
{
    int fds[2];

    tls_pair_socketpair(fds);
    refused_before_write(*state, fds[0], fds[1]);
}

static void test_refused_before_write_tcp(void **state)
{
    int fds[2];

    tls_pair_tcp(fds);
    refused_before_write(*state, fds[0], fds[1]);
}

/* Forgotten while its handshake was under way. */
static void test_refused_after_handshake(void **state)
{
    struct tls_pair *pair = *state;

    pair->server.refuses_second_time = true;
    start_both(pair);
    wait_for_both_ends(pair);
    assert_int_equal(pair->server.end, STREAM_END_WE_REFUSED);
    assert_int_equal(pair->server.accepts_calls, 2);
    assert_int_equal(pair->server.opened_calls, 0);
    assert_int_equal(pair->server.received_calls, 0);
}

static void test_closed_orderly(void **state)
{
    struct tls_pair *pair = *state;

    tls_pair_open(pair, LIMIT_BYTES);
    assert_int_equal(stream_send(pair->client.stream, "bye", 3), 0);
    assert_int_equal(stream_send(pair->server.stream, "unread", 6), 0);
    pair->client.stream = stream_close(pair->client.stream);
    wait_until(pair, NULL, &pair->server, pair->server.closed_calls == 1);
    assert_int_equal(pair->server.end, STREAM_END_CLOSED);
    assert_int_equal(pair->server.size_bytes, 3);
    assert_int_equal(pair->client.closed_calls, 0);
}

/* The server answers a last message after it has said goodbye itself: what it said before must
 * arrive. */
static void test_last_words_arrive(void **state)
{
    struct tls_pair *pair = *state;
    int fds[2];

    tls_pair_tcp(fds);
    tls_pair_start(&pair->client, fds[0], STREAM_DIALED, LIMIT_BYTES);
    tls_pair_start(&pair->server, fds[1], STREAM_ACCEPTED, LIMIT_BYTES);
    wait_until(pair, &pair->client, &pair->server,
               pair->client.opened_calls == 1 && pair->server.opened_calls == 1);
    assert_int_equal(stream_send(pair->client.stream, "never read", 10), 0);
    assert_int_equal(stream_send(pair->server.stream, "bye", 3), 0);
    pair->server.stream = stream_close(pair->server.stream);
    assert_int_equal(stream_send(pair->client.stream, "too late", 8), 0);
    wait_until(pair, &pair->client, &pair->server, pair->client.closed_calls == 1);
    assert_int_equal(pair->client.size_bytes, 3);
    assert_memory_equal(pair->client.bytes, "bye", 3);
}

static void test_create_fails(void **state)
{
    struct tls_pair *pair = *state;
    struct stream *stream = NULL;
    struct stream_handlers none = {0};
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC); /* nothing that can be polled */

    assert_true(stream_create(&pair->client.loop, pair->client.tls, fd, STREAM_DIALED, LIMIT_BYTES,
                              &none, NULL, &stream) < 0);
    assert_null(stream);
    assert_int_equal(fcntl(fd, F_GETFD), -1); /* closed */
}

struct close_case {
    enum close_in client, server;
};

/* Each callback may be the stream's last. The teardown sees to descriptors and loops, ASan to
 * memory. */
static void test_close_in_callbacks(void **state)
{
    static const struct close_case cases[] = {
        {CLOSE_IN_ACCEPTS, CLOSE_NEVER},    {CLOSE_NEVER, CLOSE_IN_ACCEPTS},
        {CLOSE_IN_OPENED, CLOSE_NEVER},     {CLOSE_NEVER, CLOSE_IN_OPENED},
        {CLOSE_IN_RECEIVED, CLOSE_NEVER},   {CLOSE_NEVER, CLOSE_IN_RECEIVED},
        {CLOSE_IN_OPENED, CLOSE_IN_CLOSED},
    };
    struct tls_pair *pair = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct side *client = &pair->client, *server = &pair->server;

        client->close_in = cases[i].client;
        server->close_in = cases[i].server;
        client->sends_in_opened = server->sends_in_opened = true;
        client->accepts_calls = client->closed_calls = 0;
        server->accepts_calls = server->closed_calls = 0;
        start_both(pair);
        wait_until(pair, client, server, client->stream == NULL && server->stream == NULL);
        assert_int_equal(client->closed_calls, client->close_in == CLOSE_NEVER);
        assert_int_equal(server->closed_calls,
                         server->close_in == CLOSE_NEVER || server->close_in == CLOSE_IN_CLOSED);
    }
}

static void test_close_in_drained(void **state)
{
    struct tls_pair *pair = *state;
    uint8_t *bytes = calloc(1, LARGE_BYTES);

    pair->client.close_in = CLOSE_IN_DRAINED;
    tls_pair_open(pair, LARGE_BYTES);
    assert_int_equal(stream_send(pair->client.stream, bytes, LARGE_BYTES), 0);
    wait_until(pair, &pair->client, &pair->server, pair->server.closed_calls == 1);
    assert_int_equal(pair->server.end, STREAM_END_CLOSED);
    assert_int_equal(pair->server.size_bytes, LARGE_BYTES);
    assert_int_equal(pair->client.closed_calls, 0);
    free(bytes);
}

static void test_close_before_loop(void **state)
{
    struct tls_pair *pair = *state;

    start_both(pair);
    pair->client.stream = stream_close(pair->client.stream);
    wait_until(pair, &pair->client, &pair->server, pair->server.closed_calls == 1);
    assert_int_equal(pair->server.end, STREAM_END_CLOSED);
    assert_null(stream_close(NULL));
}

/* A program that ends lets go of everything at once; a stream's last turn comes after. Freed memory
 * is filled with something else here: meson sets MALLOC_PERTURB_. */
static void test_tls_destroyed_first(void **state)
{
    struct tls_pair *pair = *state;

    tls_pair_open(pair, LIMIT_BYTES);
    pair->client.tls = tls_destroy(pair->client.tls);
    pair->server.tls = tls_destroy(pair->server.tls);
    assert_int_equal(stream_send(pair->client.stream, "still", 5), 0);
    wait_until(pair, &pair->client, &pair->server, pair->server.size_bytes == 5);
    pair->client.stream = stream_close(pair->client.stream);
    wait_until(pair, &pair->client, &pair->server, pair->server.closed_calls == 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, tls_pair_setup, tls_pair_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_opened),
        TEST(test_address),
        TEST(test_send_before_opened),
        TEST(test_send_is_immediate),
        TEST(test_keep_buffers),
        TEST(test_large),
        TEST(test_full_socket),
        TEST(test_pause),
        TEST(test_close_while_paused),
        TEST(test_break_while_paused),
        TEST(test_over_limit),
        TEST(test_received_leaves_too_much),
        TEST(test_turn_is_bounded),
        TEST(test_server_refuses),
        TEST(test_client_refuses),
        TEST(test_refused_before_write),
        TEST(test_refused_before_write_tcp),
        TEST(test_refused_after_handshake),
        TEST(test_closed_orderly),
        TEST(test_last_words_arrive),
        TEST(test_create_fails),
        TEST(test_close_in_callbacks),
        TEST(test_close_in_drained),
        TEST(test_close_before_loop),
        TEST(test_tls_destroyed_first),
    };

    if (CRYPTO_set_mem_functions(count_malloc, count_realloc, plain_free) != 1)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
