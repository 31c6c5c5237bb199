#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/hotkey/typed.h"

static void add_at(struct typed *typed, uint32_t sequence, uint64_t time_us, uint16_t code,
                   bool down)
{
    struct report report = {.time_us = time_us};

    report_add(&report, EV_KEY, code, down);
    assert_true(typed_add_report(typed, &report, sequence));
}

static void add(struct typed *typed, uint32_t sequence, uint16_t code, bool down)
{
    add_at(typed, sequence, 1000 + sequence, code, down);
}

static void assert_key(const struct grab_key *key, uint16_t code, bool down)
{
    assert_int_equal(key->code, code);
    assert_int_equal(key->down, down);
}

static void what_was_read_is_forgotten(void **state)
{
    struct typed typed = {0};
    struct grab_key keys[GRAB_GIVEN_MAX];
    struct keyset down = {0};

    add(&typed, UINT32_MAX - 1, KEY_A, true); /* sequences wrap round */
    add(&typed, UINT32_MAX, KEY_A, false);
    add(&typed, 0, KEY_B, true);
    add(&typed, 1, KEY_B, false);
    typed_forget(&typed, UINT32_MAX - 2, true);
    assert_int_equal(typed.count, 4);
    typed_forget(&typed, 0, true);
    assert_int_equal(typed.count, 1);
    add(&typed, 3, KEY_C, true);
    typed_forget(&typed, 2, true); /* motion */
    keyset_add(&down, KEY_C);
    assert_int_equal(typed_take(&typed, &down, 0, keys), 1);
    assert_key(&keys[0], KEY_C, true);
}

static void a_command_waits_for_its_answer(void **state)
{
    struct typed typed = {0};
    struct grab_key keys[GRAB_GIVEN_MAX];
    struct keyset down = {0};

    add(&typed, 1, KEY_A, true);
    assert_true(typed_add_command(&typed, 2));
    add(&typed, 3, KEY_B, true);
    assert_true(typed_add_command(&typed, 4)); /* nothing was typed between the next two */
    assert_true(typed_add_command(&typed, 5));
    add(&typed, 6, KEY_C, true);
    assert_int_equal(typed.command_count, 3);
    typed_forget(&typed, 6, false);
    assert_int_equal(typed.count, 5);
    assert_int_equal(typed_take(&typed, &down, 0, keys), 0);
    typed_forget(&typed, 2, true);
    assert_int_equal(typed.command_count, 2);
    assert_int_equal(typed_take(&typed, &down, 0, keys), 2); /* and its up */
    assert_key(&keys[0], KEY_B, true);
    assert_int_equal(typed_take(&typed, &down, 0, keys), 0);
    typed_forget_commands(&typed);
    assert_int_equal(typed.command_count, 0);
    assert_int_equal(typed_take(&typed, &down, 0, keys), 2);
    assert_key(&keys[0], KEY_C, true);
    typed_forget_commands(&typed);
    assert_int_equal(typed.count, 0);
}

static void ups_of_older_keys_are_left_out(void **state)
{
    struct typed typed = {0};
    struct grab_key keys[GRAB_GIVEN_MAX];
    struct keyset down = {0};

    add(&typed, 1, KEY_0, false); /* of the hotkey */
    add(&typed, 2, KEY_A, true);
    add(&typed, 3, KEY_A, true);
    add(&typed, 4, KEY_A, false);
    assert_int_equal(typed_take(&typed, &down, 0, keys), 2);
    assert_key(&keys[0], KEY_A, true);
    assert_key(&keys[1], KEY_A, false);
}

static void what_was_pressed_too_early_is_left_out(void **state)
{
    struct typed typed = {0};
    struct grab_key keys[GRAB_GIVEN_MAX];
    struct keyset down = {0};

    add_at(&typed, 1, 99, KEY_A, true);
    add_at(&typed, 2, 100, KEY_B, true);
    add_at(&typed, 3, 101, KEY_A, false);
    add_at(&typed, 4, 102, KEY_B, false);
    assert_int_equal(typed_take(&typed, &down, 100, keys), 2);
    assert_key(&keys[0], KEY_B, true);
    assert_key(&keys[1], KEY_B, false);
}

static void what_nobody_holds_is_lifted(void **state)
{
    struct typed typed = {0};
    struct grab_key keys[GRAB_GIVEN_MAX];
    struct keyset down = {0};

    add(&typed, 1, KEY_A, true);
    add(&typed, 2, KEY_B, true);
    typed_add_command(&typed, 3);
    add(&typed, 4, KEY_A, false);
    keyset_add(&down, KEY_B);
    assert_int_equal(typed_take(&typed, &down, 0, keys), 3);
    assert_key(&keys[2], KEY_A, false);
    typed_forget_commands(&typed);
    assert_int_equal(typed_take(&typed, &down, 0, keys), 0);
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

    add(&typed, 1, KEY_A, true);
    add(&typed, 2, KEY_B, true);
    typed_add_command(&typed, 3);
    add(&typed, 4, KEY_C, true);
    typed_take(&typed, &down, 0, keys);
    typed_forget(&typed, 3, true);
    typed_take(&typed, &down, 0, keys);
    assert_is_empty(&typed);
    add(&typed, 5, KEY_A, true);
    typed_forget(&typed, 5, false);
    assert_is_empty(&typed);
    add(&typed, 6, KEY_A, true);
    typed_add_command(&typed, 7);
    typed_clear(&typed);
    assert_is_empty(&typed);
}

static void it_is_bounded(void **state)
{
    struct typed typed = {0};
    struct grab_key keys[GRAB_GIVEN_MAX];
    struct keyset down = {0};
    struct report report = {0};

    typed_add_command(&typed, 1);
    report_add(&report, EV_REL, REL_X, 1);
    for (uint32_t i = 1; i < GRAB_TYPED_MAX; i++)
        add(&typed, 1 + i, (uint16_t)(1 + i % KEY_MAX), i <= KEY_MAX);
    assert_true(typed_add_report(&typed, &report, 2000)); /* motion takes no room */
    report_add(&report, EV_KEY, KEY_A, 1);
    assert_false(typed_add_report(&typed, &report, 2001));
    assert_false(typed_add_command(&typed, 2002));
    typed_forget_commands(&typed);
    assert_int_equal(typed.count, GRAB_TYPED_MAX - 1);
    assert_true(typed_take(&typed, &down, 0, keys) <= GRAB_GIVEN_MAX);
    assert_is_empty(&typed);
}

/* All that was typed between two words of the server, and more: the last is kept. */
static void without_a_command_the_oldest_go(void **state)
{
    struct typed typed = {0};

    for (uint32_t i = 0; i < GRAB_TYPED_MAX + 10; i++)
        add(&typed, i, KEY_A, i % 2 == 0);
    assert_int_equal(typed.count, GRAB_TYPED_MAX);
    assert_int_equal(typed.keys[0].sequence, 10);
    assert_int_equal(typed.keys[GRAB_TYPED_MAX - 1].sequence, GRAB_TYPED_MAX + 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_is_forgotten),
        cmocka_unit_test(a_command_waits_for_its_answer),
        cmocka_unit_test(ups_of_older_keys_are_left_out),
        cmocka_unit_test(what_was_pressed_too_early_is_left_out),
        cmocka_unit_test(what_nobody_holds_is_lifted),
        cmocka_unit_test(nothing_stays_in_memory),
        cmocka_unit_test(it_is_bounded),
        cmocka_unit_test(without_a_command_the_oldest_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
