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

/* A French keyboard: a and q, z and w have changed places, m is beside l, and the upper row has
 * digits only with Shift, a hyphen on the 6. */
static const struct chooser_layout FRENCH = {.characters = {[KEY_Q] = 'a',
                                                            [KEY_A] = 'q',
                                                            [KEY_W] = 'z',
                                                            [KEY_Z] = 'w',
                                                            [KEY_SEMICOLON] = 'm',
                                                            [KEY_6] = '-',
                                                            [KEY_L] = 'l'}};

static void test_a_layout(void **state)
{
    begin();
    chooser.layout = &FRENCH;
    press(KEY_A); /* no name has a q */
    assert_string_equal(chooser.typed, "");
    press(KEY_SEMICOLON);
    press(KEY_Q);
    assert_string_equal(chooser.typed, "ma");
    assert_int_equal(chooser_number(&chooser), 11);
    press(KEY_I); /* it says nothing of this key */
    assert_string_equal(chooser.typed, "mai");
}

static void shift(int32_t value)
{
    const struct report report = {.event_count = 1, .events = {{EV_KEY, KEY_LEFTSHIFT, value}}};
    bool changed;
    chooser_report(&chooser, &report, &changed);
}

static void test_digits_of_a_layout_without_them(void **state)
{
    const struct report six = {.event_count = 1, .events = {{EV_KEY, KEY_6, 1}}};
    bool changed;
    chooser_init(&chooser);
    chooser_add(&chooser, 0, "local");
    chooser_add(&chooser, 6, "rack-6");
    chooser_add(&chooser, 7, "rack6-b");
    chooser.layout = &FRENCH;
    assert_int_equal(chooser_report(&chooser, &six, &changed), CHOOSER_CHOSEN);
    assert_int_equal(chooser_number(&chooser), 6);
    for (int32_t shifted = 0; shifted <= 1; shifted++) {
        chooser.typed[0] = '\0';
        for (const uint16_t *key = (const uint16_t[]){KEY_R, KEY_Q, KEY_C, KEY_K, 0}; *key; key++)
            press(*key);
        assert_string_equal(chooser.typed, "rack");
        shift(shifted);
        chooser_report(&chooser, &six, &changed);
        assert_string_equal(chooser.typed, shifted ? "rack6" : "rack-");
    }
    press(KEY_6); /* which also lets Shift go; no name goes on so */
    assert_string_equal(chooser.typed, "rack6-");
}

static bool roll(uint16_t code, int32_t counts)
{
    const struct report report = {.event_count = 1, .events = {{EV_REL, code, counts}}};
    bool changed;
    assert_int_equal(chooser_report(&chooser, &report, &changed), CHOOSER_GOES_ON);
    return changed;
}

/* A mouse without a pointer: so far sideways, so far down; a hand that trembles moves nothing. */
static void test_a_mouse(void **state)
{
    begin();
    for (int i = 0; i < 9; i++)
        assert_false(roll(REL_X, 8));
    assert_true(roll(REL_X, 8));
    assert_int_equal(chooser_number(&chooser), 1);
    assert_true(roll(REL_Y, 80));
    assert_int_equal(chooser_number(&chooser), 10);
    assert_false(roll(REL_X, -79));
    assert_false(roll(REL_X, 1));
    assert_false(roll(REL_X, -79));
    assert_true(roll(REL_X, -2000));
    assert_int_equal(chooser_number(&chooser), 0); /* not around */
    assert_true(roll(REL_X, INT32_MAX));
    assert_int_equal(chooser_number(&chooser), 11);
    assert_false(roll(REL_WHEEL_HI_RES, 1200));
    assert_int_equal(press(BTN_RIGHT), CHOOSER_GOES_ON);
    assert_int_equal(press(BTN_LEFT), CHOOSER_CHOSEN);
    assert_int_equal(chooser_number(&chooser), 11);
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
        cmocka_unit_test(test_arrows),   cmocka_unit_test(test_enter_takes_what_was_selected),
        cmocka_unit_test(test_numbers),  cmocka_unit_test(test_names),
        cmocka_unit_test(test_a_layout), cmocka_unit_test(test_digits_of_a_layout_without_them),
        cmocka_unit_test(test_a_mouse),  cmocka_unit_test(test_what_comes_up_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
