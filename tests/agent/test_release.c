/* Every way in which keys must go up: what is pressed never outlives the right to press it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>

#include "common/times.h"
#include "tests/agent/session_bench.h"

/* Shift, A and the left button are down; all three go up by one report, keys first. */
#define ALL_UP "type 1/30/0 1/272/0 1/42/0\n"

static void press_three(struct bench *bench)
{
    bench_init_active(bench, 1);
    bench_key(bench, 1, KEY_LEFTSHIFT, 1);
    bench_key(bench, 1, KEY_A, 1);
    bench_key(bench, 1, BTN_LEFT, 1);
    bench_forget(bench);
}

static void by_leave(struct bench *bench)
{
    bench_leave(bench, 1);
}

static void by_disconnect(struct bench *bench)
{
    session_closed(&bench->session);
}

static void by_bye(struct bench *bench)
{
    bench_receive(
        bench, &(struct message){.type = MESSAGE_BYE, .end = {.reason = MESSAGE_REASON_REPLACED}});
}

static void by_stop(struct bench *bench)
{
    session_stop(&bench->session, MESSAGE_REASON_STOPPING, "stopped");
}

static void by_garbage(struct bench *bench)
{
    session_received_garbage(&bench->session, "no such message");
}

static void by_a_message_out_of_place(struct bench *bench)
{
    bench_receive(bench, &(struct message){.type = MESSAGE_PAIRED});
}

static void by_trouble_of_the_injector(struct bench *bench)
{
    session_set_ready(&bench->session, "xtest", false, "the X display went away");
}

static void by_a_newer_enter(struct bench *bench)
{
    bench_enter(bench, 2);
}

static void by_a_newer_connection(struct bench *bench)
{
    session_opened(&bench->session, "host", bench->now_us);
}

static const struct path {
    const char *name;
    void (*take)(struct bench *bench);
    const char *then;
} paths[] = {
    {"leave", by_leave, "leave\n"},
    {"disconnect", by_disconnect, "leave\n"},
    {"bye", by_bye, "leave\nended by peer, reason 4\n"},
    {"stop", by_stop, "leave\nbye 1\nended by us, reason 1\n"},
    {"garbage", by_garbage, "leave\nbye 2\nended by us, reason 2\n"},
    {"a message out of place", by_a_message_out_of_place, "leave\nbye 2\nended by us, reason 2\n"},
    {"trouble of the injector", by_trouble_of_the_injector,
     "leave\nstate no xtest unsendable 0 held 0: the X display went away\n"},
    {"a newer enter", by_a_newer_enter, "leave\nenter\nentered 2 taken locks 0\n"},
    {"a newer connection", by_a_newer_connection, "leave\nhello host highest 1\n"},
};

static void every_loss_lifts_all(void **state)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct bench bench;
        char expected[256] = ALL_UP;

        press_three(&bench);
        paths[i].take(&bench);
        strcat(expected, paths[i].then);
        print_message("# path: %s\n", paths[i].name);
        bench_expect(&bench, expected);
        assert_true(held_is_empty(&bench.session.held));

        /* And once only: a second loss finds nothing. */
        session_closed(&bench.session);
        assert_null(strstr(bench.log, "type"));
    }
}

static void what_the_injector_cannot_lift_is_let_go_of(void **state)
{
    struct bench bench;

    press_three(&bench);
    bench.injector_broken = true;
    session_closed(&bench.session);
    bench_expect(&bench, "leave\n");
    assert_true(held_is_empty(&bench.session.held));
}

static void silence_lifts_keys_then_modifiers_then_ends(void **state)
{
    struct bench bench;

    press_three(&bench);
    bench_pass_ms(&bench, 399);
    bench_expect(&bench, "");
    bench_pass_ms(&bench, 2);
    bench_expect(&bench, "type 1/30/0 1/272/0\nstate ready record unsendable 0 held 1\n");
    bench_pass_ms(&bench, 2598);
    bench_expect(&bench, "");
    bench_pass_ms(&bench, 2);
    bench_expect(&bench, "type 1/42/0\nstate ready record unsendable 0 held 2\nleave\nbye 9\n"
                         "ended by us, reason 9\n");
}

static void anything_heard_keeps_keys_down(void **state)
{
    struct bench bench;

    press_three(&bench);
    for (int i = 0; i < 100; i++) {
        bench_pass_ms(&bench, 390);
        bench_ping(&bench);
        bench_expect(&bench, "pong 42\n");
    }
    assert_int_equal(bench.session.state.held_too_long, 0);
}

static void lifted_keys_stay_up_until_pressed_again(void **state)
{
    struct bench bench;

    bench_init_active(&bench, 1);
    bench_key(&bench, 1, KEY_DELETE, 1);
    bench_pass_ms(&bench, 500);
    bench_expect(&bench, "type 1/111/1\ntype 1/111/0\nstate ready record unsendable 0 held 1\n");
    bench_ping(&bench); /* the server is back, the key was down all the time */
    bench_key(&bench, 1, KEY_DELETE, 0);
    bench_expect(&bench, "pong 42\n");
    bench_key(&bench, 1, KEY_DELETE, 1);
    bench_expect(&bench, "type 1/111/1\n");
}

static void modifiers_alone_wait_for_the_end(void **state)
{
    struct bench bench;

    bench_init_active(&bench, 1);
    bench_key(&bench, 1, KEY_LEFTCTRL, 1);
    bench_pass_ms(&bench, 2900);
    bench_expect(&bench, "type 1/29/1\n");
    bench_pass_ms(&bench, 200);
    bench_expect(&bench, "type 1/29/0\nstate ready record unsendable 0 held 1\nleave\nbye 9\n"
                         "ended by us, reason 9\n");
}

static void silence_with_nothing_down_counts_nothing(void **state)
{
    struct bench bench;

    bench_init_active(&bench, 1);
    bench_pass_ms(&bench, 2999);
    bench_expect(&bench, "");
    bench_pass_ms(&bench, 2);
    bench_expect(&bench, "leave\nbye 9\nended by us, reason 9\n");
    assert_int_equal(bench.session.state.held_too_long, 0);
}

static void an_idle_server_may_be_silent_for_longer(void **state)
{
    struct bench bench;

    bench_init_welcomed(&bench);
    bench_pass_ms(&bench, 24999);
    bench_expect(&bench, "");
    bench_pass_ms(&bench, 2);
    bench_expect(&bench, "bye 9\nended by us, reason 9\n");
}

static void times_are_stretched_by_the_factor(void **state)
{
    struct bench bench;

    setenv("HOTDESK_TIME_FACTOR", "4", 1);
    times_read_factor();
    press_three(&bench);
    bench_pass_ms(&bench, 1599);
    bench_expect(&bench, "");
    bench_pass_ms(&bench, 2);
    bench_expect(&bench, "type 1/30/0 1/272/0\nstate ready record unsendable 0 held 1\n");
    setenv("HOTDESK_TIME_FACTOR", "1", 1);
    times_read_factor();
}

static void more_keys_than_a_report_has_room_for(void **state)
{
    struct bench bench;
    size_t count = 0;

    bench_init_active(&bench, 1);
    for (uint16_t code = 1; code <= 200; code++)
        bench_key(&bench, 1, code, 1);
    bench_forget(&bench);
    bench_leave(&bench, 1);
    for (const char *at = bench.log; (at = strstr(at, " 1/")); at++)
        count++;
    assert_int_equal(count, 200);
    assert_true(held_is_empty(&bench.session.held));
}

static void repeats_of_a_press_are_swallowed(void **state)
{
    struct bench bench;

    bench_init_active(&bench, 1);
    bench_key(&bench, 1, KEY_A, 1);
    bench_key(&bench, 1, KEY_A, 1);
    bench_key(&bench, 1, KEY_A, 0);
    bench_key(&bench, 1, KEY_A, 0);
    bench_expect(&bench, "type 1/30/1\ntype 1/30/0\n");
}

int main(void)
{
    setenv("HOTDESK_TIME_FACTOR", "1", 1);
    times_read_factor();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_loss_lifts_all),
        cmocka_unit_test(what_the_injector_cannot_lift_is_let_go_of),
        cmocka_unit_test(silence_lifts_keys_then_modifiers_then_ends),
        cmocka_unit_test(anything_heard_keeps_keys_down),
        cmocka_unit_test(lifted_keys_stay_up_until_pressed_again),
        cmocka_unit_test(modifiers_alone_wait_for_the_end),
        cmocka_unit_test(silence_with_nothing_down_counts_nothing),
        cmocka_unit_test(an_idle_server_may_be_silent_for_longer),
        cmocka_unit_test(times_are_stretched_by_the_factor),
        cmocka_unit_test(more_keys_than_a_report_has_room_for),
        cmocka_unit_test(repeats_of_a_press_are_swallowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
