/* Key symbols of VNC clients as keys of a target, in its layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#include "protocol/message.h"
#include "server/vnc/typing.h"

#define SHIFT_L   0xffe1
#define CONTROL_L 0xffe3
#define KP_1      0xffb1
#define KP_END    0xff9c

static struct keymap *us, *de;
static struct typing typing;

static int set_up(void **state)
{
    memset(&typing, 0, sizeof typing);
    return 0;
}

/* "+42 +30 -42": key codes down and up. */
static const char *words(const struct vnc_report *report)
{
    static char text[128];
    size_t at = 0;
    text[0] = '\0';
    for (uint8_t i = 0; i < report->count; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s%u", i ? " " : "",
                               report->events[i].value ? "+" : "-", report->events[i].code);
    return text;
}

static const char *key(const struct keymap *keymap, uint8_t locks, uint32_t keysym, bool down)
{
    struct vnc_report report;
    return typing_key(&typing, keymap, locks, keysym, down, &report) ? words(&report) : "";
}

static void test_letters(void **state)
{
    assert_string_equal(key(us, 0, 'a', true), "+30");
    assert_string_equal(key(us, 0, 'a', true), ""); /* a repeat */
    assert_string_equal(key(us, 0, 'a', false), "-30");
    assert_string_equal(key(us, 0, 'A', true), "+42 +30 -42");
    assert_string_equal(key(us, 0, 'A', false), "-30");
    assert_string_equal(key(us, 0, 'A', false), "");
    assert_string_equal(key(us, 0, '<', true), "+42 +51 -42"); /* not the key that some lack */
}

static void test_shift_held(void **state)
{
    assert_string_equal(key(us, 0, SHIFT_L, true), "+42");
    assert_string_equal(key(us, 0, 'A', true), "+30");
    assert_string_equal(key(us, 0, SHIFT_L, false), "-42");
    assert_string_equal(key(us, 0, 'a', false), "-30"); /* its symbol is another by now */
    assert_string_equal(key(us, 0, SHIFT_L, true), "+42");
    assert_string_equal(key(us, 0, '/', true), "-42 +53 +42");
    assert_string_equal(key(us, 0, 0xff51, true), "+105"); /* Shift+Left stays so */
}

static void test_commands(void **state)
{
    assert_string_equal(key(us, 0, CONTROL_L, true), "+29");
    assert_string_equal(key(us, 0, SHIFT_L, true), "+42");
    assert_string_equal(key(us, 0, 't', true), "+20");
    assert_string_equal(key(us, 0, 't', false), "-20");
    assert_string_equal(key(us, 0, SHIFT_L, false), "-42");
    assert_string_equal(key(us, 0, 'c', true), "+46");
}

static void test_locks_of_the_target(void **state)
{
    assert_string_equal(key(us, MESSAGE_LOCK_CAPS, 'a', true), "+42 +30 -42");
    assert_string_equal(key(us, MESSAGE_LOCK_CAPS, 'B', true), "+48");
    assert_string_equal(key(us, MESSAGE_LOCK_CAPS, '1', true), "+2");
    assert_string_equal(key(us, MESSAGE_LOCK_NUM, KP_1, true), "+79");
    assert_string_equal(key(us, MESSAGE_LOCK_NUM, KP_1, false), "-79");
    assert_string_equal(key(us, 0, KP_1, true), "+42 +79 -42");
    assert_string_equal(key(us, 0, KP_1, false), "-79");
    assert_string_equal(key(us, 0, KP_END, true), "+79");
    assert_string_equal(key(us, 0, KP_END, false), "-79");
    assert_string_equal(key(us, MESSAGE_LOCK_NUM, KP_END, true), "+42 +79 -42");
}

static void test_locks_of_the_client(void **state)
{
    assert_string_equal(key(us, 0, 0xffe5, true), ""); /* Caps Lock */
    assert_string_equal(key(us, 0, 0xff7f, true), ""); /* Num Lock */
}

static void test_another_layout(void **state)
{
    assert_string_equal(key(de, 0, 'z', true), "+21");
    assert_string_equal(key(de, 0, '@', true), "+100 +16 -100");
    assert_string_equal(key(de, 0, 0xe4, true), "+40");                 /* a with two dots */
    assert_string_equal(key(de, 0, 0x010020ac, true), "+100 +18 -100"); /* Euro, as Unicode */
    assert_string_equal(key(us, 0, 0xe4, true), "");
}

static void test_pointing(void **state)
{
    struct vnc_report report;
    assert_true(typing_point(&typing, 1, 3, 4, &report));
    assert_int_equal(report.count, 3);
    assert_int_equal(report.events[1].value, 4);
    assert_int_equal(report.events[2].code, BTN_LEFT);
    assert_false(typing_point(&typing, 1, 3, 4, &report));
    assert_true(typing_point(&typing, 8, 3, 4, &report));
    assert_int_equal(report.count, 2); /* the button up, a notch */
    assert_int_equal(report.events[1].code, REL_WHEEL_HI_RES);
    assert_int_equal(report.events[1].value, 120);
    assert_false(typing_point(&typing, 0, 3, 4, &report)); /* the wheel's up is nothing */
}

static void test_many_held(void **state)
{
    struct vnc_report report;
    for (uint32_t keysym = '!'; keysym <= '~'; keysym++)
        typing_key(&typing, us, 0, keysym, true, &report);
    assert_int_equal(typing.held_count, TYPING_HELD_MAX);
    for (uint32_t keysym = '!'; keysym <= '~'; keysym++)
        typing_key(&typing, us, 0, keysym, false, &report);
    assert_int_equal(typing.held_count, 0);
}

static void test_layouts(void **state)
{
    struct keymap *keymap = NULL;
    assert_int_equal(keymap_create("us(intl)", &keymap), 0);
    keymap_destroy(keymap);
    assert_true(keymap_create("no-such-layout", &keymap) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_letters, set_up),
        cmocka_unit_test_setup(test_shift_held, set_up),
        cmocka_unit_test_setup(test_commands, set_up),
        cmocka_unit_test_setup(test_locks_of_the_target, set_up),
        cmocka_unit_test_setup(test_locks_of_the_client, set_up),
        cmocka_unit_test_setup(test_another_layout, set_up),
        cmocka_unit_test_setup(test_pointing, set_up),
        cmocka_unit_test_setup(test_many_held, set_up),
        cmocka_unit_test_setup(test_layouts, set_up),
    };
    if (keymap_create("us", &us) < 0 || keymap_create("de", &de) < 0)
        return 1;
    int failed = cmocka_run_group_tests_name("vnc-typing", tests, NULL, NULL);
    keymap_destroy(us);
    keymap_destroy(de);
    return failed;
}
