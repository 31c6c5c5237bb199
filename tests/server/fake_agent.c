#include "tests/server/fake_agent.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static bool accepts(void *context, const struct fingerprint *peer)
{
    return true; /* the tests look at what the server lets in */
}

static void opened(void *context)
{
    struct fake *fake = context;
    fake->opened = true;
}

static size_t received(void *context, const uint8_t *bytes, size_t size_bytes)
{
    struct fake *fake = context;
    size_t used_bytes = 0, frame_bytes = 0;
    struct message message;
    const char *why = NULL;
    enum message_result result = MESSAGE_NEED_MORE;
    while (!fake->raw_now &&
           (result = message_decode(bytes + used_bytes, size_bytes - used_bytes, MESSAGE_TO_AGENT,
                                    &message, &frame_bytes, &why)) == MESSAGE_OK) {
        used_bytes += frame_bytes;
        assert_in_range(fake->got_count, 0, FAKE_MESSAGES_MAX - 1);
        fake->got[fake->got_count++] = message;
        fake->raw_now = fake->raw && message.type == MESSAGE_WELCOME;
    }
    while (fake->raw_now && used_bytes < size_bytes) {
        if (fake->byte_count < sizeof fake->bytes)
            fake->bytes[fake->byte_count++] = (char)bytes[used_bytes];
        used_bytes++;
    }
    if (result == MESSAGE_BAD)
        fail_msg("the server sent what it may not: %s", why);
    return used_bytes;
}

static void closed(void *context, enum stream_end end, const char *why)
{
    struct fake *fake = context;
    fake->stream = NULL;
    fake->closed = true;
    fake->end = end;
    snprintf(fake->why, sizeof fake->why, "%s", why);
}

static const struct stream_handlers handlers = {
    .accepts = accepts, .opened = opened, .received = received, .closed = closed};

void fake_init(struct fake *fake, uv_loop_t *loop, const char *directory)
{
    char error[ERROR_ROOM] = "";
    memset(fake, 0, sizeof *fake);
    fake->loop = loop;
    if (identity_load_or_make(directory, &fake->identity, error) < 0)
        fail_msg("%s", error);
    assert_int_equal(tls_create(fake->identity, &fake->tls), 0);
}

void fake_finish(struct fake *fake)
{
    fake_hang_up(fake);
    if (fake->loop)
        turn(fake->loop);
    fake->tls = tls_destroy(fake->tls);
    fake->identity = identity_destroy(fake->identity);
}

bool fake_dial(struct fake *fake, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    fake_hang_up(fake);
    fake->opened = fake->closed = fake->raw_now = false;
    fake->byte_count = 0;
    fake->got_count = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (fake->receive_bytes > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &fake->receive_bytes, sizeof fake->receive_bytes);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        return false;
    }
    assert_int_equal(stream_create(fake->loop, fake->tls, fd, STREAM_DIALED, 1 << 20, &handlers,
                                   fake, &fake->stream),
                     0);
    return true;
}

void fake_hang_up(struct fake *fake)
{
    fake->stream = stream_close(fake->stream);
}

void turn(uv_loop_t *loop)
{
    struct timespec pause = {.tv_nsec = 200000};
    uv_run(loop, UV_RUN_NOWAIT);
    nanosleep(&pause, NULL);
}

void fake_wait_open(struct fake *fake)
{
    wait_until(fake->loop, fake->opened || fake->closed);
    if (!fake->opened)
        fail_msg("closed before it was open: %s", fake->why);
}

void fake_wait_closed(struct fake *fake)
{
    wait_until(fake->loop, fake->closed);
}

void fake_send(struct fake *fake, const struct message *message)
{
    uint8_t frame[MESSAGE_FRAME_MAX];
    size_t size_bytes = message_encode(message, frame, sizeof frame);
    assert_true(size_bytes > 0);
    assert_non_null(fake->stream);
    assert_int_equal(stream_send(fake->stream, frame, size_bytes), 0);
}

void fake_hello(struct fake *fake, enum message_role role, uint64_t control_number)
{
    struct message message = {.type = MESSAGE_HELLO,
                              .hello = {.version_min = MESSAGE_VERSION_MIN,
                                        .version_max = MESSAGE_VERSION_MAX,
                                        .role = (uint8_t)role,
                                        .capabilities = fake->capabilities,
                                        .control_number = control_number,
                                        .name = "Lab Nine"}};
    fake_wait_open(fake);
    fake_send(fake, &message);
}

void fake_become_ready(struct fake *fake, uint64_t control_number)
{
    struct message geometry = {.type = MESSAGE_GEOMETRY,
                               .geometry = {.width_px = 1920, .height_px = 1080}};
    struct message ready = {.type = MESSAGE_STATE, .state = {.ready = MESSAGE_READY_YES}};
    snprintf(ready.state.injector, sizeof ready.state.injector, "record");
    fake_hello(fake, MESSAGE_ROLE_CONTROL, control_number);
    fake_expect(fake, MESSAGE_WELCOME);
    fake_send(fake, &geometry);
    fake_send(fake, &ready);
}

void fake_prove(struct fake *fake, const struct code *code)
{
    struct message message = {.type = MESSAGE_PAIR_PROOF};
    uint8_t exporter[32];
    assert_int_equal(stream_export(fake->stream, "EXPORTER-hotdesk-pair", exporter), 0);
    assert_int_equal(code_proof(code, "agent", exporter, identity_fingerprint(fake->identity),
                                stream_peer(fake->stream), message.pair_proof.proof),
                     0);
    fake_send(fake, &message);
}

static size_t find(const struct fake *fake, enum message_type type)
{
    size_t i = 0;
    while (i < fake->got_count && fake->got[i].type != type)
        i++;
    return i;
}

bool fake_has(const struct fake *fake, enum message_type type)
{
    return find(fake, type) < fake->got_count;
}

struct message fake_expect(struct fake *fake, enum message_type type)
{
    uint64_t end_us = clock_now_us() + time_us(TIME_TCP_USER);
    while (!fake_has(fake, type)) {
        if (clock_now_us() > end_us || (fake->closed && !fake_has(fake, type)))
            fail_msg("no %s came; %s", message_info((uint8_t)type)->name,
                     fake->closed ? fake->why : "still open");
        turn(fake->loop);
    }
    size_t i = find(fake, type);
    struct message message = fake->got[i];
    fake->got_count -= i + 1;
    memmove(fake->got, fake->got + i + 1, fake->got_count * sizeof fake->got[0]);
    return message;
}
