/* Which keys a text has in which layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#include "agent/inject/layout.h"

static void expect(const char *name, uint8_t locks, const char *text, const char *keys)
{
    struct layout *layout = NULL;
    struct stroke strokes[SCRIPT_TEXT_MAX];
    size_t count = 0;
    char why[MESSAGE_REASON_ROOM] = "", got[512] = "";

    assert_int_equal(layout_open(name, &layout), 0);
    assert_int_equal(layout_find(layout, locks, text, strokes, &count, why), 0);
    for (size_t i = 0; i < count; i++)
        for (uint8_t j = 0; j < strokes[i].count; j++)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%u",
                     j      ? "+"
                     : *got ? " "
                            : "",
                     strokes[i].keys[j]);
    assert_string_equal(got, keys);
    layout_close(layout);
}

static void plain_and_shifted(void **state)
{
    expect("us", 0, "aA1!\n\t ", "30 42+30 2 42+2 28 15 57");
    expect("de", 0, "zyZ\xc3\xa4?", "21 44 42+21 40 42+12");
    expect("fr", 0, "a1\xc3\xa9.", "16 42+2 3 42+51");
}

static void third_level(void **state)
{
    expect("de", 0, "@\xe2\x82\xac\\", "100+16 100+18 100+12");
    expect("us(intl)", 0, "\xc3\xa4", "100+16");
}

/* Caps Lock turns letters round, and nothing else; Num Lock is no matter. */
static void lock_keys(void **state)
{
    expect("us", MESSAGE_LOCK_CAPS, "aA1!", "42+30 30 2 42+2");
    expect("us", MESSAGE_LOCK_NUM, "1+", "2 42+13");
}

static void no_key(void **state)
{
    struct layout *layout = NULL;
    struct stroke strokes[SCRIPT_TEXT_MAX];
    size_t count = 0;
    char why[MESSAGE_REASON_ROOM] = "";

    assert_int_equal(layout_open("us", &layout), 0);
    assert_int_equal(layout_find(layout, 0,
                                 "ab\xe2\x82\xac"
                                 "c",
                                 strokes, &count, why),
                     -ENOENT);
    assert_int_equal(count, 2);
    assert_non_null(strstr(why, "no key"));
    layout_close(layout);
}

static void layouts_that_there_are_not(void **state)
{
    static const char *const names[] = {"",     "nonsense", "us(nonsense)",    "us(intl",
                                        "us()", "(intl)",   "../../etc/passwd"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct layout *layout = NULL;
        assert_int_equal(layout_open(names[i], &layout), -EINVAL);
        assert_null(layout);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_and_shifted),
        cmocka_unit_test(third_level),
        cmocka_unit_test(lock_keys),
        cmocka_unit_test(no_key),
        cmocka_unit_test(layouts_that_there_are_not),
    };
    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
