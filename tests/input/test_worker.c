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
        uint8_t bytes[LINK_MESSAGE_BYTES];
        const char *why;
        if (clock_now_us() > end_us)
            fail_msg("no message %d", (int)type);
        if (clock_now_us() - running->pinged_us > 50000) {
            running->pinged_us = clock_now_us();
            send_message(running, (struct link_message){.type = LINK_PING});
        }
        if (poll(&readable, 1, 20) <= 0)
            continue;
        assert_int_equal(recv(running->link, bytes, sizeof bytes, 0), sizeof bytes);
        assert_true(link_decode(bytes, true, &message, &why));
    }
    return message;
}

static void write_config(struct running *running)
{
    char path[96];
    snprintf(path, sizeof path, "%s/input.conf", running->directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("log-level = debug\n", file);
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
    snprintf(running->directory, sizeof running->directory, "/tmp/hotdesk-worker.XXXXXX");
    assert_non_null(mkdtemp(running->directory));
    write_config(running);
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
    send_message(running, (struct link_message){.type = LINK_UNGRAB,
                                                .command_number = command.command_number,
                                                .deliver = true});
    wait_message(running, LINK_UNGRABBED);

    const char *log = read_log(running);
    assert_non_null(strstr(log, "devices grabbed")); /* debug lines are there */
    assert_non_null(strstr(log, "keys typed for the desktop"));
    for (size_t i = 0; i < SECRET_KEYS; i++)
        assert_has_no_number(log, secret[i]);
    assert_null(strstr(log, "KEY_"));
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

/* Both wait for a worker that is late: the keys were pressed for the target. */
static void an_order_does_not_overtake_keys(void **state)
{
    struct running *running = *state;
    while (!wait_message(running, LINK_DEVICE).device.taken)
        continue;
    send_message(running, (struct link_message){.type = LINK_GRAB});
    running->grab_number = wait_message(running, LINK_GRABBED).grab_number;
    pid_t worker = worker_of(running);
    kill(worker, SIGSTOP);
    send_message(running, (struct link_message){.type = LINK_UNGRAB});
    tap(running, KEY_A);
    kill(worker, SIGCONT);
    const struct link_message down = wait_message(running, LINK_REPORT);
    const struct link_message up = wait_message(running, LINK_REPORT);
    assert_int_equal(down.report.events[0].code, KEY_A);
    assert_int_equal(down.report.events[0].value, 1);
    assert_int_equal(up.report.events[0].value, 0);
    wait_message(running, LINK_UNGRABBED);
    assert_null(strstr(fake_evdev_log(running->bench->nodes[PS2]), "desktop"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_key_is_logged, start, finish),
        cmocka_unit_test_setup_teardown(an_order_does_not_overtake_keys, start, finish),
    };
    program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
