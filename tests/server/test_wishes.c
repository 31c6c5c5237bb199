/* How screens are to be sent, by name, and what limits them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/net/limiting.h"
#include "server/net/options.h"
#include "server/net/wishes.h"

static struct server_options options;

static void add(struct config_section *section, const char *key, const char *text)
{
    struct config_entry *entry = &section->entries[section->count++];
    snprintf(entry->key, sizeof entry->key, "%s", key);
    snprintf(entry->text, sizeof entry->text, "%s", text);
}

static int set_up(void **state)
{
    memset(&options, 0, sizeof options);
    return 0;
}

static void assert_wish(const char *name, uint8_t quality, uint16_t permille)
{
    struct message_screen_wish wish = wishes_of(&options, name);
    assert_int_equal(wish.quality, quality);
    assert_int_equal(wish.scale_permille, permille);
}

static void a_target_has_its_own_or_that_of_all(void **state)
{
    assert_wish("lab3", MESSAGE_QUALITY_AUTO, 1000);
    add(&options.quality, "*", "low");
    add(&options.quality, "lab3", "lossless");
    add(&options.scale, "lab3", "0.5");
    assert_wish("lab3", MESSAGE_QUALITY_LOSSLESS, 500);
    assert_wish("lab4", MESSAGE_QUALITY_LOW, 1000);
    add(&options.scale, "*", "0.25");
    assert_wish("lab3", MESSAGE_QUALITY_LOSSLESS, 500);
    assert_wish("lab4", MESSAGE_QUALITY_LOW, 250);
}

static void what_is_no_wish_is_refused(void **state)
{
    static const struct {
        const char *text;
        uint16_t permille; /* 0: refused */
    } scales[] = {{"1", 1000},  {"1.0", 1000}, {"0.25", 250}, {"0.333", 333}, {"0.9", 900},
                  {"0.249", 0}, {"0", 0},      {"0.", 0},     {"0.3333", 0},  {"1.1", 0},
                  {"2", 0},     {"-0.5", 0},   {"0,5", 0},    {"0.5x", 0},    {"50", 0},
                  {"", 0},      {" 0.5", 0}};
    char why[96];
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        assert_int_equal(wishes_check_scale("lab3", scales[i].text, why, sizeof why),
                         scales[i].permille != 0);
        options.scale.count = 0;
        add(&options.scale, "lab3", scales[i].text);
        if (scales[i].permille)
            assert_wish("lab3", MESSAGE_QUALITY_AUTO, scales[i].permille);
    }
    assert_true(wishes_check_quality("lab3", "auto", why, sizeof why));
    assert_false(wishes_check_quality("lab3", "best", why, sizeof why));
    assert_string_equal(why, "a quality is auto, lossless or low");
}

static void what_limits_is_named(void **state)
{
    struct screen_view screen = {.stage = SCREEN_RUNNING, .look = FRAME_LOOK_FULL};
    struct message_screen_figures figures = {0};
    assert_int_equal(limiting_of(&figures, &screen), LIMITING_STILL);
    figures.p99_us = 30000;
    figures.works_permille = 300;
    assert_int_equal(limiting_of(&figures, &screen), LIMITING_NONE);
    figures.works_permille = 900;
    assert_int_equal(limiting_of(&figures, &screen), LIMITING_AGENT);
    figures.waits_permille = 600;
    assert_int_equal(limiting_of(&figures, &screen), LIMITING_LINK);
    screen.is_full = true;
    assert_int_equal(limiting_of(&figures, &screen), LIMITING_DECODER);
    screen.look = FRAME_LOOK_AWAY;
    assert_int_equal(limiting_of(&figures, &screen), LIMITING_NOBODY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_target_has_its_own_or_that_of_all, set_up),
        cmocka_unit_test_setup(what_is_no_wish_is_refused, set_up),
        cmocka_unit_test_setup(what_limits_is_named, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
