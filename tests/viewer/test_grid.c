/* Which targets a grid shows, and what stands in its tiles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/viewer/grid_words.h"
#include "server/viewer/roster.h"
#include "server/viewer/sets.h"

#define NOW_US (100 * 3600 * 1000000ULL)

static struct status status;
static struct roster roster;

static void tell(const char *line)
{
    assert_true(status_line(&status, line, NOW_US));
}

static int set_up(void **state)
{
    setenv("TZ", "UTC", 1);
    status_init(&status);
    tell("{\"ok\":true,\"active\":3,\"targets\":["
         "{\"number\":1,\"name\":\"lab3\",\"state\":\"ready\",\"reason\":\"\",\"since_s\":60},"
         "{\"number\":2,\"name\":\"attic\",\"state\":\"offline\",\"reason\":\"no answer\","
         "\"since_s\":3600},"
         "{\"number\":3,\"name\":\"rack-b\",\"state\":\"ready\",\"reason\":\"\",\"since_s\":60},"
         "{\"number\":4,\"name\":\"rack-c\",\"state\":\"not ready\",\"reason\":\"no input\","
         "\"since_s\":60}]}");
    return 0;
}

/* "name=number" of each entry. */
static void assert_roster(const char *wanted)
{
    char text[256] = "";
    for (size_t i = 0; i < roster.count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s=%u", i ? " " : "", roster.entries[i].name,
                 roster.entries[i].number);
    }
    assert_string_equal(text, wanted);
}

static void names_are_in_their_order(void **state)
{
    const char *const names[] = {"rack-b", "1", "attic"};
    roster_init_names(&roster, names, 3);
    assert_true(roster_update(&roster, &status));
    assert_false(roster_update(&roster, &status));
    assert_roster("rack-b=3 lab3=1 attic=2");
    assert_null(roster_unknown(&roster));
}

static void a_name_that_is_none_is_told(void **state)
{
    const char *const names[] = {"lab3", "lab33", "99"};
    roster_init_names(&roster, names, 3);
    roster_update(&roster, &status);
    assert_string_equal(roster_unknown(&roster), "lab33");
}

static void names_follow_their_targets(void **state)
{
    const char *const names[] = {"lab3", "attic"};
    roster_init_names(&roster, names, 2);
    roster_update(&roster, &status);
    tell("{\"event\":\"target\",\"number\":1,\"name\":\"desk\",\"state\":\"ready\"}");
    assert_true(roster_update(&roster, &status));
    assert_roster("desk=1 attic=2");
    tell("{\"event\":\"ordered\",\"from\":2,\"number\":7,\"name\":\"attic\",\"active\":3}");
    tell("{\"event\":\"target\",\"number\":7,\"name\":\"attic\",\"state\":\"offline\"}");
    assert_true(roster_update(&roster, &status));
    assert_roster("desk=1 attic=7");
    tell("{\"event\":\"forgotten\",\"number\":1}");
    assert_true(roster_update(&roster, &status));
    assert_roster("desk=0 attic=7");
}

static void a_wall_has_all_or_a_set(void **state)
{
    roster_init_set(&roster, NULL);
    assert_true(roster_update(&roster, &status));
    assert_roster("lab3=1 attic=2 rack-b=3 rack-c=4");
    roster_init_set(&roster, "rack-*, lab?");
    assert_true(roster_update(&roster, &status));
    assert_roster("lab3=1 rack-b=3 rack-c=4");
    tell("{\"event\":\"target\",\"number\":9,\"name\":\"rack-d\",\"state\":\"ready\"}");
    tell("{\"event\":\"target\",\"number\":3,\"name\":\"other\",\"state\":\"ready\"}");
    assert_true(roster_update(&roster, &status));
    assert_roster("lab3=1 rack-c=4 rack-d=9");
    status_init(&status); /* the server has gone */
    assert_false(roster_update(&roster, &status));
    assert_roster("lab3=1 rack-c=4 rack-d=9");
}

static void sets_are_checked(void **state)
{
    char why[128];
    assert_true(sets_check("lab", "lab3, rack-* a?", why, sizeof why));
    assert_false(sets_check("Lab", "lab3", why, sizeof why));
    assert_false(sets_check("", "lab3", why, sizeof why));
    assert_false(sets_check("lab", " , ", why, sizeof why));
    assert_false(sets_check("lab", "lab[3]", why, sizeof why));
    assert_false(sets_has("lab", "lab3"));
    assert_true(sets_has(" x,lab3 ", "lab3"));
}

static struct mosaic_tile words_of(uint16_t number, const char *no_picture)
{
    struct mosaic_tile tile;
    struct roster_entry entry = {.number = number};
    const struct status_target *target = status_find(&status, number);
    strcpy(entry.name, target ? target->name : "gone");
    struct grid_facts facts = {.status = &status,
                               .entry = &entry,
                               .no_picture = no_picture,
                               .has_room = true,
                               .wall_s = 1000000000}; /* 01:46:40 UTC */
    grid_words_make(&facts, NOW_US, &tile);
    return tile;
}

static void tiles_say_how_it_is(void **state)
{
    struct mosaic_tile tile = words_of(1, "");
    assert_int_equal(tile.number, 1);
    assert_string_equal(tile.name, "lab3");
    assert_string_equal(tile.state, "ready");
    assert_int_equal(tile.mood, MOSAIC_GOOD);
    assert_false(tile.hides_picture);
    tile = words_of(1, "no screen: Wayland session");
    assert_string_equal(tile.why, "no screen: Wayland session");
    assert_int_equal(tile.mood, MOSAIC_CALM);
    assert_true(tile.hides_picture);
    tile = words_of(3, "");
    assert_string_equal(tile.state, "active");
    assert_int_equal(tile.mood, MOSAIC_ACTIVE);
}

static void there_is_room_for_so_many_pictures(void **state)
{
    struct mosaic_tile tile;
    struct roster_entry entry = {.number = 1, .name = "lab3"};
    struct grid_facts facts = {.status = &status, .entry = &entry, .no_picture = ""};
    grid_words_make(&facts, NOW_US, &tile);
    assert_string_equal(tile.why, "no picture: too many at once");
    assert_string_equal(tile.state, "ready");
}

/* Its last picture must not look like what it shows now. */
static void one_that_is_away_has_no_picture(void **state)
{
    struct mosaic_tile tile = words_of(2, "");
    assert_string_equal(tile.why, "offline since 00:46: no answer");
    assert_int_equal(tile.mood, MOSAIC_WARNING);
    assert_true(tile.hides_picture);
    tile = words_of(4, ""); /* takes no input, and has a picture */
    assert_string_equal(tile.state, "not ready");
    assert_false(tile.hides_picture);
    tile = words_of(5, "");
    assert_true(tile.hides_picture);
    status_init(&status);
    tile = words_of(1, "");
    assert_true(tile.hides_picture);
    assert_non_null(strstr(tile.why, "does not answer"));
}

#define ONE(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(names_are_in_their_order),
        ONE(a_name_that_is_none_is_told),
        ONE(names_follow_their_targets),
        ONE(a_wall_has_all_or_a_set),
        ONE(sets_are_checked),
        ONE(tiles_say_how_it_is),
        ONE(one_that_is_away_has_no_picture),
        ONE(there_is_room_for_so_many_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
