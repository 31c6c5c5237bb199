#include "agent/service.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/times.h"
#include "protocol/cursor.h"

#define UNIT_OF_USER   "hotdesk-agent.service"
#define UNIT_OF_SYSTEM "hotdesk-agent-system.service"
#define SAID_ROOM      200

/* --- a program and what it says --- */

static void open_null(int to_fd)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (fd < 0 || dup2(fd, to_fd) < 0)
        _exit(126);
}

/* The first bytes until all ends of the pipe are closed; the rest is thrown away. False: too long.
 */
static bool read_said(int fd, char said[SAID_ROOM])
{
    const uint64_t end_us = clock_now_us() + time_us(TIME_SERVICE);
    size_t used = 0;

    said[0] = '\0';
    for (;;) {
        char some[512];
        const uint64_t now_us = clock_now_us();
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (now_us >= end_us)
            return false;
        const int r = poll(&ready, 1, (int)((end_us - now_us) / 1000 + 1));
        if (r <= 0)
            continue;
        const ssize_t n = read(fd, some, sizeof some);
        if (n <= 0)
            return true;
        const size_t room = SAID_ROOM - 1 - used, taken = (size_t)n < room ? (size_t)n : room;
        memcpy(said + used, some, taken);
        used += taken;
        said[used] = '\0';
    }
}

/* Its exit status, or -1: could not be started, was killed, took too long. `ret_said` is the first
 * line of what it said, clean. */
static int run(const char *const argv[], char ret_said[SAID_ROOM])
{
    char said[SAID_ROOM];
    int pipe_fds[2], status = 0;

    ret_said[0] = '\0';
    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return -1;
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        open_null(STDIN_FILENO);
        if (dup2(pipe_fds[1], STDOUT_FILENO) < 0 || dup2(pipe_fds[1], STDERR_FILENO) < 0)
            _exit(126);
        execvp(argv[0], (char *const *)argv); /* which changes nothing in it */
        _exit(127);
    }
    close(pipe_fds[1]);
    const bool ended = child > 0 && read_said(pipe_fds[0], said);
    close(pipe_fds[0]);
    if (child > 0 && !ended)
        kill(child, SIGKILL);
    if (child < 0 || waitpid(child, &status, 0) != child || !ended)
        return -1;
    said[strcspn(said, "\n")] = '\0';
    text_make_clean(said, ret_said, SAID_ROOM);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- without systemd --- */

/* A session of its own: it outlives the connection that started it. */
static void become_agent(const char *path)
{
    const char *const argv[] = {"hotdesk-agent", NULL};

    setsid();
    signal(SIGPIPE, SIG_DFL);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        open_null(fd);
    execv(path, (char *const *)argv);
    _exit(127);
}

static bool start_in_background(void)
{
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);

    if (length <= 0)
        return false;
    path[length] = '\0';
    const pid_t child = fork();
    if (child == 0) {
        if (fork() == 0) /* nobody's child, so that nobody must wait for it */
            become_agent(path);
        _exit(0);
    }
    return child > 0 && waitpid(child, NULL, 0) == child;
}

/* --- services --- */

/* A connection without a session of logind has no XDG_RUNTIME_DIR; the user's systemd may run all
 * the same. */
static void find_runtime_directory(void)
{
    char path[64];
    struct stat found;

    snprintf(path, sizeof path, "/run/user/%u", (unsigned)geteuid());
    if (!getenv("XDG_RUNTIME_DIR") && stat(path, &found) == 0 && found.st_uid == geteuid())
        setenv("XDG_RUNTIME_DIR", path, 1);
}

static bool start_of_user(bool runs_already, char ret_said[ERROR_ROOM])
{
    const char *const start[] = {"systemctl", "--user",     "--quiet", "enable",
                                 "--now",     UNIT_OF_USER, NULL};
    const char *const enable[] = {"systemctl", "--user", "--quiet", "enable", UNIT_OF_USER, NULL};
    char said[SAID_ROOM];

    find_runtime_directory();
    const int status = run(runs_already ? enable : start, said);
    if (status == 0 && !runs_already) {
        snprintf(ret_said, ERROR_ROOM, UNIT_OF_USER " of this user is enabled and started");
        return true;
    }
    const char *why = *said ? said : "systemctl --user does not answer";
    if (status == 0) {
        snprintf(ret_said, ERROR_ROOM,
                 "the agent that runs connects now; " UNIT_OF_USER " of this user is enabled");
    } else if (runs_already) {
        snprintf(ret_said, ERROR_ROOM,
                 "the agent that runs connects now; it does not start at the next login (%s)", why);
    } else if (start_in_background()) {
        snprintf(ret_said, ERROR_ROOM,
                 "no service (%s): hotdesk-agent was started in the background, and does not start "
                 "at the next login",
                 why);
    } else {
        snprintf(ret_said, ERROR_ROOM, "no service (%s): start 'hotdesk-agent' there", why);
        return false;
    }
    return true;
}

static bool start_of_system(char ret_said[ERROR_ROOM])
{
    const char *const start[] = {"systemctl", "--quiet", "enable", "--now", UNIT_OF_SYSTEM, NULL};
    char said[SAID_ROOM];

    if (run(start, said) == 0) {
        snprintf(ret_said, ERROR_ROOM, UNIT_OF_SYSTEM " is enabled and started");
        return true;
    }
    snprintf(ret_said, ERROR_ROOM,
             "the service does not start (%s): there, as root, 'systemctl enable --now "
             "hotdesk-agent-system'",
             *said ? said : "no systemd answers");
    return false;
}

bool service_start(enum service_kind kind, bool runs_already, char ret_said[ERROR_ROOM])
{
    return kind == SERVICE_OF_USER ? start_of_user(runs_already, ret_said)
                                   : start_of_system(ret_said);
}

bool service_system_runs(void)
{
    const char *const ask[] = {"systemctl", "--quiet", "is-active", UNIT_OF_SYSTEM, NULL};
    char said[SAID_ROOM];

    return run(ask, said) == 0;
}
