/* Bytes that are no TLS, and links that are cut, stalled or spoilt at each stage. */
#include "common/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/times.h"
#include "tls_pair.h"

#define LIMIT_BYTES 65536
#define ALL_BYTES   ((size_t)-1)
#define CUT_STEP    7

/* A link between the two streams, one way or the other cut after so many bytes. */
struct relay {
    int client_fd, server_fd;
    size_t to_server_bytes, to_client_bytes; /* that passed */
    size_t cut_to_server_bytes, cut_to_client_bytes;
    bool is_cut;
};

static void relay_start(struct relay *relay, struct tls_pair *pair)
{
    int client_fds[2], server_fds[2];

    tls_pair_socketpair(client_fds);
    tls_pair_socketpair(server_fds);
    tls_pair_start(&pair->client, client_fds[0], STREAM_DIALED, LIMIT_BYTES);
    tls_pair_start(&pair->server, server_fds[0], STREAM_ACCEPTED, LIMIT_BYTES);
    *relay = (struct relay){.client_fd = client_fds[1],
                            .server_fd = server_fds[1],
                            .cut_to_server_bytes = ALL_BYTES,
                            .cut_to_client_bytes = ALL_BYTES};
    pair->client.opened_calls = pair->client.closed_calls = 0;
    pair->server.opened_calls = pair->server.closed_calls = 0;
}

static void relay_cut(struct relay *relay)
{
    if (relay->is_cut)
        return;
    relay->is_cut = true;
    close(relay->client_fd);
    close(relay->server_fd);
}

static void pass(int from, int to, size_t *passed_bytes, size_t limit_bytes)
{
    char bytes[4096];
    size_t left_bytes = limit_bytes - *passed_bytes;
    ssize_t n =
        recv(from, bytes, left_bytes < sizeof bytes ? left_bytes : sizeof bytes, MSG_DONTWAIT);

    if (n <= 0)
        return;
    send(to, bytes, (size_t)n, MSG_NOSIGNAL);
    *passed_bytes += (size_t)n;
}

static void relay_step(struct relay *relay, struct tls_pair *pair)
{
    uv_run(&pair->client.loop, UV_RUN_NOWAIT);
    uv_run(&pair->server.loop, UV_RUN_NOWAIT);
    if (relay->is_cut)
        return;
    pass(relay->client_fd, relay->server_fd, &relay->to_server_bytes, relay->cut_to_server_bytes);
    pass(relay->server_fd, relay->client_fd, &relay->to_client_bytes, relay->cut_to_client_bytes);
    if (relay->to_server_bytes == relay->cut_to_server_bytes ||
        relay->to_client_bytes == relay->cut_to_client_bytes)
        relay_cut(relay);
}

#define relay_until(relay, pair, condition)                                                        \
    do {                                                                                           \
        (pair)->deadline_ms = 0;                                                                   \
        while (!(condition) && tls_pair_in_time(pair))                                             \
            relay_step(relay, pair);                                                               \
        assert_true(condition);                                                                    \
    } while (0)

static void relay_open(struct relay *relay, struct tls_pair *pair)
{
    relay_start(relay, pair);
    relay_until(relay, pair, pair->client.opened_calls == 1 && pair->server.opened_calls == 1);
}

static bool is_break(enum stream_end end)
{
    return end == STREAM_END_CLOSED || end == STREAM_END_RESET;
}

/* Each side ends once, for want of the link, whatever was on the way. */
static void check_cut(struct tls_pair *pair, size_t to_server_bytes, size_t to_client_bytes)
{
    struct relay relay;

    relay_start(&relay, pair);
    relay.cut_to_server_bytes = to_server_bytes;
    relay.cut_to_client_bytes = to_client_bytes;
    relay_until(&relay, pair, pair->client.closed_calls == 1 && pair->server.closed_calls == 1);
    assert_true(is_break(pair->client.end));
    assert_true(is_break(pair->server.end));
}

static void test_cut_in_handshake(void **state)
{
    struct tls_pair *pair = *state;
    struct relay relay;
    size_t to_server_bytes, to_client_bytes;

    relay_open(&relay, pair);
    to_server_bytes = relay.to_server_bytes;
    to_client_bytes = relay.to_client_bytes;
    relay_cut(&relay);
    relay_until(&relay, pair, pair->client.closed_calls == 1 && pair->server.closed_calls == 1);
    for (size_t cut = 1; cut <= to_server_bytes; cut += CUT_STEP)
        check_cut(pair, cut, ALL_BYTES);
    for (size_t cut = 1; cut <= to_client_bytes; cut += CUT_STEP)
        check_cut(pair, ALL_BYTES, cut);
}

static void test_cut_when_open(void **state)
{
    struct tls_pair *pair = *state;
    struct relay relay;

    relay_open(&relay, pair);
    assert_int_equal(stream_send(pair->client.stream, "0123456789", 10), 0);
    relay.cut_to_server_bytes = relay.to_server_bytes + 20; /* in the middle of the record */
    relay_until(&relay, pair, pair->client.closed_calls == 1 && pair->server.closed_calls == 1);
    assert_true(is_break(pair->client.end));
    assert_true(is_break(pair->server.end));
    assert_int_equal(pair->server.size_bytes, 0);
}

static void reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

static void test_reset(void **state)
{
    struct tls_pair *pair = *state;
    int fds[2];

    tls_pair_tcp(fds);
    tls_pair_start(&pair->server, fds[1], STREAM_ACCEPTED, LIMIT_BYTES);
    tls_pair_step(&pair->server, NULL);
    reset(fds[0]);
    wait_until(pair, &pair->server, NULL, pair->server.closed_calls == 1);
    assert_int_equal(pair->server.end, STREAM_END_RESET);
}

static void test_reset_when_open(void **state)
{
    struct tls_pair *pair = *state;
    int fds[2], client_fd;

    tls_pair_tcp(fds);
    client_fd = dup(fds[0]);
    tls_pair_start(&pair->client, fds[0], STREAM_DIALED, LIMIT_BYTES);
    tls_pair_start(&pair->server, fds[1], STREAM_ACCEPTED, LIMIT_BYTES);
    wait_until(pair, &pair->client, &pair->server,
               pair->client.opened_calls == 1 && pair->server.opened_calls == 1);
    assert_int_equal(stream_send(pair->client.stream, "last", 4), 0);
    /* A reset, and no close_notify before it. */
    close(fds[0]);
    reset(client_fd);
    wait_until(pair, NULL, &pair->server, pair->server.closed_calls == 1);
    assert_int_equal(pair->server.end, STREAM_END_RESET);
    assert_int_equal(pair->server.size_bytes, 4); /* what came before it is not lost */
    /* The client's number is free now and may be anyone's: give it something to close. */
    assert_int_equal(dup2(STDERR_FILENO, fds[0]), fds[0]);
}

/* Spoilt on the way, after the handshake. */
static void test_spoilt(void **state)
{
    struct tls_pair *pair = *state;
    struct relay relay;
    char record[5 + 64] = {23, 3, 3, 0, 64};

    relay_open(&relay, pair);
    assert_int_equal(send(relay.server_fd, record, sizeof record, MSG_NOSIGNAL), sizeof record);
    relay_until(&relay, pair, pair->client.closed_calls == 1 && pair->server.closed_calls == 1);
    assert_int_equal(pair->server.end, STREAM_END_NOT_TLS);
    assert_int_equal(pair->client.end, STREAM_END_NOT_TLS);
    assert_int_equal(pair->server.received_calls, 0);
    relay_cut(&relay);
}

struct words {
    const char *text;
    size_t size_bytes;
};

#define WORDS(text)                                                                                \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }

static const struct words strange[] = {
    WORDS("GET / HTTP/1.1\r\nHost: lab3\r\n\r\n"),
    WORDS("CONNECT lab3:443 HTTP/1.1\r\n\r\n"),
    WORDS("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"),
    WORDS("RFB 003.008\n"),
    WORDS("hello, is anybody there?\n"),
    WORDS("\0\0\0\0\0\0\0\0"),
    WORDS("\xff\xff\xff\xff\xff\xff\xff\xff"),
    WORDS("\x16\x03\x01\xff\xff\x01\xff\xff\xff\x03\x03"), /* a record, and a message, too long */
    WORDS("\x16\x03\x01\x00\x04\x01\xff\xff\xff"),         /* 16 MiB of client hello to come */
    WORDS("\x16\x03\x01\x00\x04\x0b\x00\x00\x00"),         /* another message than hello */
    WORDS("\x15\x03\x01\x00\x02\x02\x28"),                 /* an alert at once */
    WORDS("\x17\x03\x03\x00\x01x"),                        /* bytes before the handshake */
    WORDS("\x80\x0e\x01\x00\x02\x00\x03\x00\x00\x00\x02\x01\x00\x80xx"), /* SSL 2 */
};

static void check_strange(struct tls_pair *pair, struct side *side, enum stream_side which,
                          const struct words *words)
{
    int fds[2];

    tls_pair_socketpair(fds);
    side->closed_calls = 0;
    tls_pair_start(side, fds[0], which, LIMIT_BYTES);
    assert_int_equal(send(fds[1], words->text, words->size_bytes, MSG_NOSIGNAL), words->size_bytes);
    wait_until(pair, side, NULL, side->closed_calls == 1);
    assert_int_equal(side->end, STREAM_END_NOT_TLS);
    assert_int_equal(side->accepts_calls, 0);
    assert_true(strlen(side->why) > 0);
    close(fds[1]);
}

static void test_strange_clients(void **state)
{
    struct tls_pair *pair = *state;

    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        check_strange(pair, &pair->server, STREAM_ACCEPTED, &strange[i]);
        if (i == 0)
            assert_string_equal(pair->server.why, "the peer speaks HTTP");
        if (i == 2)
            assert_string_equal(pair->server.why, "the peer does not speak TLS");
    }
}

static void test_strange_servers(void **state)
{
    struct tls_pair *pair = *state;

    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++)
        check_strange(pair, &pair->client, STREAM_DIALED, &strange[i]);
}

/* One says nothing, the other a byte now and then: both are gone after TIME_TLS. */
static void test_silence(void **state)
{
    static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    struct tls_pair *pair = *state;
    uint64_t start_ms = uv_hrtime() / 1000000;
    uint64_t passed_ms = 0;
    size_t sent_bytes = 0;
    int silent[2], slow[2];

    tls_pair_socketpair(silent);
    tls_pair_socketpair(slow);
    tls_pair_start(&pair->client, silent[0], STREAM_DIALED, LIMIT_BYTES);
    tls_pair_start(&pair->server, slow[0], STREAM_ACCEPTED, LIMIT_BYTES);
    pair->deadline_ms = 0;
    while ((pair->client.closed_calls == 0 || pair->server.closed_calls == 0) &&
           tls_pair_in_time(pair)) {
        tls_pair_step(&pair->client, &pair->server);
        if (pair->server.closed_calls == 0 && sent_bytes < sizeof hello - 1)
            sent_bytes += send(slow[1], hello + sent_bytes, 1, MSG_NOSIGNAL) == 1;
        passed_ms = uv_hrtime() / 1000000 - start_ms;
        if (passed_ms < time_ms(TIME_TLS) - 50)
            assert_true(pair->client.closed_calls == 0 && pair->server.closed_calls == 0);
    }
    assert_int_equal(pair->client.end, STREAM_END_TIMEOUT);
    assert_int_equal(pair->server.end, STREAM_END_TIMEOUT);
    close(silent[1]);
    close(slow[1]);
}

/* An open stream has no timer: silence is the business of who uses it. */
static void test_no_timer_when_open(void **state)
{
    struct tls_pair *pair = *state;

    tls_pair_open(pair, LIMIT_BYTES);
    assert_int_equal(uv_backend_timeout(&pair->client.loop), -1);
    assert_int_equal(uv_backend_timeout(&pair->server.loop), -1);
}

/* An argument chooses tests by their names, with * and ?. */
int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, tls_pair_setup, tls_pair_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_cut_in_handshake), TEST(test_cut_when_open), TEST(test_reset),
        TEST(test_reset_when_open),  TEST(test_spoilt),        TEST(test_strange_clients),
        TEST(test_strange_servers),  TEST(test_silence),       TEST(test_no_timer_when_open),
    };

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
