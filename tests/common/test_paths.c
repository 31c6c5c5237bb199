/* Where files live, and how they are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/paths.h"

static char top[64];    /* a directory of this test's own */
static uid_t other_uid; /* nobody's: as root, the tests of users' paths run as this one */

static const char *const VARIABLES[] = {"CONFIGURATION_DIRECTORY", "STATE_DIRECTORY",
                                        "RUNTIME_DIRECTORY",       "XDG_CONFIG_HOME",
                                        "XDG_STATE_HOME",          "XDG_RUNTIME_DIR"};

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
    return remove(path);
}

static int set_up(void **state)
{
    for (size_t i = 0; i < sizeof VARIABLES / sizeof VARIABLES[0]; i++)
        unsetenv(VARIABLES[i]);
    umask(0);
    other_uid = 20000 + (uid_t)getpid() % 40000; /* several runs at a time do not meet */
    strcpy(top, "/tmp/hotdesk-test-paths.XXXXXX");
    if (!mkdtemp(top))
        return -1;
    setenv("HOME", top, 1);
    return chmod(top, 0777); /* also for other_uid */
}

static void become_user(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(other_uid), 0);
}

static void become_self(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static int tear_down(void **state)
{
    char runtime[64];

    become_self(); /* whatever a failed test was */
    snprintf(runtime, sizeof runtime, "/tmp/hotdesk-%u", (unsigned)other_uid);
    if (getuid() == 0)
        remove(runtime);
    return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *below(const char *leaf)
{
    static char path[4][PATH_MAX];
    static unsigned next;
    char *place = path[next++ % 4];
    snprintf(place, PATH_MAX, "%s/%s", top, leaf);
    return place;
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}

static void expect_path(enum paths_kind kind, const char *leaf, const char *wanted)
{
    char path[PATH_MAX] = "";
    assert_int_equal(paths_get(kind, leaf, path, sizeof path), 0);
    assert_string_equal(path, wanted);
}

static void test_systemd_says(void **state)
{
    setenv("STATE_DIRECTORY", "/var/lib/private/hotdesk", 1);
    setenv("CONFIGURATION_DIRECTORY", "/etc/one:/etc/two", 1);
    setenv("RUNTIME_DIRECTORY", "/run/x", 1);
    expect_path(PATHS_STATE, NULL, "/var/lib/private/hotdesk");
    expect_path(PATHS_STATE, "key.pem", "/var/lib/private/hotdesk/key.pem");
    expect_path(PATHS_CONFIG, "server.conf", "/etc/one/server.conf");
    expect_path(PATHS_RUNTIME, "control", "/run/x/control");
}

static void test_root(void **state)
{
    if (getuid() != 0)
        return; /* who is not root cannot ask */
    setenv("XDG_CONFIG_HOME", "/elsewhere", 1);
    expect_path(PATHS_CONFIG, "server.conf", "/etc/hotdesk/server.conf");
    expect_path(PATHS_STATE, NULL, "/var/lib/hotdesk");
    expect_path(PATHS_RUNTIME, "control", "/run/hotdesk/control");
}

static void test_users(void **state)
{
    char wanted[PATH_MAX];

    become_user();
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    expect_path(PATHS_RUNTIME, "control", "/run/user/7/hotdesk/control");
    snprintf(wanted, sizeof wanted, "%s/.config/hotdesk/agent.conf", top);
    expect_path(PATHS_CONFIG, "agent.conf", wanted);
    snprintf(wanted, sizeof wanted, "%s/.local/state/hotdesk", top);
    expect_path(PATHS_STATE, NULL, wanted);

    setenv("XDG_CONFIG_HOME", "relative", 1); /* the specification: to be ignored */
    snprintf(wanted, sizeof wanted, "%s/.config/hotdesk", top);
    expect_path(PATHS_CONFIG, NULL, wanted);
    setenv("XDG_CONFIG_HOME", "/abs", 1);
    expect_path(PATHS_CONFIG, NULL, "/abs/hotdesk");
    setenv("XDG_STATE_HOME", "/abs2", 1);
    expect_path(PATHS_STATE, NULL, "/abs2/hotdesk");
    become_self();
}

static void test_too_long(void **state)
{
    char path[PATH_MAX];
    setenv("STATE_DIRECTORY", "/abcdef", 1);
    assert_int_equal(paths_get(PATHS_STATE, "g", path, 9), -ENAMETOOLONG);
    assert_int_equal(paths_get(PATHS_STATE, "g", path, 10), 0);
    assert_int_equal(paths_get(PATHS_STATE, NULL, path, 7), -ENAMETOOLONG);
    assert_int_equal(paths_get(PATHS_STATE, NULL, path, 8), 0);
}

/* Without XDG_RUNTIME_DIR: /tmp/hotdesk-UID. */
static void test_runtime_in_tmp(void **state)
{
    char wanted[64];
    char path[PATH_MAX];

    become_user();
    snprintf(wanted, sizeof wanted, "/tmp/hotdesk-%u", (unsigned)geteuid());
    expect_path(PATHS_RUNTIME, NULL, wanted);
    assert_int_equal(mode_of(wanted), 0700);
    expect_path(PATHS_RUNTIME, "control", strcat(strcpy(path, wanted), "/control"));
    rmdir(wanted); /* if it was not in use before */
}

/* ... unless it is not ours alone. As root only, whose other user has no server running. */
static void test_runtime_in_tmp_of_others(void **state)
{
    char shared[64];
    char path[PATH_MAX];

    if (getuid() != 0)
        return;
    snprintf(shared, sizeof shared, "/tmp/hotdesk-%u", (unsigned)other_uid);
    become_user();
    assert_int_equal(mkdir(shared, 0755), 0);
    assert_int_equal(paths_get(PATHS_RUNTIME, NULL, path, sizeof path), -EPERM);
    assert_int_equal(rmdir(shared), 0);
    assert_int_equal(symlink(top, shared), 0);
    assert_int_equal(paths_get(PATHS_RUNTIME, NULL, path, sizeof path), -ENOTDIR);
    assert_int_equal(unlink(shared), 0);

    become_self(); /* an attacker's, here root's */
    assert_int_equal(mkdir(shared, 0700), 0);
    become_user();
    assert_int_equal(paths_get(PATHS_RUNTIME, NULL, path, sizeof path), -EPERM);
    become_self();
}

static void test_make_dir(void **state)
{
    assert_int_equal(paths_make_dir(below("a/b/c")), 0);
    assert_int_equal(mode_of(below("a")), 0700);
    assert_int_equal(mode_of(below("a/b/c")), 0700);
    assert_int_equal(paths_make_dir(below("a/b/c")), 0);
    assert_int_equal(paths_make_dir(below("a/b/d/")), 0);
    assert_int_equal(mode_of(below("a/b/d")), 0700);

    chmod(below("a"), 0755); /* what is there is left as it is */
    assert_int_equal(paths_make_dir(below("a/e")), 0);
    assert_int_equal(mode_of(below("a")), 0755);

    assert_int_equal(paths_write_file(below("a/file"), "x", 1), 0);
    assert_int_equal(paths_make_dir(below("a/file")), -ENOTDIR);
    assert_int_equal(paths_make_dir(below("a/file/b")), -ENOTDIR);
    assert_int_equal(paths_make_dir(""), -ENOENT);
}

static unsigned count_entries(const char *path)
{
    unsigned count = 0;
    DIR *directory = opendir(path);
    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count - 2; /* . and .. */
}

static void expect_file(const char *path, const char *bytes, size_t size)
{
    char *text = NULL;
    size_t got = 0;
    assert_int_equal(paths_read_file(path, 1 << 20, &text, &got), 0);
    assert_int_equal(got, size);
    assert_memory_equal(text, bytes, size);
    assert_int_equal(text[size], '\0');
    free(text);
}

static void test_write_whole(void **state)
{
    const char *path = below("file");
    assert_int_equal(paths_write_file(path, "one", 3), 0);
    assert_int_equal(mode_of(path), 0600);
    expect_file(path, "one", 3);

    chmod(path, 0644); /* a new file takes its place, with its own rights */
    assert_int_equal(paths_write_file(path, "a\0b", 3), 0);
    assert_int_equal(mode_of(path), 0600);
    expect_file(path, "a\0b", 3);
    assert_int_equal(paths_write_file(path, NULL, 0), 0);
    expect_file(path, "", 0);
    assert_int_equal(count_entries(top), 1);

    char *large = malloc(1 << 20);
    memset(large, 'L', 1 << 20);
    assert_int_equal(paths_write_file(path, large, 1 << 20), 0);
    expect_file(path, large, 1 << 20);
    free(large);
}

/* A reader that has the old file open keeps the whole old one. */
static void test_write_replaces(void **state)
{
    char old[4] = "";
    assert_int_equal(paths_write_file(below("file"), "old", 3), 0);
    int fd = open(below("file"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(paths_write_file(below("file"), "new and longer", 14), 0);
    assert_int_equal(read(fd, old, 3), 3);
    assert_string_equal(old, "old");
    close(fd);
}

static void test_write_fails_whole(void **state)
{
    assert_int_equal(paths_write_file(below("missing/file"), "x", 1), -ENOENT);
    assert_int_equal(mkdir(below("dir"), 0700), 0);
    assert_int_equal(paths_write_file(below("dir"), "x", 1), -EISDIR);
    assert_int_equal(count_entries(top), 1); /* no temporary file is left */
}

static void test_write_in_the_current_directory(void **state)
{
    char before[PATH_MAX];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(top), 0);
    assert_int_equal(paths_write_file("plain", "x", 1), 0);
    assert_int_equal(chdir(before), 0);
    expect_file(below("plain"), "x", 1);
}

static void test_read_limits(void **state)
{
    char *text = NULL;
    size_t size = 0;
    assert_int_equal(paths_write_file(below("file"), "12345", 5), 0);
    assert_int_equal(paths_read_file(below("file"), 4, &text, &size), -EFBIG);
    assert_null(text);
    assert_int_equal(paths_read_file(below("file"), 5, &text, &size), 0);
    assert_string_equal(text, "12345");
    free(text);
    text = NULL;
    assert_int_equal(paths_read_file(below("none"), 5, &text, &size), -ENOENT);
    assert_int_equal(paths_read_file(top, 5, &text, &size), -EISDIR);
    assert_int_equal(paths_read_file("/dev/zero", 4096, &text, &size), -EFBIG);
    assert_null(text);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void test_control_socket(void **state)
{
    char path[PATH_MAX];

    setenv("RUNTIME_DIRECTORY", top, 1);
    int fd = listen_at(below("control"));
    assert_int_equal(paths_control_socket(path, sizeof path), 0);
    assert_string_equal(path, below("control"));
    assert_int_equal(paths_control_socket(path, strlen(path)), -ENAMETOOLONG);
    close(fd); /* now nobody answers there: a server that was killed */
    assert_int_equal(paths_control_socket(path, sizeof path), 0);
    if (access("/run/hotdesk/control", F_OK) < 0)
        assert_string_equal(path, below("control"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_systemd_says),
        TEST(test_root),
        TEST(test_users),
        TEST(test_too_long),
        TEST(test_runtime_in_tmp),
        TEST(test_runtime_in_tmp_of_others),
        TEST(test_make_dir),
        TEST(test_write_whole),
        TEST(test_write_replaces),
        TEST(test_write_fails_whole),
        TEST(test_write_in_the_current_directory),
        TEST(test_read_limits),
        TEST(test_control_socket),
    };
    return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
