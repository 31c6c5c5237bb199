/* How many pictures are kept while nobody looks. Their agents are asked for screen connections, and
 * dial none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "common/clock.h"
#include "common/times.h"
#include "protocol/limits.h"
#include "server/screen/screens.h"

#define TARGETS  (SCREENS_WARM_MAX + 4)
#define BOUND_US (20 * 1000000ull)

static uv_loop_t loop;
static struct screens *screens;
static uint64_t asked_us[TARGETS + 1]; /* by number; 0: it was not */

static struct screen_source source(void *context, uint16_t number)
{
    (void)context, (void)number;
    return (struct screen_source){
        .connected = true, .can_screen = true, .has_told = true, .has_screen = true};
}

static bool open_screen(void *context, uint16_t number, uint32_t open_number)
{
    (void)context, (void)open_number;
    asked_us[number] = clock_now_us();
    return true;
}

static void told(void *context, const struct frame_message *message)
{
    (void)context, (void)message;
}

static const struct screen_handlers HANDLERS = {
    .source = source, .open = open_screen, .told = told};

static int start(void **state)
{
    (void)state;
    memset(asked_us, 0, sizeof asked_us);
    if (uv_loop_init(&loop) < 0 ||
        screens_create(&loop, "hotdesk-decode", &HANDLERS, NULL, &screens) < 0)
        return -1;
    for (uint16_t number = 1; number <= TARGETS; number++)
        if (screens_added(screens, number) < 0)
            return -1;
    return 0;
}

static int finish(void **state)
{
    (void)state;
    screens = screens_destroy(screens);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static bool is_warm(uint16_t number)
{
    struct screen_view view;
    assert_true(screens_view(screens, number, &view));
    return view.stage != SCREEN_IDLE;
}

static void look_at(uint16_t number)
{
    screens_look(screens, number, true);
    screens_look(screens, number, false);
}

static void the_longest_kept_is_closed(void **state)
{
    (void)state;
    for (uint16_t number = 1; number <= SCREENS_WARM_MAX; number++)
        look_at(number);
    look_at(1); /* so that 2 is it */
    for (uint16_t number = 1; number <= SCREENS_WARM_MAX; number++)
        assert_true(is_warm(number));
    for (uint16_t number = 1; number <= TARGETS - SCREENS_WARM_MAX; number++) {
        look_at(SCREENS_WARM_MAX + number);
        assert_true(is_warm(SCREENS_WARM_MAX + number));
        assert_false(is_warm(1 + number));
    }
    assert_true(is_warm(1));
}

static unsigned count_asked(void)
{
    unsigned count = 0;
    for (uint16_t number = 1; number <= TARGETS; number++)
        count += asked_us[number] != 0;
    return count;
}

static void run_until_asked(unsigned count)
{
    const uint64_t end_us = clock_now_us() + BOUND_US;
    while (count_asked() < count && clock_now_us() < end_us)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(count_asked(), count);
}

/* While somebody sees whichever is active. */
static void no_more_are_got_ready(void **state)
{
    (void)state;
    screens_keep(screens, true);
    run_until_asked(SCREENS_WARM_MAX);
    for (uint16_t number = 1; number <= TARGETS; number++)
        assert_int_equal(is_warm(number), number <= SCREENS_WARM_MAX);
}

/* Whose picture is looked at does not wait for those whose thumbnails are. */
static void thumbnails_ask_in_turn(void **state)
{
    (void)state;
    const uint64_t begun_us = clock_now_us();
    for (uint16_t number = 1; number < TARGETS; number++)
        screens_look(screens, number, FRAME_LOOK_THUMBNAIL);
    screens_look(screens, TARGETS, FRAME_LOOK_FULL);
    assert_true(is_warm(1) && is_warm(TARGETS));
    assert_int_equal(count_asked(), 2);
    run_until_asked(TARGETS);
    for (uint16_t number = 1; number < TARGETS; number++)
        assert_true(asked_us[number] - begun_us >= (number - 1u) * time_us(TIME_SCREEN_PACE));
}

/* Whose turn has not come when nobody looks any more has none the next time. */
static void a_turn_is_given_back(void **state)
{
    (void)state;
    for (uint16_t number = 1; number <= TARGETS; number++)
        screens_look(screens, number, FRAME_LOOK_THUMBNAIL);
    for (uint16_t number = 1; number <= TARGETS; number++)
        screens_look(screens, number, FRAME_LOOK_AWAY);
    const uint64_t end_us = clock_now_us() + TARGETS * time_us(TIME_SCREEN_PACE);
    while (clock_now_us() < end_us)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(count_asked(), 1);
    screens_look(screens, 2, FRAME_LOOK_THUMBNAIL);
    screens_look(screens, 3, FRAME_LOOK_THUMBNAIL);
    assert_int_equal(count_asked(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_longest_kept_is_closed, start, finish),
        cmocka_unit_test_setup_teardown(no_more_are_got_ready, start, finish),
        cmocka_unit_test_setup_teardown(thumbnails_ask_in_turn, start, finish),
        cmocka_unit_test_setup_teardown(a_turn_is_given_back, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
