/* What a paired agent, or a client of the control socket, can do to hotdesk-server by saying what
 * no honest one says. */
#include <errno.h>
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "server/net/console.h"
#include "tests/server/bench.h"

#define FLOOD 400

/* Orders to the source, counted in place of being sent. */
static unsigned orders[LINK_COUNT_DEVICES + 1];

static void count_order(void *context, enum desk_source_id source,
                        const struct link_message *message)
{
    orders[message->type]++;
}

static void count_orders(void)
{
    static struct desk_ops ops;
    ops = *bench.server->desk.ops;
    ops.send_order = count_order;
    bench.server->desk.ops = &ops;
    memset(orders, 0, sizeof orders);
}

/* -- a client of the control socket -- */

struct client {
    int fd;
    char lines[64 * 1024];
    size_t used;
};

static void client_open(struct client *client)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control", bench.directory);
    client->used = 0;
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof address), 0);
}

static void client_say(struct client *client, const char *line)
{
    assert_int_equal(write(client->fd, line, strlen(line)), strlen(line));
}

/* How often `text` stands in what it was told up to now. */
static unsigned client_count(struct client *client, const char *text)
{
    ssize_t n =
        read(client->fd, client->lines + client->used, sizeof client->lines - 1 - client->used);
    client->used += n > 0 ? (size_t)n : 0;
    client->lines[client->used] = '\0';
    unsigned count = 0;
    for (const char *at = client->lines; (at = strstr(at, text)); at++)
        count++;
    return count;
}

static void client_expect(struct client *client, const char *text)
{
    wait_until(&bench.loop, bench_source_lives() || client_count(client, text) > 0);
}

/* -- agents -- */

static void a_control_number_without_room_is_refused(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    assert_true(fake_dial(&bench.fakes[0], bench_port()));
    fake_hello(&bench.fakes[0], MESSAGE_ROLE_CONTROL, UINT64_MAX);
    assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_REJECT).end.reason,
                     MESSAGE_REASON_PROTOCOL);
    fake_wait_closed(&bench.fakes[0]);
    /* It was not kept, either. */
    bench_connect_ready(&bench.fakes[0], 1, 6);
    assert_int_equal(bench_enter(&bench.fakes[0], 1), 7);
    fake_hang_up(&bench.fakes[0]);
    wait_until(&bench.loop, bench_target_state(1) == SWITCH_OFFLINE);
    bench_connect_ready(&bench.fakes[0], 1, MESSAGE_CONTROL_NUMBER_MAX);
    assert_int_equal(bench_enter(&bench.fakes[0], 1), MESSAGE_CONTROL_NUMBER_MAX + 1);
}

/* An agent drops reports of an enter that it refused, and never acknowledges them. */
static void what_was_never_acknowledged_does_not_slow_the_next_switch(void **state)
{
    struct message entered = {.type = MESSAGE_ENTERED};
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_grab();
    bench_command(COMMAND_TARGET, 1);
    bench_press(KEY_A, 1);
    bench_press(KEY_A, 0);
    entered.entered.control_number =
        fake_expect(&bench.fakes[0], MESSAGE_ENTER).enter.control_number;
    fake_expect(&bench.fakes[0], MESSAGE_REPORT);
    fake_send(&bench.fakes[0], &entered);
    wait_until(&bench.loop, bench_source_lives() || bench_active() == SWITCH_LOCAL);

    uint64_t start_us = clock_now_us();
    wait_until(&bench.loop,
               bench_source_lives() || clock_now_us() - start_us > time_us(TIME_STALLED) * 2);
    bench_enter(&bench.fakes[0], 1);
    bench_press(KEY_B, 1);
    wait_until(&bench.loop, bench_source_lives() || fake_has(&bench.fakes[0], MESSAGE_REPORT) ||
                                bench.fakes[0].closed);
    assert_false(bench.fakes[0].closed);
    assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_REPORT).report.report.events[0].code,
                     KEY_B);
}

/* Keys may be on their way when their target is left: a dead link must not keep them for later. */
static void a_target_that_is_left_shows_that_it_lives(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_grab();
    bench_enter(&bench.fakes[0], 1);
    bench_press(KEY_A, 1);
    bench_command(COMMAND_LOCAL, 0);
    fake_expect(&bench.fakes[0], MESSAGE_LEAVE);
    uint32_t number = fake_expect(&bench.fakes[0], MESSAGE_PING).ping.number;
    fake_send(&bench.fakes[0], &(struct message){.type = MESSAGE_PONG, .ping.number = number});
    uint64_t start_us = clock_now_us();
    wait_until(&bench.loop, clock_now_us() - start_us > time_us(TIME_PEER_SILENT) * 3 / 2);
    assert_int_equal(bench_target_state(1), SWITCH_READY);

    bench_enter(&bench.fakes[0], 1);
    bench_command(COMMAND_LOCAL, 0);
    fake_expect(&bench.fakes[0], MESSAGE_LEAVE); /* and nothing from it since */
    wait_until(&bench.loop, bench_target_state(1) == SWITCH_OFFLINE);
    fake_wait_closed(&bench.fakes[0]);
}

static void locks_that_flicker_do_not_flood_the_source(void **state)
{
    struct message leds = {.type = MESSAGE_LEDS};
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_grab();
    bench_enter(&bench.fakes[0], 1);
    count_orders();
    uint64_t start_us = clock_now_us();
    for (unsigned i = 0; i < FLOOD; i++) {
        leds.leds.locks = i % 2 ? MESSAGE_LOCK_CAPS : MESSAGE_LOCK_NUM;
        fake_send(&bench.fakes[0], &leds);
        turn(&bench.loop);
    }
    leds.leds.locks = MESSAGE_LOCK_SCROLL;
    fake_send(&bench.fakes[0], &leds);
    wait_until(&bench.loop,
               bench_source_lives() || bench.server->desk.locks == MESSAGE_LOCK_SCROLL);
    uint64_t took_us = clock_now_us() - start_us;
    assert_in_range(orders[LINK_LEDS], 1, took_us / time_us(TIME_LED_WRITE) + 2);
}

static void an_enter_is_answered_once(void **state)
{
    struct message entered = {.type = MESSAGE_ENTERED, .entered.taken = 1};
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_grab();
    count_orders();
    entered.entered.control_number = bench_enter(&bench.fakes[0], 1);
    unsigned before = orders[LINK_LEDS];
    for (unsigned i = 0; i < FLOOD; i++)
        fake_send(&bench.fakes[0], &entered);
    fake_send(&bench.fakes[0], &(struct message){.type = MESSAGE_PING, .ping.number = 1});
    wait_until(&bench.loop, bench_source_lives() || fake_has(&bench.fakes[0], MESSAGE_PONG));
    assert_int_equal(orders[LINK_LEDS], before);
}

static void a_state_that_flickers_does_not_flood_those_who_watch(void **state)
{
    struct message said = {.type = MESSAGE_STATE};
    static struct client client;
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    client_open(&client);
    client_say(&client, "{\"verb\":\"watch\"}\n");
    client_expect(&client, "\"ok\":true");
    uint64_t start_us = clock_now_us();
    for (unsigned i = 0; i < FLOOD; i++) {
        snprintf(said.state.reason, sizeof said.state.reason, "flicker %u", i);
        fake_send(&bench.fakes[0], &said);
        turn(&bench.loop);
    }
    snprintf(said.state.reason, sizeof said.state.reason, "the last");
    fake_send(&bench.fakes[0], &said);
    client_expect(&client, "the last");
    uint64_t took_us = clock_now_us() - start_us;
    assert_in_range(client_count(&client, "\"event\":\"target\""), 1,
                    took_us / time_us(TIME_LED_WRITE) + 2);
    close(client.fd);
}

/* -- clients -- */

/* A code ends at its time, not when the server happens to look at the clock. */
static void a_code_that_has_expired_is_told_before_a_new_one(void **state)
{
    static struct client clients[PAIRING_CODES_MAX + 1];
    for (int i = 0; i < PAIRING_CODES_MAX; i++) {
        client_open(&clients[i]);
        client_say(&clients[i], "{\"verb\":\"pair\"}\n");
        client_expect(&clients[i], "\"code\":");
    }
    for (int i = 0; i < PAIRING_CODES_MAX; i++)
        bench.server->pairing.codes[i].until_us = 1;
    client_open(&clients[PAIRING_CODES_MAX]);
    client_say(&clients[PAIRING_CODES_MAX], "{\"verb\":\"pair\"}\n");
    client_expect(&clients[PAIRING_CODES_MAX], "\"code\":");
    for (int i = 0; i < PAIRING_CODES_MAX; i++) {
        client_expect(&clients[i], "\"expired\"");
        close(clients[i].fd);
    }
    assert_true(pairing_is_open(&bench.server->pairing, clock_now_us()));
    close(clients[PAIRING_CODES_MAX].fd);
    wait_until(&bench.loop, !listener_is_open(bench.server->listener));
}

static void a_code_that_expires_closes_the_port(void **state)
{
    static struct client client;
    client_open(&client);
    client_say(&client, "{\"verb\":\"pair\"}\n");
    client_expect(&client, "\"code\":");
    assert_true(listener_is_open(bench.server->listener));
    bench.server->pairing.codes[0].until_us = 1;
    wait_until(&bench.loop, !listener_is_open(bench.server->listener));
    client_expect(&client, "\"expired\"");
    close(client.fd);
}

/* A source may tell of any number; the list has an end. */
static void a_source_with_endless_devices(void **state)
{
    struct link_message device = {.type = LINK_DEVICE};
    for (uint32_t id = 1; id <= SERVER_DEVICES_MAX + 50; id++) {
        device.device.id = id;
        console_input_handlers.message(bench.server, &device);
    }
    assert_int_equal(bench.server->device_count, SERVER_DEVICES_MAX);
}

static void a_client_may_go_while_its_switch_waits(void **state)
{
    static struct client client;
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    client_open(&client);
    client_say(&client, "{\"verb\":\"pair\"}\n");
    client_expect(&client, "\"code\":");
    client_say(&client, "{\"verb\":\"switch\",\"target\":\"lab\"}\n");
    wait_until(&bench.loop, bench_active() == 1);
    close(client.fd);
    wait_until(&bench.loop, bench_active() == SWITCH_LOCAL); /* nobody answered the enter */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_start, bench_finish)

/* An argument chooses tests by their names, with * and ?. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_control_number_without_room_is_refused),
        TEST(what_was_never_acknowledged_does_not_slow_the_next_switch),
        TEST(a_target_that_is_left_shows_that_it_lives),
        TEST(locks_that_flicker_do_not_flood_the_source),
        TEST(an_enter_is_answered_once),
        TEST(a_state_that_flickers_does_not_flood_those_who_watch),
        TEST(a_code_that_has_expired_is_told_before_a_new_one),
        TEST(a_code_that_expires_closes_the_port),
        TEST(a_source_with_endless_devices),
        TEST(a_client_may_go_while_its_switch_waits),
    };
    times_read_factor();
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_LEVEL_ERROR);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
