/* Each class of verb, tried by the server's own user, and as root by others, in the group and not.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/control/rights.h"
#include "server/control/socket.h"
#include "tests/control/harness.h"

/* Users that Debian always has, each with a group of its own name. */
#define MEMBER   "games"
#define OWNER    "backup"
#define STRANGER "nobody"
#define SITTER   "news" /* who sits at the computer */

#define SAW_SEE 1
#define SAW_USE 2
#define SAW_OWN 4
#define BROKEN  64

static struct harness h;

static int ask_blocking(int fd, const char *verb)
{
    char line[512];
    snprintf(line, sizeof line, "{\"verb\":\"%s\"}\n", verb);
    if (write(fd, line, strlen(line)) < 0)
        return BROKEN;
    ssize_t n = read(fd, line, sizeof line - 1);
    if (n <= 0)
        return BROKEN;
    line[n] = '\0';
    if (strstr(line, "\"ok\":true"))
        return 1;
    return strstr(line, "\"not-allowed\"") ? 0 : BROKEN;
}

/* In a child that has become `user`, with no group but nogroup: the database decides. */
static int try_all(const char *path, const char *user)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    const struct passwd *entry = getpwnam(user);
    const struct group *none = getgrnam("nogroup");
    if (!entry || !none || setgroups(0, NULL) < 0 || setgid(none->gr_gid) < 0 ||
        setuid(entry->pw_uid) < 0)
        return BROKEN;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return BROKEN;
    int see = ask_blocking(fd, "look"), use = ask_blocking(fd, "turn"),
        own = ask_blocking(fd, "rule");
    if (see == BROKEN || use == BROKEN || own == BROKEN)
        return BROKEN;
    return (see ? SAW_SEE : 0) | (use ? SAW_USE : 0) | (own ? SAW_OWN : 0);
}

struct child {
    pid_t pid;
    int status;
};

static bool has_ended(void *context)
{
    struct child *child = context;
    return waitpid(child->pid, &child->status, WNOHANG) == child->pid;
}

static int rights_seen_by(const char *user)
{
    struct child child = {.pid = fork()};
    assert_true(child.pid >= 0);
    if (child.pid == 0)
        _exit(try_all(h.path, user));
    assert_true(harness_run_until(&h, has_ended, &child));
    assert_true(WIFEXITED(child.status));
    return WEXITSTATUS(child.status);
}

static bool is_ok(int fd, const char *line)
{
    json_t *answer = harness_ask(&h, fd, line);
    bool ok = json_is_true(json_object_get(answer, "ok"));
    json_decref(answer);
    return ok;
}

static void test_own_user(void **state)
{
    harness_start(&h, NULL);
    int fd = harness_connect(&h);
    assert_true(is_ok(fd, "{\"verb\":\"look\"}"));
    assert_true(is_ok(fd, "{\"verb\":\"turn\"}"));
    assert_true(is_ok(fd, "{\"verb\":\"rule\"}"));
    close(fd);
    harness_stop(&h);
}

/* The parents of the socket are the test's alone. */
static void start_open(const char *use_group, const char *own_group)
{
    harness_start_with(&h, use_group, own_group);
    assert_int_equal(chmod(h.dir, 0755), 0);
}

static uid_t uid_of(const char *user)
{
    const struct passwd *entry = getpwnam(user);
    assert_non_null(entry);
    return entry->pw_uid;
}

static void test_others_of_a_system_server(void **state)
{
    if (geteuid() != 0)
        skip();
    start_open(MEMBER, OWNER);
    assert_int_equal(rights_seen_by(STRANGER), 0);
    assert_int_equal(rights_seen_by(MEMBER), SAW_SEE | SAW_USE);
    assert_int_equal(rights_seen_by(OWNER), SAW_SEE | SAW_USE | SAW_OWN);
    assert_int_equal(h.handled, 5);
    harness_stop(&h);

    start_open(NULL, NULL);
    assert_int_equal(rights_seen_by(MEMBER), 0);
    assert_int_equal(rights_seen_by(OWNER), 0);
    harness_stop(&h);
}

static void test_who_sits_there(void **state)
{
    if (geteuid() != 0)
        skip();
    struct control_seat seat = {.has_active = true,
                                .active_uid = uid_of(SITTER),
                                .users = {uid_of(STRANGER), uid_of(SITTER)},
                                .user_count = 2};
    start_open(NULL, NULL);
    assert_int_equal(rights_seen_by(SITTER), 0);
    control_set_seat(h.control, &seat);
    assert_int_equal(rights_seen_by(SITTER), SAW_SEE | SAW_USE);
    assert_int_equal(rights_seen_by(STRANGER), SAW_SEE); /* a session in the background */
    assert_int_equal(rights_seen_by(MEMBER), 0);
    seat.active_uid = uid_of(STRANGER);
    control_set_seat(h.control, &seat);
    assert_int_equal(rights_seen_by(SITTER), SAW_SEE);
    assert_int_equal(rights_seen_by(STRANGER), SAW_SEE | SAW_USE);
    seat = (struct control_seat){.active_uid = uid_of(SITTER)};
    control_set_seat(h.control, &seat);
    assert_int_equal(rights_seen_by(SITTER), 0);
    harness_stop(&h);
}

/* A connection to the harness that `user` has opened: its descriptor comes back. */
static int connection_of(const char *user)
{
    uid_t uid = uid_of(user);
    assert_int_equal(seteuid(uid), 0);
    int fd = harness_connect(&h);
    assert_int_equal(seteuid(0), 0);
    return fd;
}

static void test_what_goes_on_ends_with_the_right(void **state)
{
    if (geteuid() != 0)
        skip();
    uid_t uid = uid_of(SITTER);
    struct control_seat seat = {
        .has_active = true, .active_uid = uid, .users = {uid}, .user_count = 1};
    start_open(NULL, NULL);
    control_set_seat(h.control, &seat);
    int watch = connection_of(SITTER), input = connection_of(SITTER), idle = connection_of(SITTER),
        own = harness_connect(&h);
    assert_true(is_ok(watch, "{\"verb\":\"watch\"}"));
    assert_true(is_ok(input, "{\"verb\":\"input\"}"));
    assert_true(is_ok(idle, "{\"verb\":\"turn\"}"));
    assert_true(is_ok(own, "{\"verb\":\"watch\"}"));

    seat.has_active = false;
    control_set_seat(h.control, &seat);
    assert_true(harness_is_closed(&h, input));
    assert_int_equal(h.link_gone, 1);
    assert_true(is_ok(watch, "{\"verb\":\"look\"}")); /* it may still see */
    assert_false(is_ok(idle, "{\"verb\":\"turn\"}"));

    seat.user_count = 0;
    control_set_seat(h.control, &seat);
    assert_true(harness_is_closed(&h, watch));
    assert_false(is_ok(idle, "{\"verb\":\"look\"}"));
    assert_true(is_ok(own, "{\"verb\":\"look\"}"));
    close(watch);
    close(input);
    close(idle);
    close(own);
    harness_stop(&h);
}

/* Who has no right fills the table: others still find a place. */
static void test_strangers_keep_nobody_out(void **state)
{
    if (geteuid() != 0)
        skip();
    int fds[CONTROL_CLIENTS_MAX];
    start_open(MEMBER, NULL);
    int member = connection_of(MEMBER);
    assert_true(is_ok(member, "{\"verb\":\"turn\"}"));
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        fds[i] = connection_of(STRANGER);
        harness_settle(&h);
    }
    assert_true(harness_is_closed(&h, fds[0]));
    assert_false(is_ok(fds[CONTROL_CLIENTS_MAX - 1], "{\"verb\":\"look\"}"));
    int late = connection_of(MEMBER);
    assert_true(is_ok(late, "{\"verb\":\"turn\"}"));
    assert_true(is_ok(member, "{\"verb\":\"turn\"}"));
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        close(fds[i]);
    close(member);
    close(late);
    harness_stop(&h);
}

/* Its log lines, with who it was. */
static void test_refusals_are_logged(void **state)
{
    if (geteuid() != 0)
        skip();
    char path[] = "/tmp/hotdesk-control-log-XXXXXX", text[8192] = "", uid[32];
    int log = mkstemp(path), kept = dup(STDERR_FILENO);
    assert_true(log >= 0 && kept >= 0);
    unlink(path);
    start_open(NULL, NULL);
    fflush(stderr);
    dup2(log, STDERR_FILENO);
    int seen = rights_seen_by(STRANGER);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_int_equal(seen, 0);
    assert_true(pread(log, text, sizeof text - 1, 0) > 0);
    close(log);
    snprintf(uid, sizeof uid, "uid %ld (pid ", (long)getpwnam(STRANGER)->pw_uid);
    assert_non_null(strstr(text, uid));
    assert_non_null(strstr(text, "'rule'"));
    harness_stop(&h);
}

static void test_user_server(void **state)
{
    struct rights rights = {.own_uid = 1000};
    assert_int_equal(rights_by_database(&rights, 0), CONTROL_OWN);
    assert_int_equal(rights_by_database(&rights, 1000), CONTROL_OWN);
    assert_int_equal(rights_by_database(&rights, 65534), RIGHTS_NONE);
    assert_int_equal(rights_by_database(&rights, 4000000), RIGHTS_NONE); /* in no database */
    rights.seat = (struct control_seat){
        .has_active = true, .active_uid = 65534, .users = {65534}, .user_count = 1};
    assert_int_equal(rights_by_seat(&rights, 65534), RIGHTS_NONE);
    rights.system = true;
    assert_int_equal(rights_by_seat(&rights, 65534), CONTROL_USE);
    assert_int_equal(rights_by_seat(&rights, 1000), RIGHTS_NONE);
}

static mode_t mode_of_socket(const char *path, bool system)
{
    struct rights rights = {.own_uid = geteuid(), .system = system};
    struct socket_place place;
    struct stat status;
    assert_int_equal(socket_place_open(path, &rights, &place), 0);
    assert_int_equal(stat(path, &status), 0);
    socket_place_close(&place);
    return status.st_mode & 07777;
}

/* Whoever runs the test: a user's socket is his alone; to a system's anybody may
 * come, and is asked who he is. */
static void test_socket_modes(void **state)
{
    char directory[] = "/tmp/hotdesk-rights.XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/control", directory);
    assert_int_equal(mode_of_socket(path, false), 0600);
    assert_int_equal(mode_of_socket(path, true), 0666);
    assert_int_equal(rmdir(directory), 0);
}

static void test_descriptions(void **state)
{
    char text[192];
    struct rights rights = {.own_uid = 0};
    rights_describe(&rights, CONTROL_OWN, text, sizeof text);
    assert_string_equal(text, "root");
    rights.own_uid = 65534;
    rights_describe(&rights, CONTROL_OWN, text, sizeof text);
    assert_string_equal(text, "root and user nobody");
    rights.use = (struct rights_group){.is_set = true, .name = "desk"};
    rights_describe(&rights, CONTROL_OWN, text, sizeof text);
    assert_string_equal(text, "root and user nobody");
    rights_describe(&rights, CONTROL_USE, text, sizeof text);
    assert_string_equal(text, "root, user nobody and members of group desk");
    rights.system = true;
    rights_describe(&rights, CONTROL_USE, text, sizeof text);
    assert_string_equal(text,
                        "root, user nobody, members of group desk and the active session's user");
    rights.own = (struct rights_group){.is_set = true, .name = "admins"};
    rights_describe(&rights, CONTROL_OWN, text, sizeof text);
    assert_string_equal(text, "root, user nobody and members of group admins");
    rights_describe(&rights, CONTROL_USE, text, 12);
    assert_string_equal(text, "root, user ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_user),
        cmocka_unit_test(test_others_of_a_system_server),
        cmocka_unit_test(test_who_sits_there),
        cmocka_unit_test(test_what_goes_on_ends_with_the_right),
        cmocka_unit_test(test_strangers_keep_nobody_out),
        cmocka_unit_test(test_refusals_are_logged),
        cmocka_unit_test(test_user_server),
        cmocka_unit_test(test_socket_modes),
        cmocka_unit_test(test_descriptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
