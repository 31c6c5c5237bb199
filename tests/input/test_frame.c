/* Counting of keys over several devices, and reports made of a device's events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "server/input/frame.h"

struct desk { /* two devices */
    struct presses presses;
    struct keyset down[2];
    struct frame frame;
    struct report report;
};

static int setup(void **state)
{
    static struct desk desk;
    memset(&desk, 0, sizeof desk);
    *state = &desk;
    return 0;
}

static bool add(struct desk *desk, unsigned device, uint16_t type, uint16_t code, int32_t value)
{
    return frame_add(&desk->frame, &desk->presses, &desk->down[device], type, code, value);
}

/* One event and its SYN_REPORT: how many events the report has, 0 when there is none. */
static unsigned says(struct desk *desk, unsigned device, uint16_t type, uint16_t code,
                     int32_t value)
{
    assert_true(add(desk, device, type, code, value));
    return frame_finish(&desk->frame, 7, &desk->report) ? desk->report.event_count : 0;
}

static void assert_event(const struct desk *desk, unsigned at, uint16_t type, uint16_t code,
                         int32_t value)
{
    const struct report_event *event = &desk->report.events[at];
    assert_int_equal(event->type, type);
    assert_int_equal(event->code, code);
    assert_int_equal(event->value, value);
    assert_true(report_event_is_valid(event));
}

static void test_first_press_last_release(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(says(desk, 0, EV_KEY, KEY_A, 1), 1);
    assert_event(desk, 0, EV_KEY, KEY_A, 1);
    assert_int_equal(desk->report.time_us, 7);
    assert_int_equal(says(desk, 1, EV_KEY, KEY_A, 1), 0);
    assert_int_equal(says(desk, 0, EV_KEY, KEY_A, 0), 0);
    assert_int_equal(says(desk, 1, EV_KEY, KEY_A, 0), 1);
    assert_event(desk, 0, EV_KEY, KEY_A, 0);
}

static void test_a_device_counts_once(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(says(desk, 0, EV_KEY, KEY_A, 1), 1);
    assert_int_equal(says(desk, 0, EV_KEY, KEY_A, 1), 0);
    assert_int_equal(says(desk, 0, EV_KEY, KEY_A, 0), 1);
    assert_int_equal(says(desk, 0, EV_KEY, KEY_A, 0), 0);
    assert_int_equal(says(desk, 1, EV_KEY, KEY_B, 0), 0);
}

static void test_a_device_vanishes(void **state)
{
    struct desk *desk = *state;
    says(desk, 0, EV_KEY, KEY_A, 1);
    says(desk, 0, EV_KEY, KEY_LEFTSHIFT, 1);
    says(desk, 1, EV_KEY, KEY_LEFTSHIFT, 1);
    uint16_t code;
    bool last;
    assert_true(presses_drop(&desk->presses, &desk->down[0], &code, &last));
    assert_int_equal(code, KEY_A);
    assert_true(last);
    assert_true(presses_drop(&desk->presses, &desk->down[0], &code, &last));
    assert_int_equal(code, KEY_LEFTSHIFT);
    assert_false(last); /* the other device holds it */
    assert_false(presses_drop(&desk->presses, &desk->down[0], &code, &last));
    assert_int_equal(says(desk, 1, EV_KEY, KEY_LEFTSHIFT, 0), 1);
}

static void test_repeats_are_dropped(void **state)
{
    struct desk *desk = *state;
    says(desk, 0, EV_KEY, KEY_A, 1);
    assert_int_equal(says(desk, 0, EV_KEY, KEY_A, 2), 0);
    assert_true(keyset_has(&desk->down[0], KEY_A));
}

static void test_own_keys_that_are_listed_are_told(void **state)
{
    struct desk *desk = *state;
    struct keyset sent = {0};
    keyset_add(&sent, KEY_SLEEP);
    frame_init(&desk->frame, NULL, &sent);
    for (unsigned i = 0; i < 2; i++) { /* a frame's end forgets nothing of it */
        assert_int_equal(says(desk, 0, EV_KEY, KEY_SLEEP, 1), 1);
        assert_event(desk, 0, EV_KEY, KEY_SLEEP, 1);
        assert_int_equal(says(desk, 0, EV_KEY, KEY_SLEEP, 0), 1);
        assert_int_equal(says(desk, 0, EV_KEY, KEY_POWER, 1), 0);
        assert_int_equal(says(desk, 0, EV_KEY, KEY_POWER, 0), 0);
    }
}

static void test_own_keys_are_never_told(void **state)
{
    struct desk *desk = *state;
    static const uint16_t own[] = {
        KEY_POWER,       KEY_SLEEP,      KEY_SUSPEND,      KEY_WAKEUP,         KEY_RFKILL,
        KEY_WLAN,        KEY_BLUETOOTH,  KEY_BRIGHTNESSUP, KEY_BRIGHTNESSDOWN, KEY_SWITCHVIDEOMODE,
        KEY_DISPLAY_OFF, KEY_KBDILLUMUP, KEY_KBDILLUMDOWN, KEY_KBDILLUMTOGGLE};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        assert_int_equal(says(desk, 0, EV_KEY, own[i], 1), 0);
        assert_int_equal(says(desk, 0, EV_KEY, own[i], 0), 0);
    }
    assert_int_equal(says(desk, 0, EV_KEY, KEY_VOLUMEUP, 1), 1);
}

static void test_other_types_are_dropped(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(says(desk, 0, EV_MSC, MSC_SCAN, 30), 0);
    assert_int_equal(says(desk, 0, EV_ABS, ABS_VOLUME, 30), 0);
    assert_int_equal(says(desk, 0, EV_REL, REL_DIAL, 1), 0);
    assert_int_equal(says(desk, 0, EV_KEY, KEY_RESERVED, 1), 0);
    assert_int_equal(says(desk, 0, EV_KEY, KEY_MAX + 1, 1), 0);
}

static void test_coarse_wheel(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(says(desk, 0, EV_REL, REL_WHEEL, -2), 1);
    assert_event(desk, 0, EV_REL, REL_WHEEL_HI_RES, -240);
    assert_int_equal(says(desk, 0, EV_REL, REL_HWHEEL, 1), 1);
    assert_event(desk, 0, EV_REL, REL_HWHEEL_HI_RES, 120);
}

static void test_fine_wheel_wins(void **state)
{
    struct desk *desk = *state;
    add(desk, 0, EV_REL, REL_WHEEL, 1);
    assert_int_equal(says(desk, 0, EV_REL, REL_WHEEL_HI_RES, 100), 1);
    assert_event(desk, 0, EV_REL, REL_WHEEL_HI_RES, 100);
    add(desk, 0, EV_REL, REL_WHEEL_HI_RES, 0); /* nothing, but it is the fine one that says so */
    assert_int_equal(says(desk, 0, EV_REL, REL_WHEEL, 1), 0);
    add(desk, 0, EV_REL, REL_WHEEL_HI_RES, 15);
    assert_int_equal(says(desk, 0, EV_REL, REL_HWHEEL, 1), 2); /* each axis for itself */
    assert_int_equal(says(desk, 0, EV_REL, REL_WHEEL, 1), 1);  /* and each frame */
    assert_event(desk, 0, EV_REL, REL_WHEEL_HI_RES, 120);
}

static void test_order_in_a_frame(void **state)
{
    struct desk *desk = *state;
    add(desk, 0, EV_REL, REL_X, 3);
    add(desk, 0, EV_REL, REL_Y, -4);
    assert_int_equal(says(desk, 0, EV_KEY, BTN_LEFT, 1), 3);
    assert_event(desk, 0, EV_REL, REL_X, 3);
    assert_event(desk, 1, EV_REL, REL_Y, -4);
    assert_event(desk, 2, EV_KEY, BTN_LEFT, 1);
}

static void test_a_full_frame_loses_nothing(void **state)
{
    struct desk *desk = *state;
    unsigned told = 0;
    for (uint16_t code = KEY_ESC; code < KEY_ESC + 100; code++) {
        if (add(desk, 0, EV_KEY, code, 1))
            continue;
        assert_false(keyset_has(&desk->down[0], code)); /* it was not counted yet */
        assert_true(frame_finish(&desk->frame, 0, &desk->report));
        told += desk->report.event_count;
        assert_true(add(desk, 0, EV_KEY, code, 1));
    }
    assert_true(add(desk, 0, EV_REL, REL_WHEEL, 1)); /* the wheel finds room in any frame */
    assert_true(frame_finish(&desk->frame, 0, &desk->report));
    told += desk->report.event_count;
    assert_int_equal(told, 100 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_first_press_last_release, setup),
        cmocka_unit_test_setup(test_a_device_counts_once, setup),
        cmocka_unit_test_setup(test_a_device_vanishes, setup),
        cmocka_unit_test_setup(test_repeats_are_dropped, setup),
        cmocka_unit_test_setup(test_own_keys_are_never_told, setup),
        cmocka_unit_test_setup(test_own_keys_that_are_listed_are_told, setup),
        cmocka_unit_test_setup(test_other_types_are_dropped, setup),
        cmocka_unit_test_setup(test_coarse_wheel, setup),
        cmocka_unit_test_setup(test_fine_wheel_wins, setup),
        cmocka_unit_test_setup(test_order_in_a_frame, setup),
        cmocka_unit_test_setup(test_a_full_frame_loses_nothing, setup),
    };
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
