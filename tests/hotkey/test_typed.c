#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/hotkey/typed.h"

static void add(struct typed *typed, uint16_t code, bool down)
{
    struct report report = {0};

    report_add(&report, EV_KEY, code, down);
    assert_true(typed_add_report(typed, &report));
}

static void assert_key(const struct grab_key *key, uint16_t code, bool down)
{
    assert_int_equal(key->code, code);
    assert_int_equal(key->down, down);
}

static void parts_come_out_in_order(void **state)
{
    struct typed typed = {0};
    struct grab_key keys[GRAB_GIVEN_MAX];
    struct keyset down = {0};

    add(&typed, KEY_A, true);
    add(&typed, KEY_A, false);
    typed_begin_part(&typed);
    typed_begin_part(&typed); /* nothing was typed between two commands */
    add(&typed, KEY_B, true);
    keyset_add(&down, KEY_B);
    assert_int_equal(typed_take_part(&typed, &down, keys), 2);
    assert_key(&keys[0], KEY_A, true);
    assert_key(&keys[1], KEY_A, false);
    assert_int_equal(typed_take_part(&typed, &down, keys), 0);
    assert_int_equal(typed_take_part(&typed, &down, keys), 1);
    assert_key(&keys[0], KEY_B, true);
    assert_int_equal(typed_take_part(&typed, &down, keys), 0);
}

static void ups_of_older_keys_are_left_out(void **state)
{
    struct typed typed = {0};
    struct grab_key keys[GRAB_GIVEN_MAX];
    struct keyset down = {0};

    add(&typed, KEY_0, false); /* of the hotkey */
    add(&typed, KEY_A, true);
    add(&typed, KEY_A, true);
    add(&typed, KEY_A, false);
    assert_int_equal(typed_take_part(&typed, &down, keys), 2);
    assert_key(&keys[0], KEY_A, true);
    assert_key(&keys[1], KEY_A, false);
}

static void what_nobody_holds_is_lifted(void **state)
{
    struct typed typed = {0};
    struct grab_key keys[GRAB_GIVEN_MAX];
    struct keyset down = {0};

    add(&typed, KEY_A, true);
    add(&typed, KEY_B, true);
    typed_begin_part(&typed);
    add(&typed, KEY_A, false);
    keyset_add(&down, KEY_B);
    assert_int_equal(typed_take_part(&typed, &down, keys), 3);
    assert_key(&keys[2], KEY_A, false);
    assert_int_equal(typed_take_part(&typed, &down, keys), 0);
}

static void assert_is_empty(const struct typed *typed)
{
    static const struct typed nothing;
    assert_memory_equal(typed, &nothing, sizeof nothing);
}

/* A password may be among them. */
static void nothing_stays_in_memory(void **state)
{
    struct typed typed = {0};
    struct grab_key keys[GRAB_GIVEN_MAX];
    struct keyset down = {0};

    add(&typed, KEY_A, true);
    add(&typed, KEY_B, true);
    typed_begin_part(&typed);
    add(&typed, KEY_C, true);
    typed_take_part(&typed, &down, keys);
    typed_take_part(&typed, &down, keys);
    assert_is_empty(&typed);
    add(&typed, KEY_A, true);
    typed_clear(&typed);
    assert_is_empty(&typed);
}

static void it_is_bounded(void **state)
{
    struct typed typed = {0};
    struct grab_key keys[GRAB_GIVEN_MAX];
    struct keyset down = {0};
    struct report report = {0};

    report_add(&report, EV_REL, REL_X, 1);
    for (uint16_t i = 0; i < GRAB_TYPED_MAX; i++)
        add(&typed, (uint16_t)(1 + i), true);
    assert_true(typed_add_report(&typed, &report)); /* motion takes no room */
    report_add(&report, EV_KEY, KEY_A, 1);
    assert_false(typed_add_report(&typed, &report));
    assert_false(typed_begin_part(&typed));
    assert_int_equal(typed_take_part(&typed, &down, keys), GRAB_GIVEN_MAX);
    typed_clear(&typed);
    assert_int_equal(typed.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_come_out_in_order),
        cmocka_unit_test(ups_of_older_keys_are_left_out),
        cmocka_unit_test(what_nobody_holds_is_lifted),
        cmocka_unit_test(nothing_stays_in_memory),
        cmocka_unit_test(it_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
