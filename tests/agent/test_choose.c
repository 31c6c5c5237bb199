/* Each row of the table in docs/injectors.md is a test here; another test reads that page. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/inject/choose.h"

#define NO_RIGHT  "Permission denied; hotdesk-agent-system.service has the right"
#define NO_MODULE "No such file or directory; load its module: modprobe uinput"

struct row {
    const char *session, *display, *uinput; /* as the page calls them */
    struct inject_facts facts;
    const char *injector; /* NULL: none */
    const char *sentence;
};

#define X_GOOD     INJECT_DISPLAY_GOOD
#define X_NONE     INJECT_DISPLAY_NONE
#define X_DEAD     INJECT_DISPLAY_DEAD
#define X_NO_XTEST INJECT_DISPLAY_NO_XTEST
#define X_XWAYLAND INJECT_DISPLAY_XWAYLAND

static const struct row rows[] = {
    {"x11", "good", "any", {"x11", NULL, X_GOOD, -EACCES}, "xtest", "X11 session"},
    {"tty or none", "good", "any", {"tty", NULL, X_GOOD, 0}, "xtest", "X11 session"},
    {"x11, tty or none",
     "Xwayland",
     "yes",
     {"x11", "", X_XWAYLAND, 0},
     "uinput",
     "Wayland session: the X display is Xwayland"},
    {"x11, tty or none",
     "Xwayland",
     "no right",
     {NULL, NULL, X_XWAYLAND, -EACCES},
     NULL,
     "Wayland session, needs uinput: /dev/uinput cannot be opened: " NO_RIGHT},
    {"x11",
     "no XTEST",
     "yes",
     {"x11", NULL, X_NO_XTEST, 0},
     "uinput",
     "the X display has no XTEST extension"},
    {"x11",
     "no XTEST",
     "no right",
     {"x11", NULL, X_NO_XTEST, -EACCES},
     NULL,
     "the X display has no XTEST extension, and /dev/uinput cannot be opened: " NO_RIGHT},
    {"x11",
     "no answer",
     "yes",
     {"x11", NULL, X_DEAD, 0},
     "uinput",
     "the X display cannot be opened"},
    {"x11",
     "no answer",
     "no right",
     {"x11", NULL, X_DEAD, -EACCES},
     NULL,
     "cannot open the X display, and /dev/uinput cannot be opened: " NO_RIGHT},
    {"wayland",
     "any",
     "yes",
     {"wayland", NULL, X_GOOD, 0},
     "uinput",
     "Wayland session: by X only X programs would be reached"},
    {"wayland",
     "any",
     "no right",
     {"wayland", NULL, X_XWAYLAND, -EACCES},
     NULL,
     "Wayland session, needs uinput: /dev/uinput cannot be opened: " NO_RIGHT},
    {"WAYLAND_DISPLAY set",
     "any",
     "yes",
     {NULL, "wayland-0", X_GOOD, 0},
     "uinput",
     "Wayland session: by X only X programs would be reached"},
    {"WAYLAND_DISPLAY set",
     "any",
     "no module",
     {"tty", "wayland-0", X_NONE, -ENOENT},
     NULL,
     "Wayland session, needs uinput: /dev/uinput cannot be opened: " NO_MODULE},
    {"tty or none",
     "none",
     "yes",
     {NULL, NULL, X_NONE, 0},
     "uinput",
     "no X display: text consoles and login screens"},
    {"tty or none",
     "none",
     "no right",
     {"tty", NULL, X_NONE, -EACCES},
     NULL,
     "no X display (DISPLAY is not set), and /dev/uinput cannot be opened: " NO_RIGHT},
    {"tty or none",
     "none",
     "no module",
     {NULL, NULL, X_NONE, -ENOENT},
     NULL,
     "no X display (DISPLAY is not set), and /dev/uinput cannot be opened: " NO_MODULE},
};

#define ROW_COUNT (sizeof rows / sizeof *rows)

static void a_row(void **state)
{
    const struct row *row = *state;
    char why[MESSAGE_REASON_ROOM] = "";
    enum inject_kind kind = INJECT_AUTO;
    const bool found = inject_choose(&row->facts, &kind, why);

    assert_string_equal(why, row->sentence);
    assert_int_equal(found, row->injector != NULL);
    if (found)
        assert_int_equal(kind, strcmp(row->injector, "xtest") == 0 ? INJECT_XTEST : INJECT_UINPUT);
    else
        assert_int_equal(kind, INJECT_AUTO);
}

static char *page_read(void)
{
    static char text[65536];
    FILE *file = fopen(getenv("INJECTORS_PAGE"), "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void the_page_has_each_row(void **state)
{
    const char *page = page_read();
    char line[512];

    for (size_t i = 0; i < ROW_COUNT; i++) {
        snprintf(line, sizeof line, "\n| %s | %s | %s | %s | %s |\n", rows[i].session,
                 rows[i].display, rows[i].uinput, rows[i].injector ? rows[i].injector : "none",
                 rows[i].sentence);
        if (!strstr(page, line))
            fail_msg("the page has no row%s", line);
    }
}

int main(void)
{
    static char names[ROW_COUNT][128];
    struct CMUnitTest tests[ROW_COUNT + 1];

    for (size_t i = 0; i < ROW_COUNT; i++) {
        snprintf(names[i], sizeof names[i], "%s, display %s, uinput %s", rows[i].session,
                 rows[i].display, rows[i].uinput);
        tests[i] = (struct CMUnitTest){
            .name = names[i], .test_func = a_row, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    tests[ROW_COUNT] = (struct CMUnitTest)cmocka_unit_test(the_page_has_each_row);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
