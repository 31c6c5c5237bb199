/* What connections may do that nobody vouches for: how many, how fast, how long. The clock is the
 * test's; nobody shakes hands. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/identity.h"
#include "common/log.h"
#include "common/times.h"
#include "server/net/guests.h"

#define START_US  UINT64_C(1000000000)
#define SECOND_US UINT64_C(1000000)

static char directory[] = "/tmp/hotdesk-guests.XXXXXX";
static uv_loop_t loop;
static struct identity *identity;
static struct tls *tls;
static struct guests *guests;

static bool accepts(void *context, const struct fingerprint *peer)
{
    return false;
}

#define TARGETS_ADDRESS "192.0.2.200"

static bool knows(void *context, const char *host)
{
    return strcmp(host, TARGETS_ADDRESS) == 0;
}

static const struct guests_handlers handlers = {.knows = knows, .accepts = accepts};

static int make_identity(void **state)
{
    char error[ERROR_ROOM];
    if (!mkdtemp(directory) || identity_load_or_make(directory, &identity, error) < 0)
        return -1;
    return tls_create(identity, &tls);
}

static int remove_identity(void **state)
{
    char path[96];
    static const char *const leaves[] = {"key.pem", "certificate.pem"};
    tls_destroy(tls);
    identity_destroy(identity);
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, leaves[i]);
        unlink(path);
    }
    return rmdir(directory);
}

static int start(void **state)
{
    uv_loop_init(&loop);
    return guests_create(&loop, tls, &handlers, NULL, &guests);
}

static int finish(void **state)
{
    guests = guests_destroy(guests);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

enum fate { REFUSED, WAITS, LET_IN };

/* Somebody comes from that address. */
static enum fate come_and_see(const char *address, uint64_t now_us)
{
    struct sockaddr_storage from = {0};
    int ends[2];
    char byte;
    if (strchr(address, ':')) {
        from.ss_family = AF_INET6;
        assert_int_equal(inet_pton(AF_INET6, address, &((struct sockaddr_in6 *)&from)->sin6_addr),
                         1);
    } else {
        from.ss_family = AF_INET;
        assert_int_equal(inet_pton(AF_INET, address, &((struct sockaddr_in *)&from)->sin_addr), 1);
    }
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    size_t before = guests_count(guests);
    size_t waiting = guests_waiting(guests);
    guests_add(guests, ends[0], &from, now_us);
    enum fate fate = guests_count(guests) == before + 1      ? LET_IN
                     : guests_waiting(guests) == waiting + 1 ? WAITS
                                                             : REFUSED;
    ssize_t size = recv(ends[1], &byte, 1, MSG_DONTWAIT); /* 0: it was closed */
    assert_int_equal(size, fate == REFUSED ? 0 : -1);
    close(ends[1]);
    return fate;
}

/* True when he is let in, for a while; nobody has waited before. */
static bool come(const char *address, uint64_t now_us)
{
    enum fate fate = come_and_see(address, now_us);
    if (fate != WAITS)
        return fate == LET_IN;
    now_us += SECOND_US; /* his turn comes, whatever is decided then */
    size_t before = guests_count(guests);
    guests_tick(guests, now_us);
    assert_int_equal(guests_waiting(guests), 0);
    return guests_count(guests) == before + 1;
}

static bool come_numbered(unsigned number, uint64_t now_us)
{
    char address[32];
    snprintf(address, sizeof address, "192.0.2.%u", number);
    return come(address, now_us);
}

/* All time is over for those who are there. */
static void all_go(uint64_t now_us)
{
    guests_tick(guests, now_us + 2 * time_us(TIME_HELLO));
    assert_int_equal(guests_count(guests), 0);
}

static void thirty_two_at_once(void **state)
{
    for (unsigned i = 0; i < 32; i++)
        assert_true(come_numbered(1 + i, START_US));
    assert_false(come_numbered(99, START_US));
    all_go(START_US);
    assert_true(come_numbered(99, START_US));
}

static void four_of_one_address(void **state)
{
    for (unsigned i = 0; i < 4; i++)
        assert_true(come("192.0.2.7", START_US));
    assert_false(come("192.0.2.7", START_US));
    assert_false(come("::ffff:192.0.2.7", START_US)); /* the same machine on an IPv6 socket */
    assert_true(come("192.0.2.8", START_US));
}

static void four_of_one_network(void **state)
{
    static const char *const same[] = {"2001:db8::1", "2001:db8::2",
                                       "2001:db8:0:0:1::", "2001:db8::ffff:ffff:ffff:ffff"};
    for (size_t i = 0; i < 4; i++)
        assert_true(come(same[i], START_US));
    assert_false(come("2001:db8::3", START_US));
    assert_true(come("2001:db8:0:1::1", START_US)); /* another /64 */
}

/* How many are let begin in that time, when there is always one more who waits. */
static unsigned count_begun(uint64_t from_us, uint64_t until_us)
{
    unsigned count = 0;
    for (uint64_t now_us = from_us; now_us < until_us; now_us += 1000) {
        while (guests_have_time(guests, now_us) && count < 10000) {
            assert_true(come_numbered(count % 250, now_us));
            all_go(now_us);
            count++;
        }
    }
    return count;
}

static void twenty_handshakes_a_second(void **state)
{
    /* What was not used of one second may be used at once. */
    assert_in_range(count_begun(START_US, START_US + 1000), 20, 21);
    assert_in_range(count_begun(START_US + 1000, START_US + 1000 + 10 * SECOND_US), 195, 205);
}

static void quiet_times_are_not_saved(void **state)
{
    assert_in_range(count_begun(START_US, START_US + 1000), 20, 21);
    uint64_t later_us = START_US + 3600 * SECOND_US;
    assert_in_range(count_begun(later_us, later_us + 1000), 20, 21);
}

static void five_seconds_to_say_hello(void **state)
{
    assert_true(come_numbered(1, START_US));
    assert_true(come_numbered(2, START_US + SECOND_US));
    guests_tick(guests, START_US + time_us(TIME_HELLO));
    assert_int_equal(guests_count(guests), 2);
    guests_tick(guests, START_US + time_us(TIME_HELLO) + 1);
    assert_int_equal(guests_count(guests), 1);
    guests_tick(guests, START_US + SECOND_US + time_us(TIME_HELLO) + 1);
    assert_int_equal(guests_count(guests), 0);
}

/* A room for those who wait; their turn comes at the pace of handshakes, first come first served.
 */
static void strangers_wait_for_their_turn(void **state)
{
    unsigned number = 0;
    while (guests_have_time(guests, START_US))
        assert_true(come_numbered(number++, START_US));
    all_go(START_US); /* places are free, handshakes are not */
    for (unsigned i = 0; i < GUESTS_WAITING_MAX; i++) {
        char address[32];
        snprintf(address, sizeof address, "198.51.100.%u", i);
        assert_int_equal(come_and_see(address, START_US), WAITS);
    }
    assert_int_equal(come_and_see("198.51.100.99", START_US), REFUSED);
    for (unsigned second = 1; second <= 2; second++) {
        guests_tick(guests, START_US + second * SECOND_US / 2);
        assert_in_range(guests_waiting(guests), GUESTS_WAITING_MAX - second * 10 - 1,
                        GUESTS_WAITING_MAX - second * 10 + 1);
    }
}

/* Whatever strangers do: they have places, handshakes and a count of their own. */
static void targets_come_between_strangers(void **state)
{
    for (unsigned i = 0; i < GUESTS_MAX; i++)
        assert_true(come_numbered(i, START_US));
    for (unsigned i = 0; i < GUESTS_WAITING_MAX; i++)
        assert_int_equal(come_and_see("198.51.100.7", START_US), WAITS);
    assert_int_equal(come_and_see("198.51.100.8", START_US), REFUSED);
    for (unsigned i = 0; i < GUESTS_PER_ADDRESS; i++)
        assert_int_equal(come_and_see(TARGETS_ADDRESS, START_US), LET_IN);
    assert_int_equal(come_and_see(TARGETS_ADDRESS, START_US), REFUSED);
}

/* Who is too quick there, with no key, gets the handshakes of strangers besides, and then waits. */
static void a_targets_address_is_no_free_pass(void **state)
{
    unsigned count = 0;
    while (count < 100 && come_and_see(TARGETS_ADDRESS, START_US) == LET_IN) {
        all_go(START_US);
        count++;
    }
    assert_in_range(count, 2 * GUESTS_A_SECOND, 2 * GUESTS_A_SECOND + 2);
    assert_int_equal(guests_waiting(guests), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(thirty_two_at_once),
        TEST(four_of_one_address),
        TEST(four_of_one_network),
        TEST(twenty_handshakes_a_second),
        TEST(quiet_times_are_not_saved),
        TEST(five_seconds_to_say_hello),
        TEST(strangers_wait_for_their_turn),
        TEST(targets_come_between_strangers),
        TEST(a_targets_address_is_no_free_pass),
    };
    log_init("test", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, make_identity, remove_identity);
}
