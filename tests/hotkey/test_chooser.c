/* Choosing among targets on the screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/input-event-codes.h>

#include "server/switch/chooser.h"

static struct chooser chooser;

static void begin(void)
{
    chooser_init(&chooser);
    chooser_add(&chooser, 0, "local");
    chooser_add(&chooser, 1, "attic");
    chooser_add(&chooser, 2, "lab2");
    chooser_add(&chooser, 10, "lab10");
    chooser_add(&chooser, 11, "mailbox");
    chooser.columns = 2; /* 0 1, 2 10, 11 */
}

static enum chooser_verdict press(uint16_t code)
{
    struct report report = {.event_count = 2,
                            .events = {{EV_KEY, code, 1}, {EV_KEY, KEY_LEFTSHIFT, 0}}};
    bool changed;
    return chooser_report(&chooser, &report, &changed);
}

static void test_arrows(void **state)
{
    static const struct {
        uint16_t code, number;
    } STEPS[] = {{KEY_RIGHT, 1}, {KEY_TAB, 2},  {KEY_DOWN, 11},  {KEY_DOWN, 11},
                 {KEY_UP, 2},    {KEY_UP, 0},   {KEY_UP, 0},     {KEY_LEFT, 11},
                 {KEY_RIGHT, 0}, {KEY_DOWN, 2}, {KEY_RIGHT, 10}, {KEY_DOWN, 10}};
    begin();
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        assert_int_equal(press(STEPS[i].code), CHOOSER_GOES_ON);
        assert_int_equal(chooser_number(&chooser), STEPS[i].number);
    }
    assert_int_equal(press(KEY_ENTER), CHOOSER_CHOSEN);
    assert_int_equal(press(KEY_ESC), CHOOSER_LEFT);
}

static void test_enter_takes_what_was_selected(void **state)
{
    begin();
    chooser_select(&chooser, 10);
    assert_int_equal(press(KEY_KPENTER), CHOOSER_CHOSEN);
    assert_int_equal(chooser_number(&chooser), 10);
}

/* At once when it can be no longer one; what would follow would go to the target. */
static void test_numbers(void **state)
{
    begin();
    assert_int_equal(press(KEY_2), CHOOSER_CHOSEN);
    assert_int_equal(chooser_number(&chooser), 2);
    begin();
    chooser_select(&chooser, 11);
    assert_int_equal(press(KEY_KP1), CHOOSER_GOES_ON);
    assert_int_equal(chooser_number(&chooser), 1);
    assert_int_equal(press(KEY_0), CHOOSER_CHOSEN);
    assert_int_equal(chooser_number(&chooser), 10);
    begin();
    assert_int_equal(press(KEY_0), CHOOSER_CHOSEN);
    assert_int_equal(chooser_number(&chooser), 0);
    chooser_init(&chooser);
    chooser_add(&chooser, 0, "local");
    chooser_add(&chooser, 12, "only");
    assert_int_equal(press(KEY_1), CHOOSER_GOES_ON);
    assert_int_equal(press(KEY_2), CHOOSER_CHOSEN);
    assert_int_equal(chooser_number(&chooser), 12);
}

static void test_names(void **state)
{
    begin();
    assert_int_equal(press(KEY_L), CHOOSER_GOES_ON); /* local, lab2, lab10, mailbox */
    assert_int_equal(chooser_number(&chooser), 0);
    assert_int_equal(press(KEY_A), CHOOSER_GOES_ON); /* no longer local */
    assert_int_equal(chooser_number(&chooser), 2);
    assert_false(chooser.choices[0].fits);
    assert_int_equal(press(KEY_RIGHT), CHOOSER_GOES_ON);
    assert_int_equal(chooser_number(&chooser), 10);
    assert_int_equal(press(KEY_RIGHT), CHOOSER_GOES_ON);
    assert_int_equal(chooser_number(&chooser), 2);   /* around, among those that fit */
    assert_int_equal(press(KEY_X), CHOOSER_GOES_ON); /* nothing would fit: left out */
    assert_string_equal(chooser.typed, "la");
    assert_int_equal(press(KEY_BACKSPACE), CHOOSER_GOES_ON);
    assert_int_equal(press(KEY_BACKSPACE), CHOOSER_GOES_ON);
    assert_true(chooser.choices[1].fits);
    assert_int_equal(press(KEY_BACKSPACE), CHOOSER_GOES_ON);
}

static void test_what_comes_up_is_nothing(void **state)
{
    const struct report report = {.event_count = 1, .events = {{EV_KEY, KEY_ENTER, 0}}};
    bool changed = true;
    begin();
    assert_int_equal(chooser_report(&chooser, &report, &changed), CHOOSER_GOES_ON);
    assert_false(changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrows),
        cmocka_unit_test(test_enter_takes_what_was_selected),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_what_comes_up_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
