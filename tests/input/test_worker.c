/* hotdesk-input as a process with devices, at log-level debug: what it says, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "common/clock.h"
#include "protocol/link.h"

#define WAIT_US 10000000
#define LINK_FD 3

enum { PS2 = 3 }; /* number of the event node */

static const char *program;

/* Numbers that nothing else in the log has. */
static const uint16_t secret[] = {KEY_H, KEY_J, KEY_K, KEY_Z, KEY_X, KEY_V, KEY_B, KEY_N, KEY_M};

#define SECRET_KEYS (sizeof secret / sizeof *secret)

struct running {
    struct bench *bench;
    char directory[64];
    int link, log;
    pid_t process;
    uint32_t grab_number;
    uint64_t pinged_us;
    uint8_t last[LINK_MESSAGE_BYTES]; /* message, as it came */
};

static void send_message(struct running *running, struct link_message message)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    message.grab_number = running->grab_number;
    assert_true(link_encode(&message, bytes));
    assert_int_equal(send(running->link, bytes, sizeof bytes, MSG_NOSIGNAL), sizeof bytes);
}

/* Waits for a message of that type; pings on the way, as a server does. */
static struct link_message wait_message(struct running *running, enum link_type type)
{
    uint64_t end_us = clock_now_us() + WAIT_US;
    struct link_message message = {0};
    while (message.type != type) {
        struct pollfd readable = {.fd = running->link, .events = POLLIN};
        const char *why;
        if (clock_now_us() > end_us)
            fail_msg("no message %d", (int)type);
        if (clock_now_us() - running->pinged_us > 50000) {
            running->pinged_us = clock_now_us();
            send_message(running, (struct link_message){.type = LINK_PING});
        }
        if (poll(&readable, 1, 20) <= 0)
            continue;
        assert_int_equal(recv(running->link, running->last, sizeof running->last, 0),
                         sizeof running->last);
        assert_true(link_decode(running->last, true, &message, &why));
    }
    return message;
}

static void write_config(struct running *running, const char *more)
{
    char path[96];
    snprintf(path, sizeof path, "%s/input.conf", running->directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "log-level = debug\nsend-keys = \"Sleep\"\n%s", more);
    fclose(file);
}

static void run_program(struct running *running, int link)
{
    setenv("CONFIGURATION_DIRECTORY", running->directory, 1);
    dup2(running->log, STDERR_FILENO);
    if (link == LINK_FD ? fcntl(LINK_FD, F_SETFD, 0) : dup2(link, LINK_FD) < 0)
        _exit(127);
    execl(program, program, "--link-fd", "3", NULL);
    _exit(127);
}

static int start(void **state)
{
    struct running *running = calloc(1, sizeof *running);
    int ends[2];
    assert_non_null(running);
    running->bench = bench_create();
    bench_plug(running->bench, "at-keyboard");
    bench_plug(running->bench, "touchpad");
    snprintf(running->directory, sizeof running->directory, "/tmp/hotdesk-worker.XXXXXX");
    assert_non_null(mkdtemp(running->directory));
    write_config(running, "");
    char path[] = "/tmp/hotdesk-worker-log.XXXXXX";
    running->log = mkostemp(path, O_CLOEXEC);
    assert_true(running->log >= 0);
    unlink(path);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    running->link = ends[0];
    running->process = fork();
    if (running->process == 0)
        run_program(running, ends[1]);
    close(ends[1]);
    *state = running;
    return 0;
}

static int finish(void **state)
{
    struct running *running = *state;
    char path[96];
    close(running->link);
    if (running->process > 0)
        waitpid(running->process, NULL, 0); /* the end of its link ends it */
    close(running->log);
    snprintf(path, sizeof path, "%s/input.conf", running->directory);
    unlink(path);
    rmdir(running->directory);
    bench_destroy(running->bench);
    free(running);
    return 0;
}

/* Types all of it; `told`: waits until the link has it. */
static void type_secret(struct running *running, bool told)
{
    for (size_t i = 0; i < SECRET_KEYS; i++)
        for (int32_t value = 1; value >= 0; value--) {
            bench_say(running->bench, PS2, EV_KEY, secret[i], value);
            if (told)
                assert_int_equal(wait_message(running, LINK_REPORT).report.events[0].code,
                                 secret[i]);
        }
}

static void tap(struct running *running, uint16_t code)
{
    bench_say(running->bench, PS2, EV_KEY, code, 1);
    bench_say(running->bench, PS2, EV_KEY, code, 0);
}

static const char *read_log(struct running *running)
{
    static char text[65536];
    ssize_t size = pread(running->log, text, sizeof text - 1, 0);
    assert_true(size > 0);
    text[size] = '\0';
    return text;
}

/* Fails when the number stands in the text by itself. */
static void assert_has_no_number(const char *text, unsigned number)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%u", number);
    for (const char *at = text; (at = strstr(at, digits)); at++) {
        bool begins = at == text || !isdigit((unsigned char)at[-1]);
        bool ends = !isdigit((unsigned char)at[strlen(digits)]);
        if (begins && ends)
            fail_msg("%u is in the log: %.60s", number, at > text + 30 ? at - 30 : text);
    }
}

static void no_key_is_logged(void **state)
{
    struct running *running = *state;
    while (!wait_message(running, LINK_DEVICE).device.taken)
        continue;
    type_secret(running, false); /* for the desktop: it looks on */
    send_message(running, (struct link_message){.type = LINK_GRAB});
    running->grab_number = wait_message(running, LINK_GRABBED).grab_number;
    type_secret(running, true); /* for a target */
    tap(running, KEY_SCROLLLOCK);
    tap(running, KEY_SCROLLLOCK);
    tap(running, KEY_0);
    struct link_message command = wait_message(running, LINK_COMMAND);
    type_secret(running, true); /* for the desktop, by a verdict that comes late */
    send_message(running, (struct link_message){.type = LINK_UNGRAB, .sequence = command.sequence});
    wait_message(running, LINK_UNGRABBED);

    const char *log = read_log(running);
    assert_non_null(strstr(log, "devices grabbed")); /* debug lines are there */
    assert_non_null(strstr(log, "keys typed for the desktop"));
    for (size_t i = 0; i < SECRET_KEYS; i++)
        assert_has_no_number(log, secret[i]);
    assert_null(strstr(log, "KEY_"));
}

/* The numbers in the message and those in the log are small ones: none is a secret key's. */
static void a_watch_tells_how_often_never_which_key(void **state)
{
    struct running *running = *state;
    while (!wait_message(running, LINK_DEVICE).device.taken)
        continue;
    send_message(running, (struct link_message){.type = LINK_COUNT_DEVICES, .counting = true});
    send_message(running, (struct link_message){.type = LINK_GRAB}); /* it has read the other */
    running->grab_number = wait_message(running, LINK_GRABBED).grab_number;
    send_message(running, (struct link_message){.type = LINK_UNGRAB});
    wait_message(running, LINK_UNGRABBED);
    type_secret(running, false);
    for (uint32_t keys = 0; keys < SECRET_KEYS;) {
        struct link_message message = wait_message(running, LINK_DEVICE_COUNTS);
        for (size_t i = 0; i < SECRET_KEYS; i++)
            assert_null(memchr(running->last + 1, secret[i], sizeof running->last - 1));
        assert_in_range(message.counts.keys, 1, SECRET_KEYS - keys);
        assert_int_equal(message.counts.buttons + message.counts.motion + message.counts.wheel, 0);
        keys += message.counts.keys;
    }
    for (size_t i = 0; i < SECRET_KEYS; i++)
        assert_has_no_number(read_log(running), secret[i]);
}

static void a_dead_touchpad_is_told_once(void **state)
{
    static const char words[] = "\" is silent while another computer is active";
    struct running *running = *state;
    while (!wait_message(running, LINK_DEVICE).device.taken)
        continue;
    for (unsigned i = 0; i < 2; i++) {
        send_message(running, (struct link_message){.type = LINK_GRAB});
        running->grab_number = wait_message(running, LINK_GRABBED).grab_number;
        send_message(running, (struct link_message){.type = LINK_UNGRAB});
        wait_message(running, LINK_UNGRABBED);
    }
    const char *told = strstr(read_log(running), words);
    assert_non_null(told);
    assert_null(strstr(told + 1, words));
}

static void a_listed_key_of_this_computer_is_sent(void **state)
{
    struct running *running = *state;
    while (!wait_message(running, LINK_DEVICE).device.taken)
        continue;
    send_message(running, (struct link_message){.type = LINK_GRAB});
    running->grab_number = wait_message(running, LINK_GRABBED).grab_number;
    tap(running, KEY_WAKEUP); /* not listed */
    tap(running, KEY_SLEEP);
    assert_int_equal(wait_message(running, LINK_REPORT).report.events[0].code, KEY_SLEEP);
}

/* The process that holds the devices: the watchdog's child. */
static pid_t worker_of(const struct running *running)
{
    char path[64];
    int worker = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)running->process,
             (int)running->process);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &worker), 1);
    fclose(file);
    return worker;
}

static void wait_grab(struct running *running)
{
    while (!wait_message(running, LINK_DEVICE).device.taken)
        continue;
    send_message(running, (struct link_message){.type = LINK_GRAB});
    running->grab_number = wait_message(running, LINK_GRABBED).grab_number;
    fake_evdev_log(running->bench->nodes[PS2]);
}

/* Both wait for a worker that is late: it hears the hotkey first. */
static void an_order_does_not_overtake_a_hotkey(void **state)
{
    struct running *running = *state;
    wait_grab(running);
    pid_t worker = worker_of(running);
    kill(worker, SIGSTOP);
    send_message(running, (struct link_message){.type = LINK_UNGRAB});
    tap(running, KEY_SCROLLLOCK);
    tap(running, KEY_SCROLLLOCK);
    tap(running, KEY_1);
    kill(worker, SIGCONT);
    assert_int_equal(wait_message(running, LINK_COMMAND).command.number, 1);
    assert_null(strstr(fake_evdev_log(running->bench->nodes[PS2]), "ungrab"));
}

/* The server had read A when it ordered; B it throws away. */
static void keys_that_came_too_late_for_a_target_are_the_desktops(void **state)
{
    struct running *running = *state;
    wait_grab(running);
    tap(running, KEY_A);
    wait_message(running, LINK_REPORT);
    uint32_t read = wait_message(running, LINK_REPORT).sequence;
    tap(running, KEY_B);
    wait_message(running, LINK_REPORT);
    wait_message(running, LINK_REPORT);
    send_message(running, (struct link_message){.type = LINK_UNGRAB, .sequence = read});
    wait_message(running, LINK_UNGRABBED);
    assert_string_equal(fake_evdev_log(running->bench->nodes[PS2]),
                        "us 30:1 us 30:0 us 48:1 us 48:0 ungrab desktop 48:1 desktop 48:0");
}

static struct link_reloaded reload_with(struct running *running, const char *more)
{
    write_config(running, more);
    send_message(running, (struct link_message){.type = LINK_RELOAD});
    return wait_message(running, LINK_RELOADED).reloaded;
}

/* While keys are down and typed for a target. */
static void it_reads_its_configuration_again(void **state)
{
    struct running *running = *state;
    wait_grab(running);
    bench_say(running->bench, PS2, EV_KEY, KEY_LEFTSHIFT, 1);
    wait_message(running, LINK_REPORT);
    for (int i = 0; i < 20; i++) {
        struct link_reloaded told = reload_with(running, i % 2 ? "" : "leader = right-ctrl\n");
        assert_string_equal(told.error, "");
        assert_string_equal(told.changed, "leader");
        bench_say(running->bench, PS2, EV_KEY, KEY_A, i % 2 == 0);
        assert_int_equal(wait_message(running, LINK_REPORT).report.events[0].value, i % 2 == 0);
    }
    struct link_reloaded told = reload_with(running, "leader = right-ctrl\nprofile = nobodys\n");
    assert_non_null(strstr(told.error, "input.conf:4: profile: "));
    told = reload_with(running, "leader = right-ctrl\ndevices {\n\"name:AT*\" = exclude\n}\n");
    assert_string_equal(told.changed, "leader, devices");
    send_message(running, (struct link_message){.type = LINK_RELOAD});
    assert_string_equal(wait_message(running, LINK_RELOADED).reloaded.changed, "");
    bench_say(running->bench, PS2, EV_KEY, KEY_LEFTSHIFT, 0);
    assert_int_equal(wait_message(running, LINK_REPORT).report.events[0].code, KEY_LEFTSHIFT);
    tap(running, KEY_RIGHTCTRL);
    tap(running, KEY_RIGHTCTRL);
    tap(running, KEY_0); /* the new leader, of the keyboard that is still taken */
    struct link_message command = wait_message(running, LINK_COMMAND);
    assert_int_equal(command.command.type, COMMAND_LOCAL);
    send_message(running, (struct link_message){.type = LINK_UNGRAB, .sequence = command.sequence});
    wait_message(running, LINK_UNGRABBED);
    struct link_message device;
    do {
        device = wait_message(running, LINK_DEVICE);
    } while (device.device.taken || !strstr(device.device.why, "excluded"));
    told = reload_with(running, "leader = right-ctrl\n");
    assert_string_equal(told.changed, "devices");
    while (!wait_message(running, LINK_DEVICE).device.taken)
        continue;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_key_is_logged, start, finish),
        cmocka_unit_test_setup_teardown(a_watch_tells_how_often_never_which_key, start, finish),
        cmocka_unit_test_setup_teardown(a_dead_touchpad_is_told_once, start, finish),
        cmocka_unit_test_setup_teardown(a_listed_key_of_this_computer_is_sent, start, finish),
        cmocka_unit_test_setup_teardown(an_order_does_not_overtake_a_hotkey, start, finish),
        cmocka_unit_test_setup_teardown(it_reads_its_configuration_again, start, finish),
        cmocka_unit_test_setup_teardown(keys_that_came_too_late_for_a_target_are_the_desktops,
                                        start, finish),
    };
    program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
