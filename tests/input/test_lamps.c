/* When the lock LEDs of a device are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/input-event-codes.h>

#include "common/times.h"
#include "protocol/message.h"
#include "server/input/lamps.h"

#define ALL   (MESSAGE_LOCK_NUM | MESSAGE_LOCK_CAPS | MESSAGE_LOCK_SCROLL)
#define START 1000000

static struct lamps taken(uint8_t there, uint8_t shown)
{
    struct lamps lamps;
    lamps_init(&lamps, there);
    lamps_take(&lamps, shown);
    return lamps;
}

static void test_shown_and_put_back(void **state)
{
    struct lamps lamps = taken(ALL, MESSAGE_LOCK_NUM);
    uint8_t leds = 0xff;
    assert_false(lamps_write(&lamps, START, &leds)); /* nothing was asked for */
    assert_int_equal(lamps_deadline_us(&lamps), LAMPS_NO_DEADLINE);
    lamps_show(&lamps, MESSAGE_LOCK_CAPS);
    assert_true(lamps_write(&lamps, START, &leds));
    assert_int_equal(leds, MESSAGE_LOCK_CAPS);
    lamps_give(&lamps, START + 1);
    assert_int_equal(lamps.saved, MESSAGE_LOCK_NUM);
    assert_false(lamps_write(&lamps, START + 1000000, &leds)); /* they are not ours any more */
    assert_int_equal(lamps_deadline_us(&lamps), LAMPS_NO_DEADLINE);
}

static void test_no_write_when_nothing_changes(void **state)
{
    struct lamps lamps = taken(ALL, MESSAGE_LOCK_CAPS);
    uint8_t leds;
    lamps_show(&lamps, MESSAGE_LOCK_CAPS);
    assert_false(lamps_write(&lamps, START, &leds));
    assert_int_equal(lamps.saved, MESSAGE_LOCK_CAPS);
}

static void test_rate_and_last_value(void **state)
{
    struct lamps lamps = taken(ALL, 0);
    uint8_t leds = 0;
    unsigned writes = 0;
    for (uint64_t now_us = START; now_us < START + 1000000; now_us += 1000) {
        lamps_show(&lamps, now_us / 1000 % 2 ? ALL : MESSAGE_LOCK_NUM);
        writes += lamps_write(&lamps, now_us, &leds);
    }
    assert_in_range(writes, 5, 1000000 / time_us(TIME_LED_WRITE));
    lamps_show(&lamps, MESSAGE_LOCK_SCROLL);
    uint64_t at_us = lamps_deadline_us(&lamps);
    assert_false(lamps_write(&lamps, at_us - 1, &leds));
    assert_true(lamps_write(&lamps, at_us, &leds));
    assert_int_equal(leds, MESSAGE_LOCK_SCROLL);
    assert_int_equal(lamps_deadline_us(&lamps), LAMPS_NO_DEADLINE);
}

static void test_somebody_else_writes(void **state)
{
    struct lamps lamps = taken(ALL, 0);
    uint8_t leds;
    lamps_show(&lamps, MESSAGE_LOCK_CAPS);
    lamps_write(&lamps, START, &leds);
    lamps_event(&lamps, LED_CAPSL, true); /* the echo of our own */
    assert_int_equal(lamps_deadline_us(&lamps), LAMPS_NO_DEADLINE);
    lamps_event(&lamps, LED_NUML, true);
    assert_int_equal(lamps_deadline_us(&lamps), START + time_us(TIME_LED_WRITE));
    assert_true(lamps_write(&lamps, START + time_us(TIME_LED_WRITE), &leds));
    assert_int_equal(leds, MESSAGE_LOCK_CAPS);
    lamps_event(&lamps, LED_COMPOSE, true); /* none of ours */
    assert_int_equal(lamps_deadline_us(&lamps), LAMPS_NO_DEADLINE);
}

static void test_missing_leds(void **state)
{
    struct lamps lamps = taken(MESSAGE_LOCK_CAPS, ALL);
    uint8_t leds;
    lamps_show(&lamps, MESSAGE_LOCK_NUM | MESSAGE_LOCK_SCROLL);
    assert_true(lamps_write(&lamps, START, &leds));
    assert_int_equal(leds, 0);
    lamps = taken(0, 0);
    lamps_show(&lamps, ALL);
    assert_false(lamps_write(&lamps, START, &leds));
}

static void test_the_next_grab_asks_for_nothing(void **state)
{
    struct lamps lamps = taken(ALL, 0);
    uint8_t leds;
    lamps_show(&lamps, ALL);
    lamps_write(&lamps, START, &leds);
    lamps_give(&lamps, START);
    lamps_take(&lamps, MESSAGE_LOCK_NUM);
    assert_false(lamps_write(&lamps, START + 1000000, &leds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shown_and_put_back),
        cmocka_unit_test(test_no_write_when_nothing_changes),
        cmocka_unit_test(test_rate_and_last_value),
        cmocka_unit_test(test_somebody_else_writes),
        cmocka_unit_test(test_missing_leds),
        cmocka_unit_test(test_the_next_grab_asks_for_nothing),
    };
    return cmocka_run_group_tests_name("lamps", tests, NULL, NULL);
}
