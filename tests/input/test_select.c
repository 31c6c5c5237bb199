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

static struct capabilities with_keys(uint64_t absolutes, const uint16_t *codes, size_t count)
{
    struct capabilities capabilities = {.types = BIT(EV_SYN) | BIT(EV_KEY), .absolutes = absolutes};
    for (size_t i = 0; i < count; i++)
        keyset_add(&capabilities.keys, codes[i]);
    return capabilities;
}

#define WITH_KEYS(absolutes, ...)                                                                  \
    with_keys(absolutes, (const uint16_t[]){__VA_ARGS__},                                          \
              sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))

static void test_touches_are_silent(void **state)
{
    const uint64_t place = BIT(ABS_X) | BIT(ABS_Y);
    struct capabilities pad = WITH_KEYS(place, BTN_LEFT, BTN_TOOL_FINGER, BTN_TOUCH);
    assert_int_equal(verdict_alone(&pad, false), VERDICT_TOUCH);
    struct capabilities pen = WITH_KEYS(place | BIT(ABS_PRESSURE), BTN_TOOL_PEN);
    assert_int_equal(verdict_alone(&pen, false), VERDICT_TOUCH);
    struct capabilities pad_of_tablet = WITH_KEYS(place | BIT(ABS_WHEEL), BTN_0, BTN_STYLUS);
    assert_int_equal(verdict_alone(&pad_of_tablet, false), VERDICT_TOUCH);
    struct capabilities screen = {.absolutes = BIT(ABS_MT_POSITION_X) | BIT(ABS_MT_POSITION_Y)};
    assert_int_equal(verdict_alone(&screen, false), VERDICT_TOUCH);
    assert_false(verdict_is_taken(VERDICT_TOUCH));
    assert_true(verdict_is_used(VERDICT_TOUCH));
    assert_false(verdict_is_used(VERDICT_VIRTUAL));
}

static void test_keyboards_with_axes_are_keyboards(void **state)
{
    struct capabilities capabilities = letters();
    capabilities.types |= BIT(EV_ABS);
    capabilities.absolutes = BIT(ABS_VOLUME) | BIT(ABS_MISC) | BIT(ABS_MISC + 3);
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_KEYBOARD);
    capabilities.absolutes = BIT(ABS_X) | BIT(ABS_Y) | BIT(ABS_MT_POSITION_X);
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_KEYBOARD);
    capabilities = mouse(); /* one with a surface that scrolls */
    capabilities.absolutes = BIT(ABS_MT_SLOT) | BIT(ABS_MT_POSITION_X) | BIT(ABS_MT_POSITION_Y);
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_MOUSE);
}

static void test_absolute_pointer(void **state)
{
    const uint64_t place = BIT(ABS_X) | BIT(ABS_Y);
    struct capabilities tablet = WITH_KEYS(place, BTN_LEFT, BTN_RIGHT, BTN_MIDDLE);
    tablet.relatives = BIT(REL_WHEEL);
    assert_int_equal(verdict_alone(&tablet, false), VERDICT_POINTER);
    assert_true(verdict_is_taken(VERDICT_POINTER));
    assert_true(capabilities_have_pointer(&tablet));
    tablet.absolutes = BIT(ABS_X);
    assert_int_equal(verdict_alone(&tablet, false), VERDICT_POSITION);
    assert_false(capabilities_have_pointer(&tablet));
    struct capabilities pad = WITH_KEYS(place, BTN_LEFT, BTN_TOUCH);
    assert_false(capabilities_have_pointer(&pad));
}

static void test_accelerometer(void **state)
{
    struct capabilities capabilities = {.types = BIT(EV_ABS),
                                        .absolutes = BIT(ABS_X) | BIT(ABS_Y) | BIT(ABS_Z)};
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_POSITION);
    capabilities = WITH_KEYS(BIT(ABS_X) | BIT(ABS_Y), BTN_LEFT); /* an odd one, with its property */
    capabilities.properties = BIT(INPUT_PROP_ACCELEROMETER);
    assert_int_equal(verdict_alone(&capabilities, false), VERDICT_POSITION);
    assert_false(verdict_is_used(VERDICT_POSITION));
}

static void test_keypads(void **state)
{
    struct capabilities pad = WITH_KEYS(0, KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4, KEY_KP5,
                                        KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9, KEY_KPENTER);
    assert_int_equal(verdict_alone(&pad, false), VERDICT_KEYPAD);
    struct capabilities presenter = WITH_KEYS(0, KEY_PAGEUP, KEY_PAGEDOWN, KEY_ESC, KEY_F5);
    assert_int_equal(verdict_alone(&presenter, false), VERDICT_KEYPAD);
    struct capabilities remote = WITH_KEYS(0, KEY_PAGEUP, KEY_PAGEDOWN, KEY_0, KEY_1, KEY_OK);
    assert_int_equal(verdict_alone(&remote, false), VERDICT_OTHER);
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
                        speaker = {.types = BIT(EV_SND)}, keys = letters();
    keyset_add(&media.keys, KEY_VOLUMEUP);
    keyset_add(&media.keys, KEY_SLEEP); /* not only such keys */
    keyset_add(&power.keys, KEY_POWER);
    keyset_add(&power.keys, KEY_WAKEUP);
    const struct surroundings none = {0}, beside = {.taken_beside = true};
    assert_int_equal(verdict_among(&media, false, &none), VERDICT_OTHER);
    assert_int_equal(verdict_among(&media, false, &beside), VERDICT_COMPANION);
    assert_true(verdict_is_taken(VERDICT_COMPANION));
    assert_int_equal(verdict_among(&power, false, &beside), VERDICT_OWN_KEYS);
    assert_int_equal(verdict_among(&speaker, false, &beside), VERDICT_OTHER);
    assert_int_equal(verdict_among(&keys, false, &beside), VERDICT_KEYBOARD);
}

static void test_configured(void **state)
{
    struct capabilities knob = WITH_KEYS(0, KEY_VOLUMEUP), keys = letters(), lid = letters(),
                        power = WITH_KEYS(0, KEY_POWER), pad = WITH_KEYS(0, BTN_SOUTH);
    lid.types |= BIT(EV_SW);
    const struct surroundings included = {.included = true}, excluded = {.excluded = true},
                              both = {.included = true, .excluded = true};
    assert_int_equal(verdict_among(&knob, false, &included), VERDICT_INCLUDED);
    assert_true(verdict_is_taken(VERDICT_INCLUDED));
    assert_int_equal(verdict_among(&keys, true, &included), VERDICT_KEYBOARD); /* virtual */
    assert_int_equal(verdict_among(&keys, false, &excluded), VERDICT_EXCLUDED);
    assert_int_equal(verdict_among(&keys, false, &both), VERDICT_EXCLUDED);
    assert_false(verdict_is_used(VERDICT_EXCLUDED));
    /* Never, whatever the configuration says. */
    assert_int_equal(verdict_among(&lid, false, &included), VERDICT_SWITCH);
    assert_int_equal(verdict_among(&power, false, &included), VERDICT_OWN_KEYS);
    assert_int_equal(verdict_among(&pad, false, &included), VERDICT_JOYSTICK);
}

static void test_remapped(void **state)
{
    struct capabilities keys = letters(), knob = WITH_KEYS(0, KEY_VOLUMEUP);
    const struct surroundings remapped = {.remapped = true}, none = {0};
    assert_int_equal(verdict_among(&keys, true, &none), VERDICT_VIRTUAL);
    assert_int_equal(verdict_among(&keys, true, &remapped), VERDICT_REMAPPED);
    assert_true(verdict_is_taken(VERDICT_REMAPPED));
    assert_int_equal(verdict_among(&knob, true, &remapped), VERDICT_VIRTUAL);
    assert_int_equal(verdict_among(&keys, false, &remapped), VERDICT_KEYBOARD);
    assert_true(name_is_ours("hotdesk keyboard"));
    assert_false(name_is_ours("keyd virtual keyboard"));
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
        cmocka_unit_test(test_touches_are_silent),
        cmocka_unit_test(test_keyboards_with_axes_are_keyboards),
        cmocka_unit_test(test_absolute_pointer),
        cmocka_unit_test(test_accelerometer),
        cmocka_unit_test(test_keypads),
        cmocka_unit_test(test_joystick),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_configured),
        cmocka_unit_test(test_remapped),
        cmocka_unit_test(test_each_verdict_has_its_words),
    };
    return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
