/*
 * Types on an X display through XTEST, by key code, as fast as asked: the hand at the keyboard of
 * the desktop tests and the demo. A test tool, never installed.
 */
#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char HELP[] =
    "Usage: xtype [--rate N] [--times] [COMMAND ...]\n"
    "Types on $DISPLAY what its arguments say, or without any what standard input says, one "
    "command a line:\n"
    "  key KEYCODE            press and release; X key code: evdev code + 8\n"
    "  press KEYCODE          release KEYCODE\n"
    "  button N down          button N up\n"
    "  move X Y               to a place of the screen\n"
    "  rel DX DY              by that much\n"
    "  sleep MS\n"
    "  sync                   waits for the X server, prints `synced TIME`\n"
    "--rate N: at most N events a second, evenly. --times: prints each event with its time before "
    "it, in\n"
    "microseconds of CLOCK_MONOTONIC, as xkeylog does.\n";

struct xtype {
    Display *display;
    uint64_t gap_us;  /* between two events; 0: none */
    uint64_t next_us; /* when the next event may go */
    bool prints_times;
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void sleep_until(uint64_t when_us)
{
    struct timespec when = {.tv_sec = (time_t)(when_us / 1000000),
                            .tv_nsec = (long)(when_us % 1000000) * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) != 0)
        ;
}

/* Keeps the rate over the whole run: a late event is followed by a quick one. */
static void wait_turn(struct xtype *type)
{
    if (type->gap_us == 0)
        return;
    uint64_t now = now_us();
    if (type->next_us == 0)
        type->next_us = now;
    if (type->next_us > now) {
        XFlush(type->display);
        sleep_until(type->next_us);
    }
    type->next_us += type->gap_us;
}

static void send_key(struct xtype *type, unsigned keycode, bool down)
{
    wait_turn(type);
    if (type->prints_times)
        printf("%s %u %" PRIu64 "\n", down ? "press" : "release", keycode, now_us());
    XTestFakeKeyEvent(type->display, keycode, down, CurrentTime);
    XFlush(type->display);
}

static void send_button(struct xtype *type, unsigned button, bool down)
{
    wait_turn(type);
    if (type->prints_times)
        printf("button %u %s %" PRIu64 "\n", button, down ? "down" : "up", now_us());
    XTestFakeButtonEvent(type->display, button, down, CurrentTime);
    XFlush(type->display);
}

static void send_motion(struct xtype *type, int x, int y, bool relative)
{
    wait_turn(type);
    if (type->prints_times)
        printf("%s %d %d %" PRIu64 "\n", relative ? "rel" : "move", x, y, now_us());
    if (relative)
        XTestFakeRelativeMotionEvent(type->display, x, y, CurrentTime);
    else
        XTestFakeMotionEvent(type->display, DefaultScreen(type->display), x, y, CurrentTime);
    XFlush(type->display);
}

static bool run(struct xtype *type, const char *command)
{
    char word[16] = "", state[8] = "";
    int a = 0, b = 0;
    int count = sscanf(command, "%15s %d %d", word, &a, &b);
    if (count <= 0)
        return true; /* an empty line */
    if (strcmp(word, "key") == 0 && count == 2) {
        send_key(type, (unsigned)a, true);
        send_key(type, (unsigned)a, false);
    } else if ((strcmp(word, "press") == 0 || strcmp(word, "release") == 0) && count == 2) {
        send_key(type, (unsigned)a, word[0] == 'p');
    } else if (sscanf(command, "button %d %7s", &a, state) == 2 &&
               (strcmp(state, "down") == 0 || strcmp(state, "up") == 0)) {
        send_button(type, (unsigned)a, state[0] == 'd');
    } else if ((strcmp(word, "move") == 0 || strcmp(word, "rel") == 0) && count == 3) {
        send_motion(type, a, b, word[0] == 'r');
    } else if (strcmp(word, "sleep") == 0 && count == 2) {
        XFlush(type->display);
        sleep_until(now_us() + (uint64_t)a * 1000);
    } else if (strcmp(word, "sync") == 0) {
        XSync(type->display, False);
        printf("synced %" PRIu64 "\n", now_us());
    } else {
        fprintf(stderr, "xtype: not a command: %s\n", command);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"rate", required_argument, NULL, 'r'},
                                            {"times", no_argument, NULL, 't'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct xtype type = {0};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'r' && atoi(optarg) > 0) {
            type.gap_us = 1000000 / (uint64_t)atoi(optarg);
        } else if (option == 't') {
            type.prints_times = true;
        } else {
            fputs(HELP, option == 'h' ? stdout : stderr);
            return option == 'h' ? 0 : 2;
        }
    }
    type.display = XOpenDisplay(NULL);
    if (!type.display) {
        fprintf(stderr, "xtype: cannot open display %s\n", XDisplayName(NULL));
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    XTestGrabControl(type.display, True);
    bool well = true;
    char line[128];
    for (int i = optind; i < argc && well; i++)
        well = run(&type, argv[i]);
    while (optind == argc && well && fgets(line, sizeof line, stdin))
        well = run(&type, line);
    XSync(type.display, False);
    XCloseDisplay(type.display);
    return well ? 0 : 2;
}
