#include "server/cli/ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/become.h"
#include "common/clock.h"
#include "common/times.h"
#include "protocol/cursor.h"
#include "protocol/limits.h"
#include "server/cli/heard.h"
#include "server/cli/lines.h"

#define END_MS 2000

#define COMMAND "exec hotdesk-agent join" /* of sh, csh and fish alike */

struct ssh {
    pid_t pid;
    int pid_fd, in_fd, signal_fd;
    struct lines out, error;
    struct heard heard;
    bool ended;
    int status;
    sigset_t old_mask;
};

bool ssh_can_ask(void)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0)
        close(fd);
    return fd >= 0 || getenv("DISPLAY") || getenv("WAYLAND_DISPLAY") || getenv("SSH_ASKPASS");
}

/* --- the child --- */

static void become_who_called_sudo(void)
{
    const char *text = getenv("SUDO_UID");
    char *end = NULL;
    const unsigned long uid = text ? strtoul(text, &end, 10) : 0;
    if (geteuid() != 0 || !text || !*text || *end || uid == 0 || uid >= UINT32_MAX)
        return;
    const struct passwd *user = getpwuid((uid_t)uid);
    if (user && become_user(user) == 0)
        return;
    static const char words[] = "hotdesk: cannot become the user who called sudo\n";
    ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);
    (void)ignored;
    _exit(255);
}

/* No shell here; on the other side the login's shell gets one fixed text. Of the user's
 * configuration only what would be in the way is off: a command or a terminal of its own for this
 * host, and ports that another ssh of his holds already. */
static void run_ssh(const struct destination *destination, int port)
{
    char port_text[16];
    const char *argv[12] = {
        "ssh", "-T", "-o", "RemoteCommand=none", "-o", "ClearAllForwardings=yes"};
    size_t count = 6;
    if (port) {
        snprintf(port_text, sizeof port_text, "%d", port);
        argv[count++] = "-p";
        argv[count++] = port_text;
    }
    argv[count++] = "--";
    argv[count++] = destination->ssh;
    argv[count++] = COMMAND;
    become_who_called_sudo();
    execvp(argv[0], (char *const *)argv); /* which changes nothing in it */
    static const char words[] = "hotdesk: there is no ssh here: install openssh-client\n";
    ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);
    (void)ignored;
    _exit(255);
}

static void become_child(const struct ssh *ssh, const int ends[3])
{
    for (int fd = 0; fd < 3; fd++)
        if (dup2(ends[fd], fd) < 0)
            _exit(255);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &ssh->old_mask, NULL);
}

static void close_pair(int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

static int make_pipes(int in[2], int out[2], int error[2])
{
    if (pipe2(in, O_CLOEXEC) != 0)
        return -errno;
    if (pipe2(out, O_CLOEXEC) != 0) {
        int r = -errno;
        close_pair(in);
        return r;
    }
    if (pipe2(error, O_CLOEXEC) != 0) {
        int r = -errno;
        close_pair(in);
        close_pair(out);
        return r;
    }
    return 0;
}

static int start_child(struct ssh *ssh, const struct destination *destination, int port)
{
    int in[2], out[2], error[2];
    int r = make_pipes(in, out, error);
    if (r < 0)
        return r;
    ssh->pid = fork();
    if (ssh->pid == 0) {
        become_child(ssh, (const int[3]){in[0], out[1], error[1]});
        run_ssh(destination, port);
    }
    r = ssh->pid < 0 ? -errno : 0;
    close(in[0]);
    close(out[1]);
    close(error[1]);
    ssh->in_fd = in[1];
    ssh->out.fd = out[0];
    ssh->error.fd = error[0];
    return r;
}

static int catch_signals(struct ssh *ssh)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGHUP);
    sigprocmask(SIG_BLOCK, &ending, &ssh->old_mask);
    signal(SIGPIPE, SIG_IGN);
    ssh->signal_fd = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
    return ssh->signal_fd < 0 ? -errno : 0;
}

int ssh_start(const struct destination *destination, int port, struct ssh **ret_ssh)
{
    struct ssh *ssh = calloc(1, sizeof *ssh);
    if (!ssh)
        return -ENOMEM;
    ssh->pid_fd = ssh->in_fd = ssh->signal_fd = ssh->out.fd = ssh->error.fd = -1;
    int r = catch_signals(ssh);
    if (r == 0)
        r = start_child(ssh, destination, port);
    if (r == 0 && (ssh->pid_fd = pidfd_open(ssh->pid, 0)) < 0)
        r = -errno;
    if (r < 0) {
        ssh_destroy(ssh);
        return r;
    }
    *ret_ssh = ssh;
    return 0;
}

/* --- what it says --- */

/* Its errors are shown as they come; the other computer has a say in them. */
static void show_errors(struct ssh *ssh)
{
    char line[LINE_ROOM], clean[LINE_ROOM];
    while (lines_take(&ssh->error, line)) {
        line[strcspn(line, "\r")] = '\0';
        text_make_clean(line, clean, sizeof clean);
        fprintf(stderr, "%s\n", clean);
    }
}

const char *ssh_last_words(const struct ssh *ssh)
{
    return ssh->heard.last_words;
}

static int wait_once(struct ssh *ssh, int timeout_ms)
{
    struct pollfd ready[] = {{.fd = ssh->signal_fd, .events = POLLIN},
                             {.fd = ssh->error.fd, .events = POLLIN},
                             {.fd = ssh->out.fd, .events = POLLIN}};
    int r = poll(ready, sizeof ready / sizeof *ready, timeout_ms);
    if (r < 0 && errno != EINTR)
        return -errno;
    if (r > 0 && ready[1].revents) {
        lines_fill(&ssh->error);
        show_errors(ssh);
    }
    if (r > 0 && ready[0].revents)
        return -EINTR;
    return r > 0 && ready[2].revents ? lines_fill(&ssh->out) : 0;
}

static int left_ms(int timeout_ms, uint64_t end_us)
{
    uint64_t now_us = clock_now_us();
    return timeout_ms < 0 ? -1 : now_us < end_us ? (int)((end_us - now_us) / 1000 + 1) : 0;
}

int ssh_read(struct ssh *ssh, int timeout_ms, json_t **ret_line)
{
    uint64_t end_us = clock_now_us() + (timeout_ms > 0 ? (uint64_t)timeout_ms * 1000 : 0);
    for (;;) {
        json_t *object = heard_take(&ssh->heard, &ssh->out);
        if (object) {
            *ret_line = object;
            return 0;
        }
        if (ssh->heard.said_bytes > ADD_NOISE_MAX_BYTES)
            return -EMSGSIZE;
        if (ssh->out.fd < 0)
            return -EPIPE;
        int ms = left_ms(timeout_ms, end_us);
        if (ms == 0)
            return -ETIMEDOUT;
        int r = wait_once(ssh, ms);
        if (r < 0 && r != -EPIPE)
            return r;
    }
}

int ssh_write(struct ssh *ssh, const char *line)
{
    char text[LINE_ROOM];
    int length = snprintf(text, sizeof text, "%s\n", line);
    if (length < 0 || (size_t)length >= sizeof text)
        return -EMSGSIZE;
    /* Less than PIPE_BUF (pipe(7)): all of it or nothing. */
    ssize_t n = write(ssh->in_fd, text, (size_t)length);
    int r = n == length ? 0 : n < 0 ? -errno : -EPIPE;
    explicit_bzero(text, sizeof text);
    return r;
}

/* --- its end --- */

/* What it says at its end is still shown. True: it has ended. */
static bool wait_for_end(struct ssh *ssh, int timeout_ms)
{
    uint64_t end_us = clock_now_us() + (uint64_t)timeout_ms * 1000;
    while (!ssh->ended) {
        struct pollfd ready[] = {{.fd = ssh->pid_fd, .events = POLLIN},
                                 {.fd = ssh->error.fd, .events = POLLIN}};
        int r = poll(ready, 2, left_ms(timeout_ms, end_us));
        if (r == 0)
            return false;
        if (r > 0 && ready[1].revents) {
            lines_fill(&ssh->error);
            show_errors(ssh);
        } else if (r > 0 && ready[0].revents) {
            ssh->ended = waitpid(ssh->pid, &ssh->status, 0) == ssh->pid;
        }
    }
    return true;
}

int ssh_exit_status(struct ssh *ssh)
{
    if (!wait_for_end(ssh, (int)time_ms(TIME_ADD_STEP)))
        return -1;
    return WIFEXITED(ssh->status) ? WEXITSTATUS(ssh->status) : -1;
}

int ssh_pause(struct ssh *ssh, int ms)
{
    struct pollfd ready = {.fd = ssh->signal_fd, .events = POLLIN};
    return poll(&ready, 1, ms) > 0 ? -EINTR : 0;
}

/* A pid without its descriptor is that of a child which pidfd_open did not find. */
static void end_child(struct ssh *ssh)
{
    if (ssh->pid <= 0 || ssh->ended)
        return;
    if (ssh->pid_fd < 0) {
        kill(ssh->pid, SIGKILL);
        waitpid(ssh->pid, NULL, 0);
        return;
    }
    /* Interrupted, it may be at a prompt, which does not see that its input has ended. */
    if (ssh_pause(ssh, 0) == 0 && wait_for_end(ssh, END_MS))
        return;
    kill(ssh->pid, SIGTERM);
    if (wait_for_end(ssh, END_MS))
        return;
    kill(ssh->pid, SIGKILL);
    waitpid(ssh->pid, NULL, 0);
}

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

struct ssh *ssh_destroy(struct ssh *ssh)
{
    if (!ssh)
        return NULL;
    close_all((const int[2]){ssh->in_fd, ssh->out.fd}, 2); /* the agent there sees it, and ends */
    end_child(ssh);
    close_all((const int[3]){ssh->pid_fd, ssh->error.fd, ssh->signal_fd}, 3);
    free(ssh);
    return NULL;
}
