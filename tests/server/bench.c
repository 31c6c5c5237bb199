#include "tests/server/bench.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct bench bench;

void bench_name_directory(char *ret_path, size_t room_bytes, int which)
{
    snprintf(ret_path, room_bytes, "%s/agent%d", bench.directory, which);
}

void bench_start_server(void)
{
    static struct server_options options;
    char error[ERROR_ROOM];
    config_defaults(server_option_table, server_option_count, &options);
    options.port = 0;
    snprintf(options.listen, sizeof options.listen, "127.0.0.1");
    snprintf(options.input, sizeof options.input, "none");
    snprintf(options.name, sizeof options.name, "console");
    const char *decoder = getenv("FAKE_DECODE");
    snprintf(options.decoder, sizeof options.decoder, "%s", decoder ? decoder : "");
    if (server_create(&bench.loop, &options, &bench.server, error) < 0)
        fail_msg("%s", error);
}

int bench_start(void **state)
{
    snprintf(bench.directory, sizeof bench.directory, "/tmp/hotdesk-agents.XXXXXX");
    if (!mkdtemp(bench.directory))
        return -1;
    setenv("STATE_DIRECTORY", bench.directory, 1);
    setenv("RUNTIME_DIRECTORY", bench.directory, 1);
    uv_loop_init(&bench.loop);
    for (int i = 0; i < BENCH_FAKES; i++) {
        char path[96];
        bench_name_directory(path, sizeof path, i);
        fake_init(&bench.fakes[i], &bench.loop, path);
    }
    bench.grab_number = 0;
    bench_start_server();
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

int bench_finish(void **state)
{
    for (int i = 0; i < BENCH_FAKES; i++)
        fake_finish(&bench.fakes[i]);
    bench.server = server_destroy(bench.server);
    int result = uv_loop_close(&bench.loop);
    remove_tree(bench.directory);
    return result;
}

uint16_t bench_port(void)
{
    return listener_port(bench.server->listener);
}

struct code bench_new_code(const char *name)
{
    char text[CODE_TEXT_ROOM], error[ERROR_ROOM];
    struct code code;
    uint32_t id;
    assert_int_equal(pairing_add(&bench.server->pairing, name, clock_now_us(), &id, text), 0);
    assert_int_equal(server_update_listening(bench.server, error), 0);
    assert_true(code_parse(text, &code));
    return code;
}

struct message bench_pair(struct fake *fake, const char *name)
{
    struct code code = bench_new_code(name);
    assert_true(fake_dial(fake, bench_port()));
    fake_hello(fake, MESSAGE_ROLE_PAIRING, 0);
    fake_prove(fake, &code);
    struct message paired = fake_expect(fake, MESSAGE_PAIRED);
    fake_hang_up(fake);
    return paired;
}

enum switch_state bench_target_state(uint16_t number)
{
    const struct switch_target *target = switch_find(&bench.server->desk.switcher, number);
    assert_non_null(target);
    return target->state;
}

void bench_connect_ready(struct fake *fake, uint16_t number, uint64_t control_number)
{
    assert_true(fake_dial(fake, bench_port()));
    fake_become_ready(fake, control_number);
    wait_until(&bench.loop, bench_target_state(number) == SWITCH_READY);
}

void bench_command(enum command_type type, uint16_t number)
{
    struct command what = {.type = type, .number = number};
    char why[SWITCH_REASON_ROOM] = "";
    if (desk_command(&bench.server->desk, &what, clock_now_us(), why) < 0)
        fail_msg("%s", why);
}

uint16_t bench_active(void)
{
    return bench.server->desk.switcher.active;
}

/* Switches to it; answers enter. Returns the control number. */
uint64_t bench_enter(struct fake *fake, uint16_t number)
{
    bench_command(COMMAND_TARGET, number);
    struct message entered = {.type = MESSAGE_ENTERED};
    entered.entered.control_number = fake_expect(fake, MESSAGE_ENTER).enter.control_number;
    entered.entered.taken = 1;
    fake_send(fake, &entered);
    wait_until(&bench.loop, bench.server->desk.switcher.entered_by_us == 0);
    assert_int_equal(bench_active(), number);
    return entered.entered.control_number;
}

void bench_from_source(struct link_message message)
{
    message.grab_number = bench.grab_number;
    desk_source_message(&bench.server->desk, DESK_EVDEV, &message, clock_now_us());
}

/* A keyboard that has grabbed. */
void bench_grab(void)
{
    bench_from_source((struct link_message){.type = LINK_HELLO, .version = LINK_VERSION});
    bench.grab_number++;
    bench_from_source((struct link_message){.type = LINK_GRABBED});
}

/* It answers pings. False, to stand in a condition. */
bool bench_source_lives(void)
{
    bench_from_source((struct link_message){.type = LINK_PONG});
    return false;
}

void bench_press(uint16_t code, int32_t value)
{
    struct link_message message = {.type = LINK_REPORT, .report.time_us = clock_now_us()};
    report_add(&message.report, EV_KEY, code, value);
    bench_from_source(message);
}

void bench_ack(struct fake *fake, uint32_t sequence)
{
    fake_send(fake, &(struct message){.type = MESSAGE_ACK, .ack.sequence = sequence});
}
