/* How many pictures are kept while nobody looks. Their agents are asked for screen connections, and
 * dial none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <uv.h>

#include "protocol/limits.h"
#include "server/screen/screens.h"

#define TARGETS (SCREENS_WARM_MAX + 4)

static uv_loop_t loop;
static struct screens *screens;

static struct screen_source source(void *context, uint16_t number)
{
    (void)context, (void)number;
    return (struct screen_source){
        .connected = true, .can_screen = true, .has_told = true, .has_screen = true};
}

static bool open_screen(void *context, uint16_t number, uint32_t open_number)
{
    (void)context, (void)number, (void)open_number;
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

/* While somebody sees whichever is active. */
static void no_more_are_got_ready(void **state)
{
    (void)state;
    screens_keep(screens, true);
    for (uint16_t number = 1; number <= TARGETS; number++)
        assert_int_equal(is_warm(number), number <= SCREENS_WARM_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_longest_kept_is_closed, start, finish),
        cmocka_unit_test_setup_teardown(no_more_are_got_ready, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
