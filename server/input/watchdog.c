#include "server/input/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/times.h"
#include "server/input/priority.h"
#include "server/input/pulse.h"

#define LOG_MODULE   "watchdog"
#define RESTARTS_MAX 3

struct watchdog {
    watchdog_work work;
    void *context;
    sigset_t old_signals;
    int signals;
    int heartbeats; /* read end; -1 without a child */
    pid_t child;
    bool stopping;
    bool on_terminal; /* SIGHUP: it was hung up; else the child is to read its configuration */
    bool killed;
    uint64_t kill_at_us;
    uint64_t restarts_us[RESTARTS_MAX]; /* a ring: when it was started again */
    unsigned restart_count;
};

static int child_run(struct watchdog *watchdog, pid_t parent, int heartbeat_fd)
{
    close(watchdog->signals);
    signal(SIGHUP, SIG_IGN); /* until the work has a handler */
    sigprocmask(SIG_SETMASK, &watchdog->old_signals, NULL);
    signal(SIGPIPE, SIG_IGN); /* of a log that nobody reads; a missing watchdog is seen as EPIPE */
    prctl(PR_SET_NAME, "hotdesk-input");
    /* A child without its watchdog must not keep the devices. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        return EXIT_FAILURE;
    return watchdog->work(watchdog->context, heartbeat_fd);
}

static int child_start(struct watchdog *watchdog)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        exit(child_run(watchdog, parent, ends[1]));
    }
    int error = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return -error;
    }
    watchdog->heartbeats = ends[0];
    watchdog->child = child;
    watchdog->killed = false;
    watchdog->kill_at_us = clock_now_us() + pulse_patience_us(PULSE_IDLE);
    return 0;
}

static void read_heartbeats(struct watchdog *watchdog)
{
    uint8_t bytes[64];
    ssize_t size = read(watchdog->heartbeats, bytes, sizeof bytes);
    if (size <= 0 || watchdog->stopping)
        return;
    watchdog->kill_at_us =
        clock_now_us() +
        pulse_patience_us(bytes[size - 1] == PULSE_IDLE ? PULSE_IDLE : PULSE_ALERT);
    notify_ready();
    notify_alive();
}

static void read_signals(struct watchdog *watchdog)
{
    struct signalfd_siginfo info;
    while (read(watchdog->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD || watchdog->stopping)
            continue;
        if (info.ssi_signo == SIGHUP && !watchdog->on_terminal) {
            if (watchdog->child > 0)
                kill(watchdog->child, SIGHUP);
            continue;
        }
        watchdog->stopping = true;
        watchdog->kill_at_us = clock_now_us() + time_us(TIME_WATCHDOG);
        notify_stopping();
        if (watchdog->child > 0)
            kill(watchdog->child, SIGTERM);
    }
}

static void check_silence(struct watchdog *watchdog)
{
    if (watchdog->killed || clock_now_us() < watchdog->kill_at_us)
        return;
    log_error("the input process does not answer: killing it; its devices are free");
    kill(watchdog->child, SIGKILL);
    watchdog->killed = true;
}

static bool may_restart(struct watchdog *watchdog)
{
    uint64_t now_us = clock_now_us();
    uint64_t *oldest = &watchdog->restarts_us[watchdog->restart_count % RESTARTS_MAX];
    if (watchdog->restart_count >= RESTARTS_MAX && now_us - *oldest < time_us(TIME_WATCHDOG_WINDOW))
        return false;
    *oldest = now_us;
    watchdog->restart_count++;
    return true;
}

/* True when the child is gone; *ret_done when it, or we, wanted that. */
static bool child_ended(struct watchdog *watchdog, bool *ret_done)
{
    int status;
    if (waitpid(watchdog->child, &status, WNOHANG) != watchdog->child)
        return false;
    watchdog->child = 0;
    close(watchdog->heartbeats);
    watchdog->heartbeats = -1;
    *ret_done = watchdog->stopping || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
    if (!*ret_done && WIFSIGNALED(status))
        log_error("the input process was ended by signal %d", WTERMSIG(status));
    else if (!*ret_done)
        log_error("the input process ended with status %d", WEXITSTATUS(status));
    return true;
}

static void wait_for_news(struct watchdog *watchdog)
{
    uint64_t now_us = clock_now_us();
    int timeout_ms = -1;
    if (!watchdog->killed)
        timeout_ms =
            watchdog->kill_at_us > now_us ? (int)((watchdog->kill_at_us - now_us) / 1000 + 1) : 0;
    struct pollfd polls[] = {{.fd = watchdog->signals, .events = POLLIN},
                             {.fd = watchdog->heartbeats, .events = POLLIN}};
    if (poll(polls, 2, timeout_ms) <= 0)
        return;
    if (polls[0].revents)
        read_signals(watchdog);
    if (polls[1].revents & POLLIN)
        read_heartbeats(watchdog);
    else if (polls[1].revents & POLLHUP)
        poll(polls, 1, 10); /* its end, and SIGCHLD is on its way: do not spin until it is here */
}

static int keep_alive(struct watchdog *watchdog)
{
    int result = child_start(watchdog);
    while (result == 0) {
        wait_for_news(watchdog);
        bool done;
        if (child_ended(watchdog, &done)) {
            if (done)
                return 0;
            if (!may_restart(watchdog)) {
                log_error("it failed %d times within a minute: giving up", RESTARTS_MAX + 1);
                return EXIT_FAILURE;
            }
            log_warning("starting the input process again");
            result = child_start(watchdog);
        } else {
            check_silence(watchdog);
        }
    }
    log_error("cannot start the input process: %s", strerror(-result));
    return EXIT_FAILURE;
}

int watchdog_run(watchdog_work work, void *context)
{
    struct watchdog watchdog = {.work = work,
                                .context = context,
                                .heartbeats = -1,
                                .on_terminal = isatty(STDIN_FILENO) == 1};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, &watchdog.old_signals);
    watchdog.signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (watchdog.signals < 0) {
        log_error("signalfd: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    prctl(PR_SET_NAME, "hotdesk-watch");
    priority_apply(PRIORITY_WATCHDOG);
    int result = keep_alive(&watchdog);
    close(watchdog.signals);
    return result;
}
