/* Lines, answers, limits and lifetimes on the control socket. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/control/harness.h"

static struct harness h;

static int setup(void **state)
{
    harness_start(&h, NULL);
    return 0;
}

static int teardown(void **state)
{
    harness_stop(&h);
    return 0;
}

static void assert_code(json_t *answer, const char *code)
{
    assert_true(json_is_false(json_object_get(answer, "ok")));
    assert_string_equal(json_string_value(json_object_get(answer, "code")), code);
    assert_true(json_string_length(json_object_get(answer, "error")) > 0);
    json_decref(answer);
}

static void assert_ok(json_t *answer)
{
    assert_true(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
}

static void assert_alive(int fd)
{
    assert_ok(harness_ask(&h, fd, "{\"verb\":\"look\"}"));
}

static void test_answer(void **state)
{
    int fd = harness_connect(&h);
    json_t *answer = harness_ask(&h, fd, "{\"verb\": \"look\", \"text\": \"a\\nb \xc3\xa4\"}");
    assert_string_equal(json_string_value(json_object_get(answer, "echo")), "a\nb \xc3\xa4");
    assert_ok(answer);
    close(fd);
}

static void test_many_lines_at_once(void **state)
{
    int fd = harness_connect(&h);
    char text[256];
    harness_say(&h, fd, "{\"verb\":\"look\",\"text\":\"1\"}\n\n{\"verb\":\"look\",\"text\":\"2\"}");
    assert_true(harness_hear(&h, fd, text, sizeof text));
    assert_string_equal(text, "{\"ok\":true,\"echo\":\"1\"}");
    assert_true(harness_hear(&h, fd, text, sizeof text));
    assert_string_equal(text, "{\"ok\":true,\"echo\":\"2\"}");
    close(fd);
}

static void test_half_line(void **state)
{
    int fd = harness_connect(&h);
    harness_send(&h, fd, "{\"verb\":\"lo", 11);
    harness_settle(&h);
    assert_int_equal(h.handled, 0);
    assert_ok(harness_ask(&h, fd, "ok\"}"));
    harness_send(&h, fd, "{\"verb\":", 8); /* and then gone */
    close(fd);
    harness_settle(&h);
    assert_int_equal(h.handled, 1);
}

/* Requests whose sender is told and keeps the connection. */
static void test_unknown_verb(void **state)
{
    int fd = harness_connect(&h);
    assert_code(harness_ask(&h, fd, "{\"verb\":\"nonsense\"}"), "bad-request");
    assert_code(harness_ask(&h, fd, "{\"verb\":5}"), "bad-request");
    assert_code(harness_ask(&h, fd, "{}"), "bad-request");
    assert_code(harness_ask(&h, fd, "{\"verb\":\"\"}"), "bad-request");
    assert_alive(fd);
    assert_int_equal(h.handled, 1);
    close(fd);
}

/* What is no request at all ends the connection, after a word. */
static void test_broken_lines(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } broken[] = {
#define LINE(text) {text, sizeof text - 1}
        LINE("{\"verb\":\"look\"\n"),
        LINE("hello\n"),
        LINE("[1]\n"),
        LINE("\"look\"\n"),
        LINE("{\"verb\":\"look\",\"verb\":\"rule\"}\n"),
        LINE("{\"verb\":\"look\"} {\"verb\":\"look\"}\n"),
        LINE("{\"verb\":\"look\xff\"}\n"),
        LINE("{\"verb\":\"look\0\"}\n"),
        LINE("\0\0\1\2\xff\xfe\n"),
        LINE("GET / HTTP/1.1\r\n"),
        LINE("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n"),
#undef LINE
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char text[512];
        int fd = harness_connect(&h);
        harness_send(&h, fd, broken[i].bytes, broken[i].size);
        assert_true(harness_hear(&h, fd, text, sizeof text));
        assert_code(json_loads(text, 0, NULL), "bad-request");
        assert_true(harness_is_closed(&h, fd));
        close(fd);
    }
    assert_int_equal(h.handled, 0);
}

/* `length` counts the line without its end. */
static void send_line_of(int fd, size_t length)
{
    static char line[CONTROL_LINE_MAX + 64];
    static const char head[] = "{\"verb\":\"look\",\"text\":\"", tail[] = "\"}";
    memset(line, 'x', sizeof line);
    memcpy(line, head, sizeof head - 1);
    memcpy(line + length - (sizeof tail - 1), tail, sizeof tail - 1);
    line[length] = '\n';
    harness_send(&h, fd, line, length + 1);
}

static void test_longest_line(void **state)
{
    static char text[2 * CONTROL_LINE_MAX];
    int fd = harness_connect(&h);
    send_line_of(fd, CONTROL_LINE_MAX);
    assert_true(harness_hear(&h, fd, text, sizeof text));
    assert_ok(json_loads(text, 0, NULL));
    send_line_of(fd, CONTROL_LINE_MAX + 1);
    assert_true(harness_hear(&h, fd, text, sizeof text));
    assert_code(json_loads(text, 0, NULL), "bad-request");
    assert_true(harness_is_closed(&h, fd));
    assert_int_equal(h.handled, 1);
    close(fd);
}

static bool has_late(void *context)
{
    return h.late;
}

static void test_late_answer(void **state)
{
    char text[256];
    int fd = harness_connect(&h);
    harness_say(&h, fd, "{\"verb\":\"late\"}\n{\"verb\":\"look\"}");
    assert_true(harness_run_until(&h, has_late, NULL));
    harness_settle(&h);
    assert_int_equal(h.handled, 1); /* the line behind it waits */
    control_fail(h.late, "not-ready", "%s", "it sleeps");
    assert_true(harness_hear(&h, fd, text, sizeof text));
    assert_code(json_loads(text, 0, NULL), "not-ready");
    assert_true(harness_hear(&h, fd, text, sizeof text));
    assert_ok(json_loads(text, 0, NULL));
    close(fd);
}

static void test_gone_before_late_answer(void **state)
{
    int fd = harness_connect(&h);
    harness_say(&h, fd, "{\"verb\":\"late\"}");
    assert_true(harness_run_until(&h, has_late, NULL));
    close(fd);
    harness_settle(&h);
    control_reply(
        h.late, json_pack("{s:i}", "number", 1)); /* no one hears it; no memory is touched after */
    control_client_watch(h.late, CONTROL_WATCH_EVENTS);
    harness_settle(&h);
}

static bool has_gone(void *context)
{
    return h.gone > 0;
}

static void test_told_when_gone(void **state)
{
    int fd = harness_connect(&h);
    harness_say(&h, fd, "{\"verb\":\"late-told\"}");
    assert_true(harness_run_until(&h, has_late, NULL));
    close(fd);
    assert_true(harness_run_until(&h, has_gone, NULL));
    assert_null(h.late);
    harness_settle(&h);
    assert_int_equal(h.gone, 1);
}

/* What one verb asked to be told of ends no other verb that waits: it still has its client. */
static void test_told_of_another_verb(void **state)
{
    int fd = harness_connect(&h);
    assert_ok(harness_ask(&h, fd, "{\"verb\":\"watch\"}"));
    harness_say(&h, fd, "{\"verb\":\"late\"}");
    assert_true(harness_run_until(&h, has_late, NULL));
    struct control_client *late = h.late;
    close(fd);
    assert_true(harness_run_until(&h, has_gone, NULL));
    harness_settle(&h);
    assert_int_equal(control_client_uid(late), getuid());
    control_reply(late, NULL);
    harness_settle(&h);
}

static void test_told_when_server_ends(void **state)
{
    int fd = harness_connect(&h), late = harness_connect(&h);
    assert_ok(harness_ask(&h, fd, "{\"verb\":\"watch\"}"));
    harness_say(&h, late, "{\"verb\":\"late\"}"); /* never answered */
    assert_true(harness_run_until(&h, has_late, NULL));
    harness_stop(&h);
    assert_int_equal(h.gone, 1);
    close(fd);
    close(late);
    harness_start(&h, NULL);
}

static void test_closed_by_handler(void **state)
{
    char text[256];
    int fd = harness_connect(&h);
    harness_say(&h, fd, "{\"verb\":\"close\"}\n{\"verb\":\"look\"}");
    assert_true(harness_hear(&h, fd, text, sizeof text));
    assert_ok(json_loads(text, 0, NULL));
    assert_true(harness_is_closed(&h, fd));
    assert_int_equal(h.handled, 1);
    close(fd);
}

static void test_watchers(void **state)
{
    char text[256];
    int one = harness_connect(&h), two = harness_connect(&h), other = harness_connect(&h);
    assert_ok(harness_ask(&h, one, "{\"verb\":\"watch\"}"));
    assert_ok(harness_ask(&h, two, "{\"verb\":\"watch\"}"));
    control_broadcast(h.control, CONTROL_WATCH_EVENTS, json_pack("{s:s}", "event", "switched"));
    assert_true(harness_hear(&h, one, text, sizeof text));
    assert_string_equal(text, "{\"event\":\"switched\"}");
    assert_true(harness_hear(&h, two, text, sizeof text));
    assert_string_equal(text, "{\"event\":\"switched\"}");
    assert_alive(other); /* the event did not come here: the next line is its answer */
    close(one);
    close(two);
    close(other);
}

/* A watcher that does not read loses its connection; one that reads keeps it and misses nothing. */
static void test_slow_reader(void **state)
{
    static char text[8192];
    int slow = harness_connect(&h), good = harness_connect(&h);
    assert_ok(harness_ask(&h, slow, "{\"verb\":\"watch\"}"));
    assert_ok(harness_ask(&h, good, "{\"verb\":\"watch\"}"));
    memset(text, 'x', 4000);
    text[4000] = '\0';
    json_t *event = json_pack("{s:s}", "event", text);
    unsigned sent = 0;
    for (; h.gone == 0 && sent < 1000; sent++) {
        control_broadcast(h.control, CONTROL_WATCH_EVENTS, json_incref(event));
        assert_true(harness_hear(&h, good, text, sizeof text));
        harness_settle(&h);
    }
    json_decref(event);
    assert_int_equal(h.gone, 1);
    assert_true(sent * 4000 > CONTROL_UNSENT_MAX);
    assert_alive(good);
    close(slow);
    close(good);
}

static void test_sixty_four_clients(void **state)
{
    int fds[CONTROL_CLIENTS_MAX];
    char text[256];
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        fds[i] = harness_connect(&h);
        assert_alive(fds[i]);
    }
    int more = harness_connect(&h);
    assert_true(harness_hear(&h, more, text, sizeof text));
    assert_code(json_loads(text, 0, NULL), "busy");
    assert_true(harness_is_closed(&h, more));
    close(more);
    assert_alive(fds[CONTROL_CLIENTS_MAX - 1]);
    close(fds[5]);
    harness_settle(&h);
    fds[5] = harness_connect(&h);
    assert_alive(fds[5]);
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        close(fds[i]);
}

static int create_again(const char *path, struct control **ret_control)
{
    const struct control_groups none = {0};
    return control_create(&h.loop, path, NULL, 0, &none, NULL, ret_control);
}

static void test_socket_file(void **state)
{
    struct control *second = NULL;
    struct stat found;
    assert_int_equal(stat(h.path, &found), 0);
    assert_int_equal(found.st_mode & 0777, geteuid() == 0 ? 0666 : 0600);
    assert_int_equal(create_again(h.path, &second), -EADDRINUSE);

    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/file", h.dir);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(create_again(path, &second), -EEXIST);
    assert_int_equal(unlink(path), 0);

    /* A socket that a killed server left. */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    assert_int_equal(create_again(path, &second), 0);
    control_destroy(second);
    assert_int_equal(stat(path, &found), -1);

    char long_path[200];
    memset(long_path, 'x', sizeof long_path);
    memcpy(long_path, "/tmp/", 5);
    long_path[sizeof long_path - 1] = '\0';
    assert_int_equal(create_again(long_path, &second), -ENAMETOOLONG);
    const struct control_groups groups = {"no-such-group-here", NULL};
    assert_int_equal(control_create(&h.loop, path, NULL, 0, &groups, NULL, &second), -ESRCH);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_answer),
        TEST(test_many_lines_at_once),
        TEST(test_half_line),
        TEST(test_unknown_verb),
        TEST(test_broken_lines),
        TEST(test_longest_line),
        TEST(test_late_answer),
        TEST(test_gone_before_late_answer),
        TEST(test_told_when_gone),
        TEST(test_told_of_another_verb),
        TEST(test_told_when_server_ends),
        TEST(test_closed_by_handler),
        TEST(test_watchers),
        TEST(test_slow_reader),
        TEST(test_sixty_four_clients),
        TEST(test_socket_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
