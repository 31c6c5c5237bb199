/* What the scenarios cannot say of hotkey: reports of many events, and its own deadlines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/times.h"
#include "server/hotkey/hotkey.h"

struct heard {
    struct hotkey_rules rules;
    struct hotkey hotkey;
    char text[512]; /* "+30 -30 >" and so on, in order */
    struct command command;
};

static void note(struct heard *heard, const char *word, int number)
{
    size_t used = strlen(heard->text);
    snprintf(heard->text + used, sizeof heard->text - used, "%s%d ", word, number);
}

static void on_pass(void *context, const struct report *report)
{
    for (uint8_t i = 0; i < report->event_count; i++) {
        if (report->events[i].type == EV_KEY)
            note(context, report->events[i].value ? "+" : "-", report->events[i].code);
        else
            note(context, "m", report->events[i].value);
    }
    strcat(((struct heard *)context)->text, "| ");
}

static void on_leader(void *context)
{
    strcat(((struct heard *)context)->text, "leader ");
    hotkey_set_grabbed(&((struct heard *)context)->hotkey, true);
}

static void on_command(void *context, const struct command *command)
{
    ((struct heard *)context)->command = *command;
    note(context, "command", (int)command->type);
}

static void on_panic(void *context)
{
    strcat(((struct heard *)context)->text, "panic ");
    hotkey_set_grabbed(&((struct heard *)context)->hotkey, false);
}

static void on_switched_off(void *context, bool off)
{
    strcat(((struct heard *)context)->text, off ? "off " : "on ");
}

static const struct hotkey_ops OPS = {.pass = on_pass,
                                      .leader = on_leader,
                                      .command = on_command,
                                      .panic = on_panic,
                                      .switched_off = on_switched_off};

static void begin(struct heard *heard, bool grabbed)
{
    *heard = (struct heard){0};
    hotkey_rules_init(&heard->rules, HOTKEY_PROFILE_HOTDESK, HOTKEY_LEADER_OF_PROFILE);
    hotkey_init(&heard->hotkey, &heard->rules, &OPS, heard);
    hotkey_set_grabbed(&heard->hotkey, grabbed);
}

/* Keys in one report: positive is down, negative up, 0 ends. */
static void keys(struct heard *heard, uint64_t now_us, const int *codes)
{
    struct report report = {.time_us = now_us};

    for (; *codes; codes++)
        report_add(&report, EV_KEY, (uint16_t)(*codes < 0 ? -*codes : *codes), *codes > 0);
    hotkey_report(&heard->hotkey, &report, now_us);
}

#define KEYS(...) ((const int[]){__VA_ARGS__, 0})

static void one_report_is_one_pass(void **state)
{
    struct heard heard;

    begin(&heard, true);
    keys(&heard, 1000, KEYS(KEY_A, KEY_B, -KEY_A));
    assert_string_equal(heard.text, "+30 +48 -30 | ");
}

static void a_whole_hotkey_in_one_report(void **state)
{
    struct heard heard;

    begin(&heard, true);
    keys(&heard, 1000,
         KEYS(KEY_A, KEY_SCROLLLOCK, -KEY_SCROLLLOCK, KEY_SCROLLLOCK, KEY_3, -KEY_3, KEY_B));
    assert_string_equal(heard.text, "+30 | leader command1 +48 | ");
    assert_int_equal(heard.command.number, 3);
}

static void a_held_tap_comes_before_the_rest_of_its_report(void **state)
{
    struct heard heard;

    begin(&heard, true);
    keys(&heard, 1000, KEYS(KEY_SCROLLLOCK, KEY_C, -KEY_C));
    assert_string_equal(heard.text, "+70 | +46 -46 | ");
}

static void a_held_tap_comes_after_what_was_before_it_in_its_report(void **state)
{
    struct heard heard;

    begin(&heard, true);
    keys(&heard, 1000, KEYS(KEY_A, KEY_SCROLLLOCK, KEY_C));
    assert_string_equal(heard.text, "+30 | +70 | +46 | ");
}

static void repeats_are_no_presses(void **state)
{
    struct heard heard;

    begin(&heard, true);
    keys(&heard, 1000, KEYS(KEY_SCROLLLOCK));
    keys(&heard, 2000, KEYS(KEY_SCROLLLOCK));
    keys(&heard, 3000, KEYS(KEY_SCROLLLOCK));
    assert_string_equal(heard.text, "");
    keys(&heard, 4000, KEYS(-KEY_SCROLLLOCK, KEY_SCROLLLOCK, KEY_SCROLLLOCK));
    assert_string_equal(heard.text, "leader ");
}

static void nothing_passes_while_not_grabbed(void **state)
{
    struct heard heard;

    begin(&heard, false);
    keys(&heard, 1000, KEYS(KEY_A, -KEY_A, KEY_SCROLLLOCK, -KEY_SCROLLLOCK));
    keys(&heard, 2000, KEYS(KEY_B, -KEY_B));
    assert_string_equal(heard.text, "");
}

static void a_give_drops_what_is_held_back(void **state)
{
    struct heard heard;

    begin(&heard, true);
    keys(&heard, 1000, KEYS(KEY_SCROLLLOCK, -KEY_SCROLLLOCK));
    hotkey_set_grabbed(&heard.hotkey, false);
    hotkey_set_grabbed(&heard.hotkey, true);
    keys(&heard, 2000, KEYS(KEY_SCROLLLOCK, -KEY_SCROLLLOCK));
    hotkey_flush(&heard.hotkey);
    assert_string_equal(heard.text, "+70 | -70 | ");
    assert_true(hotkey_deadline_us(&heard.hotkey) == HOTKEY_NO_DEADLINE);
}

static void a_late_report_does_not_overtake_the_deadline(void **state)
{
    struct heard heard;

    begin(&heard, true);
    keys(&heard, 1000, KEYS(KEY_SCROLLLOCK, -KEY_SCROLLLOCK));
    /* Nobody ticked in time. */
    keys(&heard, 1000 + time_us(TIME_LEADER_TAP), KEYS(KEY_SCROLLLOCK, KEY_A));
    assert_string_equal(heard.text, "+70 | -70 | +70 | +30 | ");
}

static void panic_in_one_report_goes_nowhere(void **state)
{
    struct heard heard;

    begin(&heard, true);
    keys(&heard, 1000, KEYS(KEY_A, KEY_ESC, KEY_BACKSPACE, KEY_ENTER, KEY_B));
    assert_string_equal(heard.text, "panic ");
    /* Held on, it does not come again, and its ups pass to nobody. */
    hotkey_set_grabbed(&heard.hotkey, true);
    keys(&heard, 2000, KEYS(-KEY_ENTER, -KEY_ESC, -KEY_BACKSPACE));
    assert_string_equal(heard.text, "panic ");
}

static void panic_is_seen_while_not_grabbed(void **state)
{
    struct heard heard;

    begin(&heard, false);
    keys(&heard, 1000, KEYS(KEY_BACKSPACE, KEY_ENTER));
    assert_false(hotkey_panic_is_held(&heard.hotkey));
    keys(&heard, 2000, KEYS(KEY_ESC));
    assert_true(hotkey_panic_is_held(&heard.hotkey));
    assert_string_equal(heard.text, "panic ");
}

static void forgotten_keys_are_up(void **state)
{
    struct heard heard;

    begin(&heard, true);
    keys(&heard, 1000, KEYS(KEY_ESC, KEY_BACKSPACE));
    hotkey_forget_keys(&heard.hotkey);
    keys(&heard, 2000, KEYS(KEY_ENTER));
    assert_string_equal(heard.text, "+1 +14 | +28 | ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_report_is_one_pass),
        cmocka_unit_test(a_whole_hotkey_in_one_report),
        cmocka_unit_test(a_held_tap_comes_before_the_rest_of_its_report),
        cmocka_unit_test(a_held_tap_comes_after_what_was_before_it_in_its_report),
        cmocka_unit_test(repeats_are_no_presses),
        cmocka_unit_test(nothing_passes_while_not_grabbed),
        cmocka_unit_test(a_give_drops_what_is_held_back),
        cmocka_unit_test(a_late_report_does_not_overtake_the_deadline),
        cmocka_unit_test(panic_in_one_report_goes_nowhere),
        cmocka_unit_test(panic_is_seen_while_not_grabbed),
        cmocka_unit_test(forgotten_keys_are_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
