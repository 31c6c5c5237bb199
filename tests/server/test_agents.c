/* hotdesk-server whole but for its main, against scripted agents over real TLS. */
#include <dirent.h>
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "server/net/server.h"
#include "tests/server/fake_agent.h"

static char directory[64];
static uv_loop_t loop;
static struct server *server;
static struct fake fakes[6];
static uint32_t grab_number;

static void name_directory(char *ret_path, size_t room_bytes, int which)
{
    snprintf(ret_path, room_bytes, "%s/agent%d", directory, which);
}

static void start_server(void)
{
    static struct server_options options;
    char error[ERROR_ROOM];
    config_defaults(server_option_table, server_option_count, &options);
    options.port = 0;
    snprintf(options.listen, sizeof options.listen, "127.0.0.1");
    snprintf(options.input, sizeof options.input, "none");
    snprintf(options.name, sizeof options.name, "console");
    if (server_create(&loop, &options, &server, error) < 0)
        fail_msg("%s", error);
}

static int start(void **state)
{
    snprintf(directory, sizeof directory, "/tmp/hotdesk-agents.XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    setenv("STATE_DIRECTORY", directory, 1);
    setenv("RUNTIME_DIRECTORY", directory, 1);
    uv_loop_init(&loop);
    for (int i = 0; i < 6; i++) {
        char path[96];
        name_directory(path, sizeof path, i);
        fake_init(&fakes[i], &loop, path);
    }
    grab_number = 0;
    start_server();
    return 0;
}

static void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        char child[512];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        if (unlink(child) < 0)
            remove_tree(child);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

static int finish(void **state)
{
    for (int i = 0; i < 6; i++)
        fake_finish(&fakes[i]);
    server = server_destroy(server);
    int result = uv_loop_close(&loop);
    remove_tree(directory);
    return result;
}

static uint16_t port(void)
{
    return listener_port(server->listener);
}

static struct code new_code(const char *name)
{
    char text[CODE_TEXT_ROOM], error[ERROR_ROOM];
    struct code code;
    uint32_t id;
    assert_int_equal(pairing_add(&server->pairing, name, clock_now_us(), &id, text), 0);
    assert_int_equal(server_update_listening(server, error), 0);
    assert_true(code_parse(text, &code));
    return code;
}

static struct message pair(struct fake *fake, const char *name)
{
    struct code code = new_code(name);
    assert_true(fake_dial(fake, port()));
    fake_hello(fake, MESSAGE_ROLE_PAIRING, 0);
    fake_prove(fake, &code);
    struct message paired = fake_expect(fake, MESSAGE_PAIRED);
    fake_hang_up(fake);
    return paired;
}

static enum switch_state target_state(uint16_t number)
{
    const struct switch_target *target = switch_find(&server->desk.switcher, number);
    assert_non_null(target);
    return target->state;
}

static void connect_ready(struct fake *fake, uint16_t number, uint64_t control_number)
{
    assert_true(fake_dial(fake, port()));
    fake_become_ready(fake, control_number);
    wait_until(&loop, target_state(number) == SWITCH_READY);
}

static void command(enum command_type type, uint16_t number)
{
    struct command what = {.type = type, .number = number};
    char why[SWITCH_REASON_ROOM] = "";
    if (desk_command(&server->desk, &what, clock_now_us(), why) < 0)
        fail_msg("%s", why);
}

static uint16_t active(void)
{
    return server->desk.switcher.active;
}

/* Switches to it; answers enter. Returns the control number. */
static uint64_t enter(struct fake *fake, uint16_t number)
{
    command(COMMAND_TARGET, number);
    struct message entered = {.type = MESSAGE_ENTERED};
    entered.entered.control_number = fake_expect(fake, MESSAGE_ENTER).enter.control_number;
    entered.entered.taken = 1;
    fake_send(fake, &entered);
    wait_until(&loop, server->desk.switcher.entered_by_us == 0);
    assert_int_equal(active(), number);
    return entered.entered.control_number;
}

static void from_source(struct link_message message)
{
    message.grab_number = grab_number;
    desk_source_message(&server->desk, DESK_EVDEV, &message, clock_now_us());
}

/* A keyboard that has grabbed. */
static void grab(void)
{
    from_source((struct link_message){.type = LINK_HELLO, .version = LINK_VERSION});
    grab_number++;
    from_source((struct link_message){.type = LINK_GRABBED});
}

/* It answers pings. False, to stand in a condition. */
static bool source_lives(void)
{
    from_source((struct link_message){.type = LINK_PONG});
    return false;
}

static void press(uint16_t code, int32_t value)
{
    struct link_message message = {.type = LINK_REPORT, .report.time_us = clock_now_us()};
    report_add(&message.report, EV_KEY, code, value);
    from_source(message);
}

static void ack(struct fake *fake, uint32_t sequence)
{
    fake_send(fake, &(struct message){.type = MESSAGE_ACK, .ack.sequence = sequence});
}

static void the_port_is_closed_until_somebody_may_come(void **state)
{
    assert_int_equal(port(), 0);
    new_code(NULL);
    uint16_t was = port();
    assert_true(fake_dial(&fakes[0], was));
    fake_hang_up(&fakes[0]);
    pairing_cancel(&server->pairing, server->pairing.last_id);
    char error[ERROR_ROOM];
    assert_int_equal(server_update_listening(server, error), 0);
    assert_false(fake_dial(&fakes[0], was));
    new_code(NULL);
    assert_int_equal(port(), was); /* an agent would look for it there */
}

static void pairing_gives_names_and_a_proof(void **state)
{
    struct code code = new_code(NULL);
    uint8_t exporter[32], expected[CODE_PROOF_BYTES];
    assert_true(fake_dial(&fakes[0], port()));
    fake_hello(&fakes[0], MESSAGE_ROLE_PAIRING, 0);
    fake_prove(&fakes[0], &code);
    stream_export(fakes[0].stream, "EXPORTER-hotdesk-pair", exporter);
    code_proof(&code, "server", exporter, identity_fingerprint(fakes[0].identity),
               identity_fingerprint(server->identity), expected);
    struct message paired = fake_expect(&fakes[0], MESSAGE_PAIRED);
    assert_memory_equal(paired.paired.proof, expected, sizeof expected);
    assert_string_equal(paired.paired.target_name, "lab-nine"); /* its host name, made to fit */
    assert_string_equal(paired.paired.server_name, "console");
    assert_int_equal(target_state(1), SWITCH_OFFLINE);
}

static void names_that_are_taken_get_a_number(void **state)
{
    assert_string_equal(pair(&fakes[0], "lab").paired.target_name, "lab");
    assert_string_equal(pair(&fakes[1], "lab").paired.target_name, "lab-2");
    assert_string_equal(pair(&fakes[0], "desk").paired.target_name, "desk"); /* again, renamed */
    assert_int_equal(registry_count(server->registry), 2);
    assert_string_equal(switch_find(&server->desk.switcher, 1)->name, "desk");
}

static void a_wrong_code_is_refused_and_the_right_one_still_works(void **state)
{
    struct code code = new_code(NULL), wrong;
    code_make(&wrong);
    for (int i = 0; i < 3; i++) {
        assert_true(fake_dial(&fakes[0], port()));
        fake_hello(&fakes[0], MESSAGE_ROLE_PAIRING, 0);
        fake_prove(&fakes[0], &wrong);
        assert_int_equal(fake_expect(&fakes[0], MESSAGE_REJECT).end.reason,
                         MESSAGE_REASON_CODE_WRONG);
        fake_wait_closed(&fakes[0]);
    }
    assert_true(fake_dial(&fakes[0], port()));
    fake_hello(&fakes[0], MESSAGE_ROLE_PAIRING, 0);
    fake_prove(&fakes[0], &code);
    fake_expect(&fakes[0], MESSAGE_PAIRED);
    /* And not twice. */
    new_code(NULL);
    assert_true(fake_dial(&fakes[1], port()));
    fake_hello(&fakes[1], MESSAGE_ROLE_PAIRING, 0);
    fake_prove(&fakes[1], &code);
    assert_int_equal(fake_expect(&fakes[1], MESSAGE_REJECT).end.reason, MESSAGE_REASON_CODE_WRONG);
    assert_int_equal(registry_count(server->registry), 1);
}

static void a_pairing_connection_may_only_pair(void **state)
{
    static const enum message_type types[] = {MESSAGE_HELLO, MESSAGE_STATE, MESSAGE_PING,
                                              MESSAGE_ACK};
    new_code(NULL);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_true(fake_dial(&fakes[0], port()));
        fake_hello(&fakes[0], MESSAGE_ROLE_PAIRING, 0);
        if (types[i] == MESSAGE_HELLO)
            fake_hello(&fakes[0], MESSAGE_ROLE_CONTROL, 0);
        else
            fake_send(&fakes[0], &(struct message){.type = types[i]});
        assert_int_equal(fake_expect(&fakes[0], MESSAGE_REJECT).end.reason,
                         MESSAGE_REASON_PROTOCOL);
        fake_wait_closed(&fakes[0]);
    }
}

static void an_unknown_key_is_refused(void **state)
{
    pair(&fakes[0], "lab");
    assert_true(fake_dial(&fakes[1], port()));
    fake_wait_closed(&fakes[1]);
    assert_int_equal(fakes[1].end, STREAM_END_PEER_REFUSED);
    assert_int_equal(fakes[1].got_count, 0);
    /* While a code is valid it is let in, and may do nothing but pair. */
    new_code(NULL);
    assert_true(fake_dial(&fakes[1], port()));
    fake_hello(&fakes[1], MESSAGE_ROLE_CONTROL, 0);
    assert_int_equal(fake_expect(&fakes[1], MESSAGE_REJECT).end.reason, MESSAGE_REASON_FORGOTTEN);
    fake_wait_closed(&fakes[1]);
}

static void the_first_message_is_a_hello(void **state)
{
    pair(&fakes[0], "lab");
    assert_true(fake_dial(&fakes[0], port()));
    fake_wait_open(&fakes[0]);
    fake_send(&fakes[0], &(struct message){.type = MESSAGE_STATE});
    assert_int_equal(fake_expect(&fakes[0], MESSAGE_REJECT).end.reason, MESSAGE_REASON_PROTOCOL);
    fake_wait_closed(&fakes[0]);
}

static void versions_must_meet(void **state)
{
    struct message hello = {.type = MESSAGE_HELLO, .hello.name = "lab"};
    pair(&fakes[0], "lab");
    assert_true(fake_dial(&fakes[0], port()));
    fake_wait_open(&fakes[0]);
    hello.hello.version_min = hello.hello.version_max = MESSAGE_VERSION_MAX + 1;
    hello.hello.role = MESSAGE_ROLE_CONTROL;
    fake_send(&fakes[0], &hello);
    assert_int_equal(fake_expect(&fakes[0], MESSAGE_REJECT).end.reason, MESSAGE_REASON_VERSION);
    /* A newer one that still speaks ours is welcome. */
    assert_true(fake_dial(&fakes[0], port()));
    fake_wait_open(&fakes[0]);
    hello.hello.version_min = MESSAGE_VERSION_MIN;
    fake_send(&fakes[0], &hello);
    assert_int_equal(fake_expect(&fakes[0], MESSAGE_WELCOME).welcome.version, MESSAGE_VERSION_MAX);
}

static void states_follow_the_agent(void **state)
{
    struct message not_ready = {.type = MESSAGE_STATE};
    pair(&fakes[0], "lab");
    assert_true(fake_dial(&fakes[0], port()));
    fake_hello(&fakes[0], MESSAGE_ROLE_CONTROL, 0);
    assert_string_equal(fake_expect(&fakes[0], MESSAGE_WELCOME).welcome.target_name, "lab");
    assert_int_equal(target_state(1), SWITCH_CONNECTING);
    snprintf(not_ready.state.reason, sizeof not_ready.state.reason, "no display");
    fake_send(&fakes[0], &not_ready);
    wait_until(&loop, strcmp(switch_find(&server->desk.switcher, 1)->reason, "no display") == 0);
    assert_int_equal(target_state(1), SWITCH_CONNECTING);
    fake_hang_up(&fakes[0]);
    wait_until(&loop, target_state(1) == SWITCH_OFFLINE);
}

static void control_numbers_only_grow(void **state)
{
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 40);
    assert_int_equal(enter(&fakes[0], 1), 41);
    command(COMMAND_LOCAL, 0);
    assert_int_equal(fake_expect(&fakes[0], MESSAGE_LEAVE).leave.control_number, 41);
    assert_int_equal(enter(&fakes[0], 1), 42);
    fake_hang_up(&fakes[0]);
    wait_until(&loop, target_state(1) == SWITCH_OFFLINE);
    /* It forgot; we did not. */
    connect_ready(&fakes[0], 1, 0);
    assert_int_equal(enter(&fakes[0], 1), 43);
}

static void input_arrives_with_place_and_number(void **state)
{
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 0);
    grab();
    uint64_t control_number = enter(&fakes[0], 1);
    press(KEY_A, 1);
    struct message_report report = fake_expect(&fakes[0], MESSAGE_REPORT).report;
    assert_int_equal(report.control_number, control_number);
    assert_int_equal(report.wants_ack, 1);
    assert_int_equal(report.report.events[0].code, KEY_A);

    struct link_message place = {.type = LINK_REPORT, .report.time_us = clock_now_us()};
    report_add(&place.report, EV_ABS, ABS_X, REPORT_FIELD_SPAN);
    report_add(&place.report, EV_ABS, ABS_Y, 0);
    from_source(place);
    report = fake_expect(&fakes[0], MESSAGE_REPORT).report;
    assert_int_equal(report.sequence, 2);
    assert_int_equal(report.report.events[0].value, 1919);
    assert_int_equal(report.report.events[1].value, 0);

    struct agent_view view;
    assert_true(targets_view(server->targets, 1, &view));
    assert_int_equal(view.latency->total, 0);
    ack(&fakes[0], 1);
    wait_until(&loop, targets_view(server->targets, 1, &view) && view.latency->total == 1);
    assert_int_equal(view.reports_sent, 2);
    assert_true(view.round_trip_us > 0);
}

static void a_refused_enter_is_taken_back(void **state)
{
    struct message entered = {.type = MESSAGE_ENTERED};
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 0);
    command(COMMAND_TARGET, 1);
    assert_int_equal(active(), 1);
    entered.entered.control_number = fake_expect(&fakes[0], MESSAGE_ENTER).enter.control_number;
    snprintf(entered.entered.reason, sizeof entered.entered.reason, "an X client holds the server");
    fake_send(&fakes[0], &entered);
    wait_until(&loop, active() == SWITCH_LOCAL);
    assert_string_equal(server->refused_why[0] ? "told" : "", "told");
}

static void an_unanswered_enter_is_taken_back(void **state)
{
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 0);
    command(COMMAND_TARGET, 1);
    wait_until(&loop, active() == SWITCH_LOCAL);
    fake_expect(&fakes[0], MESSAGE_LEAVE);
}

static void a_lost_target_makes_local_active(void **state)
{
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 0);
    enter(&fakes[0], 1);
    fake_hang_up(&fakes[0]);
    wait_until(&loop, active() == SWITCH_LOCAL);
    assert_int_equal(target_state(1), SWITCH_OFFLINE);
}

static void a_silent_one_is_lost_in_time(void **state)
{
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 0);
    enter(&fakes[0], 1);
    uint64_t start_us = clock_now_us();
    wait_until(&loop, active() == SWITCH_LOCAL);
    assert_true(clock_now_us() - start_us >= time_us(TIME_PEER_SILENT) / 2);
    fake_wait_closed(&fakes[0]);
}

/* An agent that hears nothing for 400 ms lifts keys: while one is down it hears something. */
static void a_key_that_is_down_keeps_the_link_busy(void **state)
{
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 0);
    grab();
    enter(&fakes[0], 1);
    press(KEY_A, 1);
    ack(&fakes[0], fake_expect(&fakes[0], MESSAGE_REPORT).report.sequence);
    uint64_t start_us = clock_now_us();
    for (int i = 0; i < 5; i++) {
        wait_until(&loop, source_lives() || fake_has(&fakes[0], MESSAGE_PING));
        fake_expect(&fakes[0], MESSAGE_PING);
    }
    assert_true(clock_now_us() - start_us < time_us(TIME_PING_ACTIVE) * 2);
}

static void keys_that_cannot_leave_cut_the_link(void **state)
{
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 0);
    grab();
    enter(&fakes[0], 1);
    press(KEY_A, 1);
    fake_expect(&fakes[0], MESSAGE_REPORT); /* never acknowledged */
    uint64_t start_us = clock_now_us();
    wait_until(&loop, source_lives() || clock_now_us() - start_us > time_us(TIME_STALLED) + 50000);
    for (int i = 0; i < 20; i++)
        press((uint16_t)(KEY_1 + i), 1);
    wait_until(&loop, source_lives() || active() == SWITCH_LOCAL);
    assert_int_equal(target_state(1), SWITCH_OFFLINE);
    fake_wait_closed(&fakes[0]);
    int reports = 0;
    for (size_t i = 0; i < fakes[0].got_count; i++)
        reports += fakes[0].got[i].type == MESSAGE_REPORT;
    assert_int_equal(reports, 0);
    /* And none of the rest comes after a reconnect. */
    connect_ready(&fakes[0], 1, 0);
    enter(&fakes[0], 1);
    assert_false(fake_has(&fakes[0], MESSAGE_REPORT));
}

static void a_second_connection_replaces_the_first(void **state)
{
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 0);
    enter(&fakes[0], 1);
    /* The same key, as a second program of that machine would have it. */
    char path[96];
    name_directory(path, sizeof path, 0);
    fake_finish(&fakes[5]);
    fake_init(&fakes[5], &loop, path);
    assert_true(fake_dial(&fakes[5], port()));
    fake_become_ready(&fakes[5], 0);
    assert_int_equal(fake_expect(&fakes[0], MESSAGE_BYE).end.reason, MESSAGE_REASON_REPLACED);
    fake_wait_closed(&fakes[0]);
    assert_int_equal(active(), SWITCH_LOCAL);
    wait_until(&loop, target_state(1) == SWITCH_READY);
    assert_int_equal(enter(&fakes[5], 1), 2);
}

static void a_cloned_disk_is_told(void **state)
{
    struct fake *one = &fakes[0], *other = &fakes[5];
    char path[96];
    pair(&fakes[0], "lab");
    name_directory(path, sizeof path, 0);
    fake_finish(other);
    fake_init(other, &loop, path);
    connect_ready(one, 1, 0);
    for (int i = 0; i < 2; i++) { /* they take turns */
        assert_true(fake_dial(other, port()));
        fake_become_ready(other, 0);
        assert_int_equal(fake_expect(one, MESSAGE_BYE).end.reason, MESSAGE_REASON_REPLACED);
        struct fake *swap = one;
        one = other;
        other = swap;
    }
    assert_true(fake_dial(other, port()));
    fake_hello(other, MESSAGE_ROLE_CONTROL, 0);
    assert_int_equal(fake_expect(one, MESSAGE_BYE).end.reason, MESSAGE_REASON_CLONED);
    struct message reject = fake_expect(other, MESSAGE_REJECT);
    assert_int_equal(reject.end.reason, MESSAGE_REASON_CLONED);
    assert_string_equal(reject.end.text, "two machines use one key (a cloned disk?)");
    assert_int_equal(target_state(1), SWITCH_OFFLINE);
    assert_true(fake_dial(one, port())); /* nor does either come back at once */
    fake_hello(one, MESSAGE_ROLE_CONTROL, 0);
    assert_int_equal(fake_expect(one, MESSAGE_REJECT).end.reason, MESSAGE_REASON_CLONED);
}

static void what_was_never_sent_cannot_be_acknowledged(void **state)
{
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 0);
    ack(&fakes[0], 7);
    assert_int_equal(fake_expect(&fakes[0], MESSAGE_BYE).end.reason, MESSAGE_REASON_PROTOCOL);
    wait_until(&loop, target_state(1) == SWITCH_OFFLINE);
}

static void a_message_of_the_wrong_direction_ends_it(void **state)
{
    uint8_t leave[MESSAGE_FRAME_MAX];
    struct message message = {.type = MESSAGE_LEAVE, .leave.control_number = 1};
    size_t size_bytes = message_encode(&message, leave, sizeof leave);
    assert_true(size_bytes > 0);
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 0);
    assert_int_equal(stream_send(fakes[0].stream, leave, size_bytes), 0);
    assert_int_equal(fake_expect(&fakes[0], MESSAGE_BYE).end.reason, MESSAGE_REASON_PROTOCOL);
    wait_until(&loop, target_state(1) == SWITCH_OFFLINE);
}

static void one_address_may_have_four_strangers(void **state)
{
    new_code(NULL);
    for (int i = 0; i < GUESTS_PER_ADDRESS; i++) {
        assert_true(fake_dial(&fakes[i], port()));
        fake_wait_open(&fakes[i]);
    }
    wait_until(&loop, guests_count(server->guests) == GUESTS_PER_ADDRESS);
    assert_true(fake_dial(&fakes[4], port()));
    fake_wait_closed(&fakes[4]);
    assert_false(fakes[4].opened);
    fake_hang_up(&fakes[0]);
    wait_until(&loop, guests_count(server->guests) == GUESTS_PER_ADDRESS - 1);
    assert_true(fake_dial(&fakes[4], port()));
    fake_wait_open(&fakes[4]);
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
    new_code(NULL);
    assert_true(fake_dial(&fakes[0], port()));
    fake_hang_up(&fakes[0]);
    wait_until(&loop, guests_count(server->guests) == 0);
    turn(&loop);
    size_t before = count_descriptors();
    for (int i = 0; i < 50; i++) { /* fewer than the backlog: nobody else takes them off it */
        struct fake *fake = &fakes[i % 6];
        assert_true(fake_dial(fake, port()));
        for (int k = 0; k < i % 7; k++)
            turn(&loop);
        fake_hang_up(fake);
    }
    assert_true(fake_dial(&fakes[0], port()));
    fake_wait_open(&fakes[0]); /* and so all before it were accepted */
    fake_hang_up(&fakes[0]);
    wait_until(&loop, guests_count(server->guests) == 0 && count_descriptors() <= before);
}

static void who_says_nothing_is_closed(void **state)
{
    new_code(NULL);
    assert_true(fake_dial(&fakes[0], port()));
    fake_wait_open(&fakes[0]);
    uint64_t start_us = clock_now_us();
    assert_int_equal(fake_expect(&fakes[0], MESSAGE_REJECT).end.reason, MESSAGE_REASON_SILENT);
    assert_true(clock_now_us() - start_us > time_us(TIME_HELLO) / 2);
    assert_int_equal(guests_count(server->guests), 0);
}

static void pairings_outlive_the_server(void **state)
{
    pair(&fakes[0], "lab");
    connect_ready(&fakes[0], 1, 0);
    server = server_destroy(server);
    assert_int_equal(uv_loop_alive(&loop), 0);
    start_server();
    assert_true(listener_is_open(server->listener));
    fake_hang_up(&fakes[0]);
    connect_ready(&fakes[0], 1, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
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
        TEST(states_follow_the_agent),
        TEST(control_numbers_only_grow),
        TEST(input_arrives_with_place_and_number),
        TEST(a_refused_enter_is_taken_back),
        TEST(an_unanswered_enter_is_taken_back),
        TEST(a_lost_target_makes_local_active),
        TEST(a_silent_one_is_lost_in_time),
        TEST(a_key_that_is_down_keeps_the_link_busy),
        TEST(keys_that_cannot_leave_cut_the_link),
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
    return cmocka_run_group_tests(tests, NULL, NULL);
}
