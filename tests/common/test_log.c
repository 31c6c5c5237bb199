/* Log lines on stderr and entries for the journal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/log.h"

#define LOG_MODULE "test"

static char captured[8192]; /* of stderr */
static char entry[8192];    /* of the journal: a field a line */
static unsigned entry_count;
static int saved_stderr = -1;
static int capture_fd = -1;

/* Takes the place of libsystemd's. */
int sd_journal_sendv(const struct iovec *parts, int count);
int sd_journal_sendv(const struct iovec *parts, int count)
{
    size_t used = 0;
    entry_count++;
    for (int i = 0; i < count; i++)
        used += (size_t)snprintf(entry + used, sizeof entry - used, "%.*s\n", (int)parts[i].iov_len,
                                 (const char *)parts[i].iov_base);
    errno = EPIPE;
    return 0;
}

static void begin(void)
{
    assert_int_equal(ftruncate(capture_fd, 0), 0);
    lseek(capture_fd, 0, SEEK_SET);
    fflush(stderr);
    saved_stderr = dup(STDERR_FILENO);
    assert_true(dup2(capture_fd, STDERR_FILENO) >= 0);
}

static void end(void)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    lseek(capture_fd, 0, SEEK_SET);
    ssize_t size = read(capture_fd, captured, sizeof captured - 1);
    captured[size > 0 ? size : 0] = '\0';
}

static void test_levels(void **state)
{
    begin();
    log_init("hotdesk-test", LOG_LEVEL_WARNING);
    log_error("one %d", 1);
    log_warning("two");
    log_info("three");
    log_debug("four");
    end();
    assert_string_equal(captured, "hotdesk-test: test: error: one 1\n"
                                  "hotdesk-test: test: warning: two\n");

    begin();
    log_init("hotdesk-test", LOG_LEVEL_DEBUG);
    log_info("three");
    log_debug("four");
    end();
    assert_string_equal(captured, "hotdesk-test: test: three\nhotdesk-test: test: debug: four\n");
}

static void test_names_of_levels(void **state)
{
    enum log_level level = LOG_LEVEL_ERROR;
    assert_true(log_level_from_name("debug", &level));
    assert_int_equal(level, LOG_LEVEL_DEBUG);
    assert_true(log_level_from_name("error", &level));
    assert_int_equal(level, LOG_LEVEL_ERROR);
    assert_false(log_level_from_name("Error", &level));
    assert_false(log_level_from_name("", &level));
}

/* A peer's text neither ends the line, nor colours the terminal, nor forges another one. */
static void test_lines_are_clean(void **state)
{
    begin();
    log_init("hotdesk-test", LOG_LEVEL_INFO);
    log_info("peer says %s", "a\nhotdesk-test: test: forged\r\x1b[2J\xff");
    end();
    assert_string_equal(captured,
                        "hotdesk-test: test: peer says a?hotdesk-test: test: forged??[2J?\n");
}

static void test_long_lines_are_cut(void **state)
{
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    begin();
    log_info("%s", text);
    log_info("after");
    end();
    assert_true(strlen(captured) < 1200);
    assert_non_null(strstr(captured, "xxx\nhotdesk-test: test: after\n"));
}

static void test_errno_is_kept(void **state)
{
    begin();
    errno = ENOTTY;
    log_info("kept");
    assert_int_equal(errno, ENOTTY);
    log_event("lost", NULL, "kept");
    assert_int_equal(errno, ENOTTY);
    end();
}

static void test_events_as_text(void **state)
{
    struct log_fields fields = {.target = "lab3",
                                .fingerprint = "SHA256:abc",
                                .peer = "192.0.2.7:4000",
                                .uid = 1000,
                                .pid = 77,
                                .has_ids = true};
    begin();
    log_init("hotdesk-server", LOG_LEVEL_ERROR); /* events are told at each level */
    log_event("paired", &fields, "paired with %s", "lab3");
    log_event("switched", &(struct log_fields){.target = "lab3"}, "lab3 is active");
    log_event("reload", NULL, "read");
    end();
    assert_string_equal(captured, "hotdesk-server: event=paired target=lab3 fingerprint=SHA256:abc "
                                  "peer=192.0.2.7:4000 uid=1000 pid=77: paired with lab3\n"
                                  "hotdesk-server: event=switched target=lab3: lab3 is active\n"
                                  "hotdesk-server: event=reload: read\n");
}

static void test_fields_cannot_be_forged(void **state)
{
    begin();
    log_init("hotdesk-server", LOG_LEVEL_INFO);
    log_event("refused", &(struct log_fields){.target = "x peer=192.0.2.1\nevent=paired"},
              "refused");
    end();
    assert_string_equal(
        captured, "hotdesk-server: event=refused target=x_peer=192.0.2.1?event=paired: refused\n");
}

static void test_limit(void **state)
{
    struct log_limit limit = {.burst = 3};
    unsigned passed = 0;
    begin();
    log_init("hotdesk-test", LOG_LEVEL_INFO);
    for (int i = 0; i < 10; i++)
        passed += log_limit_passes(&limit, LOG_MODULE);
    assert_int_equal(passed, 3);
    limit.window_start_us -= 61000000; /* a minute later */
    passed += log_limit_passes(&limit, LOG_MODULE);
    assert_int_equal(passed, 4);
    end();
    assert_string_equal(captured,
                        "hotdesk-test: test: warning: 7 lines like the next one were left out\n");
}

static void set_journal_stream(int device_off)
{
    struct stat status;
    char text[64];
    fstat(capture_fd, &status);
    snprintf(text, sizeof text, "%ju:%ju", (uintmax_t)status.st_dev + (uintmax_t)device_off,
             (uintmax_t)status.st_ino);
    setenv("JOURNAL_STREAM", text, 1);
}

static void test_stderr_is_not_the_journal(void **state)
{
    entry_count = 0;
    begin();
    set_journal_stream(1); /* inherited, of another stream */
    log_init("hotdesk-test", LOG_LEVEL_INFO);
    log_info("text");
    setenv("JOURNAL_STREAM", "nonsense", 1);
    log_init("hotdesk-test", LOG_LEVEL_INFO);
    log_info("text");
    end();
    unsetenv("JOURNAL_STREAM");
    assert_int_equal(entry_count, 0);
    assert_string_equal(captured, "hotdesk-test: test: text\nhotdesk-test: test: text\n");
}

#if HAVE_SYSTEMD
static void test_journal_entries(void **state)
{
    struct log_fields fields = {.target = "lab3", .peer = "192.0.2.7:4000"};
    entry_count = 0;
    begin();
    set_journal_stream(0);
    log_init("hotdesk-server", LOG_LEVEL_INFO);
    errno = ENOTTY;
    log_warning("trouble\nPRIORITY=0 %d", 3);
    assert_int_equal(errno, ENOTTY);
    assert_string_equal(
        entry, "MESSAGE=trouble?PRIORITY=0 3\nPRIORITY=4\nSYSLOG_IDENTIFIER=hotdesk-server\n"
               "HOTDESK_MODULE=test\n");
    log_event("lost", &fields, "lab3 is lost");
    end();
    assert_int_equal(entry_count, 2);
    assert_string_equal(entry,
                        "MESSAGE=lab3 is lost\nPRIORITY=6\nSYSLOG_IDENTIFIER=hotdesk-server\n"
                        "HOTDESK_EVENT=lost\nTARGET=lab3\nPEER=192.0.2.7:4000\n");
    assert_string_equal(captured, "");
    unsetenv("JOURNAL_STREAM");
    log_init("hotdesk-server", LOG_LEVEL_INFO);
}
#endif

static int set_up(void **state)
{
    char path[] = "/tmp/hotdesk-test-log.XXXXXX";
    capture_fd = mkostemp(path, O_CLOEXEC);
    unlink(path);
    unsetenv("JOURNAL_STREAM");
    return capture_fd < 0;
}

static int tear_down(void **state)
{
    return close(capture_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_names_of_levels),
        cmocka_unit_test(test_lines_are_clean),
        cmocka_unit_test(test_long_lines_are_cut),
        cmocka_unit_test(test_errno_is_kept),
        cmocka_unit_test(test_events_as_text),
        cmocka_unit_test(test_fields_cannot_be_forged),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_stderr_is_not_the_journal),
#if HAVE_SYSTEMD
        cmocka_unit_test(test_journal_entries),
#endif
    };
    return cmocka_run_group_tests_name("log", tests, set_up, tear_down);
}
