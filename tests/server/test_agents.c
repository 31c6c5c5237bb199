/* hotdesk-server whole but for its main, against scripted agents over real TLS. */
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "server/target/outbox.h"
#include "tests/server/bench.h"

static void the_port_is_closed_until_somebody_may_come(void **state)
{
    assert_int_equal(bench_port(), 0);
    bench_new_code(NULL);
    uint16_t was = bench_port();
    assert_true(fake_dial(&bench.fakes[0], was));
    fake_hang_up(&bench.fakes[0]);
    pairing_cancel(&bench.server->pairing, bench.server->pairing.last_id);
    char error[ERROR_ROOM];
    assert_int_equal(server_update_listening(bench.server, error), 0);
    assert_false(fake_dial(&bench.fakes[0], was));
    bench_new_code(NULL);
    assert_int_equal(bench_port(), was); /* an agent would look for it there */
}

static void pairing_gives_names_and_a_proof(void **state)
{
    struct code code = bench_new_code(NULL);
    uint8_t exporter[32], expected[CODE_PROOF_BYTES];
    assert_true(fake_dial(&bench.fakes[0], bench_port()));
    fake_hello(&bench.fakes[0], MESSAGE_ROLE_PAIRING, 0);
    fake_prove(&bench.fakes[0], &code);
    stream_export(bench.fakes[0].stream, "EXPORTER-hotdesk-pair", exporter);
    code_proof(&code, "server", exporter, identity_fingerprint(bench.fakes[0].identity),
               identity_fingerprint(bench.server->identity), expected);
    struct message paired = fake_expect(&bench.fakes[0], MESSAGE_PAIRED);
    assert_memory_equal(paired.paired.proof, expected, sizeof expected);
    assert_string_equal(paired.paired.target_name, "lab-nine"); /* its host name, made to fit */
    assert_string_equal(paired.paired.server_name, "console");
    assert_int_equal(bench_target_state(1), SWITCH_OFFLINE);
}

static void names_that_are_taken_get_a_number(void **state)
{
    assert_string_equal(bench_pair(&bench.fakes[0], "lab").paired.target_name, "lab");
    assert_string_equal(bench_pair(&bench.fakes[1], "lab").paired.target_name, "lab-2");
    assert_string_equal(bench_pair(&bench.fakes[0], "desk").paired.target_name,
                        "desk"); /* again, renamed */
    assert_int_equal(registry_count(bench.server->registry), 2);
    assert_string_equal(switch_find(&bench.server->desk.switcher, 1)->name, "desk");
}

static void a_wrong_code_is_refused_and_the_right_one_still_works(void **state)
{
    struct code code = bench_new_code(NULL), wrong;
    code_make(&wrong);
    for (int i = 0; i < 3; i++) {
        assert_true(fake_dial(&bench.fakes[0], bench_port()));
        fake_hello(&bench.fakes[0], MESSAGE_ROLE_PAIRING, 0);
        fake_prove(&bench.fakes[0], &wrong);
        assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_REJECT).end.reason,
                         MESSAGE_REASON_CODE_WRONG);
        fake_wait_closed(&bench.fakes[0]);
    }
    assert_true(fake_dial(&bench.fakes[0], bench_port()));
    fake_hello(&bench.fakes[0], MESSAGE_ROLE_PAIRING, 0);
    fake_prove(&bench.fakes[0], &code);
    fake_expect(&bench.fakes[0], MESSAGE_PAIRED);
    /* And not twice. */
    bench_new_code(NULL);
    assert_true(fake_dial(&bench.fakes[1], bench_port()));
    fake_hello(&bench.fakes[1], MESSAGE_ROLE_PAIRING, 0);
    fake_prove(&bench.fakes[1], &code);
    assert_int_equal(fake_expect(&bench.fakes[1], MESSAGE_REJECT).end.reason,
                     MESSAGE_REASON_CODE_WRONG);
    assert_int_equal(registry_count(bench.server->registry), 1);
}

static void a_pairing_connection_may_only_pair(void **state)
{
    static const enum message_type types[] = {MESSAGE_HELLO, MESSAGE_STATE, MESSAGE_PING,
                                              MESSAGE_ACK};
    bench_new_code(NULL);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_true(fake_dial(&bench.fakes[0], bench_port()));
        fake_hello(&bench.fakes[0], MESSAGE_ROLE_PAIRING, 0);
        if (types[i] == MESSAGE_HELLO)
            fake_hello(&bench.fakes[0], MESSAGE_ROLE_CONTROL, 0);
        else
            fake_send(&bench.fakes[0], &(struct message){.type = types[i]});
        assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_REJECT).end.reason,
                         MESSAGE_REASON_PROTOCOL);
        fake_wait_closed(&bench.fakes[0]);
    }
}

static void an_unknown_key_is_refused(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    assert_true(fake_dial(&bench.fakes[1], bench_port()));
    fake_wait_closed(&bench.fakes[1]);
    assert_int_equal(bench.fakes[1].end, STREAM_END_PEER_REFUSED);
    assert_int_equal(bench.fakes[1].got_count, 0);
    /* While a code is valid it is let in, and may do nothing but pair. */
    bench_new_code(NULL);
    assert_true(fake_dial(&bench.fakes[1], bench_port()));
    fake_hello(&bench.fakes[1], MESSAGE_ROLE_CONTROL, 0);
    assert_int_equal(fake_expect(&bench.fakes[1], MESSAGE_REJECT).end.reason,
                     MESSAGE_REASON_FORGOTTEN);
    fake_wait_closed(&bench.fakes[1]);
}

static void the_first_message_is_a_hello(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    assert_true(fake_dial(&bench.fakes[0], bench_port()));
    fake_wait_open(&bench.fakes[0]);
    fake_send(&bench.fakes[0], &(struct message){.type = MESSAGE_STATE});
    assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_REJECT).end.reason,
                     MESSAGE_REASON_PROTOCOL);
    fake_wait_closed(&bench.fakes[0]);
}

static void versions_must_meet(void **state)
{
    struct message hello = {.type = MESSAGE_HELLO, .hello.name = "lab"};
    bench_pair(&bench.fakes[0], "lab");
    assert_true(fake_dial(&bench.fakes[0], bench_port()));
    fake_wait_open(&bench.fakes[0]);
    hello.hello.version_min = hello.hello.version_max = MESSAGE_VERSION_MAX + 1;
    hello.hello.role = MESSAGE_ROLE_CONTROL;
    fake_send(&bench.fakes[0], &hello);
    assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_REJECT).end.reason,
                     MESSAGE_REASON_VERSION);
    /* A newer one that still speaks ours is welcome. */
    assert_true(fake_dial(&bench.fakes[0], bench_port()));
    fake_wait_open(&bench.fakes[0]);
    hello.hello.version_min = MESSAGE_VERSION_MIN;
    fake_send(&bench.fakes[0], &hello);
    assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_WELCOME).welcome.version,
                     MESSAGE_VERSION_MAX);
}

/* What hotdesk-agent of version 1 sent after its handshake and after its welcome, recorded. */
static const uint8_t recorded_hello[] = {0x00, 0x1a, 0x01, 0x48, 0x44, 0x53, 0x4b, 0x00, 0x01, 0x00,
                                         0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                         0x00, 0x00, 0x00, 0x00, 0x04, 0x6c, 0x61, 0x62, 0x33};
static const uint8_t recorded_state[] = {
    0x00, 0x0e, 0x16, 0x07, 0x80, 0x04, 0x38, 0x01, 0x00, 0x00, 0x00, 0x00, 0x07, 0x80,
    0x04, 0x38, 0x00, 0x00, 0x10, 0x14, 0x01, 0x05, 0x78, 0x74, 0x65, 0x73, 0x74, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x15, 0x00};

static void an_agent_of_version_1_still_works(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    assert_true(fake_dial(&bench.fakes[0], bench_port()));
    fake_wait_open(&bench.fakes[0]);
    stream_send(bench.fakes[0].stream, recorded_hello, sizeof recorded_hello);
    struct message welcome = fake_expect(&bench.fakes[0], MESSAGE_WELCOME);
    assert_int_equal(welcome.welcome.version, 1);
    assert_int_equal(welcome.welcome.capabilities, 0);
    stream_send(bench.fakes[0].stream, recorded_state, sizeof recorded_state);
    wait_until(&bench.loop, bench_target_state(1) == SWITCH_READY);
    assert_false(targets_open_screen(bench.server->targets, 1, 1, clock_now_us()));
    /* What it does not know it may not say. */
    fake_send(&bench.fakes[0], &(struct message){.type = MESSAGE_SCREEN_STATE});
    assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_BYE).end.reason, MESSAGE_REASON_PROTOCOL);
    fake_wait_closed(&bench.fakes[0]);
}

static void states_follow_the_agent(void **state)
{
    struct message not_ready = {.type = MESSAGE_STATE};
    bench_pair(&bench.fakes[0], "lab");
    assert_true(fake_dial(&bench.fakes[0], bench_port()));
    fake_hello(&bench.fakes[0], MESSAGE_ROLE_CONTROL, 0);
    assert_string_equal(fake_expect(&bench.fakes[0], MESSAGE_WELCOME).welcome.target_name, "lab");
    assert_int_equal(bench_target_state(1), SWITCH_CONNECTING);
    snprintf(not_ready.state.reason, sizeof not_ready.state.reason, "no display");
    fake_send(&bench.fakes[0], &not_ready);
    wait_until(&bench.loop,
               strcmp(switch_find(&bench.server->desk.switcher, 1)->reason, "no display") == 0);
    assert_int_equal(bench_target_state(1), SWITCH_NOT_READY);
    fake_hang_up(&bench.fakes[0]);
    wait_until(&bench.loop, bench_target_state(1) == SWITCH_OFFLINE);
}

static void control_numbers_only_grow(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 40);
    assert_int_equal(bench_enter(&bench.fakes[0], 1), 41);
    bench_command(COMMAND_LOCAL, 0);
    assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_LEAVE).leave.control_number, 41);
    assert_int_equal(bench_enter(&bench.fakes[0], 1), 42);
    fake_hang_up(&bench.fakes[0]);
    wait_until(&bench.loop, bench_target_state(1) == SWITCH_OFFLINE);
    /* It forgot; we did not. */
    bench_connect_ready(&bench.fakes[0], 1, 0);
    assert_int_equal(bench_enter(&bench.fakes[0], 1), 43);
}

static void input_arrives_with_place_and_number(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_grab();
    uint64_t control_number = bench_enter(&bench.fakes[0], 1);
    bench_press(KEY_A, 1);
    struct message_report report = fake_expect(&bench.fakes[0], MESSAGE_REPORT).report;
    assert_int_equal(report.control_number, control_number);
    assert_int_equal(report.wants_ack, 1);
    assert_int_equal(report.report.events[0].code, KEY_A);

    struct link_message place = {.type = LINK_REPORT, .report.time_us = clock_now_us()};
    report_add(&place.report, EV_ABS, ABS_X, REPORT_FIELD_SPAN);
    report_add(&place.report, EV_ABS, ABS_Y, 0);
    bench_from_source(place);
    report = fake_expect(&bench.fakes[0], MESSAGE_REPORT).report;
    assert_int_equal(report.sequence, 2);
    assert_int_equal(report.report.events[0].value, 1919);
    assert_int_equal(report.report.events[1].value, 0);

    struct agent_view view;
    assert_true(targets_view(bench.server->targets, 1, &view));
    assert_int_equal(view.latency->total, 0);
    bench_ack(&bench.fakes[0], 1);
    wait_until(&bench.loop,
               targets_view(bench.server->targets, 1, &view) && view.latency->total == 1);
    assert_int_equal(view.reports_sent, 2);
    assert_true(view.round_trip_us > 0);
}

static void a_refused_enter_is_taken_back(void **state)
{
    struct message entered = {.type = MESSAGE_ENTERED};
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_command(COMMAND_TARGET, 1);
    assert_int_equal(bench_active(), 1);
    entered.entered.control_number =
        fake_expect(&bench.fakes[0], MESSAGE_ENTER).enter.control_number;
    snprintf(entered.entered.reason, sizeof entered.entered.reason, "an X client holds the server");
    fake_send(&bench.fakes[0], &entered);
    wait_until(&bench.loop, bench_active() == SWITCH_LOCAL);
    assert_string_equal(bench.server->refused_why[0] ? "told" : "", "told");
}

static void an_answer_to_an_earlier_enter_is_none(void **state)
{
    struct message entered = {.type = MESSAGE_ENTERED, .entered.taken = 1};
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_command(COMMAND_TARGET, 1);
    entered.entered.control_number =
        fake_expect(&bench.fakes[0], MESSAGE_ENTER).enter.control_number;
    bench_command(COMMAND_LOCAL, 0);
    bench_command(COMMAND_TARGET, 1);
    fake_expect(&bench.fakes[0], MESSAGE_ENTER);
    fake_send(&bench.fakes[0], &entered);
    wait_until(&bench.loop, bench_active() == SWITCH_LOCAL);
    assert_non_null(strstr(bench.server->refused_why, "did not take over: no answer"));
}

static void an_unanswered_enter_is_taken_back(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_command(COMMAND_TARGET, 1);
    wait_until(&bench.loop, bench_active() == SWITCH_LOCAL);
    fake_expect(&bench.fakes[0], MESSAGE_LEAVE);
}

static void a_lost_target_makes_local_active(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_enter(&bench.fakes[0], 1);
    fake_hang_up(&bench.fakes[0]);
    wait_until(&bench.loop, bench_active() == SWITCH_LOCAL);
    assert_int_equal(bench_target_state(1), SWITCH_OFFLINE);
}

static void a_silent_one_is_lost_in_time(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_enter(&bench.fakes[0], 1);
    uint64_t start_us = clock_now_us();
    wait_until(&bench.loop, bench_active() == SWITCH_LOCAL);
    assert_true(clock_now_us() - start_us >= time_us(TIME_PEER_SILENT) / 2);
    fake_wait_closed(&bench.fakes[0]);
}

/* An agent that hears nothing for 400 ms lifts keys: while one is down it hears something. */
static void a_key_that_is_down_keeps_the_link_busy(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_grab();
    bench_enter(&bench.fakes[0], 1);
    bench_press(KEY_A, 1);
    bench_ack(&bench.fakes[0], fake_expect(&bench.fakes[0], MESSAGE_REPORT).report.sequence);
    uint64_t start_us = clock_now_us();
    for (int i = 0; i < 5; i++) {
        wait_until(&bench.loop, bench_source_lives() || fake_has(&bench.fakes[0], MESSAGE_PING));
        fake_expect(&bench.fakes[0], MESSAGE_PING);
    }
    assert_true(clock_now_us() - start_us < time_us(TIME_PING_ACTIVE) * 2);
}

static const char *reason_of(uint16_t number)
{
    return switch_find(&bench.server->desk.switcher, number)->reason;
}

/* Its agent acknowledges nothing, until keys wait. */
static void stall(struct fake *fake)
{
    bench_pair(fake, "lab");
    bench_connect_ready(fake, 1, 0);
    bench_grab();
    bench_enter(fake, 1);
    bench_press(KEY_A, 1);
    fake_expect(fake, MESSAGE_REPORT);
    uint64_t start_us = clock_now_us();
    wait_until(&bench.loop,
               bench_source_lives() || clock_now_us() - start_us > time_us(TIME_STALLED) + 50000);
}

static void keys_that_cannot_leave_cut_the_link(void **state)
{
    stall(&bench.fakes[0]);
    for (int i = 0; i < 20; i++)
        bench_press((uint16_t)(KEY_1 + i), 1);
    wait_until(&bench.loop, bench_source_lives() || bench_active() == SWITCH_LOCAL);
    assert_int_equal(bench_target_state(1), SWITCH_OFFLINE);
    assert_non_null(strstr(reason_of(1), "too slow: keys would"));
    fake_wait_closed(&bench.fakes[0]);
    int reports = 0;
    for (size_t i = 0; i < bench.fakes[0].got_count; i++)
        reports += bench.fakes[0].got[i].type == MESSAGE_REPORT;
    assert_int_equal(reports, 0);
    /* And none of the rest comes after a reconnect. */
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_enter(&bench.fakes[0], 1);
    assert_false(fake_has(&bench.fakes[0], MESSAGE_REPORT));
}

static void more_than_may_wait_cuts_the_link(void **state)
{
    stall(&bench.fakes[0]);
    for (int i = 0; i <= OUTBOX_WAITING_MAX; i++)
        bench_press((uint16_t)(KEY_1 + i / 2 % 20), 1 - i % 2);
    wait_until(&bench.loop, bench_source_lives() || bench_active() == SWITCH_LOCAL);
    assert_non_null(strstr(reason_of(1), "too many reports wait"));
    fake_wait_closed(&bench.fakes[0]);
}

static void what_waits_at_a_leave_goes_before_it(void **state)
{
    stall(&bench.fakes[0]);
    bench_press(KEY_B, 1);
    bench_press(KEY_B, 0);
    bench_command(COMMAND_LOCAL, 0);
    for (int32_t value = 1; value >= 0; value--) {
        struct message_report report = fake_expect(&bench.fakes[0], MESSAGE_REPORT).report;
        assert_int_equal(report.report.events[0].code, KEY_B);
        assert_int_equal(report.report.events[0].value, value);
    }
    fake_expect(&bench.fakes[0], MESSAGE_LEAVE);
}

/* What the agent's machine had no room for yet stays away: late keys are worse than none. */
static void what_is_with_the_kernel_at_a_cut_stays_away(void **state)
{
    struct fake *fake = &bench.fakes[0];
    bench_pair(fake, "lab");
    fake->receive_bytes = 2048;
    bench_connect_ready(fake, 1, 0);
    bench_grab();
    bench_enter(fake, 1);
    for (int i = 0; i < 200; i++) /* nobody reads meanwhile */
        bench_press((uint16_t)(KEY_1 + i / 2 % 20), 1 - i % 2);
    targets_cut(bench.server->targets, 1, "by the test");
    fake_wait_closed(fake);
    size_t reports = 0;
    for (size_t i = 0; i < fake->got_count; i++)
        reports += fake->got[i].type == MESSAGE_REPORT;
    assert_in_range(reports, 0, 150);
    assert_int_equal(fake->end, STREAM_END_RESET);
}

static void a_second_connection_replaces_the_first(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_enter(&bench.fakes[0], 1);
    /* The same key, as a second program of that machine would have it. */
    char path[96];
    bench_name_directory(path, sizeof path, 0);
    fake_finish(&bench.fakes[5]);
    fake_init(&bench.fakes[5], &bench.loop, path);
    assert_true(fake_dial(&bench.fakes[5], bench_port()));
    fake_become_ready(&bench.fakes[5], 0);
    assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_BYE).end.reason, MESSAGE_REASON_REPLACED);
    fake_wait_closed(&bench.fakes[0]);
    assert_int_equal(bench_active(), SWITCH_LOCAL);
    wait_until(&bench.loop, bench_target_state(1) == SWITCH_READY);
    assert_int_equal(bench_enter(&bench.fakes[5], 1), 2);
}

static void a_cloned_disk_is_told(void **state)
{
    struct fake *one = &bench.fakes[0], *other = &bench.fakes[5];
    char path[96];
    bench_pair(&bench.fakes[0], "lab");
    bench_name_directory(path, sizeof path, 0);
    fake_finish(other);
    fake_init(other, &bench.loop, path);
    bench_connect_ready(one, 1, 0);
    for (int i = 0; i < 2; i++) { /* they take turns */
        assert_true(fake_dial(other, bench_port()));
        fake_become_ready(other, 0);
        assert_int_equal(fake_expect(one, MESSAGE_BYE).end.reason, MESSAGE_REASON_REPLACED);
        struct fake *swap = one;
        one = other;
        other = swap;
    }
    assert_true(fake_dial(other, bench_port()));
    fake_hello(other, MESSAGE_ROLE_CONTROL, 0);
    assert_int_equal(fake_expect(one, MESSAGE_BYE).end.reason, MESSAGE_REASON_CLONED);
    struct message reject = fake_expect(other, MESSAGE_REJECT);
    assert_int_equal(reject.end.reason, MESSAGE_REASON_CLONED);
    assert_string_equal(reject.end.text, "two machines use one key (a cloned disk?)");
    assert_int_equal(bench_target_state(1), SWITCH_OFFLINE);
    assert_true(fake_dial(one, bench_port())); /* nor does either come back at once */
    fake_hello(one, MESSAGE_ROLE_CONTROL, 0);
    assert_int_equal(fake_expect(one, MESSAGE_REJECT).end.reason, MESSAGE_REASON_CLONED);
}

static void what_was_never_sent_cannot_be_acknowledged(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench_ack(&bench.fakes[0], 7);
    assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_BYE).end.reason, MESSAGE_REASON_PROTOCOL);
    wait_until(&bench.loop, bench_target_state(1) == SWITCH_OFFLINE);
}

static void a_message_of_the_wrong_direction_ends_it(void **state)
{
    uint8_t leave[MESSAGE_FRAME_MAX];
    struct message message = {.type = MESSAGE_LEAVE, .leave.control_number = 1};
    size_t size_bytes = message_encode(&message, leave, sizeof leave);
    assert_true(size_bytes > 0);
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    assert_int_equal(stream_send(bench.fakes[0].stream, leave, size_bytes), 0);
    assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_BYE).end.reason, MESSAGE_REASON_PROTOCOL);
    wait_until(&bench.loop, bench_target_state(1) == SWITCH_OFFLINE);
}

static void one_address_may_have_four_strangers(void **state)
{
    bench_new_code(NULL);
    for (int i = 0; i < GUESTS_PER_ADDRESS; i++) {
        assert_true(fake_dial(&bench.fakes[i], bench_port()));
        fake_wait_open(&bench.fakes[i]);
    }
    wait_until(&bench.loop, guests_count(bench.server->guests) == GUESTS_PER_ADDRESS);
    assert_true(fake_dial(&bench.fakes[4], bench_port()));
    fake_wait_closed(&bench.fakes[4]);
    assert_false(bench.fakes[4].opened);
    fake_hang_up(&bench.fakes[0]);
    wait_until(&bench.loop, guests_count(bench.server->guests) == GUESTS_PER_ADDRESS - 1);
    assert_true(fake_dial(&bench.fakes[4], bench_port()));
    fake_wait_open(&bench.fakes[4]);
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* Opened and closed in quick succession, as no agent does it. */
static void dozens_leave_nothing_behind(void **state)
{
    bench_new_code(NULL);
    assert_true(fake_dial(&bench.fakes[0], bench_port()));
    fake_hang_up(&bench.fakes[0]);
    wait_until(&bench.loop, guests_count(bench.server->guests) == 0);
    turn(&bench.loop);
    size_t before = count_descriptors();
    for (int i = 0; i < 50; i++) { /* fewer than the backlog: nobody else takes them off it */
        struct fake *fake = &bench.fakes[i % 6];
        assert_true(fake_dial(fake, bench_port()));
        for (int k = 0; k < i % 7; k++)
            turn(&bench.loop);
        fake_hang_up(fake);
    }
    assert_true(fake_dial(&bench.fakes[0], bench_port()));
    fake_wait_open(&bench.fakes[0]); /* and so all before it were accepted */
    fake_hang_up(&bench.fakes[0]);
    wait_until(&bench.loop,
               guests_count(bench.server->guests) == 0 && count_descriptors() <= before);
}

static void who_says_nothing_is_closed(void **state)
{
    bench_new_code(NULL);
    assert_true(fake_dial(&bench.fakes[0], bench_port()));
    fake_wait_open(&bench.fakes[0]);
    uint64_t start_us = clock_now_us();
    assert_int_equal(fake_expect(&bench.fakes[0], MESSAGE_REJECT).end.reason,
                     MESSAGE_REASON_SILENT);
    assert_true(clock_now_us() - start_us > time_us(TIME_HELLO) / 2);
    assert_int_equal(guests_count(bench.server->guests), 0);
}

static void pairings_outlive_the_server(void **state)
{
    bench_pair(&bench.fakes[0], "lab");
    bench_connect_ready(&bench.fakes[0], 1, 0);
    bench.server = server_destroy(bench.server);
    assert_int_equal(uv_loop_alive(&bench.loop), 0);
    bench_start_server();
    assert_true(listener_is_open(bench.server->listener));
    fake_hang_up(&bench.fakes[0]);
    bench_connect_ready(&bench.fakes[0], 1, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_start, bench_finish)

/* An argument chooses tests by their names, with * and ?. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(the_port_is_closed_until_somebody_may_come),
        TEST(pairing_gives_names_and_a_proof),
        TEST(names_that_are_taken_get_a_number),
        TEST(a_wrong_code_is_refused_and_the_right_one_still_works),
        TEST(a_pairing_connection_may_only_pair),
        TEST(an_unknown_key_is_refused),
        TEST(the_first_message_is_a_hello),
        TEST(versions_must_meet),
        TEST(an_agent_of_version_1_still_works),
        TEST(states_follow_the_agent),
        TEST(control_numbers_only_grow),
        TEST(input_arrives_with_place_and_number),
        TEST(a_refused_enter_is_taken_back),
        TEST(an_answer_to_an_earlier_enter_is_none),
        TEST(an_unanswered_enter_is_taken_back),
        TEST(a_lost_target_makes_local_active),
        TEST(a_silent_one_is_lost_in_time),
        TEST(a_key_that_is_down_keeps_the_link_busy),
        TEST(keys_that_cannot_leave_cut_the_link),
        TEST(more_than_may_wait_cuts_the_link),
        TEST(what_waits_at_a_leave_goes_before_it),
        TEST(what_is_with_the_kernel_at_a_cut_stays_away),
        TEST(a_second_connection_replaces_the_first),
        TEST(a_cloned_disk_is_told),
        TEST(what_was_never_sent_cannot_be_acknowledged),
        TEST(a_message_of_the_wrong_direction_ends_it),
        TEST(one_address_may_have_four_strangers),
        TEST(dozens_leave_nothing_behind),
        TEST(who_says_nothing_is_closed),
        TEST(pairings_outlive_the_server),
    };
    times_read_factor();
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_LEVEL_ERROR);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
