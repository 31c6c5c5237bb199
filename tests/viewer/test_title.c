#include "server/viewer/title.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/times.h"
#include "protocol/cursor.h"

static const char LIST[] =
    "{\"ok\":true,\"active\":0,\"targets\":["
    "{\"number\":2,\"name\":\"lab4\",\"state\":\"ready\",\"reason\":\"\",\"since_s\":2,\"active\":"
    "false},"
    "{\"number\":1,\"name\":\"lab3\",\"state\":\"offline\",\"reason\":\"never connected\"}]}";

static struct status status;

static void assert_title(struct title_facts facts, uint64_t now_us, const char *wanted)
{
    char title[TITLE_ROOM];
    facts.leader = "Scroll Lock twice";
    facts.status = &status;
    title_make(&facts, now_us, title);
    assert_string_equal(title, wanted);
    assert_true(text_is_clean(title, strlen(title)));
}

static void tell(const char *line, uint64_t now_us)
{
    assert_true(status_line(&status, line, now_us));
}

static int set_up(void **state)
{
    status_init(&status);
    tell(LIST, 0);
    return 0;
}

static void local_tells_the_way_out(void **state)
{
    assert_title((struct title_facts){0}, 0, "hotdesk: local — Scroll Lock twice, then 2 for lab4");
    tell("{\"event\":\"target\",\"number\":1,\"name\":\"lab3\",\"state\":\"ready\"}", 0);
    assert_title((struct title_facts){0}, 0, "hotdesk: local — Scroll Lock twice, then 1 for lab3");
}

static void without_a_ready_target_it_tells_why(void **state)
{
    tell("{\"event\":\"forgotten\",\"number\":2,\"name\":\"lab4\"}", 0);
    assert_title((struct title_facts){0}, 0, "hotdesk: local — lab3 is offline: never connected");
    tell("{\"event\":\"target\",\"number\":1,\"name\":\"lab3\",\"state\":\"not ready\","
         "\"reason\":\"paused at the target\"}",
         0);
    assert_title((struct title_facts){0}, 0,
                 "hotdesk: local — lab3 is not ready: paused at the target");
    tell("{\"event\":\"forgotten\",\"number\":1,\"name\":\"lab3\"}", 0);
    assert_title((struct title_facts){0}, 0,
                 "hotdesk: local — no computer is paired yet: hotdesk pair");
}

static void a_switch_shows_the_target(void **state)
{
    tell(
        "{\"event\":\"switched\",\"from\":0,\"from_name\":\"local\",\"number\":2,\"name\":\"lab4\","
        "\"why\":null}",
        5);
    assert_title((struct title_facts){0}, 5, "hotdesk: lab4 (active)");
}

static void numbers_and_names_change(void **state)
{
    tell("{\"event\":\"switched\",\"number\":2,\"name\":\"lab4\",\"why\":null}", 5);
    tell("{\"event\":\"ordered\",\"from\":2,\"number\":7,\"name\":\"lab4\",\"active\":7}", 6);
    tell("{\"event\":\"target\",\"number\":7,\"name\":\"attic\",\"state\":\"ready\"}", 6);
    assert_title((struct title_facts){0}, 6, "hotdesk: attic (active)");
    assert_null(status_find(&status, 2));
}

static void a_loss_is_told_for_a_while(void **state)
{
    uint64_t long_us = time_us(TIME_NOTICE);
    tell("{\"event\":\"switched\",\"number\":2,\"name\":\"lab4\",\"why\":null}", 5);
    tell(
        "{\"event\":\"switched\",\"from\":2,\"from_name\":\"lab4\",\"number\":0,\"name\":\"local\","
        "\"why\":\"connection lost\"}",
        10);
    assert_title((struct title_facts){0}, 11, "hotdesk: local — lab4: connection lost");
    assert_int_equal(title_deadline_us(&(struct title_facts){.status = &status}, 11), 10 + long_us);
    assert_title((struct title_facts){0}, 10 + long_us,
                 "hotdesk: local — Scroll Lock twice, then 2 for lab4");
    assert_int_equal(title_deadline_us(&(struct title_facts){.status = &status}, 10 + long_us),
                     UINT64_MAX);
}

static void a_refusal_shows_its_reason(void **state)
{
    tell("{\"event\":\"refused\",\"number\":1,\"name\":\"lab3\",\"why\":\"lab3 is offline\"}", 10);
    assert_title((struct title_facts){0}, 11, "hotdesk: local — lab3 is offline");
}

static void a_waiting_leader_shows_the_choices(void **state)
{
    assert_title((struct title_facts){.leader_waits = true}, 0, "hotdesk: 2 lab4, 0 local");
}

static void trouble_comes_first(void **state)
{
    assert_title((struct title_facts){.trouble = "hotdesk-server is not running"}, 0,
                 "hotdesk: hotdesk-server is not running");
}

static void bad_lines_change_nothing(void **state)
{
    static const char *const LINES[] = {
        "",
        "{",
        "[]",
        "7",
        "{\"event\":7}",
        "{\"event\":\"unheard-of\"}",
        "{\"ok\":false}",
        "{\"ok\":true,\"targets\":7}",
    };
    struct status *before = malloc(sizeof *before);
    *before = status;
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++)
        assert_false(status_line(&status, LINES[i], 1));
    assert_memory_equal(before, &status, sizeof status);
    free(before);
    /* Wrong types inside: taken as missing. */
    tell("{\"event\":\"target\",\"number\":-1,\"name\":7}", 0);
    tell("{\"event\":\"target\",\"number\":70000,\"name\":\"x\"}", 0);
    assert_int_equal(status.target_count, 2);
}

static void texts_are_cleaned_and_cut(void **state)
{
    char line[2048], name[1001];
    memset(name, 'x', 1000);
    name[1000] = '\0';
    snprintf(line, sizeof line,
             "{\"event\":\"target\",\"number\":3,\"name\":\"%s\",\"state\":\"a\\u0007b\"}", name);
    tell(line, 0);
    assert_int_equal(strlen(status_find(&status, 3)->name), STATUS_NAME_ROOM - 1);
    assert_string_equal(status_find(&status, 3)->state, "a?b");
}

static void a_full_table_takes_no_more(void **state)
{
    char line[128];
    for (unsigned number = 1; number <= STATUS_TARGETS_MAX + 20; number++) {
        snprintf(line, sizeof line,
                 "{\"event\":\"target\",\"number\":%u,\"name\":\"t%u\",\"state\":\"ready\"}",
                 number, number);
        tell(line, 0);
    }
    assert_int_equal(status.target_count, STATUS_TARGETS_MAX);
    assert_string_equal(status_find(&status, STATUS_TARGETS_MAX)->name, "t256");
    assert_null(status_find(&status, STATUS_TARGETS_MAX + 1));
    assert_title((struct title_facts){.leader_waits = true}, 0,
                 "hotdesk: 1 t1, 2 t2, 3 t3, 4 t4, 5 t5, 0 local");
}

static void without_utf8_it_is_ascii(void **state)
{
    char title[TITLE_ROOM] = "a — b: ä€x";
    title_make_ascii(title);
    assert_string_equal(title, "a - b: ??x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(local_tells_the_way_out, set_up),
        cmocka_unit_test_setup(without_a_ready_target_it_tells_why, set_up),
        cmocka_unit_test_setup(a_switch_shows_the_target, set_up),
        cmocka_unit_test_setup(numbers_and_names_change, set_up),
        cmocka_unit_test_setup(a_loss_is_told_for_a_while, set_up),
        cmocka_unit_test_setup(a_refusal_shows_its_reason, set_up),
        cmocka_unit_test_setup(a_waiting_leader_shows_the_choices, set_up),
        cmocka_unit_test_setup(trouble_comes_first, set_up),
        cmocka_unit_test_setup(bad_lines_change_nothing, set_up),
        cmocka_unit_test_setup(texts_are_cleaned_and_cut, set_up),
        cmocka_unit_test_setup(a_full_table_takes_no_more, set_up),
        cmocka_unit_test(without_utf8_it_is_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
