/* The desk between two sources and the targets: what is told to whom, message by message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/times.h"
#include "server/switch/desk.h"

struct office {
    struct desk desk;
    struct link_message orders[DESK_SOURCE_COUNT][256];
    size_t order_count[DESK_SOURCE_COUNT];
    int reports, cuts;
    uint64_t now_us;
};

static struct office office; /* large */

static void on_send_report(void *context, uint16_t number, const struct report *report)
{
    office.reports++;
}

static void on_enter(void *context, uint16_t number)
{
}

static void on_leave(void *context, uint16_t number)
{
}

static void on_cut(void *context, uint16_t number, const char *why)
{
    office.cuts++;
}

static void on_send_order(void *context, enum desk_source_id source,
                          const struct link_message *message)
{
    office.orders[source][office.order_count[source]++ % 256] = *message;
}

static void on_switched(void *context, uint16_t from, uint16_t to, const char *why)
{
}

static void on_refused(void *context, uint16_t number, const char *why)
{
}

static int on_monitor(void *context, uint16_t number, const char *word, char *ret_why)
{
    return 0;
}

static void on_mode(void *context)
{
}

static const struct desk_ops OPS = {
    .send_report = on_send_report,
    .enter = on_enter,
    .leave = on_leave,
    .cut = on_cut,
    .send_order = on_send_order,
    .switched = on_switched,
    .refused = on_refused,
    .monitor = on_monitor,
    .mode = on_mode,
};

static void say(enum desk_source_id source, struct link_message message)
{
    desk_source_message(&office.desk, source, &message, office.now_us);
}

static void hello(enum desk_source_id source, uint32_t number)
{
    say(source,
        (struct link_message){.type = LINK_HELLO, .grab_number = number, .version = LINK_VERSION});
}

static void device(enum desk_source_id source, uint32_t id, bool taken)
{
    say(source, (struct link_message){.type = LINK_DEVICE, .device = {.id = id, .taken = taken}});
}

static void grabbed(enum desk_source_id source, uint32_t number, bool by_order)
{
    say(source,
        (struct link_message){.type = LINK_GRABBED, .grab_number = number, .by_order = by_order});
}

static void ask(enum desk_source_id source, uint32_t number, uint32_t sequence, uint16_t target)
{
    say(source, (struct link_message){.type = LINK_COMMAND,
                                      .grab_number = number,
                                      .sequence = sequence,
                                      .command = {.type = COMMAND_TARGET, .number = target}});
}

static void report_at(enum desk_source_id source, uint32_t number, uint64_t at_us, uint16_t type,
                      uint16_t code)
{
    struct link_message message = {
        .type = LINK_REPORT, .grab_number = number, .report.time_us = at_us};
    report_add(&message.report, type, code, 1);
    say(source, message);
}

/* How many of a kind were ordered, and the last of them. */
static size_t ordered(enum desk_source_id source, enum link_type type,
                      struct link_message *ret_last)
{
    size_t count = 0;

    for (size_t i = 0; i < office.order_count[source]; i++) {
        if (office.orders[source][i].type != type)
            continue;
        count++;
        if (ret_last)
            *ret_last = office.orders[source][i];
    }
    return count;
}

static void begin(void)
{
    office = (struct office){.now_us = 5000000};
    desk_init(&office.desk, &OPS, NULL);
    desk_set_target(&office.desk, 1, "lab1", office.now_us);
    desk_set_state(&office.desk, 1, SWITCH_READY, "", office.now_us);
}

static void client(enum command_type type, uint16_t number)
{
    struct command command = {.type = type, .number = number};
    char why[SWITCH_REASON_ROOM];

    assert_int_equal(desk_command(&office.desk, &command, office.now_us, why), 0);
}

static void sources_are_told_how_high_numbers_go(void **state)
{
    struct link_message last;

    begin();
    hello(DESK_EVDEV, 0);
    assert_int_equal(ordered(DESK_EVDEV, LINK_TARGETS, &last), 1);
    assert_int_equal(last.highest_number, 1);
    desk_set_target(&office.desk, 12, "lab12", office.now_us);
    desk_set_target(&office.desk, 12, "renamed", office.now_us);
    assert_int_equal(ordered(DESK_EVDEV, LINK_TARGETS, &last), 2);
    assert_int_equal(last.highest_number, 12);
    desk_remove_target(&office.desk, 12, office.now_us);
    assert_int_equal(ordered(DESK_EVDEV, LINK_TARGETS, &last), 3);
    assert_int_equal(last.highest_number, 1);
    assert_int_equal(office.order_count[DESK_WINDOW], 0);
}

static void orders_carry_both_numbers(void **state)
{
    struct link_message last;

    begin();
    hello(DESK_EVDEV, 40);
    grabbed(DESK_EVDEV, 41, false);
    ask(DESK_EVDEV, 41, 7, 1);
    assert_int_equal(ordered(DESK_EVDEV, LINK_KEEP, &last), 1);
    assert_int_equal(last.grab_number, 41);
    assert_int_equal(last.sequence, 7);
}

static void a_client_asks_the_source_that_has_devices(void **state)
{
    begin();
    hello(DESK_EVDEV, 0);
    hello(DESK_WINDOW, 0);
    client(COMMAND_TARGET, 1);
    assert_int_equal(ordered(DESK_EVDEV, LINK_GRAB, NULL), 0);
    assert_int_equal(ordered(DESK_WINDOW, LINK_GRAB, NULL), 1);
    begin();
    hello(DESK_EVDEV, 0);
    hello(DESK_WINDOW, 0);
    device(DESK_EVDEV, 1, false);
    device(DESK_EVDEV, 2, true);
    device(DESK_EVDEV, 2, true);
    client(COMMAND_TARGET, 1);
    assert_int_equal(ordered(DESK_EVDEV, LINK_GRAB, NULL), 1);
    assert_int_equal(ordered(DESK_WINDOW, LINK_GRAB, NULL), 0);
    begin();
    hello(DESK_EVDEV, 0);
    hello(DESK_WINDOW, 0);
    device(DESK_EVDEV, 2, true);
    say(DESK_EVDEV, (struct link_message){.type = LINK_DEVICE_GONE, .device.id = 2});
    client(COMMAND_TARGET, 1);
    assert_int_equal(ordered(DESK_WINDOW, LINK_GRAB, NULL), 1);
}

static void a_grab_that_comes_too_late_is_given_back(void **state)
{
    begin();
    hello(DESK_EVDEV, 0);
    client(COMMAND_TARGET, 1);
    client(COMMAND_LOCAL, 0);
    grabbed(DESK_EVDEV, 1, true);
    assert_int_equal(ordered(DESK_EVDEV, LINK_UNGRAB, NULL), 1);
    begin();
    hello(DESK_EVDEV, 0);
    grabbed(DESK_EVDEV, 1, false); /* a leader may wait */
    assert_int_equal(ordered(DESK_EVDEV, LINK_UNGRAB, NULL), 0);
}

static void reports_of_another_grab_or_source_are_dropped(void **state)
{
    begin();
    hello(DESK_EVDEV, 0);
    hello(DESK_WINDOW, 0);
    grabbed(DESK_WINDOW, 3, false);
    grabbed(DESK_EVDEV, 3, false); /* takes over */
    assert_int_equal(ordered(DESK_WINDOW, LINK_UNGRAB, NULL), 1);
    ask(DESK_EVDEV, 3, 1, 1);
    report_at(DESK_EVDEV, 2, office.now_us, EV_KEY, KEY_A);
    report_at(DESK_WINDOW, 3, office.now_us, EV_KEY, KEY_B);
    ask(DESK_EVDEV, 2, 2, 9);
    ask(DESK_WINDOW, 3, 1, 9);
    assert_int_equal(ordered(DESK_WINDOW, LINK_UNGRAB, NULL), 2);
    assert_int_equal(office.reports, 0);
    assert_int_equal(office.desk.switcher.active, 1);
    report_at(DESK_EVDEV, 3, office.now_us, EV_KEY, KEY_A);
    assert_int_equal(office.reports, 1);
}

static void a_second_between_is_too_old(void **state)
{
    begin();
    hello(DESK_EVDEV, 0);
    grabbed(DESK_EVDEV, 1, false);
    ask(DESK_EVDEV, 1, 1, 1);
    report_at(DESK_EVDEV, 1, office.now_us - time_us(TIME_REPORT_OLD), EV_KEY, KEY_A);
    report_at(DESK_EVDEV, 1, office.now_us + 5, EV_KEY, KEY_B); /* a clock that runs ahead */
    assert_int_equal(office.reports, 2);
    report_at(DESK_EVDEV, 1, office.now_us - time_us(TIME_REPORT_OLD) - 1, EV_REL, REL_X);
    assert_int_equal(office.cuts, 0);
    report_at(DESK_EVDEV, 1, office.now_us - time_us(TIME_REPORT_OLD) - 1, EV_REL,
              REL_WHEEL_HI_RES);
    assert_int_equal(office.cuts, 1);
    assert_int_equal(office.reports, 2);
    assert_int_equal(office.desk.switcher.active, SWITCH_LOCAL);
    assert_int_equal(switch_find(&office.desk.switcher, 1)->state, SWITCH_OFFLINE);
}

static void pings_come_while_grabbed(void **state)
{
    begin();
    hello(DESK_EVDEV, 0);
    assert_true(desk_deadline_us(&office.desk) == UINT64_MAX);
    grabbed(DESK_EVDEV, 1, false);
    for (int i = 1; i <= 4; i++) {
        assert_int_equal(ordered(DESK_EVDEV, LINK_PING, NULL), i);
        assert_true(desk_deadline_us(&office.desk) <= office.now_us + time_us(TIME_NET_PING));
        office.now_us = desk_deadline_us(&office.desk);
        desk_tick(&office.desk, office.now_us);
    }
    say(DESK_EVDEV, (struct link_message){.type = LINK_UNGRABBED,
                                          .grab_number = 1,
                                          .ungrab_reason = LINK_UNGRAB_ORDERED});
    assert_true(desk_deadline_us(&office.desk) == UINT64_MAX);
}

static void a_server_that_slept_does_not_blame_the_source(void **state)
{
    begin();
    hello(DESK_EVDEV, 0);
    grabbed(DESK_EVDEV, 1, false);
    ask(DESK_EVDEV, 1, 1, 1);
    desk_entered(&office.desk, 1, true, 0, "", office.now_us);
    desk_tick(&office.desk, office.now_us);
    office.now_us += 20 * time_us(TIME_NET_SILENT);
    desk_tick(&office.desk, office.now_us);
    assert_int_equal(office.desk.switcher.active, 1);
    for (int i = 0; i < 8; i++) {
        office.now_us += time_us(TIME_NET_PING);
        desk_tick(&office.desk, office.now_us);
    }
    assert_int_equal(office.desk.switcher.active, SWITCH_LOCAL);
    assert_int_equal(ordered(DESK_EVDEV, LINK_UNGRAB, NULL), 1);
}

static void locks_follow_the_grab(void **state)
{
    struct link_message last;

    begin();
    hello(DESK_EVDEV, 0);
    client(COMMAND_TARGET, 1);
    desk_entered(&office.desk, 1, true, 2, "", office.now_us);
    assert_int_equal(ordered(DESK_EVDEV, LINK_LEDS, NULL), 0); /* nothing is grabbed yet */
    grabbed(DESK_EVDEV, 1, true);
    assert_int_equal(ordered(DESK_EVDEV, LINK_LEDS, &last), 1);
    assert_int_equal(last.locks, 2);
    desk_set_locks(&office.desk, 9, 7); /* of a target that is not active */
    assert_int_equal(ordered(DESK_EVDEV, LINK_LEDS, NULL), 1);
    desk_set_locks(&office.desk, 1, 1);
    assert_int_equal(ordered(DESK_EVDEV, LINK_LEDS, &last), 2);
    assert_int_equal(last.locks, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_are_told_how_high_numbers_go),
        cmocka_unit_test(orders_carry_both_numbers),
        cmocka_unit_test(a_client_asks_the_source_that_has_devices),
        cmocka_unit_test(a_grab_that_comes_too_late_is_given_back),
        cmocka_unit_test(reports_of_another_grab_or_source_are_dropped),
        cmocka_unit_test(a_second_between_is_too_old),
        cmocka_unit_test(pings_come_while_grabbed),
        cmocka_unit_test(a_server_that_slept_does_not_blame_the_source),
        cmocka_unit_test(locks_follow_the_grab),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
