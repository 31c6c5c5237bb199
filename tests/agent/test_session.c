/* The session by hand: greeting, entering, fencing, typing, and what ends it. Silence and release:
 * test_release.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#include "tests/agent/session_bench.h"

static const struct message welcome = {
    .type = MESSAGE_WELCOME,
    .welcome = {.version = 1, .target_name = "lab", .server_name = "desk"},
};

static void says_hello_and_tells_all_after_the_welcome(void **state)
{
    struct bench bench;
    const struct message_geometry geometry = {.width_px = 800, .height_px = 600};

    bench_init(&bench);
    session_set_locks(&bench.session, MESSAGE_LOCK_NUM);
    session_set_geometry(&bench.session, &geometry);
    bench_expect(&bench, "");
    session_opened(&bench.session, "host", bench.now_us);
    bench_expect(&bench, "hello host highest 0\n");
    bench_receive(&bench, &welcome);
    bench_expect(&bench, "welcomed by desk as lab\n"
                         "geometry 800x600\n"
                         "state ready record unsendable 0 held 0\n"
                         "leds 1\n");
}

static void host_name_is_made_clean(void **state)
{
    struct bench bench;

    bench_init(&bench);
    session_opened(&bench.session, "a\033[31mb", bench.now_us);
    bench_expect(&bench, "hello a?[31mb highest 0\n");
}

static void unknown_version_ends_it(void **state)
{
    struct bench bench;
    struct message other = welcome;

    bench_init(&bench);
    session_opened(&bench.session, "host", bench.now_us);
    bench_forget(&bench);
    other.welcome.version = MESSAGE_VERSION_MAX + 1;
    bench_receive(&bench, &other);
    bench_expect(&bench, "bye 3\nended by us, reason 3\n");
}

static void reject_ends_it(void **state)
{
    struct bench bench;

    bench_init(&bench);
    session_opened(&bench.session, "host", bench.now_us);
    bench_forget(&bench);
    bench_receive(&bench, &(struct message){.type = MESSAGE_REJECT,
                                            .end = {.reason = MESSAGE_REASON_CLONED}});
    bench_expect(&bench, "ended by peer (rejected), reason 5\n");
    assert_int_equal(session_deadline_us(&bench.session), UINT64_MAX);
}

/* Every message to an agent, before the welcome and after it: what it may do there. */
static void each_message_in_each_stage(void **state)
{
    static const struct {
        enum message_type type;
        bool early, later; /* it is taken; otherwise the connection ends */
    } table[] = {
        {MESSAGE_WELCOME, true, false},
        {MESSAGE_REJECT, true, false},
        {MESSAGE_BYE, true, true},
        {MESSAGE_PING, false, true},
        {MESSAGE_PONG, false, true},
        {MESSAGE_ENTER, false, true},
        {MESSAGE_LEAVE, false, true},
        {MESSAGE_REPORT, false, true},
        {MESSAGE_PAIRED, false, false},
        {MESSAGE_SCREEN_OPEN, false, true},
        {MESSAGE_PRESS, false, false},
        {MESSAGE_TEXT, false, false},
        {MESSAGE_SCRIPT_STOP, false, false},
        {MESSAGE_SCREEN_WISH, false, true},
        {MESSAGE_SCREEN_FIGURES, false, false},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        for (int later = 0; later < 2; later++) {
            struct bench bench;
            struct message message = {.type = table[i].type};
            if (message.type == MESSAGE_ENTER)
                message.enter.control_number = 1;
            if (message.type == MESSAGE_WELCOME)
                message = welcome;
            if (later) {
                bench_init_welcomed(&bench);
            } else {
                bench_init(&bench);
                session_opened(&bench.session, "host", bench.now_us);
            }
            bench_forget(&bench);
            bench_receive(&bench, &message);
            const bool refused = strstr(bench.log, "bye 2\nended by us, reason 2\n") != NULL;
            assert_int_equal(refused, !(later ? table[i].later : table[i].early));
        }
    }
}

/* Only to a server that can use it. */
static void tells_its_screen(void **state)
{
    struct bench bench;
    struct message welcome_to_screen = welcome;

    bench_init(&bench);
    session_set_screen(&bench.session, true, "XDamage, MIT-SHM");
    session_opened(&bench.session, "host", bench.now_us);
    bench_receive(&bench, &welcome);
    session_set_screen(&bench.session, false, "no X display");
    assert_null(strstr(bench.log, "screen"));

    session_closed(&bench.session);
    session_opened(&bench.session, "host", bench.now_us);
    bench_forget(&bench);
    welcome_to_screen.welcome.version = MESSAGE_VERSION_MAX;
    welcome_to_screen.welcome.capabilities = MESSAGE_CAPABILITY_SCREEN;
    bench_receive(&bench, &welcome_to_screen);
    assert_non_null(strstr(bench.log, "screen no: no X display\n"));
    bench_forget(&bench);
    session_set_screen(&bench.session, false, "no X display");
    bench_expect(&bench, "");
    session_set_screen(&bench.session, true, "XDamage, MIT-SHM");
    bench_expect(&bench, "screen yes: XDamage, MIT-SHM\n");
    bench_receive(&bench, &(struct message){.type = MESSAGE_SCREEN_OPEN, .screen_open.number = 7});
    bench_expect(&bench, "screen open 7\n");
}

/* To a server that has a part for it; one without never asks. */
static void shows_another_monitor(void **state)
{
    struct bench bench;
    struct message welcome_to_screen = welcome, show = {.type = MESSAGE_MONITOR};

    bench_init(&bench);
    session_set_shown(&bench.session, "DP-1", "");
    session_opened(&bench.session, "host", bench.now_us);
    welcome_to_screen.welcome.version = MESSAGE_VERSION_MAX;
    welcome_to_screen.welcome.capabilities = MESSAGE_CAPABILITY_SCREEN | MESSAGE_CAPABILITY_MONITOR;
    bench_receive(&bench, &welcome_to_screen);
    assert_non_null(strstr(bench.log, "monitor 'DP-1'\n"));
    bench_forget(&bench);
    snprintf(show.shown.name, sizeof show.shown.name, "HDMI-1");
    bench_receive(&bench, &show);
    bench_expect(&bench, "show 'HDMI-1'\n");
    session_set_shown(&bench.session, "DP-1", "monitor HDMI-1 is not connected, or off");
    bench_expect(&bench, "monitor 'DP-1': monitor HDMI-1 is not connected, or off\n");
    session_set_denied(&bench.session, NULL, "paused", bench.now_us);
    bench_forget(&bench);
    bench_receive(&bench, &show);
    bench_expect(&bench, "monitor 'DP-1': paused\n");

    session_closed(&bench.session);
    session_opened(&bench.session, "host", bench.now_us);
    welcome_to_screen.welcome.capabilities = MESSAGE_CAPABILITY_SCREEN;
    bench_receive(&bench, &welcome_to_screen);
    assert_null(strstr(bench.log, "monitor"));
    bench_forget(&bench);
    bench_receive(&bench, &show);
    assert_non_null(strstr(bench.log, "bye 2\n"));
}

/* Who did not say in the welcome that it takes figures gets none: it would end the connection. */
static void tells_figures_to_who_takes_them(void **state)
{
    const struct message_screen_figures figures = {.updates = 5};
    struct message greeting = {.type = MESSAGE_WELCOME};
    struct bench bench;

    for (int takes = 0; takes < 2; takes++) {
        bench_init(&bench);
        session_tell_figures(&bench.session, &figures);
        session_opened(&bench.session, "host", bench.now_us);
        greeting.welcome.version = MESSAGE_VERSION_MAX;
        greeting.welcome.capabilities =
            MESSAGE_CAPABILITY_SCREEN | (takes ? MESSAGE_CAPABILITY_WISHES : 0);
        bench_receive(&bench, &greeting);
        bench_forget(&bench);
        session_tell_figures(&bench.session, &figures);
        bench_expect(&bench, takes ? "figures 5\n" : "");
    }
    bench_receive(&bench, &(struct message){.type = MESSAGE_SCREEN_WISH,
                                            .screen_wish = {MESSAGE_QUALITY_LOW, 500}});
    bench_expect(&bench, "wish 2 scale 500\n");
}

/* Only while it is active, and only what has changed since. */
static void tells_its_pointer(void **state)
{
    struct bench bench;
    struct message welcome_to_screen = welcome;

    bench_init(&bench);
    session_opened(&bench.session, "host", bench.now_us);
    welcome_to_screen.welcome.version = MESSAGE_VERSION_MAX;
    welcome_to_screen.welcome.capabilities = MESSAGE_CAPABILITY_SCREEN;
    bench_receive(&bench, &welcome_to_screen);
    bench_forget(&bench);
    session_set_pointer(&bench.session, 7, 8);
    bench_expect(&bench, "");
    bench_enter(&bench, 1);
    bench_forget(&bench);
    session_set_pointer(&bench.session, 7, 8);
    session_set_pointer(&bench.session, 7, 8);
    session_set_pointer(&bench.session, 7, 9);
    bench_expect(&bench, "pointer 7,8\npointer 7,9\n");
    bench_enter(&bench, 2);
    bench_forget(&bench);
    session_set_pointer(&bench.session, 7, 9);
    bench_expect(&bench, "pointer 7,9\n"); /* another console may ask */
    bench_leave(&bench, 2);
    bench_forget(&bench);
    session_set_pointer(&bench.session, 1, 1);
    bench_expect(&bench, "");
}

static void nothing_is_heard_when_closed(void **state)
{
    struct bench bench;

    bench_init_active(&bench, 1);
    session_closed(&bench.session);
    bench_expect(&bench, "leave\n");
    bench_key(&bench, 1, KEY_A, 1);
    bench_ping(&bench);
    bench_enter(&bench, 2);
    session_stop(&bench.session, MESSAGE_REASON_STOPPING, "again");
    session_closed(&bench.session);
    bench_expect(&bench, "");
}

static void no_welcome_in_time_ends_it(void **state)
{
    struct bench bench;

    bench_init(&bench);
    session_opened(&bench.session, "host", bench.now_us);
    bench_forget(&bench);
    bench_pass_ms(&bench, 4999);
    bench_expect(&bench, "");
    bench_pass_ms(&bench, 2);
    bench_expect(&bench, "bye 9\nended by us, reason 9\n");
}

static void enter_is_answered_with_the_locks(void **state)
{
    struct bench bench;

    bench_init_welcomed(&bench);
    session_set_locks(&bench.session, MESSAGE_LOCK_CAPS);
    bench_expect(&bench, "leds 2\n");
    bench_enter(&bench, 5);
    bench_expect(&bench, "enter\nentered 5 taken locks 2\n");
}

static void enter_is_refused_when_not_ready(void **state)
{
    struct bench bench;

    bench_init_welcomed(&bench);
    session_set_ready(&bench.session, NULL, false, "no X display (DISPLAY is not set)");
    bench_expect(&bench, "state no  unsendable 0 held 0: no X display (DISPLAY is not set)\n");
    bench_enter(&bench, 1);
    bench_key(&bench, 1, KEY_A, 1);
    bench_expect(&bench, "entered 1 refused locks 0: no X display (DISPLAY is not set)\n");
}

static void a_refused_enter_counts_for_the_fence(void **state)
{
    struct bench bench;

    bench_init_welcomed(&bench);
    session_set_ready(&bench.session, NULL, false, "x");
    bench_enter(&bench, 9);
    session_set_ready(&bench.session, "record", true, "");
    bench_forget(&bench);
    bench_enter(&bench, 8);
    bench_expect(&bench, "entered 8 refused locks 0: a newer console has had this computer (old "
                         "control number)\n");
}

static void old_numbers_are_refused(void **state)
{
    struct bench bench;
    const char *refused[] = {
        "entered 10 refused locks 0: a newer console has had this computer (old control number)\n",
        "entered 9 refused locks 0: a newer console has had this computer (old control number)\n",
        "entered 1 refused locks 0: a newer console has had this computer (old control number)\n",
    };

    bench_init_active(&bench, 10);
    for (uint64_t i = 0; i < 3; i++) {
        bench_enter(&bench, i == 2 ? 1 : 10 - i);
        bench_expect(&bench, refused[i]);
    }
    bench_key(&bench, 10, KEY_A, 1); /* the one that has it keeps it */
    bench_expect(&bench, "type 1/30/1\n");
}

static void number_zero_is_none(void **state)
{
    struct bench bench;

    bench_init_welcomed(&bench);
    bench_key(&bench, 0, KEY_A, 1);
    bench_leave(&bench, 0);
    bench_expect(&bench, "");
}

static void the_highest_number_outlives_connections(void **state)
{
    struct bench bench;

    bench_init_active(&bench, 77);
    session_closed(&bench.session);
    bench_forget(&bench);
    session_opened(&bench.session, "host", bench.now_us);
    bench_expect(&bench, "hello host highest 77\n");
    session_closed(&bench.session);
    session_new_server(&bench.session);
    session_opened(&bench.session, "host", bench.now_us);
    bench_expect(&bench, "hello host highest 0\n");
}

static void reports_of_another_number_are_dropped(void **state)
{
    struct bench bench;

    bench_init_active(&bench, 10);
    bench_key(&bench, 9, KEY_A, 1);
    bench_key(&bench, 11, KEY_A, 1);
    bench_expect(&bench, "");
    assert_int_equal(bench.session.stale_reports, 1);
    bench_enter(&bench, 12);
    bench_forget(&bench);
    bench_key(&bench, 10, KEY_A, 1);
    bench_expect(&bench, "");
    assert_int_equal(bench.session.stale_reports, 2);
    bench_key(&bench, 12, KEY_A, 1);
    bench_expect(&bench, "type 1/30/1\n");
}

static void nothing_is_typed_after_leave(void **state)
{
    struct bench bench;

    bench_init_active(&bench, 10);
    bench_leave(&bench, 9); /* of an enter that is past */
    bench_key(&bench, 10, KEY_A, 1);
    bench_key(&bench, 10, KEY_A, 0);
    bench_expect(&bench, "type 1/30/1\ntype 1/30/0\n");
    bench_leave(&bench, 10);
    bench_key(&bench, 10, KEY_A, 1);
    bench_expect(&bench, "leave\n");
}

static void an_acknowledgement_comes_after_typing(void **state)
{
    struct bench bench;
    struct message message = {
        .type = MESSAGE_REPORT,
        .report = {.control_number = 1, .sequence = 1234, .wants_ack = 1},
    };

    bench_init_active(&bench, 1);
    report_add(&message.report.report, EV_REL, REL_X, -5);
    bench_receive(&bench, &message);
    bench_expect(&bench, "type 2/0/-5\nack 1234\n");
    message.report.report.event_count = 0; /* all of it was merged away */
    bench_receive(&bench, &message);
    bench_expect(&bench, "ack 1234\n");
    bench.injector_broken = true;
    report_add(&message.report.report, EV_REL, REL_X, -5);
    bench_receive(&bench, &message);
    message.report.control_number = 2;
    bench_receive(&bench, &message);
    bench_expect(&bench, "");
}

static void pings_are_answered(void **state)
{
    struct bench bench;

    bench_init_welcomed(&bench);
    bench_ping(&bench);
    bench_expect(&bench, "pong 42\n");
}

static void changes_are_told_once(void **state)
{
    struct bench bench;
    struct message_geometry geometry = {.width_px = 640, .height_px = 480};

    bench_init_welcomed(&bench);
    for (int i = 0; i < 2; i++) {
        session_set_locks(&bench.session, 3);
        session_set_geometry(&bench.session, &geometry);
        session_set_unsendable(&bench.session, 4);
        session_set_ready(&bench.session, "xtest", true, "");
    }
    bench_expect(&bench, "leds 3\n"
                         "geometry 640x480\n"
                         "state ready record unsendable 4 held 0\n"
                         "state ready xtest unsendable 4 held 0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_hello_and_tells_all_after_the_welcome),
        cmocka_unit_test(host_name_is_made_clean),
        cmocka_unit_test(unknown_version_ends_it),
        cmocka_unit_test(reject_ends_it),
        cmocka_unit_test(each_message_in_each_stage),
        cmocka_unit_test(tells_its_screen),
        cmocka_unit_test(shows_another_monitor),
        cmocka_unit_test(tells_its_pointer),
        cmocka_unit_test(tells_figures_to_who_takes_them),
        cmocka_unit_test(nothing_is_heard_when_closed),
        cmocka_unit_test(no_welcome_in_time_ends_it),
        cmocka_unit_test(enter_is_answered_with_the_locks),
        cmocka_unit_test(enter_is_refused_when_not_ready),
        cmocka_unit_test(a_refused_enter_counts_for_the_fence),
        cmocka_unit_test(old_numbers_are_refused),
        cmocka_unit_test(number_zero_is_none),
        cmocka_unit_test(the_highest_number_outlives_connections),
        cmocka_unit_test(reports_of_another_number_are_dropped),
        cmocka_unit_test(nothing_is_typed_after_leave),
        cmocka_unit_test(an_acknowledgement_comes_after_typing),
        cmocka_unit_test(pings_are_answered),
        cmocka_unit_test(changes_are_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
