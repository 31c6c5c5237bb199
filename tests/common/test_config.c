/* Configuration: values, and every error with its line; each trap of libConfuse is one of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "common/paths.h"
#include "protocol/cursor.h"

struct values {
    char name[CONFIG_TEXT_ROOM];
    int32_t port;
    int32_t offset;
    bool grab;
    int32_t leader;
    struct config_section hotkeys;
};

static bool check_hotkey(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    snprintf(ret_why, room_bytes, "'%s' does nothing", text);
    return key && strcmp(text, "bad") != 0;
}

static const char *const LEADERS[] = {"scroll-lock", "right-ctrl", NULL};

static const struct config_option OPTIONS[] = {
    {.name = "name",
     .type = CONFIG_TEXT,
     .default_text = "",
     .help = "What this machine is called.",
     .offset = offsetof(struct values, name)},
    {.name = "port",
     .type = CONFIG_NUMBER,
     .min = 1,
     .max = 65535,
     .default_text = "24810",
     .help = "The TCP port.",
     .offset = offsetof(struct values, port)},
    {.name = "offset",
     .type = CONFIG_NUMBER,
     .min = INT32_MIN,
     .max = INT32_MAX,
     .default_text = "-5",
     .help = "A number with a sign.",
     .offset = offsetof(struct values, offset)},
    {.name = "grab",
     .type = CONFIG_BOOL,
     .default_text = "yes",
     .help = "Whether devices are grabbed.",
     .offset = offsetof(struct values, grab)},
    {.name = "leader",
     .type = CONFIG_CHOICE,
     .choices = LEADERS,
     .default_text = "scroll-lock",
     .help = "The leader key.",
     .offset = offsetof(struct values, leader)},
    {.name = "hotkeys",
     .type = CONFIG_SECTION,
     .default_text = "",
     .help = "Chords.",
     .check = check_hotkey,
     .offset = offsetof(struct values, hotkeys)},
};
#define COUNT (sizeof OPTIONS / sizeof OPTIONS[0])

static struct values parse(const char *text)
{
    struct values values;
    char error[ERROR_ROOM] = "";
    int result = config_parse(OPTIONS, COUNT, "f.conf", text, &values, error);
    if (result)
        print_message("# %s\n", error);
    assert_int_equal(result, 0);
    assert_string_equal(error, "");
    return values;
}

/* The whole of the error, or with `exact` false how it begins. */
static void expect(const char *text, const char *wanted, bool exact)
{
    struct values values;
    struct values untouched;
    char error[ERROR_ROOM] = "";

    memset(&values, 0x5a, sizeof values);
    memset(&untouched, 0x5a, sizeof untouched);
    assert_int_equal(config_parse(OPTIONS, COUNT, "f.conf", text, &values, error), -EINVAL);
    if (exact ? strcmp(error, wanted) != 0 : strncmp(error, wanted, strlen(wanted)) != 0)
        print_message("# of %s\n", text);
    if (exact)
        assert_string_equal(error, wanted);
    else
        assert_memory_equal(error, wanted, strlen(wanted));
    assert_true(text_is_clean(error, strlen(error)));
    assert_memory_equal(&values, &untouched, sizeof values);
}

static void test_defaults(void **state)
{
    struct values values;
    config_defaults(OPTIONS, COUNT, &values);
    assert_string_equal(values.name, "");
    assert_int_equal(values.port, 24810);
    assert_int_equal(values.offset, -5);
    assert_true(values.grab);
    assert_int_equal(values.leader, 0);
    values = parse("");
    assert_int_equal(values.port, 24810);
    values = parse("# nothing but comments\n\n   \n\t# and blanks");
    assert_int_equal(values.port, 24810);
}

static void test_values(void **state)
{
    struct values values = parse("name = \"lab \\\"3\\\" \\\\ x\" # a comment\n"
                                 "  port=1\r\n"
                                 "offset = -2147483648\n"
                                 "\tgrab = off\n"
                                 "leader = right-ctrl");
    assert_string_equal(values.name, "lab \"3\" \\ x");
    assert_int_equal(values.port, 1);
    assert_int_equal(values.offset, INT32_MIN);
    assert_false(values.grab);
    assert_int_equal(values.leader, 1);

    assert_string_equal(parse("name = 'as it is \\n'").name, "as it is \\n");
    assert_string_equal(parse("name = lab3:24810").name, "lab3:24810");
    assert_string_equal(parse("name = [2001:db8::1]:24810").name, "[2001:db8::1]:24810");
    assert_string_equal(parse("name = \"b\xc3\xbcro # 1\"").name, "b\xc3\xbcro # 1");
    assert_string_equal(parse("name = \"$HOME\"").name, "$HOME");
    assert_int_equal(parse("port = '65535'").port, 65535);
}

static void test_bools(void **state)
{
    assert_true(parse("grab = on").grab);
    assert_true(parse("grab = yes").grab);
    assert_true(parse("grab = true").grab);
    assert_false(parse("grab = off").grab);
    assert_false(parse("grab = no").grab);
    assert_false(parse("grab = false").grab);
    expect("grab = 1", "f.conf:1: grab: '1' is neither on nor off (or yes, no, true, false)", true);
    expect("grab = On", "f.conf:1: grab: 'On' is neither", false);
}

static void test_numbers(void **state)
{
    static const char *const bad[] = {"0",
                                      "65536",
                                      "-1",
                                      "x",
                                      "1x",
                                      "\"\"",
                                      "\" 1\"",
                                      "1.5",
                                      "0x10",

                                      "99999999999999999999",
                                      "-",
                                      "1-"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "port = %s", bad[i]);
        expect(text, "f.conf:1: port: '", false);
    }
    expect("port = 65536", "f.conf:1: port: '65536' is not a whole number from 1 to 65535", true);
}

static void test_choices(void **state)
{
    expect("leader = caps", "f.conf:1: leader: 'caps' is not one of scroll-lock, right-ctrl", true);
    expect("leader = \"\"", "f.conf:1: leader: '' is not one of", false);
}

static void test_texts(void **state)
{
    char text[400];
    char value[CONFIG_TEXT_ROOM + 1];

    memset(value, 'x', sizeof value - 1);
    value[CONFIG_TEXT_ROOM - 1] = '\0'; /* 255 */
    snprintf(text, sizeof text, "name = %s", value);
    assert_string_equal(parse(text).name, value);
    value[CONFIG_TEXT_ROOM - 1] = 'x';
    value[CONFIG_TEXT_ROOM] = '\0';
    snprintf(text, sizeof text, "name = %s", value);
    expect(text, "f.conf:1: name: longer than 255 bytes", true);
    expect("name = \"a\\nb\"", "f.conf:1: name: not UTF-8, or with control characters", true);
    expect("name = \"\xff\"", "f.conf:1: name: not UTF-8", false);
    expect("name = \"\\x1b[2J\"", "f.conf:1: name: not UTF-8", false);
}

static void test_unknown_options(void **state)
{
    expect("colour = red", "f.conf:1: colour: there is no such option", true);
    expect("Port = 1", "f.conf:1: Port: there is no such option", true);
    expect("\xff\x7f = 1", "f.conf:1: ", false);
    expect("include(\"/etc/passwd\")", "f.conf:1: include: there is no such option", true);
    expect("__unknown = 1", "f.conf:1: __unknown: there is no such option", true);
}

/* The number of the line, whatever stands before: libConfuse counts a comment twice or thrice. */
static void test_lines_are_counted(void **state)
{
    expect("# one\n# two ${HOME} \"\n// three\nport = 0", "f.conf:3: ", false);
    expect("# one\n# two\n\nport = 0\n", "f.conf:4: port: ", false);
    expect("port = 1 # a comment\nname = x # another\ngrab = 7\n", "f.conf:3: grab: ", false);
    expect("\n\n\n\n\n\n\n\n\nport = 0", "f.conf:10: port: ", false);
    expect("port = 1\r\nport = 2\r\n", "f.conf:2: port: ", false);
}

static void test_trap_only_the_first_error(void **state)
{
    expect("port = 0\ncolour = red\ngrab = 7\n", "f.conf:1: port: ", false);
    expect("port = 1\ncolour = red\ngrab = 7\n", "f.conf:2: colour: ", false);
}

static void test_trap_repeated_option(void **state)
{
    expect("port = 1\nname = x\nport = 2\n", "f.conf:3: port: it is there twice, first in line 1",
           true);
    expect("port = 1\nport = 1\n", "f.conf:2: port: it is there twice, first in line 1", true);
}

static void test_trap_unclosed(void **state)
{
    expect("section {", "f.conf:1: section: there is no such option", true);
    expect("port = 1\nname {\nx = y\n", "f.conf:2: ", false);
    expect("name = \"lab3\nport = 1\n", "f.conf:1: a quote is not closed in its line", true);
    expect("name = 'lab3\nport = 1\n", "f.conf:1: ", false);
    expect("name = \"a\nb\"\n", "f.conf:1: ", false);
    expect("name = \"a\\\nb\"\n", "f.conf:1: ", false);
    expect("port = 1\n}\n", "f.conf:2: ", false);
    assert_int_equal(parse("port = 3").port, 3); /* none of it is left in libConfuse's lexer */
}

static void test_trap_comments(void **state)
{
    expect("/*\nport = 1\n", "f.conf:1: /* begins no comment here: use #", true);
    expect("name = x /* y\n", "f.conf:1: /* begins no comment here: use #", true);
    expect("name = x /* y */\n", "f.conf:1: /*", false);
    assert_int_equal(parse("# /* not a comment\nport = 3").port, 3);
    assert_int_equal(parse("# ${HOME}\nport = 3 # ${HOME} /* + \\ '").port, 3);
    assert_string_equal(parse("name = \"a/*b\"").name, "a/*b");
}

static void test_trap_expansion(void **state)
{
    setenv("SECRET", "5", 1);
    expect("port = ${SECRET}", "f.conf:1: ${ is not expanded: write the value itself", true);
    expect("name = \"${SECRET}\"", "f.conf:1: ${", false);
    expect("name = '${SECRET}'", "f.conf:1: ${", false);
    expect("${SECRET} = 1", "f.conf:1: ${", false);
}

/* libConfuse drops them, or prints them on standard output. */
static void test_trap_stray_characters(void **state)
{
    expect("port = +1", "f.conf:1: + and \\ stand in quotes only", true);
    expect("port = 1+", "f.conf:1: + and", false);
    expect("port = 1 \\", "f.conf:1: + and", false);
    expect("name = \\x", "f.conf:1: + and", false);
    expect("port += 1", "f.conf:1: + and", false);
    expect("name = \"x\\", "f.conf:1: a quote is not closed in its line", true);
    expect("name = \"x\\\"", "f.conf:1: a quote is not closed", false);
    expect("name = 'x\\'", "f.conf:1: a quote is not closed", false);
    assert_string_equal(parse("name = \"+ \\\\\"").name, "+ \\");
    assert_string_equal(parse("name = 'a\\'b'").name, "a'b");
}

/* libConfuse would take the next line's option for the value, or read on behind one. */
static void test_trap_one_option_a_line(void **state)
{
    expect("port =\nname = x\n", "f.conf:1: the line ends before its value", false);
    expect("port\n= 1\n", "f.conf:1: ", false);
    expect("port = 1 name = x", "f.conf:1: name: each option stands on a line of its own", true);
    expect("name = a b",
           "f.conf:1: name: something follows its value: a value with blanks stands in quotes",
           true);
    expect("name = \"a\" \"b\"", "f.conf:1: name: something follows its value", false);
    expect("name = a'b'", "f.conf:1: name: something follows its value", false);
    expect("port = 1, name = x", "f.conf:1: port: something follows its value", false);
    expect("port 1", "f.conf:1: missing equal sign after option 'port' (a line is: option = value)",
           true);
    expect("port: 1", "f.conf:1: port:: there is no such option", true);
    expect("port = {1, 2}", "f.conf:1: ", false);
    expect("= 1", "f.conf:1: ", false);
    expect("port = = 1", "f.conf:1: ", false);
}

static void test_control_characters(void **state)
{
    expect("port = 1\rname = x\n", "f.conf:1: a control character stands in the line", true);
    expect("\x1b[2Jport = 1\n", "f.conf:1: a control character stands in the line", true);
    expect("port = 1\n\x0c\n", "f.conf:2: a control character", false);
}

static void test_sections(void **state)
{
    struct values values = parse("port = 1\nhotkeys { \"Meta+F1\" = \"target lab3\" } # one line\n"
                                 "grab = off\n");
    assert_int_equal(values.hotkeys.count, 1);
    assert_string_equal(values.hotkeys.entries[0].key, "Meta+F1");
    assert_string_equal(values.hotkeys.entries[0].text, "target lab3");
    assert_int_equal(values.hotkeys.entries[0].line, 2);
    assert_false(values.grab);

    values = parse(
        "hotkeys {\n# a comment }\n  \"a}#\\\"\" = 'x {' # more }\n\n'F2'=next\r\n}\nport = 7");
    assert_int_equal(values.hotkeys.count, 2);
    assert_string_equal(values.hotkeys.entries[0].key, "a}#\"");
    assert_string_equal(values.hotkeys.entries[0].text, "x {");
    assert_string_equal(values.hotkeys.entries[1].key, "F2");
    assert_int_equal(values.hotkeys.entries[1].line, 5);
    assert_int_equal(values.port, 7);
    assert_int_equal(parse("hotkeys {}").hotkeys.count, 0);
    assert_int_equal(parse("hotkeys {\n\"a\" = \"b\" }").hotkeys.count, 1);
    assert_int_equal(parse("hotkeys { \"a\" = \"b\"\n}").hotkeys.count, 1);
}

static void test_wrong_sections(void **state)
{
    char text[CONFIG_ENTRIES_MAX * 16 + 64] = "hotkeys {\n";

    expect("hotkeys {\n\"a\" = \"b\"\n", "f.conf:1: hotkeys: this section is not closed", true);
    expect("port = 1\nhotkeys {\nport = 2\nhotkeys {\n}",
           "f.conf:4: hotkeys: this section, begun in line 2, is not closed", true);
    expect("hotkeys {}\nhotkeys {}", "f.conf:2: hotkeys: it is there twice, first in line 1", true);
    expect("hotkeys {\n\"a\" = b\n'a' = c\n}",
           "f.conf:3: hotkeys: a: it is there twice, first in line 2", true);
    expect("hotkeys {\n\"a\" = bad\n}", "f.conf:2: hotkeys: a: 'bad' does nothing", true);
    expect("hotkeys = x", "f.conf:1: hotkeys: this is a section: hotkeys { ... }", true);
    expect("port { \"a\" = b }", "f.conf:1: port: this is no section", false);
    expect("hotkeys {\n\"a\"\n}", "f.conf:2: hotkeys: an entry is one line: \"key\" = \"value\"",
           true);
    expect("hotkeys {\n\"a\" = \n\"b\"\n}", "f.conf:2: hotkeys: an entry", false);
    expect("hotkeys {\n\"a\" = b c\n}", "f.conf:2: hotkeys: an entry", false);
    expect("hotkeys {\n\"a\" = b \"c\" = d\n}", "f.conf:2: hotkeys: an entry", false);
    expect("hotkeys {\n\"a\" = {b}\n}", "f.conf:2: an entry is: ", false);
    expect("hotkeys {\n\"\" = b\n}", "f.conf:2: hotkeys: ", false);
    expect("hotkeys {\n\"a\" = \"\"\n}", "f.conf:2: hotkeys: the value is empty", true);
    expect("hotkeys {\n\"a\\x01\" = b\n}", "f.conf:2: hotkeys: the key is not UTF-8", false);
    expect("hotkeys {\nMeta+F1 = b\n}", "f.conf:2: + and \\ stand in quotes only", true);
    expect("hotkeys {} port = 1", "f.conf:1: something follows the end of the section", true);
    expect("hotkeys {\n} }", "f.conf:2: something follows", false);
    for (int i = 0; i <= CONFIG_ENTRIES_MAX; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "\"k%d\" = x\n", i);
    expect(text, "f.conf:66: hotkeys: there are more than 64 entries", true);
}

/* Whatever bytes a file has: values or one clean error, nothing else. */
static void test_any_bytes(void **state)
{
    static const char alphabet[] = "port=name 12\"'\\#{}(),hkys{}+/*$\n\r\tx\xff\x1b";
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        char text[48];
        char error[ERROR_ROOM] = "";
        struct values values;
        size_t size = (size_t)rand_r(&seed) % (sizeof text - 1);
        for (size_t i = 0; i < size; i++)
            text[i] = alphabet[(size_t)rand_r(&seed) % (sizeof alphabet - 1)];
        text[size] = '\0';
        int result = config_parse(OPTIONS, COUNT, "f.conf", text, &values, error);
        assert_true(result == 0 || strncmp(error, "f.conf:", 7) == 0);
        assert_true(text_is_clean(error, strlen(error)));
    }
}

static void test_printed_reads_back(void **state)
{
    struct values given = parse("name = \"q\\\" b\\\\ # 'x' \xc3\xa9\"\nport = 7\noffset = 9\ngrab "
                                "= no\nleader = right-ctrl\nhotkeys { \"M\\\"+\" = \"a b\" }");
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    config_print(OPTIONS, COUNT, &given, out);
    fclose(out);
    struct values got = parse(text);
    assert_string_equal(got.name, given.name);
    assert_int_equal(got.port, 7);
    assert_int_equal(got.offset, 9);
    assert_false(got.grab);
    assert_int_equal(got.leader, 1);
    assert_int_equal(got.hotkeys.count, 1);
    assert_string_equal(got.hotkeys.entries[0].key, "M\"+");
    assert_string_equal(got.hotkeys.entries[0].text, "a b");
    for (size_t i = 0; i < COUNT; i++)
        assert_non_null(strstr(text, OPTIONS[i].help));
    assert_non_null(strstr(text, "# 1 to 65535; default: 24810\nport = 7\n"));
    assert_non_null(
        strstr(text, "# scroll-lock | right-ctrl; default: scroll-lock\nleader = right-ctrl\n"));
    free(text);
}

static void test_files(void **state)
{
    char path[64];
    char wanted[256];
    char error[ERROR_ROOM];
    struct values values;

    snprintf(path, sizeof path, "/tmp/hotdesk-test-config.%d", (int)getpid());
    assert_int_equal(config_load(OPTIONS, COUNT, path, false, &values, error), 0);
    assert_int_equal(values.port, 24810);
    assert_int_equal(config_load(OPTIONS, COUNT, path, true, &values, error), -ENOENT);
    snprintf(wanted, sizeof wanted, "%s: cannot be read: No such file or directory", path);
    assert_string_equal(error, wanted);

    assert_int_equal(paths_write_file(path, "port = 8\n", 9), 0);
    assert_int_equal(config_load(OPTIONS, COUNT, path, true, &values, error), 0);
    assert_int_equal(values.port, 8);

    assert_int_equal(paths_write_file(path, "port = 9\nx", 10), 0);
    assert_int_equal(config_load(OPTIONS, COUNT, path, false, &values, error), -EINVAL);
    snprintf(wanted, sizeof wanted, "%s:2: x: there is no such option", path);
    assert_string_equal(error, wanted);
    assert_int_equal(values.port, 8);

    assert_int_equal(paths_write_file(path, "port = 9\n\0port = 8\n", 19), 0);
    assert_int_equal(config_load(OPTIONS, COUNT, path, false, &values, error), -EINVAL);
    assert_int_equal(config_load(OPTIONS, COUNT, "/dev/zero", false, &values, error), -EFBIG);
    assert_int_equal(config_load(OPTIONS, COUNT, "/tmp", false, &values, error), -EISDIR);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_bools),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_unknown_options),
        cmocka_unit_test(test_lines_are_counted),
        cmocka_unit_test(test_trap_only_the_first_error),
        cmocka_unit_test(test_trap_repeated_option),
        cmocka_unit_test(test_trap_unclosed),
        cmocka_unit_test(test_trap_comments),
        cmocka_unit_test(test_trap_expansion),
        cmocka_unit_test(test_trap_stray_characters),
        cmocka_unit_test(test_trap_one_option_a_line),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_wrong_sections),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_printed_reads_back),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
