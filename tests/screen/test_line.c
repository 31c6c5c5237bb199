/* The thread and its connection to a server that this test plays: real TLS, real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <arpa/inet.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/loop.h"
#include "agent/screen/screen.h"
#include "agent/screen/tally.h"
#include "common/clock.h"
#include "common/stream.h"
#include "common/times.h"

#define NUMBER  7
#define WAIT_US 10000000

struct server {
    uv_loop_t loop;
    char directory[64];
    struct identity *identity, *agent_identity;
    struct tls *tls;
    uv_poll_t poll;
    int fd;
    struct pin pin;
    struct stream *stream;
    bool closed;
    struct message hello;
    bool has_hello;
    uint8_t rfb[4096];
    size_t rfb_bytes;
    struct screen *screen;
    bool has_screen;
    char reason[MESSAGE_REASON_ROOM];
    char seen[256];
    bool looks;
    unsigned look_count;
    struct message_screen_figures figured;
    unsigned figured_count, figured_again;
};

static bool accepts(void *context, const struct fingerprint *peer)
{
    const struct server *server = context;

    return fingerprint_equal(peer, identity_fingerprint(server->agent_identity));
}

static void on_opened(void *context)
{
}

static size_t on_received(void *context, const uint8_t *bytes, size_t size_bytes)
{
    struct server *server = context;
    size_t used_bytes = 0;
    const char *why = NULL;

    if (!server->has_hello) {
        if (message_decode(bytes, size_bytes, MESSAGE_TO_SERVER, &server->hello, &used_bytes,
                           &why) == MESSAGE_OK)
            server->has_hello = true;
        return used_bytes;
    }
    const size_t room_bytes = sizeof server->rfb - server->rfb_bytes;
    const size_t kept_bytes = size_bytes < room_bytes ? size_bytes : room_bytes;
    memcpy(server->rfb + server->rfb_bytes, bytes, kept_bytes);
    server->rfb_bytes += kept_bytes;
    return size_bytes;
}

static void on_closed(void *context, enum stream_end end, const char *why)
{
    struct server *server = context;

    server->stream = NULL;
    server->closed = true;
}

static const struct stream_handlers handlers = {
    .accepts = accepts,
    .opened = on_opened,
    .received = on_received,
    .closed = on_closed,
};

static void on_connection(uv_poll_t *poll, int status, int events)
{
    struct server *server = poll->data;
    const int fd = accept(server->fd, NULL, NULL);

    assert_true(fd >= 0);
    assert_null(server->stream);
    assert_int_equal(stream_create(&server->loop, server->tls, fd, STREAM_ACCEPTED, 65536,
                                   &handlers, server, &server->stream),
                     0);
}

static void on_told(void *context, bool has_screen, const char *reason)
{
    struct server *server = context;

    server->has_screen = has_screen;
    snprintf(server->reason, sizeof server->reason, "%s", reason);
}

static void on_pointed(void *context, uint16_t x_px, uint16_t y_px)
{
    fail_msg("a test pattern has no pointer");
}

static void on_seen(void *context, const char *text)
{
    struct server *server = context;

    snprintf(server->seen, sizeof server->seen, "%s", text);
}

static void on_looked(void *context, bool looks)
{
    struct server *server = context;

    server->looks = looks;
    server->look_count += looks;
}

static void on_figured(void *context, const struct message_screen_figures *figures)
{
    struct server *server = context;

    server->figured_again += server->figured_count > 0 && !tally_is_news(figures, &server->figured);
    server->figured = *figures;
    server->figured_count++;
}

static const struct screen_handlers screen_handlers = {
    .figured = on_figured,
    .told = on_told,
    .pointed = on_pointed,
    .seen = on_seen,
    .looked = on_looked,
};

static void listen_here(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size_bytes = sizeof address;

    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->fd, 4), 0);
    getsockname(server->fd, (struct sockaddr *)&address, &size_bytes);
    snprintf(server->pin.endpoint.host, sizeof server->pin.endpoint.host, "127.0.0.1");
    server->pin.endpoint.port = ntohs(address.sin_port);
    uv_poll_init(&server->loop, &server->poll, server->fd);
    server->poll.data = server;
    uv_poll_start(&server->poll, UV_READABLE, on_connection);
}

static struct identity *make_identity(const struct server *server, const char *name)
{
    char directory[96], error[ERROR_ROOM];
    struct identity *identity = NULL;

    snprintf(directory, sizeof directory, "%s/%s", server->directory, name);
    assert_int_equal(identity_load_or_make(directory, &identity, error), 0);
    return identity;
}

static int setup(void **state)
{
    static const struct source_settings settings = {.kind = SOURCE_PATTERN};
    struct server *server = calloc(1, sizeof *server);

    times_read_factor();
    snprintf(server->directory, sizeof server->directory, "/tmp/hotdesk-line.XXXXXX");
    assert_non_null(mkdtemp(server->directory));
    uv_loop_init(&server->loop);
    server->identity = make_identity(server, "server");
    server->agent_identity = make_identity(server, "agent");
    server->pin.fingerprint = *identity_fingerprint(server->identity);
    assert_int_equal(tls_create(server->identity, &server->tls), 0);
    listen_here(server);
    snprintf(server->pin.server_name, sizeof server->pin.server_name, "desk");
    assert_int_equal(screen_create(&server->loop, &settings, server->agent_identity,
                                   &screen_handlers, server, &server->screen),
                     0);
    *state = server;
    return 0;
}

static int teardown(void **state)
{
    struct server *server = *state;
    char command[128];

    screen_destroy(server->screen);
    stream_close(server->stream);
    uv_close((uv_handle_t *)&server->poll, NULL);
    loop_drain(&server->loop);
    close(server->fd);
    tls_destroy(server->tls);
    identity_destroy(server->identity);
    identity_destroy(server->agent_identity);
    snprintf(command, sizeof command, "rm -r %s", server->directory);
    assert_int_equal(system(command), 0);
    free(server);
    return 0;
}

/* Until *condition; false when the time is over. */
#define RUN_UNTIL(server, condition)                                                               \
    do {                                                                                           \
        const uint64_t end_us = clock_now_us() + WAIT_US;                                          \
        while (!(condition) && clock_now_us() < end_us) {                                          \
            uv_run(&(server)->loop, UV_RUN_NOWAIT);                                                \
            usleep(500);                                                                           \
        }                                                                                          \
        assert_true(condition);                                                                    \
    } while (0)

static void welcome(struct server *server)
{
    uint8_t frame[MESSAGE_FRAME_MAX];
    const struct message message = {
        .type = MESSAGE_WELCOME,
        .welcome = {.version = MESSAGE_VERSION_MAX, .target_name = "lab", .server_name = "desk"}};

    stream_send(server->stream, frame, message_encode(&message, frame, sizeof frame));
}

static void answers_an_open(void **state)
{
    struct server *server = *state;

    RUN_UNTIL(server, server->has_screen);
    assert_string_equal(server->reason, "test pattern");
    screen_connect(server->screen, &server->pin, NUMBER);
    RUN_UNTIL(server, server->has_hello);
    assert_int_equal(server->hello.type, MESSAGE_HELLO);
    assert_int_equal(server->hello.hello.role, MESSAGE_ROLE_SCREEN);
    assert_int_equal(server->hello.hello.control_number, NUMBER);
    assert_int_equal(server->rfb_bytes, 0);
    welcome(server);
    RUN_UNTIL(server, server->rfb_bytes == 12);
    assert_memory_equal(server->rfb, "RFB 003.008\n", 12);
    stream_send(server->stream, "RFB 003.008\n", 12);
    RUN_UNTIL(server, server->rfb_bytes == 14);
    assert_memory_equal(server->rfb + 12, "\1\1", 2); /* one security type: None */
}

static void replaces_an_older_one(void **state)
{
    struct server *server = *state;

    screen_connect(server->screen, &server->pin, NUMBER);
    RUN_UNTIL(server, server->has_hello);
    welcome(server);
    RUN_UNTIL(server, server->rfb_bytes == 12);
    server->stream = stream_close(server->stream);
    server->has_hello = false;
    screen_connect(server->screen, &server->pin, NUMBER + 1);
    RUN_UNTIL(server, server->has_hello);
    assert_int_equal(server->hello.hello.control_number, NUMBER + 1);
}

static void ends_with_the_control_connection(void **state)
{
    struct server *server = *state;

    screen_connect(server->screen, &server->pin, NUMBER);
    RUN_UNTIL(server, server->has_hello);
    screen_disconnect(server->screen);
    RUN_UNTIL(server, server->closed);
}

static void goes_to_the_pinned_key_alone(void **state)
{
    struct server *server = *state;

    server->pin.fingerprint.sha256[0] ^= 1;
    screen_connect(server->screen, &server->pin, NUMBER);
    RUN_UNTIL(server, server->closed);
    assert_false(server->has_hello);
}

static void ends_at_a_key_of_rfb_before_its_time(void **state)
{
    struct server *server = *state;
    static const uint8_t key[8] = {4, 1, 0, 0, 0, 0, 0, 'a'};

    screen_connect(server->screen, &server->pin, NUMBER);
    RUN_UNTIL(server, server->has_hello);
    welcome(server);
    RUN_UNTIL(server, server->rfb_bytes == 12);
    stream_send(server->stream, key, sizeof key);
    stream_send(server->stream, key, sizeof key);
    RUN_UNTIL(server, server->closed);
}

static bool is_seen(const struct server *server, const char *text)
{
    return strstr(server->seen, text) != NULL;
}

static void look_again(struct server *server, uint8_t on)
{
    const uint8_t flow[] = {150, on, 0, 0, 0, 0, 2, 0, 1, 0};

    stream_send(server->stream, flow, sizeof flow);
}

/* What a decoder says at first, then that somebody looks. */
static void look(struct server *server, uint8_t on)
{
    static const uint8_t shaken[] = "RFB 003.008\n\1\1";
    static const uint8_t encodings[] = {2,    0,    0,    3,    0xff, 0xff, 0xff, 0x20,
                                        0xff, 0xff, 0xfe, 0xc8, 0xff, 0xff, 0xfe, 0xc7};

    if (on) {
        stream_send(server->stream, shaken, sizeof shaken - 1);
        stream_send(server->stream, encodings, sizeof encodings);
    }
    look_again(server, on);
}

/* For `hotdesk-agent status`. */
static void tells_who_looks(void **state)
{
    struct server *server = *state;

    RUN_UNTIL(server, is_seen(server, ", test pattern; nobody looks"));
    assert_null(strstr(server->seen, "desk"));
    screen_connect(server->screen, &server->pin, NUMBER);
    RUN_UNTIL(server, server->has_hello);
    welcome(server);
    RUN_UNTIL(server, is_seen(server, "nobody looks, desk is connected"));
    look(server, 1);
    RUN_UNTIL(server, is_seen(server, "desk looks: "));
    RUN_UNTIL(server, is_seen(server, "updates and ")); /* after TIME_SCREEN_COUNT */
    look(server, 0);
    RUN_UNTIL(server, is_seen(server, "nobody looks, desk is connected"));
    server->stream = stream_close(server->stream);
    RUN_UNTIL(server, is_seen(server, "; nobody looks") && !is_seen(server, "desk"));
}

/* For the notice on the desktop: also a look that is over before the main loop gets to it. */
static void tells_each_look(void **state)
{
    struct server *server = *state;

    screen_connect(server->screen, &server->pin, NUMBER);
    RUN_UNTIL(server, server->has_hello);
    welcome(server);
    look(server, 1);
    RUN_UNTIL(server, server->looks);
    look(server, 0);
    RUN_UNTIL(server, !server->looks);
    look_again(server, 1);
    look_again(server, 0);
    RUN_UNTIL(server, server->look_count == 2 && !server->looks);
    look_again(server, 1);
    RUN_UNTIL(server, server->looks);
    server->stream = stream_close(server->stream);
    RUN_UNTIL(server, !server->looks);
    assert_int_equal(server->look_count, 3);
}

/* A screen on which nothing goes on costs nothing, also on the control connection. */
static void tells_figures_that_changed(void **state)
{
    struct server *server = *state;

    screen_connect(server->screen, &server->pin, NUMBER);
    RUN_UNTIL(server, server->has_hello);
    welcome(server);
    look(server, 1);
    RUN_UNTIL(server, server->figured_count > 0);
    const uint64_t until_us = clock_now_us() + 5 * time_us(TIME_SCREEN_COUNT) / 2;
    while (clock_now_us() < until_us) {
        uv_run(&server->loop, UV_RUN_NOWAIT);
        usleep(500);
    }
    assert_int_equal(server->figured_again, 0);
}

static unsigned count_in(const char *path)
{
    unsigned count = 0;
    DIR *directory = opendir(path);

    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/* Descriptors and threads are as before: of 20 connections, or of 200. */
static void leaves_nothing_behind(void **state)
{
    struct server *server = *state;
    const char *is_long = getenv("HOTDESK_LONG");
    const int rounds = is_long && strcmp(is_long, "1") == 0 ? 200 : 20;
    unsigned descriptors = 0, threads = 0;

    for (int i = 0; i < rounds; i++) {
        server->has_hello = false;
        server->rfb_bytes = 0;
        screen_connect(server->screen, &server->pin, NUMBER + (uint32_t)i);
        RUN_UNTIL(server, server->has_hello);
        welcome(server);
        look(server, 1);
        RUN_UNTIL(server, server->rfb_bytes == sizeof server->rfb); /* pixels */
        server->stream = stream_close(server->stream);
        RUN_UNTIL(server, is_seen(server, "; nobody looks") && !is_seen(server, "desk"));
        if (i == 1) {
            descriptors = count_in("/proc/self/fd");
            threads = count_in("/proc/self/task");
        }
    }
    assert_int_equal(count_in("/proc/self/fd"), descriptors);
    assert_int_equal(count_in("/proc/self/task"), threads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_an_open, setup, teardown),
        cmocka_unit_test_setup_teardown(replaces_an_older_one, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_with_the_control_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(goes_to_the_pinned_key_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_at_a_key_of_rfb_before_its_time, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_who_looks, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_each_look, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_figures_that_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(leaves_nothing_behind, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
