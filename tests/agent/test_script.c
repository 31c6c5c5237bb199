/* What a script types, by hand: nothing of it stays down or is kept, whatever ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#include "common/times.h"
#include "tests/agent/session_bench.h"

#define TYPED_A "type 1/30/1\ntype 1/30/0\n"
#define TYPED_B "type 1/48/1\ntype 1/48/0\n"

static void press(struct bench *bench, uint64_t control_number)
{
    bench_receive(bench,
                  &(struct message){.type = MESSAGE_PRESS,
                                    .press = {.control_number = control_number,
                                              .job = 7,
                                              .key_count = 3,
                                              .keys = {KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE}}});
}

static void text(struct bench *bench, const char *words, bool only_look)
{
    struct message message = {.type = MESSAGE_TEXT, .text = {.job = 8, .only_look = only_look}};

    snprintf(message.text.text, sizeof message.text.text, "%s", words);
    bench_receive(bench, &message);
}

static void a_combination_goes_down_and_up_in_other_order(void **state)
{
    struct bench bench;

    bench_init_scripted(&bench);
    press(&bench, 0);
    bench_expect(&bench, "script runs\n"
                         "type 1/29/1\ntype 1/56/1\ntype 1/111/1\n"
                         "type 1/111/0\ntype 1/56/0\ntype 1/29/0\n"
                         "script is over\n"
                         "typed job 7 result 1 position 1\n");
    assert_int_equal(bench.session.active, 0);
}

static void all_comes_up_though_the_injector_fails(void **state)
{
    struct bench bench;

    bench_init_scripted(&bench);
    bench.injector_broken = true;
    press(&bench, 0);
    assert_true(held_is_empty(&bench.session.held));
    assert_false(bench.session.script.is_running);
}

static void a_text_is_typed_one_after_the_other(void **state)
{
    struct bench bench;

    bench_init_scripted(&bench);
    text(&bench, "aA\n", false);
    bench_expect(&bench, "script runs\n" TYPED_A);
    bench_pass_ms(&bench, time_ms(TIME_SCRIPT_STROKE) - 1);
    bench_expect(&bench, "");
    bench_pass_ms(&bench, 1);
    bench_expect(&bench, "type 1/42/1\ntype 1/30/1\ntype 1/30/0\ntype 1/42/0\n");
    bench_pass_ms(&bench, time_ms(TIME_SCRIPT_STROKE));
    bench_expect(&bench, "type 1/28/1\ntype 1/28/0\nscript is over\n"
                         "typed job 8 result 1 position 3\n");
}

static void a_character_without_a_key_is_told_before_the_first(void **state)
{
    struct bench bench;

    bench_init_scripted(&bench);
    text(&bench, "ab#", false);
    bench_expect(&bench, "script runs\nscript is over\ntyped job 8 result 2 position 2: no key\n");
    text(&bench, "ab", true);
    bench_expect(&bench, "script runs\nscript is over\ntyped job 8 result 1 position 0\n");
}

static void it_waits_for_a_persons_keys(void **state)
{
    struct bench bench;

    bench_init_scripted(&bench);
    bench_enter(&bench, 5);
    bench_key(&bench, 5, KEY_LEFTSHIFT, 1);
    bench_forget(&bench);
    press(&bench, 5);
    bench_pass_ms(&bench, 100);
    bench_expect(&bench, "script runs\n");
    bench_key(&bench, 5, KEY_LEFTSHIFT, 0);
    bench_pass_ms(&bench, time_ms(TIME_SCRIPT_STROKE));
    bench_expect(&bench, "type 1/42/0\n"
                         "type 1/29/1\ntype 1/56/1\ntype 1/111/1\n"
                         "type 1/111/0\ntype 1/56/0\ntype 1/29/0\n"
                         "script is over\ntyped job 7 result 1 position 1\n");
}

static void it_waits_no_longer_than_it_may(void **state)
{
    struct bench bench;

    bench_init_scripted(&bench);
    bench.is_modifier_down = true;
    text(&bench, "ab", false);
    for (uint64_t ms = 0; ms < time_ms(TIME_SCRIPT_WAIT); ms += 100)
        bench_pass_ms(&bench, 100);
    bench_pass_ms(&bench, 100);
    bench_expect(&bench, "script runs\nscript is over\n"
                         "typed job 8 result 3 position 0: a modifier is down\n");
}

/* Rule 8, of scripts. */
static void an_old_control_number_is_refused(void **state)
{
    struct bench bench;

    bench_init_scripted(&bench);
    bench_enter(&bench, 5);
    bench_leave(&bench, 5);
    bench_forget(&bench);
    press(&bench, 4);
    bench_expect(&bench, "typed job 7 result 3 position 0: a newer console has had this computer "
                         "(old control number)\n");
    press(&bench, 5);
    assert_non_null(strstr(bench.log, "result 1"));
}

static void who_may_not_type_is_told_why(void **state)
{
    struct bench bench;

    bench_init_scripted(&bench);
    session_set_denied(&bench.session, "paused at the target", NULL, bench.now_us);
    bench_forget(&bench);
    press(&bench, 0);
    text(&bench, "ab", true);
    bench_expect(&bench, "typed job 7 result 3 position 0: paused at the target\n"
                         "typed job 8 result 3 position 0: paused at the target\n");
}

/* Every way in which it ends in the middle: no further key, nothing down, nothing kept. */
static void what_ends_it_in_the_middle(void **state)
{
    for (int way = 0; way < 6; way++) {
        struct bench bench;
        bench_init_scripted(&bench);
        text(&bench, "abab", false);
        bench_expect(&bench, "script runs\n" TYPED_A);
        bench_pass_ms(&bench, time_ms(TIME_SCRIPT_STROKE));
        bench_expect(&bench, TYPED_B);
        if (way == 0)
            bench_receive(&bench,
                          &(struct message){.type = MESSAGE_SCRIPT_STOP, .script_stop = {8}});
        else if (way == 1)
            session_set_denied(&bench.session, "no", NULL, bench.now_us);
        else if (way == 2)
            session_set_ready(&bench.session, "record", false, "locked");
        else if (way == 3)
            session_closed(&bench.session);
        else if (way == 4)
            session_stop(&bench.session, MESSAGE_REASON_STOPPING, "stopped");
        else
            bench_receive(&bench, &(struct message){.type = MESSAGE_BYE, .end = {.reason = 1}});
        assert_non_null(strstr(bench.log, "script is over"));
        assert_int_equal(strstr(bench.log, "typed job 8") != NULL, way < 3);
        bench_forget(&bench);
        bench_pass_ms(&bench, 200);
        assert_null(strstr(bench.log, "type "));
        for (size_t i = 0; i < sizeof bench.session.script.strokes; i++)
            assert_int_equal(((const char *)bench.session.script.strokes)[i], 0);
        for (size_t i = 0; i < sizeof bench.session.script.text; i++)
            assert_int_equal(bench.session.script.text[i], 0);
    }
}

static void another_one_does_not_mix_with_it(void **state)
{
    struct bench bench;

    bench_init_scripted(&bench);
    text(&bench, "ab", false);
    bench_forget(&bench);
    press(&bench, 0);
    bench_expect(&bench, "typed job 7 result 3 position 0: another script types there\n");
    bench_receive(&bench, &(struct message){.type = MESSAGE_SCRIPT_STOP, .script_stop = {7}});
    bench_expect(&bench, "");
    bench_pass_ms(&bench, time_ms(TIME_SCRIPT_STROKE));
    bench_expect(&bench, TYPED_B "script is over\ntyped job 8 result 1 position 2\n");
}

/* A leave is the person's. */
static void a_switch_away_does_not_end_it(void **state)
{
    struct bench bench;

    bench_init_scripted(&bench);
    bench_enter(&bench, 5);
    bench_forget(&bench);
    press(&bench, 5);
    bench_forget(&bench);
    struct message message = {.type = MESSAGE_TEXT,
                              .text = {.control_number = 5, .job = 8, .text = "ab"}};
    bench_receive(&bench, &message);
    bench_leave(&bench, 5);
    bench_pass_ms(&bench, time_ms(TIME_SCRIPT_STROKE));
    bench_expect(&bench, "script runs\n" TYPED_A "leave\n" TYPED_B
                         "script is over\ntyped job 8 result 1 position 2\n");
}

static void a_server_that_did_not_say_so_may_not(void **state)
{
    struct bench bench;

    bench_init_welcomed(&bench);
    press(&bench, 0);
    bench_expect(&bench, "bye 2\nended by us, reason 2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_combination_goes_down_and_up_in_other_order),
        cmocka_unit_test(all_comes_up_though_the_injector_fails),
        cmocka_unit_test(a_text_is_typed_one_after_the_other),
        cmocka_unit_test(a_character_without_a_key_is_told_before_the_first),
        cmocka_unit_test(it_waits_for_a_persons_keys),
        cmocka_unit_test(it_waits_no_longer_than_it_may),
        cmocka_unit_test(an_old_control_number_is_refused),
        cmocka_unit_test(who_may_not_type_is_told_why),
        cmocka_unit_test(what_ends_it_in_the_middle),
        cmocka_unit_test(another_one_does_not_mix_with_it),
        cmocka_unit_test(a_switch_away_does_not_end_it),
        cmocka_unit_test(a_server_that_did_not_say_so_may_not),
    };
    return cmocka_run_group_tests_name("script", tests, NULL, NULL);
}
