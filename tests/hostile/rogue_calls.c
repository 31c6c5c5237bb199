/* What a decoder that was taken over asks the kernel for. */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/hostile/rogue.h"

/* For the sandbox: none of these may come back, but the last two. */

static void deed_open(void)
{
    open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static void deed_socket(void)
{
    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void deed_connect(void)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/hotdesk/control"};
    connect(3, (const struct sockaddr *)&address, sizeof address);
}

static void deed_execve(void)
{
    static char name[] = "sh";
    char *const arguments[] = {name, NULL};
    execve("/bin/sh", arguments, arguments + 1);
}

static void deed_ptrace(void)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void deed_fork(void)
{
    fork();
}

static void deed_kill(void)
{
    kill(1, 0);
}

static void deed_code(void)
{
    mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void deed_protect(void)
{
    static char page[4096] __attribute__((aligned(4096)));
    mprotect(page, sizeof page, PROT_READ | PROT_EXEC);
}

static void deed_map(void)
{
    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ROGUE_FILE_FD, 0);
}

static void deed_limit(void)
{
    setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
}

static void deed_dumpable(void)
{
    prctl(PR_SET_DUMPABLE, 1);
}

static void deed_uring(void)
{
    struct io_uring_params parameters = {0};
    syscall(SYS_io_uring_setup, 1, &parameters);
}

static void deed_ioctl(void)
{
    syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI: types into a terminal */, "x");
}

/* Behind the file's mapping, page by page, until it ends one way or another. */
static void deed_past(void)
{
    for (volatile char *at = (char *)rogue_head() + FRAME_FILE_BYTES;; at += 4096)
        *at = 1;
}

static void deed_memory(void)
{
    for (int i = 0; i < 256; i++) {
        char *got = malloc(16u << 20);
        if (!got)
            _exit(7);
        *(volatile char *)got = 1;
    }
}

const struct deed rogue_calls[] = {
    {"open", deed_open},
    {"socket", deed_socket},
    {"connect", deed_connect},
    {"execve", deed_execve},
    {"ptrace", deed_ptrace},
    {"fork", deed_fork},
    {"kill", deed_kill},
    {"code", deed_code},
    {"protect", deed_protect},
    {"map", deed_map},
    {"limit", deed_limit},
    {"dumpable", deed_dumpable},
    {"uring", deed_uring},
    {"ioctl", deed_ioctl},
    {"past", deed_past},
    {"memory", deed_memory},
    {0},
};
