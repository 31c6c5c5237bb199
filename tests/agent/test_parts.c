/* The small parts of the agent: wheel, pauses, the pin file, the lock, the question for a code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/backoff.h"
#include "agent/inject/wheel.h"
#include "agent/pin.h"
#include "agent/prompt.h"
#include "agent/resume.h"
#include "agent/single.h"
#include "agent/visit.h"
#include "common/times.h"

#define SECOND_US 1000000ull

/* --- who is here --- */

static void what_begins_is_told_at_once(void **state)
{
    struct visit visit = {0};

    assert_true(visit_set(&visit, false, true, SECOND_US));
    assert_int_equal(visit.shown, VISIT_WATCHES);
    assert_true(visit_set(&visit, true, true, SECOND_US));
    assert_int_equal(visit.shown, VISIT_CONTROLS);
    assert_int_equal(visit_deadline_us(&visit), UINT64_MAX);
}

static void back_and_forth_is_one_visit(void **state)
{
    const uint64_t rest_us = time_us(TIME_VISIT_REST);
    struct visit visit = {0};
    uint64_t now_us = SECOND_US;

    assert_true(visit_set(&visit, true, false, now_us));
    for (int i = 0; i < 10; i++) {
        assert_false(visit_set(&visit, false, false, now_us));
        assert_int_equal(visit_kind(&visit), VISIT_NONE);
        now_us += rest_us - 1;
        assert_false(visit_tick(&visit, now_us));
        assert_false(visit_set(&visit, true, false, now_us));
    }
    assert_int_equal(visit.shown, VISIT_CONTROLS);
}

static void the_end_is_told_after_a_while(void **state)
{
    const uint64_t rest_us = time_us(TIME_VISIT_REST);
    struct visit visit = {0};

    visit_set(&visit, true, true, SECOND_US);
    assert_false(visit_set(&visit, false, true, SECOND_US));
    assert_int_equal(visit_deadline_us(&visit), SECOND_US + rest_us);
    assert_true(visit_tick(&visit, SECOND_US + rest_us));
    assert_int_equal(visit.shown, VISIT_WATCHES);
    assert_false(visit_set(&visit, false, false, SECOND_US + 2 * rest_us));
    assert_true(visit_tick(&visit, SECOND_US + 3 * rest_us));
    assert_int_equal(visit.shown, VISIT_NONE);
    assert_int_equal(visit_deadline_us(&visit), UINT64_MAX);
}

/* --- wheel --- */

static void a_notch_is_a_click(void **state)
{
    struct wheel wheel = {0};

    assert_int_equal(wheel_turn(&wheel, 120, SECOND_US), 1);
    assert_int_equal(wheel_turn(&wheel, -120, SECOND_US), -1);
    assert_int_equal(wheel_turn(&wheel, 360, SECOND_US), 3);
    assert_int_equal(wheel.rest, 0);
}

static void parts_of_a_notch_add_up(void **state)
{
    struct wheel wheel = {0};
    int clicks = 0;

    for (int i = 0; i < 16; i++)
        clicks += wheel_turn(&wheel, 15, SECOND_US + (uint64_t)i * 8000);
    assert_int_equal(clicks, 2);
    assert_int_equal(wheel_turn(&wheel, 250, 2 * SECOND_US), 2);
    assert_int_equal(wheel_turn(&wheel, 110, 2 * SECOND_US), 1);
}

static void a_rest_does_not_survive_turning_back(void **state)
{
    struct wheel wheel = {0};

    assert_int_equal(wheel_turn(&wheel, 119, SECOND_US), 0);
    assert_int_equal(wheel_turn(&wheel, -119, SECOND_US), 0);
    assert_int_equal(wheel_turn(&wheel, -1, SECOND_US), -1);
}

static void a_rest_is_forgotten_after_a_while(void **state)
{
    struct wheel wheel = {0};

    assert_int_equal(wheel_turn(&wheel, 100, SECOND_US), 0);
    assert_int_equal(wheel_turn(&wheel, 100, SECOND_US + time_us(TIME_WHEEL) + 1), 0);
    assert_int_equal(wheel_turn(&wheel, 100, SECOND_US + 2 * time_us(TIME_WHEEL) + 1), 1);
    wheel_turn(&wheel, 100, SECOND_US * 9);
    wheel_clear(&wheel);
    assert_int_equal(wheel_turn(&wheel, 100, SECOND_US * 9), 0);
}

static void a_wild_wheel_is_bounded(void **state)
{
    struct wheel wheel = {0};

    assert_int_equal(wheel_turn(&wheel, INT32_MAX, SECOND_US), WHEEL_CLICKS_MAX);
    assert_int_equal(wheel_turn(&wheel, INT32_MIN, SECOND_US), -WHEEL_CLICKS_MAX);
    assert_int_equal(wheel_turn(&wheel, INT32_MIN, SECOND_US), -WHEEL_CLICKS_MAX);
}

/* --- pauses --- */

static void pauses_double_up_to_the_longest(void **state)
{
    struct backoff backoff = {0};
    uint64_t middle_ms = 200;

    for (int i = 0; i < 40; i++) {
        uint64_t pause_ms = backoff_next_ms(&backoff, (uint32_t)i * 2654435761u);
        assert_in_range(pause_ms, middle_ms - middle_ms / 4, middle_ms + middle_ms / 4);
        middle_ms = middle_ms * 2 > 10000 ? 10000 : middle_ms * 2;
    }
    backoff_reset(&backoff);
    assert_in_range(backoff_next_ms(&backoff, 0), 150, 250);
    backoff_slow(&backoff);
    assert_in_range(backoff_next_ms(&backoff, UINT32_MAX), 7500, 12500);
}

static void who_does_not_answer_is_dialled_once_a_second(void **state)
{
    const uint64_t began_us = 5000000, night_us = time_us(TIME_AWAY);
    struct backoff backoff = {.failures = 7};

    assert_false(backoff_is_away(&backoff, began_us));
    for (uint64_t at_us = began_us; at_us < began_us + night_us - 3000000; at_us += 77000000) {
        /* No route, at once; or silence for as long as a dial has. */
        assert_in_range(backoff_unanswered_ms(&backoff, at_us, at_us + 3000, 0), 900, 1000);
        assert_in_range(backoff_unanswered_ms(&backoff, at_us, at_us + 2000000, UINT32_MAX), 50,
                        100);
        assert_true(backoff_is_away(&backoff, at_us));
    }
    const uint64_t late_us = began_us + night_us;
    assert_in_range(backoff_unanswered_ms(&backoff, late_us, late_us, 0), 150, 250);
    for (int i = 0; i < 10; i++)
        backoff_unanswered_ms(&backoff, late_us, late_us, 0);
    assert_in_range(backoff_unanswered_ms(&backoff, late_us, late_us, 0), 7500, 12500);
    assert_false(backoff_is_away(&backoff, late_us));
}

/* It is up again, and hotdesk-server is still starting. */
static void who_is_back_is_waited_for_as_anybody(void **state)
{
    struct backoff backoff = {.failures = 7};

    backoff_unanswered_ms(&backoff, 1000000, 3000000, 0);
    assert_in_range(backoff_next_ms(&backoff, 0), 150, 250);
    assert_false(backoff_is_away(&backoff, 3000000));
    assert_in_range(backoff_next_ms(&backoff, 0), 300, 500);
}

static void pauses_differ(void **state)
{
    struct backoff one = {0}, other = {0};

    assert_int_not_equal(backoff_next_ms(&one, 0), backoff_next_ms(&other, 77));
}

/* --- pin --- */

static int make_directory(void **state)
{
    char pattern[] = "/tmp/hotdesk-test-XXXXXX";

    *state = strdup(mkdtemp(pattern));
    return 0;
}

static int remove_directory(void **state)
{
    static const char *const files[] = {PIN_FILE, "lock"};
    char path[PATH_MAX];

    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", (char *)*state, files[i]);
        unlink(path);
    }
    rmdir(*state);
    free(*state);
    return 0;
}

static const struct pin example = {
    .endpoint = {.host = "2001:db8::1", .port = 2000},
    .fingerprint = {.sha256 = {1, 2, 3, 255}},
    .server_name = "desk \"in\" the l\xc3\xa4"
                   "b",
    .target_name = "lab3",
};

static void a_pin_is_kept(void **state)
{
    struct pin pin;
    char error[ERROR_ROOM], path[PATH_MAX];
    struct stat status;

    assert_int_equal(pin_load(*state, &pin, error), -ENOENT);
    assert_int_equal(pin_remove(*state, error), -ENOENT);
    assert_int_equal(pin_save(*state, &example, error), 0);
    snprintf(path, sizeof path, "%s/%s", (char *)*state, PIN_FILE);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(pin_load(*state, &pin, error), 0);
    assert_true(pin_equal(&pin, &example));
    assert_string_equal(pin.server_name, example.server_name);
    assert_string_equal(pin.target_name, example.target_name);
    assert_int_equal(pin_remove(*state, error), 0);
    assert_int_equal(pin_load(*state, &pin, error), -ENOENT);
}

static void pins_differ_by_place_and_key(void **state)
{
    struct pin other = example;

    other.endpoint.port++;
    assert_false(pin_equal(&other, &example));
    other = example;
    other.endpoint.host[0] = '3';
    assert_false(pin_equal(&other, &example));
    other = example;
    other.fingerprint.sha256[31]++;
    assert_false(pin_equal(&other, &example));
    other = example;
    strcpy(other.target_name, "lab4");
    assert_true(pin_equal(&other, &example));
}

#define GOOD_KEY "\"fingerprint\":\"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""

static void a_damaged_pin_is_told(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"host\":\"h\",\"port\":0," GOOD_KEY ",\"server\":\"s\",\"name\":\"n\"}",
        "{\"host\":\"h\",\"port\":65536," GOOD_KEY ",\"server\":\"s\",\"name\":\"n\"}",
        "{\"host\":\"\",\"port\":1," GOOD_KEY ",\"server\":\"s\",\"name\":\"n\"}",
        "{\"host\":7,\"port\":1," GOOD_KEY ",\"server\":\"s\",\"name\":\"n\"}",
        "{\"host\":\"h\",\"port\":1,\"fingerprint\":\"SHA256:AA\",\"server\":\"s\",\"name\":\"n\"}",
        "{\"host\":\"h\",\"port\":1," GOOD_KEY ",\"server\":\"a\\u001bb\",\"name\":\"n\"}",
        "{\"host\":\"h\",\"port\":1," GOOD_KEY ",\"server\":\"s\"}",
    };
    char path[PATH_MAX], error[ERROR_ROOM];
    struct pin pin = example;

    snprintf(path, sizeof path, "%s/%s", (char *)*state, PIN_FILE);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        FILE *file = fopen(path, "w");
        fputs(texts[i], file);
        fclose(file);
        error[0] = '\0';
        assert_int_equal(pin_load(*state, &pin, error), -EINVAL);
        assert_non_null(strstr(error, "pair anew"));
        assert_true(pin_equal(&pin, &example)); /* untouched */
    }
}

/* --- the lock --- */

static void one_agent_a_directory(void **state)
{
    int pipe_fds[2];
    char byte;

    assert_int_equal(single_holder(*state), 0);
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    if (child == 0) {
        int lock = single_acquire(*state);
        if (write(pipe_fds[1], lock >= 0 ? "y" : "n", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(single_holder(*state), child);
    assert_int_equal(single_acquire(*state), -EWOULDBLOCK);
    kill(child, SIGKILL); /* even so nothing is left behind */
    waitpid(child, NULL, 0);
    assert_int_equal(single_holder(*state), 0);
    int lock = single_acquire(*state);
    assert_true(lock >= 0);
    close(lock);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

/* --- the question --- */

static int ask(const char *typed, bool asks, struct code *ret_code, char *ret_said, size_t room)
{
    FILE *in = fmemopen((char *)(uintptr_t)typed, strlen(typed), "r");
    FILE *out = fmemopen(ret_said, room, "w");
    int result = prompt_code(in, out, asks, ret_code);

    fclose(in);
    fclose(out);
    return result;
}

static unsigned count(const char *text, const char *part)
{
    unsigned times = 0;

    for (const char *at = text; (at = strstr(at, part)); at++)
        times++;
    return times;
}

static void a_code_is_asked_for_until_it_is_one(void **state)
{
    char code_text[CODE_TEXT_ROOM], typed[512], said[1024] = "";
    struct code code, read_code;

    assert_int_equal(code_make(&code), 0);
    code_format(&code, code_text);
    char wrong[CODE_TEXT_ROOM];
    strcpy(wrong, code_text);
    wrong[0] = wrong[0] == 'A' ? 'B' : 'A';
    snprintf(typed, sizeof typed, "%s\n\n%0*d%s\n%s\n", wrong, 200, 0, code_text, code_text);
    assert_int_equal(ask(typed, true, &read_code, said, sizeof said), 0);
    assert_memory_equal(&read_code, &code, sizeof code);
    assert_int_equal(count(said, "typing error"), 3);
    assert_null(strstr(said, code_text));
}

static void a_line_of_standard_input_is_not_asked_for_again(void **state)
{
    char code_text[CODE_TEXT_ROOM], typed[512], said[1024] = "";
    struct code code, read_code;

    code_make(&code);
    code_format(&code, code_text);
    assert_int_equal(ask(code_text, false, &read_code, said, sizeof said), 0); /* without an end */
    assert_string_equal(said, "");
    snprintf(typed, sizeof typed, "X%s\n%s\n", code_text, code_text);
    assert_int_equal(ask(typed, false, &read_code, said, sizeof said), -EINVAL);
    assert_int_equal(count(said, "typing error"), 1);
}

static void the_end_of_input_ends_the_question(void **state)
{
    char said[1024] = "";
    struct code code;

    assert_int_equal(ask("nonsense\n", true, &code, said, sizeof said), -ENODATA);
    assert_non_null(strstr(said, "nothing is paired"));
    said[0] = '\0';
    FILE *nothing = fopen("/dev/null", "r"), *out = fmemopen(said, sizeof said, "w");
    assert_int_equal(prompt_code(nothing, out, false, &code), -ENODATA);
    fclose(nothing);
    fclose(out);
    assert_non_null(strstr(said, "nothing is paired"));
}

static void sleep_is_what_the_clocks_differ_by(void **state)
{
    uint64_t asleep_us = 0;

    assert_true(resume_has_slept(&asleep_us, 9000000, 1000000)); /* slept before we began */
    assert_false(resume_has_slept(&asleep_us, 10000000, 2000000));
    assert_false(resume_has_slept(&asleep_us, 11000300, 3000000)); /* not read at one moment */
    assert_true(resume_has_slept(&asleep_us, 13000000, 3900000));
    assert_false(resume_has_slept(&asleep_us, 13000000, 3900000));
    assert_false(resume_has_slept(&asleep_us, 1, 2));
}

int main(void)
{
    setenv("HOTDESK_TIME_FACTOR", "1", 1);
    times_read_factor();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_begins_is_told_at_once),
        cmocka_unit_test(back_and_forth_is_one_visit),
        cmocka_unit_test(the_end_is_told_after_a_while),
        cmocka_unit_test(a_notch_is_a_click),
        cmocka_unit_test(parts_of_a_notch_add_up),
        cmocka_unit_test(a_rest_does_not_survive_turning_back),
        cmocka_unit_test(a_rest_is_forgotten_after_a_while),
        cmocka_unit_test(a_wild_wheel_is_bounded),
        cmocka_unit_test(pauses_double_up_to_the_longest),
        cmocka_unit_test(who_does_not_answer_is_dialled_once_a_second),
        cmocka_unit_test(who_is_back_is_waited_for_as_anybody),
        cmocka_unit_test(pauses_differ),
        cmocka_unit_test(sleep_is_what_the_clocks_differ_by),
        cmocka_unit_test_setup_teardown(a_pin_is_kept, make_directory, remove_directory),
        cmocka_unit_test(pins_differ_by_place_and_key),
        cmocka_unit_test_setup_teardown(a_damaged_pin_is_told, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(one_agent_a_directory, make_directory, remove_directory),
        cmocka_unit_test(a_code_is_asked_for_until_it_is_one),
        cmocka_unit_test(a_line_of_standard_input_is_not_asked_for_again),
        cmocka_unit_test(the_end_of_input_ends_the_question),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
