/* A client that asked for `input` and speaks fixed-size messages from then on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/control/harness.h"

static struct harness h;

static int setup(void **state)
{
    harness_start(&h, NULL);
    return 0;
}

static int teardown(void **state)
{
    harness_stop(&h);
    return 0;
}

static const struct link_message hello = {.type = LINK_HELLO, .version = LINK_VERSION};

static int open_link(void)
{
    int fd = harness_connect(&h);
    json_t *answer = harness_ask(&h, fd, "{\"verb\":\"input\"}");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
    assert_non_null(h.link_client);
    return fd;
}

static bool has_messages(void *context)
{
    return h.message_count >= *(unsigned *)context;
}

static bool has_gone(void *context)
{
    return h.link_gone > 0;
}

static void test_both_ways(void **state)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    struct link_message command = {
        .type = LINK_COMMAND, .grab_number = 7, .command = {COMMAND_TARGET, 12}};
    struct link_message ping = {.type = LINK_PING, .ping_number = 99}, heard;
    const char *why;
    unsigned wanted = 2;

    int fd = open_link();
    assert_true(link_encode(&hello, bytes));
    harness_send(&h, fd, bytes, sizeof bytes);
    assert_true(link_encode(&command, bytes));
    harness_send(&h, fd, bytes, 100); /* in two parts */
    harness_settle(&h);
    harness_send(&h, fd, bytes + 100, sizeof bytes - 100);
    assert_true(harness_run_until(&h, has_messages, &wanted));
    assert_int_equal(h.messages[0].type, LINK_HELLO);
    assert_int_equal(h.messages[1].type, LINK_COMMAND);
    assert_int_equal(h.messages[1].grab_number, 7);
    assert_int_equal(h.messages[1].command.number, 12);

    assert_true(control_client_send_link(h.link_client, &ping));
    harness_read_exactly(&h, fd, bytes, sizeof bytes);
    assert_true(link_decode(bytes, false, &heard, &why));
    assert_int_equal(heard.type, LINK_PING);
    assert_int_equal(heard.ping_number, 99);

    close(fd);
    assert_true(harness_run_until(&h, has_gone, NULL));
    assert_int_equal(h.link_gone, 1);
}

/* A client that does not wait for the answer to `input`. */
static void test_message_right_behind_request(void **state)
{
    static const char request[] = "{\"verb\":\"input\"}\n";
    uint8_t bytes[sizeof request - 1 + 2 * LINK_MESSAGE_BYTES];
    unsigned wanted = 2;
    memcpy(bytes, request, sizeof request - 1);
    assert_true(link_encode(&hello, bytes + sizeof request - 1));
    assert_true(link_encode(&hello, bytes + sizeof request - 1 + LINK_MESSAGE_BYTES));
    int fd = harness_connect(&h);
    harness_send(&h, fd, bytes, sizeof bytes);
    assert_true(harness_run_until(&h, has_messages, &wanted));
    close(fd);
}

static void test_garbage(void **state)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    int fd = open_link();
    memset(bytes, 0xa5, sizeof bytes);
    harness_send(&h, fd, bytes, sizeof bytes);
    assert_true(harness_run_until(&h, has_gone, NULL));
    assert_true(strlen(h.link_why) > 0);
    assert_true(harness_is_closed(&h, fd));
    assert_int_equal(h.message_count, 0);
    close(fd);
}

/* What only the server may say. */
static void test_wrong_direction(void **state)
{
    struct link_message ping = {.type = LINK_PING, .ping_number = 1};
    uint8_t bytes[LINK_MESSAGE_BYTES];
    int fd = open_link();
    assert_true(link_encode(&ping, bytes));
    harness_send(&h, fd, bytes, sizeof bytes);
    assert_true(harness_run_until(&h, has_gone, NULL));
    assert_true(harness_is_closed(&h, fd));
    close(fd);
}

static void test_half_message_then_gone(void **state)
{
    int fd = open_link();
    harness_send(&h, fd, "half", 4);
    close(fd);
    assert_true(harness_run_until(&h, has_gone, NULL));
    assert_int_equal(h.message_count, 0);
}

static void test_full(void **state)
{
    struct link_message ping = {.type = LINK_PING};
    int fd = open_link();
    unsigned sent = 0;
    while (sent < 10000 && control_client_send_link(h.link_client, &ping))
        sent++;
    assert_true(sent < 10000);
    assert_int_equal(h.link_gone, 0); /* not inside the call */
    assert_false(control_client_send_link(h.link_client, &ping));
    assert_true(harness_run_until(&h, has_gone, NULL));
    assert_int_equal(h.link_gone, 1);
    close(fd);
}

static void test_events_stay_away(void **state)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    struct link_message ping = {.type = LINK_PING}, heard;
    const char *why;
    int fd = harness_connect(&h);
    json_decref(harness_ask(&h, fd, "{\"verb\":\"watch\"}"));
    json_decref(harness_ask(&h, fd, "{\"verb\":\"input\"}"));
    control_broadcast(h.control, CONTROL_WATCH_EVENTS, json_pack("{s:s}", "event", "switched"));
    control_send(h.link_client, json_pack("{s:s}", "event", "paired")); /* it had asked before */
    assert_true(control_client_send_link(h.link_client, &ping));
    harness_read_exactly(&h, fd, bytes, sizeof bytes);
    assert_true(link_decode(bytes, false, &heard, &why));
    close(fd);
}

static void test_closed_by_server(void **state)
{
    int fd = open_link();
    control_client_close(h.link_client);
    assert_int_equal(h.link_gone, 0);
    assert_true(harness_is_closed(&h, fd));
    assert_int_equal(h.link_gone, 1);
    close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_both_ways),
        TEST(test_message_right_behind_request),
        TEST(test_garbage),
        TEST(test_wrong_direction),
        TEST(test_half_message_then_gone),
        TEST(test_full),
        TEST(test_events_stay_away),
        TEST(test_closed_by_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
