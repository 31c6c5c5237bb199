/*
 * The console's hands for the random walk: hotdesk-input over an emulated keyboard and mouse
 * (umockdev, tests/input/fake_evdev.h), which do what standard input says, and the desktop that
 * shares them with it. To be run by umockdev-wrapper.
 *
 * usage: keyboards HOTDESK-INPUT SOCKET RAWREAD-LIBRARY
 *
 *   CODE:VALUE ...     keys and buttons (0x110 and above: the mouse's), each a report of its own
 *   move X Y           counts of the mouse
 * Either is answered by "took MICROSECONDS" when the kernel has it.
 *   log                answered by "log", what became of the keyboard's keys, ";", the mouse's
 */
#include "tests/input/bench.h"

#include <linux/input-event-codes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"

enum { KEYBOARD = 3, MOUSE = 13 }; /* numbers of the event nodes, in tests/input/devices */

/* As atkbd.c does, and so hotdesk-input hears of an up that changes nothing for the kernel, too:
 * for a USB keyboard that would be lost, if it came between up and grab. */
static void press(struct bench *bench, uint16_t code, int32_t value)
{
    const struct fake_event report[] = {{EV_MSC, MSC_SCAN, code}, {EV_KEY, code, value}};
    if (code >= BTN_MISC)
        bench_say(bench, MOUSE, EV_KEY, code, value);
    else
        fake_evdev_say_report(bench->nodes[KEYBOARD], report, 2);
}

static void press_keys(struct bench *bench, char *words)
{
    char *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        unsigned code;
        int value;
        if (sscanf(word, "%u:%d", &code, &value) != 2)
            abort();
        press(bench, (uint16_t)code, value);
    }
}

static void move(struct bench *bench, int x_counts, int y_counts)
{
    const struct fake_event report[] = {{EV_REL, REL_X, x_counts}, {EV_REL, REL_Y, y_counts}};
    fake_evdev_say_report(bench->nodes[MOUSE], report, 2);
}

static void obey(struct bench *bench, char *line)
{
    int x_counts, y_counts;
    uint64_t begin_us = clock_now_us();
    if (strcmp(line, "log") == 0) {
        printf("log %s", fake_evdev_log(bench->nodes[KEYBOARD]));
        printf(" ; %s\n", fake_evdev_log(bench->nodes[MOUSE]));
        return;
    }
    if (sscanf(line, "move %d %d", &x_counts, &y_counts) == 2)
        move(bench, x_counts, y_counts);
    else
        press_keys(bench, line);
    printf("took %llu\n", (unsigned long long)(clock_now_us() - begin_us));
}

static pid_t start(char **argv)
{
    char preload[1024];
    const char *loaded = getenv("LD_PRELOAD");
    snprintf(preload, sizeof preload, "%s:%s", argv[3], loaded ? loaded : "");
    pid_t parent = getpid(), child = fork();
    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setenv("LD_PRELOAD", preload, 1);
    if (getppid() == parent)
        execl(argv[1], argv[1], "--listen", argv[2], NULL);
    _exit(127);
}

int main(int argc, char **argv)
{
    char *line = NULL;
    size_t room = 0;
    if (argc != 4)
        return 2;
    struct bench *bench = bench_create();
    bench_plug(bench, "at-keyboard");
    bench_plug(bench, "usb-mouse");
    pid_t child = start(argv);
    printf("input %d\n", (int)child);
    fflush(stdout);
    while (getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        obey(bench, line);
        fflush(stdout);
    }
    free(line);
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    bench_destroy(bench);
    return 0;
}
