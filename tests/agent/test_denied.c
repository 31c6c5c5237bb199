/* The session when the owner of this computer denies its server input, view or both: what is taken
 * away ends at once, and a server that does not keep to it gets nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/input-event-codes.h>
#include <string.h>

#include "agent/rights.h"
#include "common/times.h"
#include "tests/agent/session_bench.h"

#define NO_INPUT "no typing"
#define NO_VIEW  "no look"

static void deny(struct bench *bench, const char *input, const char *view)
{
    session_set_denied(&bench->session, input, view, bench->now_us);
}

/* A connection of version 2, with a screen. */
static void open_with_screen(struct bench *bench)
{
    session_set_screen(&bench->session, true, "XDamage");
    session_opened(&bench->session, "host", bench->now_us);
    bench_receive(bench, &(struct message){
                             .type = MESSAGE_WELCOME,
                             .welcome = {.version = 2,
                                         .capabilities = MESSAGE_CAPABILITY_SCREEN,
                                         .target_name = "lab",
                                         .server_name = "desk"},
                         });
}

static void is_told_at_the_welcome(void **state)
{
    struct bench bench;

    bench_init(&bench);
    deny(&bench, NO_INPUT, NO_VIEW);
    bench_forget(&bench); /* screen close */
    open_with_screen(&bench);
    bench_expect(&bench, "hello host highest 0\n"
                         "welcomed by desk as lab\n"
                         "state no record unsendable 0 held 0: no typing\n"
                         "leds 0\n"
                         "screen no: no look\n");
}

static void keys_go_up_and_the_screen_closes_at_once(void **state)
{
    struct bench bench;

    bench_init(&bench);
    open_with_screen(&bench);
    bench_enter(&bench, 1);
    bench_key(&bench, 1, KEY_A, 1);
    bench_forget(&bench);
    deny(&bench, NO_INPUT, NO_VIEW);
    bench_expect(&bench, "type 1/30/0\n"
                         "leave\n"
                         "state no record unsendable 0 held 0: no typing\n"
                         "screen close\n"
                         "screen no: no look\n");
    deny(&bench, NO_INPUT, NO_VIEW);
    bench_expect(&bench, "");
    deny(&bench, NULL, NULL);
    bench_expect(&bench, "state ready record unsendable 0 held 0\n"
                         "screen yes: XDamage\n");
}

static void each_alone(void **state)
{
    struct bench bench;

    bench_init(&bench);
    open_with_screen(&bench);
    bench_forget(&bench);
    deny(&bench, NO_INPUT, NULL);
    bench_expect(&bench, "state no record unsendable 0 held 0: no typing\n");
    bench_receive(&bench, &(struct message){.type = MESSAGE_SCREEN_OPEN, .screen_open.number = 7});
    bench_expect(&bench, "screen open 7\n");
    deny(&bench, NULL, NO_VIEW);
    bench_expect(&bench, "state ready record unsendable 0 held 0\n"
                         "screen close\n"
                         "screen no: no look\n");
    bench_enter(&bench, 1);
    bench_expect(&bench, "enter\nentered 1 taken locks 0\n");
    session_set_pointer(&bench.session, 5, 6);
    bench_expect(&bench, "");
}

static void no_screen_connection_is_dialled(void **state)
{
    struct bench bench;

    bench_init(&bench);
    deny(&bench, NULL, NO_VIEW);
    open_with_screen(&bench);
    bench_forget(&bench);
    bench_receive(&bench, &(struct message){.type = MESSAGE_SCREEN_OPEN, .screen_open.number = 7});
    bench_expect(&bench, "");
}

static void what_comes_meanwhile_is_still_denied(void **state)
{
    struct bench bench;

    bench_init(&bench);
    deny(&bench, NO_INPUT, NO_VIEW);
    open_with_screen(&bench);
    bench_forget(&bench);
    session_set_ready(&bench.session, "record", false, "no display");
    session_set_ready(&bench.session, "record", true, "");
    session_set_screen(&bench.session, false, "no display");
    session_set_screen(&bench.session, true, "XDamage");
    assert_null(strstr(bench.log, "state ready"));
    assert_null(strstr(bench.log, "screen yes"));
    bench_forget(&bench);
    bench_enter(&bench, 1);
    bench_expect(&bench, "entered 1 refused locks 0: no typing\n");
}

/* It was sent before the server could know. */
static void what_was_on_its_way_is_thrown_away(void **state)
{
    struct bench bench;

    bench_init_active(&bench, 1);
    deny(&bench, NO_INPUT, NULL);
    bench_forget(&bench);
    bench_key(&bench, 1, KEY_A, 1);
    bench_expect(&bench, "");
    assert_int_equal(bench.session.stage, SESSION_WELCOMED);
}

static void wait_until_it_must_know(struct bench *bench)
{
    for (int i = 0; i < 4; i++) {
        bench_pass_ms(bench, time_ms(TIME_PEER_SILENT) / 4 + 1);
        bench_ping(bench);
    }
    bench_forget(bench);
}

static void a_server_that_types_all_the_same_is_cut_off(void **state)
{
    struct bench bench;

    bench_init(&bench);
    deny(&bench, NO_INPUT, NULL);
    session_opened(&bench.session, "host", bench.now_us);
    bench_receive(&bench, &(struct message){.type = MESSAGE_WELCOME, .welcome.version = 1});
    wait_until_it_must_know(&bench);
    bench_enter(&bench, 1);
    bench_expect(&bench, "entered 1 refused locks 0: no typing\n");
    bench_key(&bench, 1, KEY_A, 1);
    bench_expect(&bench, "bye 2\nended by us, reason 2\n");
}

/* The time counts from when it was first told, not from another reason. */
static void another_reason_gives_no_new_time(void **state)
{
    struct bench bench;

    bench_init_active(&bench, 1);
    deny(&bench, NO_INPUT, NULL);
    wait_until_it_must_know(&bench);
    deny(&bench, "paused", NULL);
    bench_forget(&bench);
    bench_key(&bench, 1, KEY_A, 1);
    bench_expect(&bench, "bye 2\nended by us, reason 2\n");
}

/* --- whose rights --- */

static unsigned rights_for(const char *key, const char *text, const char *key2, const char *text2)
{
    struct config_section section = {.count = key2 ? 2 : 1};
    struct pin pin = {.server_name = "desk"};

    strcpy(section.entries[0].key, key);
    strcpy(section.entries[0].text, text);
    if (key2) {
        strcpy(section.entries[1].key, key2);
        strcpy(section.entries[1].text, text2);
    }
    return rights_of(&section, &pin);
}

static void the_most_exact_entry_counts(void **state)
{
    static const struct pin pin = {.server_name = "desk"};
    char fingerprint[FINGERPRINT_TEXT_ROOM];

    fingerprint_format(&pin.fingerprint, fingerprint);
    assert_int_equal(rights_of(&(struct config_section){0}, &pin), RIGHT_ALL);
    assert_int_equal(rights_for("desk", "view", NULL, NULL), RIGHT_VIEW);
    assert_int_equal(rights_for("desk", "input", NULL, NULL), RIGHT_INPUT);
    assert_int_equal(rights_for("desk", "input view", NULL, NULL), RIGHT_ALL);
    assert_int_equal(rights_for("desk", "none", NULL, NULL), 0);
    assert_int_equal(rights_for("other", "none", NULL, NULL), RIGHT_ALL);
    assert_int_equal(rights_for("*", "none", NULL, NULL), 0);
    assert_int_equal(rights_for("*", "none", "desk", "view"), RIGHT_VIEW);
    assert_int_equal(rights_for("desk", "input", fingerprint, "view"), RIGHT_VIEW);
}

static void what_is_no_right_is_refused(void **state)
{
    char why[128];

    assert_true(rights_check("desk", "view  input", why, sizeof why));
    assert_true(rights_check("*", "none", why, sizeof why));
    assert_false(rights_check("desk", "veiw", why, sizeof why));
    assert_false(rights_check("desk", "view none", why, sizeof why));
    assert_false(rights_check("desk", " ", why, sizeof why));
    assert_false(rights_check("SHA256:abc", "view", why, sizeof why));
    assert_string_equal(why, "this is no whole fingerprint");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_told_at_the_welcome),
        cmocka_unit_test(keys_go_up_and_the_screen_closes_at_once),
        cmocka_unit_test(each_alone),
        cmocka_unit_test(no_screen_connection_is_dialled),
        cmocka_unit_test(what_comes_meanwhile_is_still_denied),
        cmocka_unit_test(what_was_on_its_way_is_thrown_away),
        cmocka_unit_test(a_server_that_types_all_the_same_is_cut_off),
        cmocka_unit_test(another_reason_gives_no_new_time),
        cmocka_unit_test(the_most_exact_entry_counts),
        cmocka_unit_test(what_is_no_right_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
