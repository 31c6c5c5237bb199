/*
 * Runs hotdesk-input over an emulated keyboard and mouse (umockdev, tests/input/fake_evdev.h) and
 * prints "keyboard PATH" and "mouse PATH": the named pipes that stand for their event nodes. Who
 * writes events into them is the kernel. To be run by umockdev-wrapper.
 *
 * usage: evdevhost HOTDESK-INPUT SOCKET RAWREAD-LIBRARY
 */
#include "tests/input/bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEYBOARD = 3, MOUSE = 13 }; /* numbers of the event nodes, in tests/input/devices */

int main(int argc, char **argv)
{
    char preload[1024];
    if (argc != 4)
        return 2;
    const char *loaded = getenv("LD_PRELOAD");
    snprintf(preload, sizeof preload, "%s:%s", argv[3], loaded ? loaded : "");
    struct bench *bench = bench_create();
    bench_plug(bench, "at-keyboard");
    bench_plug(bench, "usb-mouse");
    char *root = umockdev_testbed_get_root_dir(bench->testbed);
    printf("keyboard %s/dev/input/event%d\nmouse %s/dev/input/event%d\n", root, KEYBOARD, root,
           MOUSE);
    fflush(stdout);
    g_free(root);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        setenv("LD_PRELOAD", preload, 1);
        if (getppid() == parent)
            execl(argv[1], argv[1], "--listen", argv[2], NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    bench_destroy(bench);
    return 0;
}
