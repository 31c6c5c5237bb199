/* Names of targets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/name.h"

#define LONGEST "abcdefghijklmnopqrstuvwxyz012345" /* 32 */

static void test_valid(void **state)
{
    static const char *const good[] = {"a",   "lab3",   "3com",      "a-b",      "a-",
                                       "0x1", "local2", "nextcloud", "last-one", LONGEST};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(name_is_valid(good[i], NULL));
}

static void test_invalid(void **state)
{
    static const struct {
        const char *name;
        const char *why;
    } bad[] = {
        {"", "empty"},        {LONGEST "6", "32"},   {"-a", "begins"},   {"A", "begins"},
        {"aB", "only"},       {"a b", "only"},       {"a_b", "only"},    {"a.b", "only"},
        {"a\n", "only"},      {"b\xc3\xa9", "only"}, {"7", "number"},    {"0", "number"},
        {"123456", "number"}, {"local", "cannot"},   {"next", "cannot"}, {"prev", "cannot"},
        {"last", "cannot"},   {"active", "cannot"},  {"../x", "begins"}, {"a/b", "only"},
        {"a\x1b", "only"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *why = NULL;
        assert_false(name_is_valid(bad[i].name, &why));
        assert_non_null(why);
        assert_non_null(strstr(why, bad[i].why));
        assert_false(name_is_valid(bad[i].name, NULL));
    }
}

static void test_make_valid(void **state)
{
    static const struct {
        const char *text;
        const char *name;
    } cases[] = {
        {"lab3", "lab3"},
        {"Lab3", "lab3"},
        {"Lab 3", "lab-3"},
        {"lab3.example.com", "lab3-example-com"},
        {"  --lab__3--  ", "lab-3"},
        {"lab--3-", "lab--3-"}, /* valid as it is */
        {"1-", "1-"},
        {"b\xc3\xbcro", "b-ro"},
        {"", "target"},
        {"...", "target"},
        {"\xff\xfe", "target"},
        {"local", "local-pc"},
        {"LAST", "last-pc"},
        {"42", "42-pc"},
        {"99999999999999999999999999999999999", "99999999999999999999999999999-pc"},
        {LONGEST "more", LONGEST},
        {"abcdefghijklmnopqrstuvwxyz01234.example", "abcdefghijklmnopqrstuvwxyz01234"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[NAME_ROOM];
        name_make_valid(cases[i].text, name);
        assert_string_equal(name, cases[i].name);
        assert_true(name_is_valid(name, NULL));
    }
}

static void test_make_valid_of_anything(void **state)
{
    for (unsigned a = 1; a <= UINT8_MAX; a++) {
        for (unsigned b = 1; b <= UINT8_MAX; b++) {
            char text[40];
            char name[NAME_ROOM];
            memset(text, (int)b, sizeof text);
            text[0] = (char)a;
            text[a % sizeof text] = '\0';
            name_make_valid(text, name);
            assert_true(name_is_valid(name, NULL));
        }
    }
}

struct taken {
    const char *names[4];
    unsigned asked;
};

static bool is_taken(void *context, const char *name)
{
    struct taken *taken = context;
    taken->asked++;
    assert_true(name_is_valid(name, NULL));
    for (size_t i = 0; i < 4 && taken->names[i]; i++) {
        if (strcmp(taken->names[i], name) == 0)
            return true;
    }
    return false;
}

static void test_make_unique(void **state)
{
    char name[NAME_ROOM];
    struct taken taken = {{NULL}, 0};

    name_make_unique("lab", is_taken, &taken, name);
    assert_string_equal(name, "lab");
    assert_int_equal(taken.asked, 1);

    taken = (struct taken){{"lab"}, 0};
    name_make_unique("lab", is_taken, &taken, name);
    assert_string_equal(name, "lab-2");

    taken = (struct taken){{"lab", "lab-2", "lab-3"}, 0};
    name_make_unique("lab", is_taken, &taken, name);
    assert_string_equal(name, "lab-4");

    taken = (struct taken){{LONGEST}, 0};
    name_make_unique(LONGEST, is_taken, &taken, name);
    assert_string_equal(name, "abcdefghijklmnopqrstuvwxyz0123-2");

    taken = (struct taken){{"abcdefghijklmnopqrstuvwxyz012-45"}, 0};
    name_make_unique("abcdefghijklmnopqrstuvwxyz012-45", is_taken, &taken, name);
    assert_string_equal(name, "abcdefghijklmnopqrstuvwxyz012-2");
}

static bool always_taken(void *context, const char *name)
{
    (*(unsigned *)context)++;
    return true;
}

static void test_make_unique_ends(void **state)
{
    char name[NAME_ROOM];
    unsigned asked = 0;
    name_make_unique("lab", always_taken, &asked, name);
    assert_true(asked < 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),       cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_make_valid),  cmocka_unit_test(test_make_valid_of_anything),
        cmocka_unit_test(test_make_unique), cmocka_unit_test(test_make_unique_ends),
    };
    return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
