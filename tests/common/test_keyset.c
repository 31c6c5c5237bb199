/* Sets of key codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/keyset.h"

static void test_empty(void **state)
{
    struct keyset set;
    keyset_clear(&set);
    assert_true(keyset_is_empty(&set));
    assert_int_equal(keyset_count(&set), 0);
    assert_int_equal(keyset_next(&set, 0), KEY_CNT);
    for (unsigned code = 0; code <= UINT16_MAX; code++)
        assert_false(keyset_has(&set, (uint16_t)code));
}

static void test_each_code_alone(void **state)
{
    for (uint16_t code = 0; code <= KEY_MAX; code++) {
        struct keyset set = {0};
        assert_true(keyset_add(&set, code));
        assert_false(keyset_add(&set, code));
        assert_true(keyset_has(&set, code));
        assert_false(keyset_is_empty(&set));
        assert_int_equal(keyset_count(&set), 1);
        assert_int_equal(keyset_next(&set, 0), code);
        assert_int_equal(keyset_next(&set, code), code);
        assert_int_equal(keyset_next(&set, code + 1), KEY_CNT);
        assert_true(keyset_remove(&set, code));
        assert_false(keyset_remove(&set, code));
        assert_true(keyset_is_empty(&set));
    }
}

/* What lies beyond changes nothing, and reads nothing outside. */
static void test_codes_that_do_not_exist(void **state)
{
    struct keyset set = {0};
    for (unsigned code = KEY_MAX + 1; code <= UINT16_MAX; code++) {
        assert_false(keyset_add(&set, (uint16_t)code));
        assert_false(keyset_has(&set, (uint16_t)code));
        assert_false(keyset_remove(&set, (uint16_t)code));
        assert_int_equal(keyset_next(&set, (uint16_t)code), KEY_CNT);
    }
    assert_true(keyset_is_empty(&set));
}

static void test_walk(void **state)
{
    static const uint16_t codes[] = {0, 1, 63, 64, 127, 128, BTN_LEFT, KEY_MAX};
    struct keyset set = {0};
    size_t seen = 0;

    for (size_t i = sizeof codes / sizeof codes[0]; i > 0; i--)
        keyset_add(&set, codes[i - 1]);
    for (uint16_t code = keyset_next(&set, 0); code < KEY_CNT; code = keyset_next(&set, code + 1))
        assert_int_equal(code, codes[seen++]);
    assert_int_equal(seen, sizeof codes / sizeof codes[0]);
    assert_int_equal(keyset_count(&set), seen);
}

static void test_kinds(void **state)
{
    unsigned modifiers = 0;
    unsigned buttons = 0;
    for (unsigned code = 0; code <= UINT16_MAX; code++) {
        modifiers += key_is_modifier((uint16_t)code);
        buttons += key_is_button((uint16_t)code);
        assert_false(key_is_modifier((uint16_t)code) && key_is_button((uint16_t)code));
    }
    assert_int_equal(modifiers, 8);
    assert_int_equal(buttons, 8);
    assert_true(key_is_modifier(KEY_RIGHTALT));
    assert_true(key_is_modifier(KEY_LEFTMETA));
    assert_false(key_is_modifier(KEY_CAPSLOCK));
    assert_true(key_is_button(BTN_LEFT));
    assert_true(key_is_button(BTN_TASK));
    assert_false(key_is_button(BTN_JOYSTICK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_each_code_alone),
        cmocka_unit_test(test_codes_that_do_not_exist),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests_name("keyset", tests, NULL, NULL);
}
