#include "server/viewer/keymap.h"

#include <SDL_mouse.h>
#include <SDL_scancode.h>
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define X_CODE_MAX   247 /* X key codes end at 255 */
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Scancodes that are a second name of a key which has another one. */
static const unsigned DOUBLES[] = {SDL_SCANCODE_NONUSHASH, SDL_SCANCODE_SYSREQ,
                                   SDL_SCANCODE_AUDIOMUTE, SDL_SCANCODE_AC_STOP, SDL_SCANCODE_MODE};

/* Codes that a keyboard on X may send and for which SDL has no scancode: they need xkeys.h. */
static const uint16_t WITHOUT_SCANCODE[] = {
    84,  101, 112, 120, 130, 141, 143, 144, 145, 146, 147, 151, 152, 153, 154, 160, 162, 167,
    170, 171, 174, 175, 176, 177, 178, 181, 182, 195, 196, 197, 198, 199, 200, 201, 202, 203,
    204, 205, 206, 207, 209, 210, 211, 212, 213, 214, 215, 216, 218, 219, 220, 221, 231, 232,
    233, 234, 235, 236, 237, 238, 239, 240, 241, 242, 243, 244, 245, 246, 247,
};

static bool is_double(unsigned scancode)
{
    for (size_t i = 0; i < COUNT(DOUBLES); i++)
        if (DOUBLES[i] == scancode)
            return true;
    return false;
}

static bool has_no_scancode(uint16_t code)
{
    for (size_t i = 0; i < COUNT(WITHOUT_SCANCODE); i++)
        if (WITHOUT_SCANCODE[i] == code)
            return true;
    return false;
}

static void each_key_has_one_scancode(void **state)
{
    unsigned scancode_of[KEY_CNT] = {0};
    for (unsigned scancode = 0; scancode < SDL_NUM_SCANCODES; scancode++) {
        uint16_t code = keymap_from_scancode(scancode);
        assert_in_range(code, 0, KEY_MAX);
        if (code == 0 || is_double(scancode))
            continue;
        if (scancode_of[code] != 0)
            fail_msg("scancodes %u and %u are both key %u", scancode_of[code], scancode, code);
        scancode_of[code] = scancode;
    }
    for (size_t i = 0; i < COUNT(DOUBLES); i++)
        assert_int_not_equal(scancode_of[keymap_from_scancode(DOUBLES[i])], 0);
    for (uint16_t code = 1; code <= X_CODE_MAX; code++)
        if ((scancode_of[code] == 0) != has_no_scancode(code))
            fail_msg("key %u: scancode %u", code, scancode_of[code]);
}

/* The kernel's table of the HID keyboard page (drivers/hid/hid-input.c), where Linux has a key. */
static void scancodes_are_the_kernels_hid_usages(void **state)
{
    static const uint8_t HID[] = {
        0,   0,   0,   0,   30,  48,  46,  32,  18,  33,  34,  35,  23,  36,  37,  38,  50,
        49,  24,  25,  16,  19,  31,  20,  22,  47,  17,  45,  21,  44,  2,   3,   4,   5,
        6,   7,   8,   9,   10,  11,  28,  1,   14,  15,  57,  12,  13,  26,  27,  43,  43,
        39,  40,  41,  51,  52,  53,  58,  59,  60,  61,  62,  63,  64,  65,  66,  67,  68,
        87,  88,  99,  70,  119, 110, 102, 104, 111, 107, 109, 106, 105, 108, 103, 69,  98,
        55,  74,  78,  96,  79,  80,  81,  75,  76,  77,  71,  72,  73,  82,  83,  86,  127,
        116, 117, 183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194, 134, 138, 0,
        132, 128, 129, 131, 137, 133, 135, 136, 113, 115, 114, 0,   0,   0,   121, 0,   89,
        93,  124, 92,  94,  95,  0,   0,   0,   122, 123, 90,  91,  85,
    };
    static const uint8_t HID_MODIFIERS[] = {29, 42, 56, 125, 97, 54, 100, 126};
    for (unsigned usage = 0; usage < COUNT(HID); usage++)
        if (HID[usage] != 0)
            assert_int_equal(keymap_from_scancode(usage), HID[usage]);
    for (unsigned i = 0; i < COUNT(HID_MODIFIERS); i++)
        assert_int_equal(keymap_from_scancode(SDL_SCANCODE_LCTRL + i), HID_MODIFIERS[i]);
    /* On Linux SDL's Menu is KEY_MENU, not the kernel's KEY_PROPS for that usage. */
    assert_int_equal(keymap_from_scancode(SDL_SCANCODE_MENU), KEY_MENU);
}

static void nothing_outside_is_a_key(void **state)
{
    assert_int_equal(keymap_from_scancode(SDL_SCANCODE_UNKNOWN), 0);
    assert_int_equal(keymap_from_scancode(SDL_NUM_SCANCODES), 0);
    assert_int_equal(keymap_from_scancode(UINT32_MAX), 0);
    assert_int_equal(keymap_from_button(0), 0);
    assert_int_equal(keymap_from_button(9), 0);
    assert_int_equal(keymap_from_button(255), 0);
}

static void buttons_keep_their_places(void **state)
{
    static const uint16_t WANTED[] = {0,         BTN_LEFT,    BTN_MIDDLE, BTN_RIGHT, BTN_SIDE,
                                      BTN_EXTRA, BTN_FORWARD, BTN_BACK,   BTN_TASK};
    for (unsigned button = 0; button < COUNT(WANTED); button++)
        assert_int_equal(keymap_from_button(button), WANTED[button]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_has_one_scancode),
        cmocka_unit_test(scancodes_are_the_kernels_hid_usages),
        cmocka_unit_test(nothing_outside_is_a_key),
        cmocka_unit_test(buttons_keep_their_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
