#include "server/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* A build with sanitizers has its shadow memory, and a few calls more when it reports a fault. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static int limit(__rlimit_resource_t resource, rlim_t most)
{
    const struct rlimit value = {most, most};
    return setrlimit(resource, &value) < 0 ? -errno : 0;
}

int sandbox_limit(size_t memory_max_bytes)
{
    int result = limit(RLIMIT_CORE, 0);
    if (result == 0)
        result = limit(RLIMIT_FSIZE, 0);
    if (result == 0 && !SANITIZED)
        result = limit(RLIMIT_AS, memory_max_bytes);
    if (result == 0 && prctl(PR_SET_DUMPABLE, 0) < 0)
        result = -errno;
    return result;
}

/* What both need. All descriptors that are left are meant for the process. */
static const int CALLS[] = {
    SCMP_SYS(read),          SCMP_SYS(write),                                 /* a peer */
    SCMP_SYS(recvfrom),      SCMP_SYS(sendto),                                /* hotdesk-server */
    SCMP_SYS(recvmsg),       SCMP_SYS(sendmsg),                               /* the same */
    SCMP_SYS(poll),          SCMP_SYS(ppoll),                                 /* both */
    SCMP_SYS(brk),           SCMP_SYS(munmap),         SCMP_SYS(mremap),      /* malloc */
    SCMP_SYS(madvise),       SCMP_SYS(futex),          SCMP_SYS(sched_yield), /* threads */
    SCMP_SYS(clock_gettime), SCMP_SYS(timer_settime),  SCMP_SYS(restart_syscall), /* time */
    SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigprocmask), SCMP_SYS(exit),            /* the end */
    SCMP_SYS(exit_group),
};

#if SANITIZED
static const int MORE_CALLS[] = {
    SCMP_SYS(openat),       SCMP_SYS(close),
    SCMP_SYS(readlink),     SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),   SCMP_SYS(getpid),
    SCMP_SYS(gettid),       SCMP_SYS(sigaltstack),
    SCMP_SYS(rt_sigaction), SCMP_SYS(lseek),
    SCMP_SYS(ioctl),        SCMP_SYS(getrlimit),
    SCMP_SYS(prlimit64),    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getrandom),    SCMP_SYS(nanosleep),
};
#endif

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    return result;
}

/* New memory, with nothing behind it, and never to be executed. */
static int allow_memory(scmp_filter_ctx filter)
{
    int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                                  SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
    if (result == 0)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return result;
}

static int fill(scmp_filter_ctx filter, const struct sandbox_calls *more)
{
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 1); /* PR_SET_NO_NEW_PRIVS */
    if (result == 0)
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1); /* all threads */
    if (result == 0)
        result = allow(filter, CALLS, sizeof CALLS / sizeof *CALLS);
#if SANITIZED
    if (result == 0)
        result = allow(filter, MORE_CALLS, sizeof MORE_CALLS / sizeof *MORE_CALLS);
#endif
    if (result == 0 && more)
        result = allow(filter, more->calls, more->count);
    if (result == 0 && more && more->maps_files)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                                  SCMP_A2(SCMP_CMP_EQ, PROT_READ));
    return result == 0 ? allow_memory(filter) : result;
}

int sandbox_enter(const struct sandbox_calls *more)
{
    /* hotdesk-server's log is none of a target's business; a sanitizer's reports are. */
    if (!SANITIZED && dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
        return -errno;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return -ENOMEM;
    int result = fill(filter, more);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    return result;
}
