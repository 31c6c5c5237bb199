/* Corners of the grab: messages by hand, one at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/times.h"
#include "server/hotkey/grab.h"

struct source {
    struct hotkey_rules rules;
    struct grab grab;
    bool is_taken, take_fails, link_full;
    unsigned takes;
    struct link_message sent[64];
    size_t sent_count;
    struct grab_key given[GRAB_GIVEN_MAX];
    size_t given_count;
    uint64_t now_us;
};

static int on_take(void *context)
{
    struct source *source = context;

    assert_false(source->is_taken);
    source->takes++;
    source->is_taken = !source->take_fails;
    return source->take_fails ? -1 : 0;
}

static void on_give(void *context, const struct grab_key *typed, size_t count)
{
    struct source *source = context;

    assert_true(source->is_taken);
    source->is_taken = false;
    source->given_count = count;
    memcpy(source->given, typed, count * sizeof *typed);
}

static bool on_send(void *context, const struct link_message *message)
{
    struct source *source = context;

    if (source->link_full)
        return false;
    source->sent[source->sent_count++ % 64] = *message;
    return true;
}

static void on_show_locks(void *context, uint8_t locks)
{
    assert_true(((struct source *)context)->is_taken);
}

static const struct grab_ops OPS = {
    .take = on_take, .give = on_give, .send = on_send, .show_locks = on_show_locks};

static void begin(struct source *source)
{
    *source = (struct source){.now_us = 1000000};
    hotkey_rules_init(&source->rules, HOTKEY_PROFILE_HOTDESK, HOTKEY_LEADER_OF_PROFILE);
    grab_init(&source->grab, &source->rules, &OPS, source);
    grab_connected(&source->grab, source->now_us);
}

static void key(struct source *source, uint16_t code, bool down)
{
    struct report report = {.time_us = ++source->now_us};

    report_add(&report, EV_KEY, code, down);
    grab_report(&source->grab, &report, source->now_us);
}

static void tap(struct source *source, uint16_t code)
{
    key(source, code, true);
    key(source, code, false);
}

static void leader(struct source *source)
{
    tap(source, KEY_SCROLLLOCK);
    tap(source, KEY_SCROLLLOCK);
}

/* A tap at a time that is long ago when it is read. */
static void late_tap(struct source *source, uint64_t time_us)
{
    for (int down = 1; down >= 0; down--) {
        struct report report = {.time_us = time_us};
        report_add(&report, EV_KEY, KEY_SCROLLLOCK, down);
        grab_report(&source->grab, &report, source->now_us);
    }
}

/* An order with the numbers that are right now. */
static struct link_message order(const struct source *source, enum link_type type)
{
    return (struct link_message){
        .type = type, .grab_number = source->grab.number, .sequence = source->grab.sequence};
}

static void tell(struct source *source, enum link_type type)
{
    struct link_message message = order(source, type);
    grab_message(&source->grab, &message, source->now_us);
}

static const struct link_message *last_sent(const struct source *source)
{
    assert_true(source->sent_count > 0);
    return &source->sent[(source->sent_count - 1) % 64];
}

static void go_remote(struct source *source)
{
    leader(source);
    tap(source, KEY_1);
    tell(source, LINK_KEEP);
    assert_int_equal(source->grab.phase, GRAB_REMOTE);
}

static void assert_ended(const struct source *source, enum link_ungrab_reason reason)
{
    assert_false(source->is_taken);
    assert_int_equal(source->grab.phase, GRAB_FREE);
    assert_int_equal(last_sent(source)->type, LINK_UNGRABBED);
    assert_int_equal(last_sent(source)->ungrab_reason, reason);
    assert_int_equal(last_sent(source)->grab_number, source->grab.number);
}

static void taps_count_by_when_they_were(void **state)
{
    struct source source;
    begin(&source);
    uint64_t first_us = source.now_us;
    source.now_us += 3 * time_us(TIME_LEADER_TAP);
    late_tap(&source, first_us);
    source.now_us += 3 * time_us(TIME_LEADER_TAP);
    late_tap(&source, first_us + time_us(TIME_LEADER_TAP) / 2); /* a double tap, read late */
    assert_true(source.is_taken);

    begin(&source);
    source.now_us += 3 * time_us(TIME_LEADER_TAP);
    late_tap(&source, first_us); /* two, read together */
    late_tap(&source, first_us + 2 * time_us(TIME_LEADER_TAP));
    assert_false(source.is_taken);
}

static void hello_comes_first(void **state)
{
    struct source source;

    begin(&source);
    assert_int_equal(source.sent_count, 1);
    assert_int_equal(source.sent[0].type, LINK_HELLO);
    assert_int_equal(source.sent[0].grab_number, 0);
    leader(&source);
    assert_int_equal(last_sent(&source)->type, LINK_GRABBED);
    assert_int_equal(last_sent(&source)->grab_number, 1);
    assert_false(last_sent(&source)->by_order);
}

static void a_new_server_gets_nothing_of_the_old_grab(void **state)
{
    struct source source;

    begin(&source);
    go_remote(&source);
    size_t before = source.sent_count;
    grab_connected(&source.grab, ++source.now_us);
    assert_false(source.is_taken);
    assert_int_equal(source.sent_count, before + 1);
    assert_int_equal(last_sent(&source)->type, LINK_HELLO);
}

static void a_ping_tells_that_the_end_was_lost(void **state)
{
    struct source source;

    begin(&source);
    go_remote(&source);
    struct link_message ping = order(&source, LINK_PING);
    source.link_full = true;
    key(&source, KEY_A, true);
    assert_false(source.is_taken);
    source.link_full = false;
    grab_message(&source.grab, &ping, ++source.now_us);
    assert_ended(&source, LINK_UNGRAB_SILENT);
    assert_int_equal(source.grab.number, 2);
}

static void an_order_to_grab_of_old_is_answered(void **state)
{
    struct source source;

    begin(&source);
    struct link_message old = order(&source, LINK_GRAB);
    key(&source, KEY_ESC, true);
    key(&source, KEY_BACKSPACE, true);
    key(&source, KEY_ENTER, true);
    grab_message(&source.grab, &old, ++source.now_us);
    assert_ended(&source, LINK_UNGRAB_PANIC);
    /* A new one while they are still held does not grab either. */
    tell(&source, LINK_GRAB);
    assert_ended(&source, LINK_UNGRAB_PANIC);
    key(&source, KEY_ENTER, false);
    tell(&source, LINK_GRAB);
    assert_true(source.is_taken);
    assert_true(last_sent(&source)->by_order);
}

static void old_orders_change_nothing(void **state)
{
    static const enum link_type TYPES[] = {LINK_UNGRAB, LINK_KEEP, LINK_FLASH, LINK_LEDS,
                                           LINK_GRAB};
    struct source source;

    begin(&source);
    go_remote(&source);
    for (size_t i = 0; i < 5; i++) {
        struct link_message message = order(&source, TYPES[i]);
        message.grab_number--;
        grab_message(&source.grab, &message, source.now_us);
        assert_int_equal(source.grab.phase, GRAB_REMOTE);
    }
    assert_int_equal(source.grab.flash_steps, 0);
}

static void any_word_of_the_server_counts(void **state)
{
    struct source source;

    begin(&source);
    go_remote(&source);
    source.now_us += time_us(TIME_NET_SILENT);
    grab_tick(&source.grab, source.now_us);
    assert_true(source.is_taken);
    tell(&source, LINK_TARGETS);
    source.now_us += time_us(TIME_NET_SILENT);
    grab_tick(&source.grab, source.now_us);
    assert_true(source.is_taken);
    source.now_us = grab_deadline_us(&source.grab);
    grab_tick(&source.grab, source.now_us);
    assert_ended(&source, LINK_UNGRAB_SILENT);
}

static void a_server_that_pings_but_never_decides(void **state)
{
    struct source source;

    begin(&source);
    leader(&source);
    tap(&source, KEY_1);
    uint64_t end_us = source.now_us + time_us(TIME_LEADER_WAIT);
    while (source.is_taken && source.now_us <= end_us) {
        source.now_us += time_us(TIME_NET_PING);
        tell(&source, LINK_PING);
        grab_tick(&source.grab, source.now_us);
    }
    assert_ended(&source, LINK_UNGRAB_SILENT);
}

/* Also on a target, and though it says that it has read the command. */
static void a_command_that_is_read_and_not_answered(void **state)
{
    struct source source;

    begin(&source);
    go_remote(&source);
    leader(&source);
    tap(&source, KEY_2);
    uint64_t end_us = source.now_us + time_us(TIME_LEADER_WAIT);
    while (source.is_taken && source.now_us <= end_us) {
        source.now_us += time_us(TIME_NET_PING);
        tell(&source, LINK_PING);
        grab_tick(&source.grab, source.now_us);
    }
    assert_ended(&source, LINK_UNGRAB_SILENT);
}

static void what_the_server_has_read_is_not_kept(void **state)
{
    struct source source;

    begin(&source);
    go_remote(&source);
    tap(&source, KEY_A);
    assert_int_equal(source.grab.typed.count, 2);
    tell(&source, LINK_PING);
    assert_int_equal(source.grab.typed.count, 0);
    tap(&source, KEY_B);
    struct link_message locks = order(&source, LINK_LEDS);
    locks.sequence--;
    grab_message(&source.grab, &locks, source.now_us);
    assert_int_equal(source.grab.typed.count, 1);
    tell(&source, LINK_UNGRAB);
    assert_ended(&source, LINK_UNGRAB_ORDERED);
    assert_int_equal(source.given_count, 0);
}

static void too_much_typed_without_a_verdict(void **state)
{
    struct source source;

    begin(&source);
    go_remote(&source);
    leader(&source);
    tap(&source, KEY_0);
    for (int i = 0; i <= GRAB_TYPED_MAX / 2 && source.is_taken; i++)
        tap(&source, KEY_A);
    assert_ended(&source, LINK_UNGRAB_SILENT);
    /* All that was kept is the desktop's: the server throws its copy away when it reads `local`. */
    assert_int_equal(source.given_count, GRAB_TYPED_MAX);
}

static void a_held_tap_is_delivered_too(void **state)
{
    struct source source;

    begin(&source);
    go_remote(&source);
    leader(&source);
    tap(&source, KEY_0);
    struct link_message ungrab = order(&source, LINK_UNGRAB);
    tap(&source, KEY_H);
    key(&source, KEY_SCROLLLOCK, true);
    grab_message(&source.grab, &ungrab, source.now_us);
    assert_ended(&source, LINK_UNGRAB_ORDERED);
    assert_int_equal(source.given_count, 3);
    assert_int_equal(source.given[2].code, KEY_SCROLLLOCK);
    assert_true(source.given[2].down);
}

static void an_order_that_knew_less_does_not_give_back(void **state)
{
    struct source source;

    begin(&source);
    go_remote(&source);
    struct link_message lost = order(&source, LINK_UNGRAB); /* its target was lost, and then: */
    leader(&source);
    grab_message(&source.grab, &lost, source.now_us);
    assert_true(source.is_taken); /* a sequence is awaited */
    tap(&source, KEY_2);
    grab_message(&source.grab, &lost, source.now_us);
    assert_true(source.is_taken); /* the verdict on 2 is awaited */
    tell(&source, LINK_UNGRAB);
    assert_ended(&source, LINK_UNGRAB_ORDERED);
}

static void the_focus_is_lost(void **state)
{
    struct source source;

    begin(&source);
    go_remote(&source);
    key(&source, KEY_ESC, true);
    key(&source, KEY_ENTER, true);
    source.is_taken = false; /* by itself: give is not called */
    grab_lost(&source.grab, LINK_UNGRAB_FOCUS, ++source.now_us);
    assert_ended(&source, LINK_UNGRAB_FOCUS);
    size_t before = source.sent_count;
    grab_lost(&source.grab, LINK_UNGRAB_FOCUS, ++source.now_us);
    assert_int_equal(source.sent_count, before);
    key(&source, KEY_BACKSPACE, true); /* what was down is not known any more: no panic */
    assert_int_equal(source.sent_count, before);
}

static void a_server_that_goes_leaves_nothing_grabbed(void **state)
{
    struct source source;

    begin(&source);
    go_remote(&source);
    key(&source, KEY_A, true);
    grab_disconnected(&source.grab, ++source.now_us);
    assert_false(source.is_taken);
    unsigned takes = source.takes;
    leader(&source);
    assert_int_equal(source.takes, takes); /* nobody is there to choose from */
    assert_true(grab_deadline_us(&source.grab) == HOTKEY_NO_DEADLINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_comes_first),
        cmocka_unit_test(taps_count_by_when_they_were),
        cmocka_unit_test(a_new_server_gets_nothing_of_the_old_grab),
        cmocka_unit_test(a_ping_tells_that_the_end_was_lost),
        cmocka_unit_test(an_order_to_grab_of_old_is_answered),
        cmocka_unit_test(old_orders_change_nothing),
        cmocka_unit_test(any_word_of_the_server_counts),
        cmocka_unit_test(a_server_that_pings_but_never_decides),
        cmocka_unit_test(a_command_that_is_read_and_not_answered),
        cmocka_unit_test(what_the_server_has_read_is_not_kept),
        cmocka_unit_test(too_much_typed_without_a_verdict),
        cmocka_unit_test(a_held_tap_is_delivered_too),
        cmocka_unit_test(an_order_that_knew_less_does_not_give_back),
        cmocka_unit_test(the_focus_is_lost),
        cmocka_unit_test(a_server_that_goes_leaves_nothing_grabbed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
