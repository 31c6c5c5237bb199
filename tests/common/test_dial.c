/* Endpoints, and connecting: what is tried, what is said when nobody is there. */
#include "common/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/times.h"
#include "tls_pair.h"

struct result {
    uv_loop_t loop;
    unsigned descriptors;
    unsigned calls;
    struct dial *dial;
    bool cancels; /* in its callback */
    int fd;       /* or -errno */
    char why[512];
};

static int setup(void **state)
{
    struct result *result = calloc(1, sizeof *result);

    uv_loop_init(&result->loop);
    uv_loop_close(&result->loop);
    result->descriptors = count_descriptors();
    assert_int_equal(uv_loop_init(&result->loop), 0);
    *state = result;
    return 0;
}

static int teardown(void **state)
{
    struct result *result = *state;

    if (result->calls > 0 && result->fd >= 0)
        close(result->fd);
    uv_run(&result->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&result->loop), 0);
    assert_int_equal(count_descriptors(), result->descriptors);
    free(result);
    return 0;
}

static void on_done(void *context, int fd, const char *why)
{
    struct result *result = context;

    result->calls++;
    result->fd = fd;
    snprintf(result->why, sizeof result->why, "%s", why == NULL ? "" : why);
    if (result->cancels)
        result->dial = dial_cancel(result->dial);
}

static void start(struct result *result, const char *host, uint16_t port)
{
    struct endpoint endpoint = {.port = port};

    snprintf(endpoint.host, sizeof endpoint.host, "%s", host);
    assert_int_equal(dial_start(&result->loop, &endpoint, on_done, result, &result->dial), 0);
    assert_int_equal(result->calls, 0); /* from the loop only */
}

static void dial(struct result *result, const char *host, uint16_t port)
{
    start(result, host, port);
    uv_run(&result->loop, UV_RUN_DEFAULT);
    assert_int_equal(result->calls, 1);
}

static void dial_within(struct result *result, const char *host, uint16_t port, uint64_t limit_ms)
{
    result->calls = 0;
    start(result, host, port);
    dial_limit(result->dial, limit_ms);
    uv_run(&result->loop, UV_RUN_DEFAULT);
    assert_int_equal(result->calls, 1);
}

static int listen_on(const char *address, int backlog, uint16_t *ret_port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    bool is_v6 = strchr(address, ':') != NULL;
    struct sockaddr *any = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t size_bytes = is_v6 ? sizeof v6 : sizeof v4;
    int fd = socket(any->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(any->sa_family, address, is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr);
    if (bind(fd, any, size_bytes) < 0 && is_v6 && errno == EADDRNOTAVAIL) {
        close(fd);
        skip(); /* a machine without IPv6 */
    }
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, any, &size_bytes), 0);
    *ret_port = ntohs(is_v6 ? v6.sin6_port : v4.sin_port);
    return fd;
}

static void test_endpoint_parse(void **state)
{
    static const struct {
        const char *text, *host; /* NULL: none */
        uint16_t port;
    } cases[] = {
        {"lab3", "lab3", 24810},
        {"lab3:2000", "lab3", 2000},
        {"lab3.example.org:1", "lab3.example.org", 1},
        {"192.0.2.7", "192.0.2.7", 24810},
        {"192.0.2.7:65535", "192.0.2.7", 65535},
        {"[2001:db8::1]:24811", "2001:db8::1", 24811},
        {"[2001:db8::1]", "2001:db8::1", 24810},
        {"2001:db8::1", "2001:db8::1", 24810},
        {"::1", "::1", 24810},
        {"fe80::1%eth0", "fe80::1%eth0", 24810},
        {"[fe80::1%eth0]:7", "fe80::1%eth0", 7},
        {"a_b-c", "a_b-c", 24810},
        {"", NULL, 0},
        {":2000", NULL, 0},
        {"lab3:", NULL, 0},
        {"lab3:0", NULL, 0},
        {"lab3:65536", NULL, 0},
        {"lab3:+1", NULL, 0},
        {"lab3: 1", NULL, 0},
        {"lab3:1x", NULL, 0},
        {"lab3:000001", NULL, 0},
        {"-oProxyCommand=x", NULL, 0},
        {".lab", NULL, 0},
        {"lab 3", NULL, 0},
        {"lab3\n", NULL, 0},
        {"lab/3", NULL, 0},
        {"[lab3]:2000", NULL, 0},
        {"[::1", NULL, 0},
        {"[::1]2000", NULL, 0},
        {"[::1]:", NULL, 0},
        {"[]", NULL, 0},
        {"fe80::1%eth0]", NULL, 0},
        {"fe80::1%\x1b[1m", NULL, 0},
        {"[fe80::1%a b]", NULL, 0},
        {"1:2:3", NULL, 0},
        {"fe80::1%", NULL, 0},
        {"fe80::1%a%b", NULL, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct endpoint endpoint = {.port = 7};

        assert_int_equal(endpoint_parse(cases[i].text, 24810, &endpoint), cases[i].host != NULL);
        assert_string_equal(endpoint.host, cases[i].host == NULL ? "" : cases[i].host);
        assert_int_equal(endpoint.port, cases[i].host == NULL ? 7 : cases[i].port);
    }
}

static void test_endpoint_too_long(void **state)
{
    struct endpoint endpoint;
    char text[DIAL_HOST_ROOM + 1];

    memset(text, 'a', sizeof text);
    text[DIAL_HOST_ROOM] = '\0';
    assert_false(endpoint_parse(text, 1, &endpoint));
    text[DIAL_HOST_ROOM - 1] = '\0';
    assert_true(endpoint_parse(text, 1, &endpoint));
}

static void test_endpoint_format(void **state)
{
    static const char *const texts[] = {"lab3:2000", "192.0.2.7:1", "[2001:db8::1]:24810"};
    struct endpoint endpoint;
    char text[DIAL_HOST_ROOM + 16];

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true(endpoint_parse(texts[i], 1, &endpoint));
        endpoint_format(&endpoint, text, sizeof text);
        assert_string_equal(text, texts[i]);
    }
}

static void test_address_format(void **state)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(24810)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(1)};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    char text[64];

    inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr);
    address_format((struct sockaddr *)&v4, text, sizeof text);
    assert_string_equal(text, "192.0.2.7:24810");
    inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
    address_format((struct sockaddr *)&v6, text, sizeof text);
    assert_string_equal(text, "[2001:db8::1]:1");
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr);
    address_format((struct sockaddr *)&v6, text, sizeof text);
    assert_string_equal(text, "192.0.2.7:1");
    address_format((struct sockaddr *)&local, text, sizeof text);
    assert_string_equal(text, "local");
}

static int option_of(int fd, int level, int option)
{
    int value = -1;
    socklen_t size_bytes = sizeof value;

    assert_int_equal(getsockopt(fd, level, option, &value, &size_bytes), 0);
    return value;
}

static void check_options(int fd)
{
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), time_ms(TIME_TCP_USER));
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_PRIORITY), 6);
}

static void test_connected(void **state)
{
    struct result *result = *state;
    uint16_t port;
    int listener = listen_on("127.0.0.1", 1, &port);
    int accepted;

    dial(result, "127.0.0.1", port);
    assert_true(result->fd >= 0);
    check_options(result->fd);
    assert_int_equal(option_of(result->fd, IPPROTO_IP, IP_TOS), 0xb8);
    assert_true(fcntl(result->fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(result->fd, F_GETFD) & FD_CLOEXEC);
    accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    dial_set_options(accepted);
    check_options(accepted);
    assert_int_equal(option_of(accepted, IPPROTO_IP, IP_TOS), 0xb8);
    close(accepted);
    close(listener);
}

static void test_connected_ipv6(void **state)
{
    struct result *result = *state;
    uint16_t port;
    int listener = listen_on("::1", 1, &port);

    dial(result, "::1", port);
    assert_true(result->fd >= 0);
    check_options(result->fd);
    assert_int_equal(option_of(result->fd, IPPROTO_IPV6, IPV6_TCLASS), 0xb8);
    close(listener);
}

/* By name, whichever of its addresses listens. */
static void test_connected_by_name(void **state)
{
    struct result *result = *state;
    uint16_t port;
    int listener = listen_on("127.0.0.1", 1, &port);

    dial(result, "localhost", port);
    assert_true(result->fd >= 0);
    close(listener);
}

static void test_refused(void **state)
{
    struct result *result = *state;
    char expected[128];
    uint16_t port;

    close(listen_on("127.0.0.1", 1, &port));
    dial(result, "localhost", port);
    assert_int_equal(result->fd, -ECONNREFUSED);
    snprintf(expected, sizeof expected,
             "localhost refused TCP %u (is hotdesk-server running there?)", port);
    assert_string_equal(result->why, expected);
}

/* A listener whose queue is full drops what comes: silence. TIME_DIAL passes once, and a
 * limit of the caller. */
static void test_no_answer(void **state)
{
    struct result *result = *state;
    char expected[128];
    uint16_t port;
    int listener = listen_on("127.0.0.1", 0, &port);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fillers[8];
    uint64_t start_ms;

    for (size_t i = 0; i < 8; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(fillers[i], (struct sockaddr *)&address, sizeof address);
    }
    start_ms = uv_hrtime() / 1000000;
    dial(result, "127.0.0.1", port);
    assert_int_equal(result->fd, -ETIMEDOUT);
    snprintf(expected, sizeof expected,
             "no answer from 127.0.0.1 (is hotdesk-server running, is TCP %u open there?)", port);
    assert_string_equal(result->why, expected);
    assert_true(uv_hrtime() / 1000000 - start_ms >= time_ms(TIME_DIAL) - 50);

    start_ms = uv_hrtime() / 1000000;
    dial_within(result, "127.0.0.1", port, 300);
    assert_int_equal(result->fd, -ETIMEDOUT);
    assert_in_range(uv_hrtime() / 1000000 - start_ms, 250, time_ms(TIME_DIAL) - 500);
    for (size_t i = 0; i < 8; i++)
        close(fillers[i]);
    close(listener);
}

/* A label of more than 63 characters: no name server need be asked. */
static void test_cannot_resolve(void **state)
{
    struct result *result = *state;
    char host[80] = {0};

    memset(host, 'a', 70);
    dial(result, host, 24810);
    assert_true(result->fd == -ENOENT || result->fd == -EAGAIN);
    assert_memory_equal(result->why, "cannot resolve aaaa", 19);
}

static void test_cancel(void **state)
{
    struct result *result = *state;
    uint16_t port;
    int listener = listen_on("127.0.0.1", 8, &port);

    for (int turns = 0; turns < 4; turns++) {
        static const char *const hosts[] = {"127.0.0.1", "localhost"};

        for (size_t i = 0; i < 2; i++) {
            start(result, hosts[i], port);
            for (int turn = 0; turn < turns && result->calls == 0; turn++)
                uv_run(&result->loop, UV_RUN_NOWAIT);
            if (result->calls == 1) { /* it was too fast for us */
                close(result->fd);
                result->calls = 0;
                continue;
            }
            assert_null(dial_cancel(result->dial));
            uv_run(&result->loop, UV_RUN_DEFAULT);
            assert_int_equal(result->calls, 0);
        }
    }
    assert_null(dial_cancel(NULL));
    close(listener);
}

static void test_cancel_in_callback(void **state)
{
    struct result *result = *state;
    uint16_t port;
    int listener = listen_on("127.0.0.1", 1, &port);

    result->cancels = true;
    dial(result, "127.0.0.1", port);
    assert_true(result->fd >= 0);
    close(result->fd);
    close(listener);
    result->calls = 0;
    dial(result, "127.0.0.1", port);
    assert_int_equal(result->fd, -ECONNREFUSED);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoint_parse),
        cmocka_unit_test(test_endpoint_too_long),
        cmocka_unit_test(test_endpoint_format),
        cmocka_unit_test(test_address_format),
        TEST(test_connected),
        TEST(test_connected_ipv6),
        TEST(test_connected_by_name),
        TEST(test_refused),
        TEST(test_no_answer),
        TEST(test_cannot_resolve),
        TEST(test_cancel),
        TEST(test_cancel_in_callback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
