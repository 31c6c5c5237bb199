/* The table of times and its factor; the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/times.h"

/* One at a time, since a factor that was taken stays. */
static void test_factor(void **state)
{
    static const char *const bad[] = {"",   "0", "17",  "-1",
                                      "4x", "x", "1.5", "18446744073709551617"};

    unsetenv("HOTDESK_TIME_FACTOR");
    times_read_factor();
    assert_int_equal(time_ms(TIME_DOWN_SILENT), 400);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        setenv("HOTDESK_TIME_FACTOR", bad[i], 1);
        times_read_factor();
        assert_int_equal(time_ms(TIME_DOWN_SILENT), 400);
    }
    setenv("HOTDESK_TIME_FACTOR", "4", 1);
    times_read_factor();
    assert_int_equal(time_ms(TIME_DOWN_SILENT), 1600);
    assert_int_equal(time_us(TIME_DOWN_SILENT), 1600000);
    assert_int_equal(time_us(TIME_CODE_VALID), UINT64_C(2400000000));
}

/* Pings must come often enough that nobody falls silent between two. */
static void test_times_fit_together(void **state)
{
    assert_true(2 * time_ms(TIME_PING_ACTIVE) < time_ms(TIME_PEER_SILENT));
    assert_true(2 * time_ms(TIME_PING_IDLE) < time_ms(TIME_IDLE_SILENT));
    assert_true(3 * time_ms(TIME_KEEP_DOWN) < time_ms(TIME_DOWN_SILENT));
    assert_true(3 * time_ms(TIME_NET_PING) < time_ms(TIME_NET_SILENT));
    assert_true(4 * time_ms(TIME_HEARTBEAT) < time_ms(TIME_WATCHDOG));
    assert_true(3 * time_ms(TIME_HEARTBEAT_IDLE) < time_ms(TIME_WATCHDOG_IDLE));
    assert_true(time_ms(TIME_TLS) < time_ms(TIME_HELLO));
    for (int id = 0; id < TIME_COUNT; id++)
        assert_true(time_ms((enum time_id)id) > 0);
}

static void test_clock_goes_on(void **state)
{
    uint64_t before_us = clock_now_us();
    uint64_t after_us = clock_now_us();
    assert_true(before_us > 0);
    assert_true(after_us >= before_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_factor),
        cmocka_unit_test(test_times_fit_together),
        cmocka_unit_test(test_clock_goes_on),
    };
    return cmocka_run_group_tests_name("times", tests, NULL, NULL);
}
