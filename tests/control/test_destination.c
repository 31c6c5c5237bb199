/* What `hotdesk add` takes as [USER@]HOST, and what never reaches ssh. */
#include "server/cli/destination.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void good_ones_reach_ssh(void **state)
{
    static const struct {
        const char *text, *ssh, *host;
    } cases[] = {
        {"lab3", "lab3", "lab3"},
        {"ann@lab3", "ann@lab3", "lab3"},
        {"ann@example.org@lab3.example.net", "ann@example.org@lab3.example.net",
         "lab3.example.net"},
        {"CORP\\ann@lab3", "CORP\\ann@lab3", "lab3"},
        {"192.0.2.7", "192.0.2.7", "192.0.2.7"},
        {"2001:db8::7", "2001:db8::7", "2001:db8::7"},
        {"[2001:db8::7]", "2001:db8::7", "2001:db8::7"},
        {"ann@[fe80::1%eth0]", "ann@fe80::1%eth0", "fe80::1%eth0"},
        {"ann@::1", "ann@::1", "::1"},
        {"my_alias", "my_alias", "my_alias"},
        {"ann.b-c+d=e%f@lab3", "ann.b-c+d=e%f@lab3", "lab3"},
        {"jörg@büro", "jörg@büro", "büro"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct destination destination;
        const char *why = NULL;
        if (!destination_parse(cases[i].text, &destination, &why))
            fail_msg("%s: %s", cases[i].text, why);
        assert_string_equal(destination.ssh, cases[i].ssh);
        assert_string_equal(destination.host, cases[i].host);
    }
}

static void odd_ones_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "@",
        "@lab3",
        "ann@",
        "-oProxyCommand=touch x",
        "-lab3",
        "ann@-lab3",
        "ann@-oProxyCommand=x",
        "-ann@lab3",
        "-@lab3",
        "lab 3",
        " lab3",
        "lab3 ",
        "ann b@lab3",
        "lab3\n",
        "lab3\tx",
        "lab3\x1b[31m",
        "ann\x7f@lab3",
        "lab3;id",
        "lab3&id",
        "lab3|id",
        "$(id)",
        "`id`@lab3",
        "a'b@lab3",
        "a\"b@lab3",
        "lab'3",
        "lab\"3",
        "lab\\3",
        "ann\\@lab3",
        "${HOME}@lab3",
        "a<b@lab3",
        "lab>3",
        "lab(3)",
        "lab{3}",
        "ssh://ann@lab3:22",
        "lab3/x",
        "lab3:22",
        "192.0.2.7:22",
        "[lab3]",
        "[192.0.2.7]",
        "[::1]:22",
        "[::1",
        "::1]",
        "[]",
        "[-x]",
        "::1%eth0;id",
        "1:2",
        ":::",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct destination destination = {.ssh = "untouched"};
        const char *why = NULL;
        if (destination_parse(texts[i], &destination, &why))
            fail_msg("%s was taken as %s", texts[i], destination.ssh);
        assert_non_null(why);
        assert_string_equal(destination.ssh, "untouched");
    }
}

static void length_is_bounded(void **state)
{
    char text[2 * DESTINATION_ROOM];
    struct destination destination;
    const char *why = NULL;
    (void)state;
    memset(text, 'a', sizeof text);
    text[DESTINATION_ROOM - 1] = '\0';
    assert_true(destination_parse(text, &destination, &why));
    assert_int_equal(strlen(destination.ssh), DESTINATION_ROOM - 1);
    text[DESTINATION_ROOM - 1] = 'a';
    text[DESTINATION_ROOM] = '\0';
    assert_false(destination_parse(text, &destination, &why));
    text[5] = '@';
    assert_false(destination_parse(text, &destination, &why));
}

static void ports(void **state)
{
    static const struct {
        const char *text;
        int port;
    } cases[] = {{"22", 22},       {"1", 1},
                 {"65535", 65535}, {"0", 0},
                 {"65536", 0},     {"-1", 0},
                 {"+22", 0},       {" 22", 0},
                 {"22 ", 0},       {"022", 22},
                 {"", 0},          {"ssh", 0},
                 {"2222x", 0},     {"99999999999999999999", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(destination_port(cases[i].text), cases[i].port);
}

static void addresses(void **state)
{
    static const char *const good[] = {"desk", "192.0.2.7:24810", "[2001:db8::1]:1",
                                       "fe80::1%eth0"};
    static const char *const bad[] = {"",       "-desk", "desk 1", "desk;id",
                                      "desk\n", "d\x1b", "dä",     "a/b"};
    char text[257];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(destination_address_is_plain(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(destination_address_is_plain(bad[i]));
    memset(text, 'a', sizeof text);
    text[256] = '\0';
    assert_false(destination_address_is_plain(text));
    text[255] = '\0';
    assert_true(destination_address_is_plain(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_reach_ssh), cmocka_unit_test(odd_ones_are_refused),
        cmocka_unit_test(length_is_bounded),   cmocka_unit_test(ports),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
