/* include and exclude of input.conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "server/input/rules.h"

struct values {
    struct config_section devices;
};

static const struct config_option options[] = {{
    .name = "devices",
    .type = CONFIG_SECTION,
    .default_text = "",
    .help = "Devices.",
    .check = rules_check,
}};

static enum rule find(const char *text, const struct monitor_node *node)
{
    struct values values;
    char error[ERROR_ROOM] = "";
    if (config_parse(options, 1, "input.conf", text, &values, error) < 0)
        fail_msg("%s", error);
    return rules_find(&values.devices, node);
}

static const struct monitor_node receiver = {
    .path = "/dev/input/event14",
    .links = "/dev/input/by-id/usb-Receiver-event-kbd /dev/input/by-path/pci-0-event-kbd",
    .name = "Logitech K400",
    .id = "046d:4024",
    .usb_id = "046d:c52b",
};

static void test_patterns(void **state)
{
    assert_int_equal(find("", &receiver), RULE_NONE);
    assert_int_equal(rules_find(NULL, &receiver), RULE_NONE);
    assert_int_equal(find("devices { \"name:*k400\" = include }\n", &receiver), RULE_INCLUDE);
    assert_int_equal(find("devices { \"name:k400\" = include }\n", &receiver), RULE_NONE);
    assert_int_equal(find("devices { \"id:046D:4024\" = exclude }\n", &receiver), RULE_EXCLUDE);
    assert_int_equal(find("devices { \"id:046d:c52b\" = exclude }\n", &receiver), RULE_EXCLUDE);
    assert_int_equal(find("devices { \"id:046d:*\" = exclude }\n", &receiver), RULE_EXCLUDE);
    assert_int_equal(find("devices { \"id:046d:c52c\" = exclude }\n", &receiver), RULE_NONE);
    assert_int_equal(find("devices { \"path:/dev/input/event14\" = exclude }\n", &receiver),
                     RULE_EXCLUDE);
    assert_int_equal(find("devices { \"path:/dev/input/event1\" = exclude }\n", &receiver),
                     RULE_NONE);
    assert_int_equal(find("devices { \"path:/dev/input/by-path/*\" = exclude }\n", &receiver),
                     RULE_EXCLUDE);
}

static void test_exclude_wins(void **state)
{
    assert_int_equal(
        find("devices {\n\"name:*\" = exclude\n\"id:046d:*\" = include\n}\n", &receiver),
        RULE_EXCLUDE);
    assert_int_equal(
        find("devices {\n\"id:046d:*\" = include\n\"name:*\" = exclude\n}\n", &receiver),
        RULE_EXCLUDE);
}

static void test_errors_tell_the_line(void **state)
{
    static const struct {
        const char *entry, *error;
    } cases[] = {
        {"\"name:x\" = take", "neither include nor exclude"},
        {"\"K400\" = include", "a device is told by"},
        {"\"name:\" = include", "a device is told by"},
        {"\"id:46d:c52b\" = include", "four hexadecimal digits"},
        {"\"id:046d\" = include", "four hexadecimal digits"},
        {"\"id:046d:xyzw\" = include", "four hexadecimal digits"},
        {"\"path:event3\" = include", "begins with /"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256], error[ERROR_ROOM] = "";
        struct values values;
        snprintf(text, sizeof text, "# a comment\ndevices {\n%s\n}\n", cases[i].entry);
        assert_true(config_parse(options, 1, "input.conf", text, &values, error) < 0);
        assert_non_null(strstr(error, "input.conf:3: "));
        assert_non_null(strstr(error, cases[i].error));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_exclude_wins),
        cmocka_unit_test(test_errors_tell_the_line),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
