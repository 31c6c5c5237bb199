#include "server/viewer/choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct monitor_list TWO = {
    .count = 2,
    .monitors = {{.name = "DP-1", .width_px = 1920, .height_px = 1080},
                 {.name = "HDMI-1",
                  .x_px = 1920,
                  .y_px = -200,
                  .width_px = 1280,
                  .height_px = 1024,
                  .is_primary = true}}};
static const int32_t LEFT[] = {1919, 1079}, RIGHT[] = {1920, -200}, NOWHERE[] = {1000, -1};

static void assert_chosen(const char *expected, const struct choice_wish *wish,
                          const int32_t *pointer_px)
{
    const struct monitor *got = choice_make(&TWO, wish, pointer_px);
    assert_non_null(got);
    assert_string_equal(got->name, expected);
}

static void the_one_with_the_pointer(void **state)
{
    struct choice_wish wish = {.name = ""};
    assert_chosen("DP-1", &wish, LEFT);
    assert_chosen("HDMI-1", &wish, RIGHT);
    assert_chosen("HDMI-1", &wish, NOWHERE); /* the primary one */
    assert_chosen("HDMI-1", &wish, NULL);
    assert_null(choice_make(&(struct monitor_list){0}, &wish, LEFT));
}

static void the_wished_one(void **state)
{
    struct choice_wish wish = {.name = "HDMI-1"};
    assert_chosen("HDMI-1", &wish, LEFT);
    wish.name = "VGA-1";
    assert_chosen("DP-1", &wish, LEFT);
    wish.is_strict = true;
    assert_null(choice_make(&TWO, &wish, LEFT));
}

/* Each with a target of its own is left to it, while there is another. */
static void not_one_with_its_own_target(void **state)
{
    struct config_section taken = {.count = 1, .entries = {{.key = "HDMI-1", .text = "lab"}}};
    struct choice_wish wish = {.name = "", .taken = &taken};
    assert_chosen("DP-1", &wish, RIGHT);
    wish.name = "HDMI-1";
    assert_chosen("HDMI-1", &wish, LEFT);
    wish.name = "";
    taken.count = 2;
    snprintf(taken.entries[1].key, sizeof taken.entries[1].key, "DP-1");
    assert_chosen("HDMI-1", &wish, RIGHT);
    assert_chosen("DP-1", &wish, LEFT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_with_the_pointer),
        cmocka_unit_test(the_wished_one),
        cmocka_unit_test(not_one_with_its_own_target),
    };
    return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
