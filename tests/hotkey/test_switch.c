/* The switch's table of targets, its sentences, and that each command gets one answer; the route.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/input-event-codes.h>

#include "common/times.h"
#include "server/switch/route.h"
#include "server/switch/switch.h"

struct seen {
    struct switcher switcher;
    int orders; /* keep, ungrab, flash */
    int grabs, enters, leaves, modes;
    char why[SWITCH_REASON_ROOM];
};

static void on_enter(void *context, uint16_t number)
{
    ((struct seen *)context)->enters++;
}

static void on_leave(void *context, uint16_t number)
{
    ((struct seen *)context)->leaves++;
}

static void on_order(void *context)
{
    ((struct seen *)context)->orders++;
}

static void on_order_ungrab(void *context, uint64_t from_us)
{
    ((struct seen *)context)->orders++;
}

static void on_order_grab(void *context)
{
    ((struct seen *)context)->grabs++;
}

static void on_switched(void *context, uint16_t from, uint16_t to, const char *why)
{
    assert_int_not_equal(from, to);
}

static void on_refused(void *context, uint16_t number, const char *why)
{
    struct seen *seen = context;
    snprintf(seen->why, sizeof seen->why, "%s", why);
}

static int on_monitor(void *context, uint16_t number, const char *word, char *ret_why)
{
    return 0;
}

static void on_mode(void *context)
{
    ((struct seen *)context)->modes++;
}

static const struct switch_ops OPS = {
    .enter = on_enter,
    .leave = on_leave,
    .order_grab = on_order_grab,
    .order_keep = on_order,
    .order_ungrab = on_order_ungrab,
    .order_flash = on_order,
    .switched = on_switched,
    .refused = on_refused,
    .monitor = on_monitor,
    .mode = on_mode,
};

static struct seen seen; /* large */

static void begin(void)
{
    seen = (struct seen){0};
    switch_init(&seen.switcher, &OPS, &seen);
}

static void make_ready(uint16_t number)
{
    assert_true(switch_set_target(&seen.switcher, number, "lab", 1));
    switch_set_state(&seen.switcher, number, SWITCH_READY, "", 2);
}

static int command(enum command_type type, uint16_t number, enum switch_cause cause)
{
    struct command wanted = {.type = type, .number = number};
    char why[SWITCH_REASON_ROOM] = "";
    int r = switch_command(&seen.switcher, &wanted, cause, 10, why);

    if (r < 0)
        assert_string_equal(why, seen.why);
    return r;
}

/* It is read only later. */
static bool swallows(uint64_t pressed_us)
{
    struct report report = {.time_us = pressed_us};

    report_add(&report, EV_KEY, KEY_A, 1);
    return switch_swallows(&seen.switcher, &report, pressed_us + 300000);
}

/* Opened, it is no target of before; it goes back to where it was, or on. */
static void the_switcher_is_between_two_targets(void **state)
{
    begin();
    make_ready(1);
    make_ready(2);
    assert_int_equal(command(COMMAND_SWITCHER, 0, SWITCH_BY_HOTKEY), -EHOSTUNREACH);
    switch_set_state(&seen.switcher, SWITCH_CHOOSER, SWITCH_READY, "", 2);
    assert_int_equal(command(COMMAND_TARGET, 1, SWITCH_BY_HOTKEY), 0);
    assert_int_equal(command(COMMAND_TARGET, 2, SWITCH_BY_HOTKEY), 0);
    assert_int_equal(command(COMMAND_SWITCHER, 0, SWITCH_BY_HOTKEY), 0);
    assert_int_equal(seen.switcher.active, SWITCH_CHOOSER);
    assert_int_equal(switch_shown(&seen.switcher), 2);
    assert_int_equal(seen.switcher.last, 1);
    assert_int_equal(switch_deadline_us(&seen.switcher), UINT64_MAX); /* it needs no answer */
    assert_int_equal(command(COMMAND_SWITCHER, 0, SWITCH_BY_HOTKEY), 0);
    assert_int_equal(seen.switcher.active, 2);
    assert_int_equal(seen.switcher.last, 1);
    assert_int_equal(command(COMMAND_SWITCHER, 0, SWITCH_BY_HOTKEY), 0);
    assert_int_equal(command(COMMAND_NEXT, 0, SWITCH_BY_HOTKEY), 0);
    assert_int_equal(seen.switcher.active, 1);
    assert_int_equal(seen.switcher.last, 2);
    /* One that does not answer: back to where the switcher was opened, not into it. */
    assert_int_equal(command(COMMAND_SWITCHER, 0, SWITCH_BY_HOTKEY), 0);
    assert_int_equal(command(COMMAND_TARGET, 2, SWITCH_BY_HOTKEY), 0);
    switch_tick(&seen.switcher, 10 + time_us(TIME_ENTERED));
    assert_int_equal(seen.switcher.active, 1);
    assert_int_equal(switch_highest_number(&seen.switcher), 2);
    switch_forbid(&seen.switcher, "locked");
    assert_int_equal(command(COMMAND_SWITCHER, 0, SWITCH_BY_HOTKEY), -EPERM);
    switch_forbid(&seen.switcher, NULL);
    assert_int_equal(command(COMMAND_SWITCHER, 0, SWITCH_BY_HOTKEY), 0);
    switch_set_state(&seen.switcher, SWITCH_CHOOSER, SWITCH_OFFLINE, "no window", 20);
    assert_int_equal(seen.switcher.active, SWITCH_LOCAL);
}

static void targets_are_sorted_and_bounded(void **state)
{
    begin();
    for (uint16_t i = 0; i < SWITCH_TARGETS_MAX; i++)
        assert_true(switch_set_target(&seen.switcher, (uint16_t)((i * 37) % 256 + 1), "lab", 1));
    assert_false(switch_set_target(&seen.switcher, 999, "lab", 1));
    assert_true(switch_set_target(&seen.switcher, 7, "other", 1)); /* renamed */
    for (size_t i = 0; i < SWITCH_TARGETS_MAX; i++)
        assert_int_equal(seen.switcher.targets[i].number, i + 1);
    assert_int_equal(switch_highest_number(&seen.switcher), 256);
    assert_string_equal(switch_find(&seen.switcher, 7)->name, "other");
    switch_remove_target(&seen.switcher, 256, 1);
    switch_remove_target(&seen.switcher, 1, 1);
    switch_remove_target(&seen.switcher, 1, 1);
    assert_int_equal(seen.switcher.target_count, 254);
    assert_null(switch_find(&seen.switcher, 1));
    assert_int_equal(switch_highest_number(&seen.switcher), 255);
}

/* A number is given again: who pairs next must not get the keys of who was forgotten. */
static void last_is_no_other_machine(void **state)
{
    begin();
    make_ready(1);
    make_ready(2);
    assert_int_equal(command(COMMAND_TARGET, 1, SWITCH_BY_CLIENT), 0);
    switch_entered(&seen.switcher, 1, true, "", 11);
    assert_int_equal(command(COMMAND_TARGET, 2, SWITCH_BY_CLIENT), 0);
    switch_remove_target(&seen.switcher, 1, 12);
    make_ready(1);
    switch_entered(&seen.switcher, 2, false, "no", 13);
    assert_int_equal(seen.switcher.active, SWITCH_LOCAL);
    assert_int_equal(command(COMMAND_LAST, 0, SWITCH_BY_CLIENT), -ENOENT);

    assert_int_equal(command(COMMAND_TARGET, 1, SWITCH_BY_CLIENT), 0);
    switch_remove_target(&seen.switcher, 1, 14);
    make_ready(1);
    assert_int_equal(command(COMMAND_LAST, 0, SWITCH_BY_CLIENT), -ENOENT);
}

static void states_tell_since_when(void **state)
{
    begin();
    switch_set_target(&seen.switcher, 3, "lab3", 5);
    const struct switch_target *target = switch_find(&seen.switcher, 3);
    assert_int_equal(target->state, SWITCH_OFFLINE);
    assert_string_equal(target->reason, "never connected");
    assert_int_equal(target->since_us, 5);
    switch_set_state(&seen.switcher, 3, SWITCH_OFFLINE, "no answer", 6);
    assert_int_equal(target->since_us, 5);
    switch_set_state(&seen.switcher, 3, SWITCH_READY, NULL, 7);
    assert_int_equal(target->since_us, 7);
    assert_string_equal(target->reason, "");
    switch_set_state(&seen.switcher, 4, SWITCH_READY, "", 8); /* unknown: nothing */
    assert_null(switch_find(&seen.switcher, 4));
}

static void refusals_are_sentences(void **state)
{
    begin();
    assert_int_equal(command(COMMAND_TARGET, 7, SWITCH_BY_CLIENT), -ENOENT);
    assert_string_equal(seen.why, "there is no target 7");
    switch_set_target(&seen.switcher, 3, "lab3", 1);
    assert_int_equal(command(COMMAND_TARGET, 3, SWITCH_BY_CLIENT), -EHOSTUNREACH);
    assert_string_equal(seen.why, "lab3 is not ready: offline, never connected");
    switch_set_state(&seen.switcher, 3, SWITCH_CONNECTING, "", 1);
    assert_int_equal(command(COMMAND_TARGET, 3, SWITCH_BY_CLIENT), -EHOSTUNREACH);
    assert_string_equal(seen.why, "lab3 is not ready: connecting");
    switch_set_state(&seen.switcher, 3, SWITCH_NOT_READY, "paused at the target", 1);
    assert_int_equal(command(COMMAND_TARGET, 3, SWITCH_BY_CLIENT), -EHOSTUNREACH);
    assert_string_equal(seen.why, "lab3 is not ready: paused at the target");
    assert_int_equal(command(COMMAND_NEXT, 0, SWITCH_BY_CLIENT), -EHOSTUNREACH);
    assert_string_equal(seen.why, "no target is ready");
    assert_int_equal(command(COMMAND_LAST, 0, SWITCH_BY_CLIENT), -ENOENT);
    assert_string_equal(seen.why, "no target was active before");
    assert_int_equal(seen.enters + seen.leaves + seen.orders, 0);
}

static void each_command_of_a_hotkey_gets_one_answer(void **state)
{
    static const struct command COMMANDS[] = {
        {COMMAND_TARGET, 1}, {COMMAND_TARGET, 1}, {COMMAND_TARGET, 2}, {COMMAND_TARGET, 9},
        {COMMAND_NEXT, 0},   {COMMAND_PREV, 0},   {COMMAND_LAST, 0},   {COMMAND_CANCEL, 0},
        {COMMAND_LOCAL, 0},  {COMMAND_LOCAL, 0},  {COMMAND_CANCEL, 0}, {COMMAND_LAST, 0},
        {COMMAND_TARGET, 3}, {COMMAND_LOCAL, 0},  {COMMAND_TARGET, 9}, {COMMAND_CANCEL, 0},
    };

    begin();
    make_ready(1);
    make_ready(2);
    switch_set_target(&seen.switcher, 3, "lab3", 1);
    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        seen.orders = 0;
        command(COMMANDS[i].type, COMMANDS[i].number, SWITCH_BY_HOTKEY);
        assert_int_equal(seen.orders, 1);
    }
    assert_int_equal(seen.grabs, 0);
}

static void a_client_swallows_nothing(void **state)
{
    begin();
    make_ready(1);
    command(COMMAND_TARGET, 9, SWITCH_BY_CLIENT);
    assert_false(swallows(10));
    assert_int_equal(command(COMMAND_TARGET, 1, SWITCH_BY_CLIENT), 0);
    assert_int_equal(seen.grabs, 1);
    assert_int_equal(command(COMMAND_TARGET, 1, SWITCH_BY_CLIENT), 0); /* already */
    assert_int_equal(seen.enters, 1);
    assert_int_equal(seen.grabs, 1);
}

static void keys_are_swallowed_by_their_own_time(void **state)
{
    begin();
    make_ready(1);
    command(COMMAND_TARGET, 9, SWITCH_BY_HOTKEY);
    assert_true(swallows(10 + time_us(TIME_REFUSED_SWALLOW) - 1));
    assert_false(swallows(10 + time_us(TIME_REFUSED_SWALLOW)));
    assert_true(switch_deadline_us(&seen.switcher) == 10 + time_us(TIME_REFUSED_SWALLOW));
    command(COMMAND_TARGET, 1, SWITCH_BY_HOTKEY);
    assert_false(swallows(11));
}

static void an_answer_for_another_target_is_none(void **state)
{
    begin();
    make_ready(1);
    make_ready(2);
    command(COMMAND_TARGET, 1, SWITCH_BY_HOTKEY);
    switch_entered(&seen.switcher, 2, true, "", 11);
    assert_true(switch_deadline_us(&seen.switcher) == 10 + time_us(TIME_ENTERED));
    switch_entered(&seen.switcher, 1, true, "", 11);
    assert_true(switch_deadline_us(&seen.switcher) == UINT64_MAX);
    switch_entered(&seen.switcher, 1, false, "late", 12);
    assert_int_equal(seen.switcher.active, 1);
}

/* What is active, the one before and where a scan is are computers, not numbers. */
static void numbers_change_and_nothing_else(void **state)
{
    struct command scan = {.type = COMMAND_SCAN, .scan_s = 5};
    char why[SWITCH_REASON_ROOM];

    begin();
    for (uint16_t number = 1; number <= 3; number++) {
        char name[2] = {(char)('a' + number - 1), '\0'};
        switch_set_target(&seen.switcher, number, name, 1);
        switch_set_state(&seen.switcher, number, SWITCH_READY, "", 1);
    }
    assert_int_equal(switch_command(&seen.switcher, &scan, SWITCH_BY_CLIENT, 1, why), 0);
    switch_entered(&seen.switcher, 1, true, "", 1);
    switch_order(&seen.switcher, 1, 3);
    assert_int_equal(seen.switcher.active, 3);
    assert_int_equal(seen.enters, 1);
    assert_int_equal(seen.leaves, 0);
    assert_string_equal(switch_find(&seen.switcher, 3)->name, "a");
    assert_string_equal(switch_find(&seen.switcher, 1)->name, "c");
    switch_tick(&seen.switcher, 1 + 5000000); /* from a, now the third, round to c, now the first */
    assert_int_equal(seen.switcher.active, 1);
    assert_int_equal(seen.switcher.last, 3);
    switch_order(&seen.switcher, 3, 400);
    assert_int_equal(seen.switcher.last, 400);
    assert_int_equal(switch_highest_number(&seen.switcher), 400);
    switch_order(&seen.switcher, 7, 1); /* there is none */
    assert_int_equal(seen.switcher.active, 1);
}

static void the_route_lifts_what_it_sent(void **state)
{
    struct route route = {0};
    struct report report, left;
    size_t ups = 0;

    for (uint16_t code = 1; code <= 100; code++) {
        report = (struct report){0};
        report_add(&report, EV_KEY, code, 1);
        assert_true(route_report(&route, &report, false, &left));
        assert_false(route_report(&route, &report, false, &left)); /* down already */
    }
    assert_true(route_has_keys_down(&route));
    while (route_lift(&route, 5, &left))
        ups += left.event_count;
    assert_int_equal(ups, 100);
    assert_false(route_has_keys_down(&route));
}

static void the_route_swallows_downs_and_passes_ups(void **state)
{
    struct route route = {0};
    struct report report = {.time_us = 3}, left;

    report_add(&report, EV_KEY, KEY_A, 1);
    route_report(&route, &report, false, &left);
    report = (struct report){.time_us = 4};
    report_add(&report, EV_KEY, KEY_B, 1);
    report_add(&report, EV_REL, REL_X, 5);
    report_add(&report, EV_KEY, KEY_A, 0);
    assert_true(route_report(&route, &report, true, &left));
    assert_int_equal(left.event_count, 1);
    assert_int_equal(left.events[0].code, KEY_A);
    assert_int_equal(left.time_us, 4);
    report = (struct report){0};
    report_add(&report, EV_KEY, KEY_B, 0);
    assert_false(route_report(&route, &report, false, &left));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_sorted_and_bounded),
        cmocka_unit_test(the_switcher_is_between_two_targets),
        cmocka_unit_test(last_is_no_other_machine),
        cmocka_unit_test(states_tell_since_when),
        cmocka_unit_test(refusals_are_sentences),
        cmocka_unit_test(each_command_of_a_hotkey_gets_one_answer),
        cmocka_unit_test(a_client_swallows_nothing),
        cmocka_unit_test(keys_are_swallowed_by_their_own_time),
        cmocka_unit_test(an_answer_for_another_target_is_none),
        cmocka_unit_test(numbers_change_and_nothing_else),
        cmocka_unit_test(the_route_lifts_what_it_sent),
        cmocka_unit_test(the_route_swallows_downs_and_passes_ups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
