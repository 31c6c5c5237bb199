/* Words and texts of `hotdesk send` and `hotdesk type`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#include "server/cli/keys.h"
#include "server/cli/script_text.h"

static void combinations(void **state)
{
    struct keys keys;
    char why[KEYS_WHY_ROOM];
    assert_true(keys_parse("ctrl-alt-del", &keys, why));
    assert_int_equal(keys.count, 3);
    assert_int_equal(keys.codes[0], KEY_LEFTCTRL);
    assert_int_equal(keys.codes[1], KEY_LEFTALT);
    assert_int_equal(keys.codes[2], KEY_DELETE);
    assert_true(keys_parse("Meta+F1", &keys, why));
    assert_int_equal(keys.codes[1], KEY_F1);
    assert_true(keys_parse("key183", &keys, why));
    assert_int_equal(keys.codes[0], 183);
}

static void names_that_are_none(void **state)
{
    static const char *const cases[][2] = {{"dle", "'dle'; near it: Del"},
                                           {"entr", "near it: Enter"},
                                           {"page", "near it: PageUp, PageDown"},
                                           {"volumup", "near it: VolumeUp"},
                                           {"zzzz", "'hotdesk help send'"},
                                           {"", "missing"},
                                           {"ctrl--a", "missing"},
                                           {"-", "missing"},
                                           {"a-b-a", "'a' is there twice"},
                                           {"a+b+c+d+e+f+g+h+i", "more than 8 keys"},
                                           {"abcdefghijklmnopqrstuvwxyzabc", "long"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct keys keys;
        char why[KEYS_WHY_ROOM] = "";
        assert_false(keys_parse(cases[i][0], &keys, why));
        if (!strstr(why, cases[i][1]))
            print_message("# %s: %s\n", cases[i][0], why);
        assert_non_null(strstr(why, cases[i][1]));
    }
}

static void line_ends(void **state)
{
    char text[] = "a\r\nb\n\tc";
    size_t at = 0;
    assert_null(script_text_prepare(text, sizeof text - 1, &at));
    assert_string_equal(text, "a\nb\n\tc");
}

static void what_cannot_be_typed(void **state)
{
    static const struct {
        const char *text;
        size_t length, at;
    } cases[] = {{"ab\0c", 4, 2},     {"a\rb", 3, 1},          {"\xc3\xb6\x1b[m", 5, 2},
                 {"ab\xff", 3, 2},    {"a\xe2\x82", 3, 1},     {"\xe2\x80\xa8", 3, 0},
                 {"x\xc2\x9b", 3, 1}, {"\xed\xa0\x80\n", 4, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[16] = "";
        size_t at = 99;
        memcpy(text, cases[i].text, cases[i].length);
        assert_non_null(script_text_prepare(text, cases[i].length, &at));
        assert_int_equal(at, cases[i].at);
    }
}

/* Parts end between characters and are not too long for a message. */
static void parts(void **state)
{
    char text[3 * SCRIPT_TEXT_MAX + 1] = "";
    size_t sum = 0, count = 0;
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    for (const char *at = text; *at; count++) {
        size_t size = script_text_part(at);
        assert_true(size > 0 && size <= SCRIPT_TEXT_MAX && size % 3 == 0);
        sum += size;
        at += size;
    }
    assert_int_equal(sum, strlen(text));
    assert_int_equal(count, 4);
}

static void places(void **state)
{
    static const char text[] = "ab\n\xc3\xb6\xc3\xb6x\n";
    size_t line, column;
    assert_int_equal(script_text_offset(text, 5), 7);
    script_text_place(text, 7, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 3);
    script_text_place(text, 0, &line, &column);
    assert_int_equal(line, 1);
    assert_int_equal(column, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(combinations), cmocka_unit_test(names_that_are_none),
        cmocka_unit_test(line_ends),    cmocka_unit_test(what_cannot_be_typed),
        cmocka_unit_test(parts),        cmocka_unit_test(places),
    };
    return cmocka_run_group_tests_name("script words", tests, NULL, NULL);
}
