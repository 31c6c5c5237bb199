#include "server/viewer/helper.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/times.h"

#define LOG_MODULE "session"
#define OWN_FILE   "/proc/self/exe"

#define ARGUMENTS_MAX 8 /* with the NULL at their end */

void helper_init(struct helper *helper, const char *config_path, const char *target,
                 const char *monitor)
{
    *helper = (struct helper){
        .config_path = config_path, .target = target, .monitor = monitor, .pid_fd = -1};
}

static void run(const struct helper *helper, pid_t parent)
{
    const char *words[ARGUMENTS_MAX] = {"hotdesk-viewer"};
    size_t count = 1;
    words[count++] = helper->target ? "--view" : "--screen";
    if (helper->target) {
        words[count++] = helper->target;
        words[count++] = "--monitor";
        words[count++] = helper->monitor;
    }
    if (helper->config_path) {
        words[count++] = "--config";
        words[count++] = helper->config_path;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == parent) /* else it died before we asked */
        execv(OWN_FILE, (char **)words);
    _exit(127);
}

static void lose(struct helper *helper, uint64_t now_us)
{
    if (helper->pid_fd >= 0)
        close(helper->pid_fd);
    helper->pid_fd = -1;
    helper->pid = 0;
    helper->retry_us = now_us + time_us(TIME_VIEWER_RETRY);
}

void helper_tick(struct helper *helper, uint64_t now_us)
{
    if (helper->pid_fd >= 0 || now_us < helper->retry_us)
        return;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        run(helper, parent);
    if (pid > 0)
        helper->pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pid > 0 && helper->pid_fd >= 0) {
        helper->pid = pid;
        return;
    }
    log_warning("the picture cannot be shown: %s; trying again", strerror(errno));
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    lose(helper, now_us);
}

void helper_ended(struct helper *helper, uint64_t now_us)
{
    int status = 0;
    if (helper->pid_fd < 0)
        return;
    waitpid(helper->pid, &status, 0);
    if (WIFSIGNALED(status))
        log_warning("the picture's window ended by signal %d; starting it again", WTERMSIG(status));
    lose(helper, now_us);
}

void helper_finish(struct helper *helper)
{
    if (helper->pid_fd < 0)
        return;
    kill(helper->pid, SIGTERM);
    waitpid(helper->pid, NULL, 0);
    lose(helper, 0);
}

int helper_fd(const struct helper *helper)
{
    return helper->pid_fd;
}

uint64_t helper_deadline_us(const struct helper *helper)
{
    return helper->pid_fd >= 0 ? UINT64_MAX : helper->retry_us;
}
