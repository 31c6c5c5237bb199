/* What stands in the switcher. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/times.h"
#include "server/viewer/switcher_words.h"

#define NOW_US UINT64_C(100000000)

static struct status status;

static void hear(const char *line, uint64_t now_us)
{
    assert_true(status_line(&status, line, now_us));
}

/* Three targets, of which the first is active; the switcher is open since NOW_US. */
static int begin(void **state)
{
    status_init(&status);
    hear("{\"ok\": true, \"active\": 1, \"targets\": ["
         "{\"number\": 1, \"name\": \"lab\", \"state\": \"ready\", \"reason\": \"\"},"
         "{\"number\": 2, \"name\": \"attic\", \"state\": \"ready\", \"reason\": \"\"},"
         "{\"number\": 7, \"name\": \"till\", \"state\": \"offline\", \"reason\": \"no answer\"}]}",
         NOW_US);
    hear("{\"event\": \"switcher\", \"open\": true, \"selected\": 2, \"fitting\": [0, 1, 2, 7]}",
         NOW_US);
    return 0;
}

static struct mosaic_tile tile_of(uint16_t number)
{
    struct roster_entry entry = {.number = number};
    struct grid_facts facts = {
        .status = &status, .entry = &entry, .no_picture = "", .has_room = true};
    struct mosaic_tile tile;
    if (number)
        strcpy(entry.name, status_find(&status, number)->name);
    switcher_words_tile(&facts, NOW_US, &tile);
    return tile;
}

static struct switcher_line line_at(uint64_t now_us)
{
    struct switcher_line line;
    switcher_words_line(&status, now_us, &line);
    return line;
}

/* Only what is not as it should be is written out. */
static void each_state_is_told(void **state)
{
    struct mosaic_tile tile = tile_of(1);
    assert_int_equal(tile.mood, MOSAIC_ACTIVE);
    assert_string_equal(tile.state, "active");
    tile = tile_of(2);
    assert_int_equal(tile.mood, MOSAIC_GOOD);
    assert_string_equal(tile.state, "");
    assert_true(tile.is_selected);
    tile = tile_of(7);
    assert_int_equal(tile.mood, MOSAIC_WARNING);
    assert_string_equal(tile.state, "offline");
    assert_non_null(strstr(tile.why, "no answer"));
    assert_string_equal(tile_of(0).why, "this computer");
    assert_string_equal(tile_of(0).state, "");
    status.active = 0;
    assert_string_equal(tile_of(0).state, "active");
}

static void what_does_not_fit_stands_back(void **state)
{
    hear("{\"event\": \"switcher\", \"open\": true, \"selected\": 2, \"typed\": \"at\","
         " \"fitting\": [2]}",
         NOW_US);
    assert_true(tile_of(1).stands_back && tile_of(1).hides_picture);
    assert_string_equal(tile_of(7).why, "");
    assert_false(tile_of(2).stands_back);
    assert_string_equal(line_at(NOW_US).typed, "at");
    assert_string_equal(line_at(NOW_US).text, "1 of 4 · Enter: 2 attic");
}

static void the_selected_one_is_named_in_full(void **state)
{
    assert_string_equal(line_at(NOW_US).text,
                        "Enter: 2 attic · or a number, a part of a name, arrows · Escape");
    assert_string_equal(line_at(NOW_US).typed, "");
}

static void a_refusal_is_told_for_a_while(void **state)
{
    static const char REFUSED[] =
        "{\"event\": \"refused\", \"number\": 7, \"name\": \"till\", \"why\": \"it is offline\"}";
    const uint64_t until_us = NOW_US + 5 + time_us(TIME_NOTICE);
    hear(REFUSED, NOW_US + 5);
    assert_true(line_at(NOW_US + 5).is_warning);
    assert_string_equal(line_at(NOW_US + 5).text, "not switched to till: it is offline");
    assert_int_equal(switcher_words_deadline_us(&status, NOW_US + 5), until_us);
    assert_false(line_at(until_us).is_warning);
    assert_int_equal(switcher_words_deadline_us(&status, until_us), UINT64_MAX);
}

/* What was refused before is none of its business. */
static void an_old_refusal_is_not_told(void **state)
{
    hear("{\"event\": \"switcher\", \"open\": false, \"selected\": 0, \"fitting\": []}", NOW_US);
    hear("{\"event\": \"refused\", \"number\": 7, \"name\": \"till\", \"why\": \"it is offline\"}",
         NOW_US + 5);
    hear("{\"event\": \"switcher\", \"open\": true, \"selected\": 2, \"fitting\": [2]}",
         NOW_US + 6);
    assert_false(line_at(NOW_US + 7).is_warning);
    hear("{\"event\": \"switcher\", \"open\": true, \"selected\": 2, \"fitting\": [2]}",
         NOW_US + 9);
    assert_int_equal(status.choosing.since_us, NOW_US + 6);
}

/* A window that comes, or comes back, while the switcher is open. */
static void who_comes_later_is_told(void **state)
{
    hear("{\"ok\": true, \"active\": 0, \"targets\": [], \"switcher\": {\"open\": true, "
         "\"selected\": 2, \"typed\": \"at\", \"fitting\": [2]}}",
         NOW_US);
    assert_true(status.choosing.is_open);
    assert_int_equal(status.choosing.selected, 2);
    assert_string_equal(status.choosing.typed, "at");
    assert_true(status_fits(&status.choosing, 2));
    assert_false(status_fits(&status.choosing, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_state_is_told, begin),
        cmocka_unit_test_setup(what_does_not_fit_stands_back, begin),
        cmocka_unit_test_setup(the_selected_one_is_named_in_full, begin),
        cmocka_unit_test_setup(a_refusal_is_told_for_a_while, begin),
        cmocka_unit_test_setup(an_old_refusal_is_not_told, begin),
        cmocka_unit_test_setup(who_comes_later_is_told, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
