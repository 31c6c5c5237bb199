/* Which devices are taken. Real descriptions of whole devices are tried in test_devices.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "server/input/select.h"

#define BIT(number) (UINT64_C(1) << (number))

static struct capabilities letters(void)
{
    struct capabilities capabilities = {.types = BIT(EV_SYN) | BIT(EV_KEY)};
    for (uint16_t code = KEY_ESC; code <= KEY_DOT; code++)
        keyset_add(&capabilities.keys, code);
    return capabilities;
}

static struct capabilities mouse(void)
{
    struct capabilities capabilities = {.types = BIT(EV_SYN) | BIT(EV_KEY) | BIT(EV_REL),
                                        .relatives = BIT(REL_X) | BIT(REL_Y)};
    keyset_add(&capabilities.keys, BTN_LEFT);
    return capabilities;
}

static void test_parse(void **state)
{
    uint64_t bits[4];
    capabilities_parse("120013\n", bits, 1);
    assert_int_equal(bits[0], 0x120013);
    capabilities_parse("c000 10000000000000 0", bits, 4);
    assert_int_equal(bits[0], 0);
    assert_int_equal(bits[1], 0x10000000000000);
    assert_int_equal(bits[2], 0xc000);
    assert_int_equal(bits[3], 0);
    capabilities_parse("1 2 3", bits, 2); /* more than there is room for */
    assert_int_equal(bits[0], 3);
    assert_int_equal(bits[1], 2);
    capabilities_parse("", bits, 1);
    assert_int_equal(bits[0], 0);
    capabilities_parse(" \n", bits, 1);
    assert_int_equal(bits[0], 0);
}

static void test_keyboard_needs_all_letters(void **state)
{
    struct capabilities capabilities = letters();
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_KEYBOARD);
    keyset_remove(&capabilities.keys, KEY_Q);
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_OTHER);
}

static void test_mouse_needs_motion_and_button(void **state)
{
    struct capabilities capabilities = mouse();
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_MOUSE);
    capabilities.relatives = BIT(REL_WHEEL);
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_OTHER);
    capabilities = mouse();
    keyset_clear(&capabilities.keys);
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_OTHER);
}

static void test_virtual_is_never_taken(void **state)
{
    struct capabilities capabilities = letters();
    assert_int_equal(verdict_alone(&capabilities, true), VERDICT_VIRTUAL);
    assert_true(syspath_is_virtual("/sys/devices/virtual/input/input21/event21"));
    assert_false(syspath_is_virtual(
        "/sys/devices/virtual/misc/uhid/0005:046D:B342.0006/input/input20/event20"));
    assert_false(syspath_is_virtual("/sys/devices/platform/i8042/serio0/input/input3/event3"));
}

static void test_switch_is_never_taken(void **state)
{
    struct capabilities capabilities = letters();
    capabilities.types |= BIT(EV_SW);
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_SWITCH);
}

static void test_positions_are_not_taken_but_knobs_are(void **state)
{
    struct capabilities capabilities = letters();
    capabilities.types |= BIT(EV_ABS);
    capabilities.absolutes = BIT(ABS_VOLUME) | BIT(ABS_MISC) | BIT(ABS_MISC + 3);
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_KEYBOARD);
    static const unsigned positions[] = {ABS_X,       ABS_PRESSURE,      ABS_TOOL_WIDTH,
                                         ABS_MT_SLOT, ABS_MT_POSITION_X, ABS_MAX};
    for (size_t i = 0; i < sizeof positions / sizeof *positions; i++) {
        capabilities.absolutes = BIT(ABS_VOLUME) | BIT(positions[i]);
        assert_int_equal(verdict_alone(&capabilities, false), VERDICT_ABSOLUTE);
    }
}

static void test_joystick(void **state)
{
    struct capabilities capabilities = {.types = BIT(EV_KEY) | BIT(EV_ABS),
                                        .absolutes = BIT(ABS_X)};
    keyset_add(&capabilities.keys, BTN_SOUTH);
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_JOYSTICK);
    capabilities = letters(); /* keyboards that claim to have every button there is */
    keyset_add(&capabilities.keys, BTN_TRIGGER);
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_KEYBOARD);
}

static void test_neighbours(void **state)
{
    struct capabilities media = {.types = BIT(EV_KEY)}, power = media,
                        speaker = {.types = BIT(EV_SND)};
    keyset_add(&media.keys, KEY_VOLUMEUP);
    keyset_add(&media.keys, KEY_SLEEP); /* not only such keys */
    keyset_add(&power.keys, KEY_POWER);
    keyset_add(&power.keys, KEY_WAKEUP);
    enum verdict alone = verdict_alone(&media, false);
    assert_int_equal(alone, VERDICT_OTHER);
    assert_false(verdict_is_taken(alone));
    assert_int_equal(verdict_beside_taken(alone, &media), VERDICT_COMPANION);
    assert_true(verdict_is_taken(VERDICT_COMPANION));
    alone = verdict_alone(&power, false);
    assert_int_equal(alone, VERDICT_OWN_KEYS);
    assert_int_equal(verdict_beside_taken(alone, &power), VERDICT_OWN_KEYS);
    alone = verdict_alone(&speaker, false);
    assert_int_equal(verdict_beside_taken(alone, &speaker), VERDICT_OTHER);
    assert_int_equal(verdict_beside_taken(VERDICT_ABSOLUTE, &media), VERDICT_ABSOLUTE);
    assert_int_equal(verdict_beside_taken(VERDICT_MOUSE, &media), VERDICT_MOUSE);
}

static void test_each_verdict_has_its_words(void **state)
{
    for (enum verdict verdict = VERDICT_KEYBOARD; verdict <= VERDICT_BROKEN; verdict++)
        assert_true(strlen(verdict_text(verdict)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_keyboard_needs_all_letters),
        cmocka_unit_test(test_mouse_needs_motion_and_button),
        cmocka_unit_test(test_virtual_is_never_taken),
        cmocka_unit_test(test_switch_is_never_taken),
        cmocka_unit_test(test_positions_are_not_taken_but_knobs_are),
        cmocka_unit_test(test_joystick),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_each_verdict_has_its_words),
    };
    return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
