/* A sandboxed process as the server sees it. The process is this program: under the name of a deed
 * it does that. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/times.h"
#include "server/child/child.h"

#define PROGRAM    "/proc/self/exe"
#define A_TURN     8
#define WAIT_MS    30000 /* for what is sure to come */
#define ORDERS_MAX 100000

/* -- the process -- */

/* Aside: a socket by which the test knows how far it is. */
enum { ASIDE_FD = 3, MESSAGE_FD = 4, NO_FD = 5 };

enum { READY = 'r', LAST_WORD = 'l', WRONG = 'w', HELLO = 'h' };

static void say_bytes(char what, const char *text, size_t size_bytes)
{
    char bytes[FRAME_MESSAGE_BYTES + 1] = {what};
    snprintf(bytes + 1, sizeof bytes - 1, "%s", text);
    if (send(MESSAGE_FD, bytes, size_bytes, MSG_NOSIGNAL) < 0)
        _exit(0);
}

static void say(char what, const char *text)
{
    say_bytes(what, text, FRAME_MESSAGE_BYTES);
}

static void wait_for_ever(void)
{
    for (;;)
        pause();
}

static void do_ready(void)
{
    say(READY, "");
    wait_for_ever();
}

static bool is_null(int fd)
{
    struct stat it, null;
    return fstat(fd, &it) == 0 && stat("/dev/null", &null) == 0 && it.st_rdev == null.st_rdev;
}

static void do_look_around(void)
{
    extern char **environ;
    char text[64], cwd[8] = "";
    snprintf(text, sizeof text, "%d%d environment %d aside %d more %d in %s", is_null(0),
             is_null(1), environ && environ[0], fcntl(ASIDE_FD, F_GETFD) >= 0,
             fcntl(NO_FD, F_GETFD) >= 0, getcwd(cwd, sizeof cwd));
    say(READY, "");
    say(HELLO, text);
    wait_for_ever();
}

static void do_speak_first(void)
{
    say(HELLO, "");
    wait_for_ever();
}

static void do_ready_twice(void)
{
    say(READY, "");
    do_ready();
}

static void do_short(void)
{
    say(READY, "");
    say_bytes(HELLO, "", FRAME_MESSAGE_BYTES - 1);
    wait_for_ever();
}

static void do_long(void)
{
    say(READY, "");
    say_bytes(HELLO, "", FRAME_MESSAGE_BYTES + 1);
    wait_for_ever();
}

static void do_wrong(void)
{
    say(READY, "");
    say(WRONG, "");
    wait_for_ever();
}

static void do_last_word(void)
{
    say(READY, "");
    say(LAST_WORD, "it is tired");
    _exit(1);
}

static void do_end(void)
{
    _exit(3);
}

static void do_die(void)
{
    kill(getpid(), SIGTERM);
}

static void do_ask(void)
{
    kill(getpid(), SIGSYS); /* as seccomp does */
}

static void do_hang_up(void)
{
    say(READY, "");
    close(MESSAGE_FD);
    wait_for_ever();
}

/* Tells aside when there is more than is read in a turn. */
static void do_flood(void)
{
    say(READY, "");
    for (unsigned i = 0;; i++) {
        say(HELLO, "");
        if (i == 2 * A_TURN && write(ASIDE_FD, "", 1) != 1)
            _exit(1);
    }
}

/* Reads nothing until it is told aside, then all, and tells how much that was. */
static void do_read_late(void)
{
    char byte, bytes[FRAME_MESSAGE_BYTES], text[16];
    unsigned count = 0;
    say(READY, "");
    if (read(ASIDE_FD, &byte, 1) != 1)
        _exit(1);
    while (recv(MESSAGE_FD, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        count++;
    snprintf(text, sizeof text, "%u", count);
    say(HELLO, text);
    wait_for_ever();
}

static const struct deed {
    const char *name;
    void (*run)(void);
} DEEDS[] = {
    {"look-around", do_look_around},
    {"speak-first", do_speak_first},
    {"silent", wait_for_ever},
    {"ready", do_ready},
    {"ready-twice", do_ready_twice},
    {"short", do_short},
    {"long", do_long},
    {"wrong", do_wrong},
    {"last-word", do_last_word},
    {"end", do_end},
    {"die", do_die},
    {"ask", do_ask},
    {"hang-up", do_hang_up},
    {"flood", do_flood},
    {"read-late", do_read_late},
};

/* -- the server's side -- */

struct user {
    struct child *child;
    struct child_kind kind;
    bool is_ready, has_room, stops_at_once;
    unsigned told, turn; /* turn: told in this turn of the loop */
    uint64_t full_ms;    /* when a turn was full; 0: none was */
    char text[FRAME_MESSAGE_BYTES], why[FRAME_MESSAGE_BYTES];
};

static uv_loop_t loop;
static uv_timer_t bound;
static int aside_fds[2];
static struct user user, other;

static void stop(struct user *one)
{
    one->child = child_stop(one->child);
}

static void note_pace(struct user *one)
{
    one->told++;
    one->turn++;
    assert_true(one->turn <= A_TURN);
    assert_true(uv_now(&loop) >= one->full_ms);
    if (one->turn == A_TURN)
        one->full_ms = uv_now(&loop) + time_ms(TIME_DECODER_REST);
}

static const char *take(void *context, const uint8_t bytes[FRAME_MESSAGE_BYTES])
{
    struct user *one = context;
    const char *text = (const char *)bytes + 1;
    note_pace(one);
    if (one->stops_at_once)
        stop(one);
    if (one->stops_at_once)
        return NULL;
    if (bytes[0] == WRONG)
        return "it said something wrong";
    if (bytes[0] == LAST_WORD)
        return child_last_word(one->child, text);
    if (bytes[0] == READY) {
        one->is_ready = true;
        return child_is_shut_in(one->child);
    }
    snprintf(one->text, sizeof one->text, "%s", text);
    return child_may_speak(one->child);
}

static void clear(void *context)
{
    struct user *one = context;
    one->has_room = true;
}

static void stopped(void *context, const char *why)
{
    struct user *one = context;
    assert_int_equal(one->why[0], '\0'); /* once */
    snprintf(one->why, sizeof one->why, "%s", why);
    stop(one);
}

static void start_one(struct user *one, const char *deed)
{
    const int fds[] = {aside_fds[0], -1};
    *one = (struct user){.kind = {.name = deed,
                                  .messages_a_turn = A_TURN,
                                  .take = take,
                                  .clear = clear,
                                  .stopped = stopped}};
    assert_int_equal(child_start(&loop, PROGRAM, fds, 2, &one->kind, one, &one->child), 0);
}

static void too_late(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("it did not come in time: \"%s\", \"%s\"", user.text, user.why);
}

/* False when the loop has nothing to wait for any more. */
static bool turn_once(void)
{
    user.turn = other.turn = 0;
    uv_run(&loop, UV_RUN_ONCE);
    return uv_loop_alive(&loop);
}

static void wait_for(const bool *what)
{
    while (!*what && turn_once()) {
    }
    assert_true(*what);
}

static void wait_for_text(const char *text)
{
    while (text[0] == '\0' && turn_once()) {
    }
    assert_int_not_equal(text[0], '\0');
}

static void expect_end(const char *deed, const char *why)
{
    start_one(&user, deed);
    wait_for_text(user.why);
    assert_string_equal(user.why, why);
}

static int set_up(void **state)
{
    (void)state;
    user = other = (struct user){0};
    if (uv_loop_init(&loop) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, aside_fds) < 0)
        return -1;
    uv_timer_init(&loop, &bound);
    uv_unref((uv_handle_t *)&bound);
    return uv_timer_start(&bound, too_late, WAIT_MS, 0);
}

/* Nothing of it is left, whatever it did. */
static int tear_down(void **state)
{
    (void)state;
    stop(&user);
    stop(&other);
    uv_close((uv_handle_t *)&bound, NULL);
    while (turn_once()) {
    }
    close(aside_fds[0]);
    close(aside_fds[1]);
    return uv_loop_close(&loop);
}

/* -- what is tried -- */

static void it_has_what_it_is_given_alone(void **state)
{
    (void)state;
    start_one(&user, "look-around");
    wait_for_text(user.text);
    assert_string_equal(user.text, "11 environment 0 aside 1 more 0 in /");
}

static void it_keeps_to_the_order(void **state)
{
    (void)state;
    expect_end("speak-first", "it spoke before it was shut in");
    expect_end("ready-twice", "it said twice that it is ready");
    expect_end("short", "it sent a message of a wrong size");
    expect_end("long", "it sent a message of a wrong size");
    expect_end("wrong", "it said something wrong");
}

static void its_end_has_a_reason(void **state)
{
    (void)state;
    expect_end("last-word", "it is tired");
    expect_end("end", "it ended with status 3");
    expect_end("die", "it was ended by signal 15 (Terminated)");
    expect_end("ask", "it asked the kernel for what it may not have");
}

/* Both at once: each takes TIME_DECODER_READY. */
static void one_that_is_silent_is_killed(void **state)
{
    (void)state;
    start_one(&user, "silent");
    start_one(&other, "hang-up");
    wait_for_text(user.why);
    wait_for_text(other.why);
    assert_string_equal(user.why, "it was not ready in time");
    assert_string_equal(other.why, "it tells nothing any more");
}

static void one_that_floods_waits(void **state)
{
    (void)state;
    char byte;
    start_one(&user, "flood");
    assert_int_equal(read(aside_fds[1], &byte, 1), 1);
    while (user.told < 20 * A_TURN && turn_once()) { /* note_pace looks */
    }
    assert_int_equal(user.why[0], '\0');
    assert_int_not_equal(user.full_ms, 0);
}

static void one_that_does_not_read_is_not_waited_for(void **state)
{
    (void)state;
    const uint8_t bytes[FRAME_MESSAGE_BYTES] = {HELLO};
    unsigned count = 0;
    int result = 0;
    start_one(&user, "read-late");
    wait_for(&user.is_ready);
    while ((result = child_send(user.child, bytes, -1)) == 0 && count < ORDERS_MAX)
        count++;
    assert_int_equal(result, -EAGAIN);
    child_await_room(user.child);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_false(user.has_room);
    assert_int_equal(write(aside_fds[1], "", 1), 1);
    wait_for(&user.has_room);
    wait_for_text(user.text);
    assert_int_equal(strtoul(user.text, NULL, 10), count);
    assert_int_equal(child_send(user.child, bytes, -1), 0);
}

static void it_may_be_stopped_when_it_speaks(void **state)
{
    (void)state;
    start_one(&user, "flood");
    user.stops_at_once = true;
    while (turn_once()) { /* until it is dead */
    }
    assert_int_equal(user.told, 1);
    assert_int_equal(user.why[0], '\0');
}

static void one_that_is_not_there_is_told(void **state)
{
    (void)state;
    const int fds[] = {-1};
    struct child *child = NULL;
    user.kind = (struct child_kind){.name = "none", .take = take, .stopped = stopped};
    assert_int_equal(child_start(&loop, "/nowhere/hotdesk-none", fds, 1, &user.kind, &user, &child),
                     -ENOENT);
    assert_null(child);
    assert_null(child_stop(NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(it_has_what_it_is_given_alone),
        TEST(it_keeps_to_the_order),
        TEST(its_end_has_a_reason),
        TEST(one_that_is_silent_is_killed),
        TEST(one_that_floods_waits),
        TEST(one_that_does_not_read_is_not_waited_for),
        TEST(it_may_be_stopped_when_it_speaks),
        TEST(one_that_is_not_there_is_told),
    };
    (void)argc;
    for (size_t i = 0; i < sizeof DEEDS / sizeof *DEEDS; i++)
        if (strcmp(argv[0], DEEDS[i].name) == 0) {
            DEEDS[i].run();
            _exit(0);
        }
    return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
