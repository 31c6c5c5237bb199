/* The option send-keys: what it takes, and what each wrong one is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "server/input/sent_keys.h"

static void test_names(void **state)
{
    char why[128] = "";
    struct keyset keys;
    assert_true(sent_keys_check(NULL, "", why, sizeof why));
    assert_true(sent_keys_check(NULL, " sleep, BrightnessUp\tKey247 ", why, sizeof why));
    sent_keys_parse(" sleep, BrightnessUp\tKey247 ", &keys);
    assert_int_equal(keyset_count(&keys), 3);
    assert_true(keyset_has(&keys, KEY_SLEEP));
    assert_true(keyset_has(&keys, KEY_BRIGHTNESSUP));
    assert_true(keyset_has(&keys, KEY_RFKILL));
}

/* Every key that docs/devices.md calls this computer's own. */
static void test_all_have_names(void **state)
{
    struct keyset keys;
    sent_keys_parse("Power Sleep Suspend WakeUp RFKill WLAN Bluetooth BrightnessUp BrightnessDown "
                    "SwitchVideoMode DisplayOff KbdIllumToggle KbdIllumUp KbdIllumDown",
                    &keys);
    assert_int_equal(keyset_count(&keys), 14);
}

static void test_wrong_ones(void **state)
{
    char why[128];
    assert_false(sent_keys_check(NULL, "Sleep Slep", why, sizeof why));
    assert_string_equal(why, "there is no key 'Slep'");
    assert_false(sent_keys_check(NULL, "F1", why, sizeof why));
    assert_string_equal(why, "F1 is sent anyway");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_all_have_names),
        cmocka_unit_test(test_wrong_ones),
    };
    return cmocka_run_group_tests_name("sent_keys", tests, NULL, NULL);
}
