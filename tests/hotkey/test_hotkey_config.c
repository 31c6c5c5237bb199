/* Hotkeys in a configuration: chords and actions, each error, and what is warned of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/hotkey/hotkey_config.h"

struct values {
    struct hotkey_config hotkeys;
};

static const struct config_option OPTIONS[] = {HOTKEY_CONFIG_OPTIONS(struct values, hotkeys)};
#define COUNT (sizeof OPTIONS / sizeof OPTIONS[0])

static struct values values;
static struct hotkey_rules rules;

static void parse(const char *text)
{
    char error[ERROR_ROOM] = "";
    assert_int_equal(config_parse(OPTIONS, COUNT, "f", text, &values, error), 0);
    hotkey_config_make_rules(&values.hotkeys, &rules);
}

static void expect(const char *text, const char *wanted)
{
    char error[ERROR_ROOM] = "";
    assert_true(config_parse(OPTIONS, COUNT, "f", text, &values, error) < 0);
    if (!strstr(error, wanted))
        print_message("# %s\n", error);
    assert_non_null(strstr(error, wanted));
}

static void test_rules(void **state)
{
    parse("profile = startech\npanic = \"Ctrl+Alt+Pause F12\"\nhotkeys {\n\"Meta+F1\" = \"target "
          "lab3\"\n"
          "\"LeftCtrl + mouse8\" = \"target 12\"\n\"KP0\" = \"scan 7 s  watch\"\n\"F9\" = 'hotkeys "
          "off'\n}");
    assert_int_equal(rules.leader, HOTKEY_LEADER_LEFT_CTRL);
    assert_int_equal(rules.panic_count, 2);
    assert_int_equal(rules.chord_count, 4);
    assert_string_equal(rules.chords[0].command.name, "lab3");
    assert_int_equal(rules.chords[0].chord.keys[0].other, KEY_RIGHTMETA);
    assert_int_equal(rules.chords[1].command.number, 12);
    assert_int_equal(rules.chords[1].chord.keys[0].other, 0);
    assert_int_equal(rules.chords[1].chord.keys[1].code, BTN_SIDE);
    assert_int_equal(rules.chords[2].command.scan_s, 7);
    assert_int_equal(rules.chords[2].command.scan_mode, SCAN_WATCH);
    assert_int_equal(rules.chords[3].verb, HOTKEY_OFF);
}

static void test_errors(void **state)
{
    expect("hotkeys {\n\"Meta+Foo\" = next }", "f:2: hotkeys: Meta+Foo: there is no key 'Foo'");
    expect("hotkeys { \"Meta+\" = next }", "a chord is names of keys");
    expect("hotkeys { \"Ctrl+LeftCtrl\" = next }", "LeftCtrl is there twice");
    expect("hotkeys { \"F1\" = nothing }", "'nothing' is no action");
    expect("hotkeys { \"F1\" = \"target 1000\" }", "there is no target above 999");
    expect("hotkeys { \"F1\" = \"target Lab!\" }", "is no name of a target");
    expect("hotkeys { \"F1\" = \"scan 0 s\" }", "a scan is: scan 5 s");
    expect("hotkeys { \"F1\" = \"scan 5 s fast\" }", "neither control nor watch nor pause");
    expect("panic = \"F1 Foo\"", "f:1: panic: there is no key 'Foo'");
    expect("leader = caps", "f:1: leader: 'caps' is not one of");
}

static char warned[2048];

static void on_warning(void *context, unsigned line, const char *option, const char *sentence)
{
    size_t used = strlen(warned);
    snprintf(warned + used, sizeof warned - used, "%u %s\n", line, sentence);
}

static void warns(const char *text, const char *wanted)
{
    warned[0] = '\0';
    parse(text);
    size_t count = hotkey_config_warn(&values.hotkeys, on_warning, NULL);
    assert_int_equal(count > 0, wanted != NULL);
    if (wanted)
        assert_non_null(strstr(warned, wanted));
}

static void test_warnings(void **state)
{
    warns("hotkeys { \"Meta+F1\" = next }", NULL);
    warns("hotkeys { \"Ctrl+Alt+F1\" = next }", "the system itself");
    warns("hotkeys { \"LeftAlt+LeftCtrl+Del\" = next }", "the system itself");
    warns("hotkeys { \"Alt+SysRq+B\" = next }", "the system itself");
    warns("hotkeys { \"Ctrl+Alt+Backspace\" = next }", "the system itself");
    warns("hotkeys { \"Ctrl+Alt\" = next }", "modifiers only");
    warns("hotkeys { \"Ctrl+C\" = next }", "desktops use");
    warns("hotkeys { \"A\" = next }", "this is typed");
    warns("hotkeys {\n\"Meta+F1\" = next\n\"Meta+F1+F2\" = last\n}",
          "3 Meta+F1+F2: Meta+F1 in line 2");
    warns("hotkeys {\n\"Ctrl+F1\" = next\n\"LeftCtrl+F1\" = last\n}", "may be the same");
    warns("hotkeys { \"ScrollLock\" = next }", "the leader's key");
    warns("hotkeys { \"Escape+Enter+Backspace\" = next }", "panic comes first");
    warns("panic = \"Ctrl+Alt+F1\"", "the system itself");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_warnings),
    };
    return cmocka_run_group_tests_name("hotkey_config", tests, NULL, NULL);
}
