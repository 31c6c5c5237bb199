/* The link to hotdesk-server: what is read of it in a turn of the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "protocol/limits.h"
#include "server/input/peer.h"

#define MORE 7

static unsigned came, closed;

static void on_message(void *context, const struct link_message *message)
{
    (void)context;
    assert_int_equal(message->type, LINK_PING);
    came++;
}

static void on_closed(void *context)
{
    (void)context;
    closed++;
}

static const struct peer_handlers HANDLERS = {.message = on_message, .closed = on_closed};

static void send_pings(int fd, int count)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    assert_true(link_encode(&(struct link_message){.type = LINK_PING}, bytes));
    for (int i = 0; i < count; i++)
        assert_int_equal(send(fd, bytes, sizeof bytes, MSG_DONTWAIT), sizeof bytes);
}

/* Devices wait meanwhile: a server that says a lot at once is not heard to its end. */
static void a_turn_is_bounded(void **state)
{
    int ends[2];
    uv_loop_t loop;
    struct peer *peer = NULL;
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(peer_create(&loop, ends[1], false, getuid(), &HANDLERS, NULL, &peer), 0);
    send_pings(ends[0], LINK_MESSAGES_A_TURN + MORE);
    peer_receive(peer);
    assert_int_equal(came, LINK_MESSAGES_A_TURN);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(came, LINK_MESSAGES_A_TURN + MORE);
    close(ends[0]);
    while (closed == 0)
        uv_run(&loop, UV_RUN_ONCE);
    peer_destroy(peer);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_turn_is_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
