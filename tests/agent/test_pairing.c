/* The agent's end of a pairing against servers that do it right, do it wrong, or are not what they
 * say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "agent/pair.h"
#include "common/code.h"
#include "common/stream.h"
#include "common/times.h"
#include "protocol/message.h"

enum behaviour {
    PAIRS,
    ANSWERS_A_WRONG_PROOF,
    ANSWERS_THE_AGENTS_PROOF, /* what a man in the middle has at hand */
    REJECTS_THE_CODE,
    REJECTS_FOR_ANOTHER_REASON,
    HANGS_UP,
    SAYS_WELCOME,
    SAYS_NONSENSE,
    SAYS_NOTHING,
    REFUSES_THE_KEY,
    IS_NO_TLS,
};

struct server { /* in a process of its own */
    enum behaviour behaviour;
    const struct code *code;
    const struct identity *identity;
    uv_loop_t loop;
    struct tls *tls;
    struct stream *stream;
};

struct place { /* what the tests share */
    char directory[PATH_MAX];
    struct identity *agent, *server;
    struct code code;
    int listener;
    struct endpoint endpoint;
    pid_t child;
};

static bool server_accepts(void *context, const struct fingerprint *peer)
{
    const struct server *server = context;

    return server->behaviour != REFUSES_THE_KEY;
}

static void server_opened(void *context)
{
}

static void server_send(struct server *server, const struct message *message)
{
    uint8_t frame[MESSAGE_FRAME_MAX];
    const size_t size = message_encode(message, frame, sizeof frame);

    stream_send(server->stream, frame, size);
}

static void server_answer(struct server *server, const struct message_pair_proof *agents)
{
    struct message paired = {.type = MESSAGE_PAIRED,
                             .paired = {.target_name = "lab3", .server_name = "desk"}};
    struct message reject = {.type = MESSAGE_REJECT, .end = {.text = "no room"}};
    uint8_t exporter[32];

    stream_export(server->stream, "EXPORTER-hotdesk-pair", exporter);
    code_proof(server->code, "server", exporter, stream_peer(server->stream),
               identity_fingerprint(server->identity), paired.paired.proof);
    switch (server->behaviour) {
    case ANSWERS_A_WRONG_PROOF:
        paired.paired.proof[31] ^= 1;
        break;
    case ANSWERS_THE_AGENTS_PROOF:
        memcpy(paired.paired.proof, agents->proof, sizeof agents->proof);
        break;
    case REJECTS_THE_CODE:
        reject.end.reason = MESSAGE_REASON_CODE_WRONG;
        server_send(server, &reject);
        return;
    case REJECTS_FOR_ANOTHER_REASON:
        reject.end.reason = MESSAGE_REASON_OVERLOAD;
        server_send(server, &reject);
        return;
    case HANGS_UP:
        server->stream = stream_close(server->stream);
        return;
    case SAYS_WELCOME:
        server_send(server, &(struct message){.type = MESSAGE_WELCOME, .welcome.version = 1});
        return;
    case SAYS_NONSENSE:
        stream_send(server->stream, "HTTP/1.1 200", 12);
        return;
    case SAYS_NOTHING:
        return;
    default:
        break;
    }
    server_send(server, &paired);
}

static size_t server_received(void *context, const uint8_t *bytes, size_t size_bytes)
{
    struct server *server = context;
    struct message message;
    size_t used = 0, frame = 0;
    const char *why;

    while (message_decode(bytes + used, size_bytes - used, MESSAGE_TO_SERVER, &message, &frame,
                          &why) == MESSAGE_OK) {
        used += frame;
        if (message.type == MESSAGE_PAIR_PROOF)
            server_answer(server, &message.pair_proof);
        if (!server->stream)
            return size_bytes;
    }
    return used;
}

static void server_closed(void *context, enum stream_end end, const char *why)
{
    struct server *server = context;

    server->stream = NULL;
    uv_stop(&server->loop);
}

static void server_run(const struct place *place, enum behaviour behaviour)
{
    static const struct stream_handlers handlers = {
        .accepts = server_accepts,
        .opened = server_opened,
        .received = server_received,
        .closed = server_closed,
    };
    struct server server = {
        .behaviour = behaviour, .code = &place->code, .identity = place->server};
    const int fd = accept(place->listener, NULL, NULL);

    if (behaviour == IS_NO_TLS) {
        if (write(fd, "SSH-2.0-OpenSSH_9.2\r\n", 21) == 21)
            pause();
        return;
    }
    uv_loop_init(&server.loop);
    tls_create(server.identity, &server.tls);
    stream_create(&server.loop, server.tls, fd, STREAM_ACCEPTED, 65536, &handlers, &server,
                  &server.stream);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    pause(); /* until the test is over */
}

/* Pairs with such a server; `times` of the tests are short enough to wait for. */
static int pair(struct place *place, enum behaviour behaviour, struct pin *ret_pin,
                char ret_error[ERROR_ROOM])
{
    ret_error[0] = '\0';
    place->child = fork();
    if (place->child == 0) {
        alarm(60);
        server_run(place, behaviour);
        _exit(0);
    }
    int result = pair_with(&place->endpoint, place->agent, &place->code, NULL, ret_pin, ret_error);
    kill(place->child, SIGKILL);
    waitpid(place->child, NULL, 0);
    return result;
}

static int make_place(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct place *place = calloc(1, sizeof *place);
    char path[PATH_MAX + 16], error[ERROR_ROOM];

    strcpy(place->directory, "/tmp/hotdesk-test-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(path, sizeof path, "%s/agent", place->directory);
    assert_int_equal(identity_load_or_make(path, &place->agent, error), 0);
    snprintf(path, sizeof path, "%s/server", place->directory);
    assert_int_equal(identity_load_or_make(path, &place->server, error), 0);
    assert_int_equal(code_make(&place->code), 0);
    place->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(place->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(place->listener, 4), 0);
    getsockname(place->listener, (struct sockaddr *)&address, &size);
    strcpy(place->endpoint.host, "127.0.0.1");
    place->endpoint.port = ntohs(address.sin_port);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    static const char *const files[] = {"agent/key.pem",
                                        "agent/certificate.pem",
                                        "agent",
                                        "server/key.pem",
                                        "server/certificate.pem",
                                        "server",
                                        ""};
    struct place *place = *state;
    char path[PATH_MAX + 32];

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", place->directory, files[i]);
        remove(path);
    }
    identity_destroy(place->agent);
    identity_destroy(place->server);
    close(place->listener);
    free(place);
    return 0;
}

static void a_right_proof_pins_the_server(void **state)
{
    struct place *place = *state;
    struct pin pin;
    char error[ERROR_ROOM];

    assert_int_equal(pair(place, PAIRS, &pin, error), 0);
    assert_true(fingerprint_equal(&pin.fingerprint, identity_fingerprint(place->server)));
    assert_string_equal(pin.target_name, "lab3");
    assert_string_equal(pin.server_name, "desk");
    assert_string_equal(pin.endpoint.host, "127.0.0.1");
    assert_int_equal(pin.endpoint.port, place->endpoint.port);
}

static void everything_else_pins_nothing(void **state)
{
    static const struct {
        enum behaviour behaviour;
        const char *says;
    } table[] = {
        {ANSWERS_A_WRONG_PROOF, "does not know the code"},
        {ANSWERS_THE_AGENTS_PROOF, "does not know the code"},
        {REJECTS_THE_CODE, "the code is not valid there"},
        {REJECTS_FOR_ANOTHER_REASON, "does not pair: no room"},
        {HANGS_UP, "ended while pairing"},
        {SAYS_WELCOME, "does not belong to a pairing"},
        {SAYS_NONSENSE, "does not speak hotdesk's protocol"},
        {REFUSES_THE_KEY, "no code is valid on the server now"},
        {IS_NO_TLS, "ended while pairing"},
    };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct pin pin = {.target_name = "untouched"};
        char error[ERROR_ROOM];

        assert_true(pair(place, table[i].behaviour, &pin, error) < 0);
        if (!strstr(error, table[i].says))
            fail_msg("%u: \"%s\" does not say \"%s\"", table[i].behaviour, error, table[i].says);
        assert_string_equal(pin.target_name, "untouched");
    }
}

static void a_silent_server_is_given_up(void **state)
{
    struct pin pin;
    char error[ERROR_ROOM];

    assert_int_equal(pair(*state, SAYS_NOTHING, &pin, error), -ETIMEDOUT);
    assert_non_null(strstr(error, "does not answer"));
}

static void nobody_there(void **state)
{
    struct place *place = *state;
    struct pin pin;
    char error[ERROR_ROOM];

    close(place->listener);
    place->listener = -1;
    assert_int_equal(pair_with(&place->endpoint, place->agent, &place->code, NULL, &pin, error),
                     -ECONNREFUSED);
    assert_non_null(strstr(error, "refused"));
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    times_read_factor();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_right_proof_pins_the_server, make_place, remove_place),
        cmocka_unit_test_setup_teardown(everything_else_pins_nothing, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_silent_server_is_given_up, make_place, remove_place),
        cmocka_unit_test_setup_teardown(nobody_there, make_place, remove_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
