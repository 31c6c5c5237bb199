/* What waits for a link that is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/input-event-codes.h>

#include "common/link_queue.h"

static struct link_queue queue;

static int start(void **state)
{
    link_queue_clear(&queue);
    return 0;
}

static struct link_message say(uint16_t type, uint16_t code, int32_t value)
{
    struct link_message message = {.type = LINK_REPORT, .grab_number = 1};
    report_add(&message.report, type, code, value);
    return message;
}

static bool add(uint16_t type, uint16_t code, int32_t value)
{
    struct link_message message = say(type, code, value);
    return link_queue_add(&queue, &message);
}

static void expect(uint16_t type, uint16_t code, int32_t value)
{
    const struct link_message *first = link_queue_first(&queue);
    assert_non_null(first);
    assert_int_equal(first->report.event_count, 1);
    assert_int_equal(first->report.events[0].type, type);
    assert_int_equal(first->report.events[0].code, code);
    assert_int_equal(first->report.events[0].value, value);
    link_queue_drop_first(&queue);
}

static void sums_motion(void **state)
{
    for (int i = 0; i < 8000; i++)
        assert_true(add(EV_REL, REL_X, 1));
    expect(EV_REL, REL_X, 8000);
    assert_null(link_queue_first(&queue));
}

static void keeps_the_order_against_keys(void **state)
{
    add(EV_REL, REL_X, 1);
    add(EV_REL, REL_X, 2);
    add(EV_KEY, BTN_LEFT, 1);
    add(EV_REL, REL_X, 4);
    add(EV_KEY, BTN_LEFT, 0);
    expect(EV_REL, REL_X, 3);
    expect(EV_KEY, BTN_LEFT, 1);
    expect(EV_REL, REL_X, 4);
    expect(EV_KEY, BTN_LEFT, 0);
}

/* A sum has an end; what is above it is not lost. */
static void loses_no_distance(void **state)
{
    const int32_t step = 1000;
    for (int i = 0; i < 100; i++)
        assert_true(add(EV_REL, REL_Y, step));
    int64_t sum = 0;
    for (const struct link_message *first; (first = link_queue_first(&queue));
         link_queue_drop_first(&queue))
        sum += first->report.events[0].value;
    assert_int_equal(sum, 100 * step);
}

/* Reports of two grabs, and what else is said, stay apart. */
static void sums_within_a_grab_only(void **state)
{
    struct link_message other = say(EV_REL, REL_X, 5);
    struct link_message order = {.type = LINK_UNGRABBED, .grab_number = 1};
    add(EV_REL, REL_X, 1);
    link_queue_add(&queue, &order);
    add(EV_REL, REL_X, 2);
    other.grab_number = 2;
    link_queue_add(&queue, &other);
    expect(EV_REL, REL_X, 1);
    assert_int_equal(link_queue_first(&queue)->type, LINK_UNGRABBED);
    link_queue_drop_first(&queue);
    expect(EV_REL, REL_X, 2);
    expect(EV_REL, REL_X, 5);
}

static void is_full_some_time(void **state)
{
    for (int i = 0; i < LINK_QUEUE_MAX; i++)
        assert_true(add(EV_KEY, KEY_A, i % 2 == 0));
    assert_false(add(EV_KEY, KEY_A, 1));
    assert_false(add(EV_REL, REL_X, 1));
    expect(EV_KEY, KEY_A, 1);
    assert_true(add(EV_KEY, KEY_B, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sums_motion, start),
        cmocka_unit_test_setup(keeps_the_order_against_keys, start),
        cmocka_unit_test_setup(loses_no_distance, start),
        cmocka_unit_test_setup(sums_within_a_grab_only, start),
        cmocka_unit_test_setup(is_full_some_time, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
