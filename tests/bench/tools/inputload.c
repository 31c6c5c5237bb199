/*
 * The typist and the reader of ./dev bench input, in one process: types or moves on one X display
 * and sees on another when that arrives there, as raw keys or as the pointer's place.
 *
 * Prints "warm COUNT" (of what is sent before), "ready", "event NUMBER MICROSECONDS" for each event
 * in the order in which they were sent, and "sent COUNT seen COUNT merged COUNT" at the end. Exit
 * status 1 when a key is lost or another than the one that was typed, or when the pointer does not
 * end where it belongs.
 *
 * Three loads are for an event node alone: `flood` moves at random and tells how long after the
 * last report the pointer was where it belongs, "behind MICROSECONDS"; `switch` presses the hotkey
 * of target 1 and, at once, a key, whose time is told from the hotkey's last report on.
 */
#include <X11/Xlib.h>
#include <X11/extensions/XInput2.h>
#include <X11/extensions/XTest.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/input.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "qmp.h"

#define EVENTS_MAX    1000000
#define WARM_EVENTS   50
#define FIRST_KEYCODE 38 /* a to l on the home row */
#define KEYCODES      8
#define PLACES        32 /* motion goes to and fro over as many */
#define STEP_PX       8
#define SETTLED_US    30000
#define LOST_AFTER_US 3000000
#define FLOOD_STEP    6   /* counts of a report, at most */
#define FLOOD_PX      200 /* from where it began */
#define HOME_US       150000
#define LEADER_US     50000

static const char HELP[] =
    "usage: inputload --from DISPLAY --to DISPLAY --load keys|motion|flood|switch [--events N]\n"
    "                 [--rate N]\n"
    "--rate: events a second, at irregular times\n"
    "--from: a display, the named pipe of an event node, or \"qmp:\" and QEMU's control socket\n";

struct typed {
    uint64_t sent_us;
    unsigned what; /* keys: key code and 256 when it goes down; motion: the place's index */
};

struct load {
    Display *from, *to;
    int node, qmp; /* that stand for `from`; -1: not these */
    int xi_opcode;
    bool motion;
    unsigned rate;
    unsigned step; /* of what is sent next */
    uint64_t random;
    struct typed *typed;
    unsigned sent, seen, merged;
    double places_px[PLACES];
    double x_px, y_px; /* the target's pointer, as it said last */
    uint64_t heard_us;
    const char *wrong;
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void die(const char *what)
{
    fprintf(stderr, "inputload: %s\n", what);
    exit(1);
}

static unsigned draw(struct load *load, unsigned below)
{
    load->random = load->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(load->random >> 33) % below;
}

/* 0, 1 … PLACES-1, PLACES-2 … 1, 0 … */
static unsigned place_of(unsigned step)
{
    unsigned at = step % (2 * PLACES - 2);
    return at < PLACES ? at : 2 * PLACES - 2 - at;
}

/* One report, as the kernel gives it. */
static void write_report(struct load *load, uint16_t type, uint16_t codes[2], int32_t values[2])
{
    struct input_event events[3] = {0};
    uint64_t at_us = now_us();
    unsigned count = 0;
    for (unsigned i = 0; i < 2; i++)
        if (i == 0 || values[i] != 0)
            events[count++] =
                (struct input_event){.type = type, .code = codes[i], .value = values[i]};
    events[count++].type = EV_SYN;
    for (unsigned i = 0; i < count; i++) {
        events[i].input_event_sec = (time_t)(at_us / 1000000);
        events[i].input_event_usec = (suseconds_t)(at_us % 1000000);
    }
    if (write(load->node, events, count * sizeof *events) != (ssize_t)(count * sizeof *events))
        die("the event node is full");
}

static void move(struct load *load, int dx, int dy)
{
    if (load->node >= 0)
        write_report(load, EV_REL, (uint16_t[]){REL_X, REL_Y}, (int32_t[]){dx, dy});
    else
        XTestFakeRelativeMotionEvent(load->from, dx, dy, CurrentTime);
}

static void press(struct load *load, unsigned keycode, bool down)
{
    if (load->node >= 0)
        write_report(load, EV_KEY, (uint16_t[]){(uint16_t)(keycode - 8), 0}, (int32_t[]){down, 0});
    else if (load->from)
        XTestFakeKeyEvent(load->from, keycode, down, CurrentTime);
    else if (qmp_press(load->qmp, keycode, down) < 0)
        die("QEMU takes no key");
}

static void send_next(struct load *load)
{
    struct typed *typed = &load->typed[load->sent];
    unsigned step = ++load->step;
    if (load->motion) {
        int by = (int)place_of(step) - (int)place_of(step - 1);
        typed->what = place_of(step);
        typed->sent_us = now_us();
        move(load, by * STEP_PX, 0);
    } else {
        unsigned keycode = FIRST_KEYCODE + step / 2 % KEYCODES;
        bool down = step % 2 == 0;
        typed->what = keycode + (down ? 256 : 0);
        typed->sent_us = now_us();
        press(load, keycode, down);
    }
    if (load->from)
        XFlush(load->from);
    load->sent++;
}

static void see_all_up_to(struct load *load, unsigned number, uint64_t at_us)
{
    load->merged += number - load->seen;
    for (; load->seen <= number; load->seen++)
        printf("event %u %llu\n", load->seen + 1,
               (unsigned long long)(at_us - load->typed[load->seen].sent_us));
}

static void see_key(struct load *load, unsigned what, uint64_t at_us)
{
    if (load->seen == load->sent)
        load->wrong = "a key came that was not typed";
    else if (load->typed[load->seen].what != what)
        load->wrong = "another key came than the one that was typed";
    else
        see_all_up_to(load, load->seen, at_us);
}

/* Motion may be summed on the way: a place is reached at the latest when a later one is. */
static void see_place(struct load *load, double x_px, double y_px, uint64_t at_us)
{
    load->x_px = x_px;
    load->y_px = y_px;
    load->heard_us = at_us;
    for (unsigned i = load->seen; i < load->sent; i++)
        if (fabs(load->places_px[load->typed[i].what] - x_px) < 1) {
            see_all_up_to(load, i, at_us);
            return;
        }
}

static void see(struct load *load, XEvent *event)
{
    uint64_t at_us = now_us();
    if (event->xcookie.extension != load->xi_opcode || !XGetEventData(load->to, &event->xcookie))
        return;
    const XIRawEvent *raw = event->xcookie.data;
    const XIDeviceEvent *placed = event->xcookie.data;
    if (load->motion && event->xcookie.evtype == XI_Motion)
        see_place(load, placed->root_x, placed->root_y, at_us);
    else if (!load->motion)
        see_key(load, (unsigned)raw->detail + (raw->evtype == XI_RawKeyPress ? 256 : 0), at_us);
    XFreeEventData(load->to, &event->xcookie);
}

static void look(struct load *load)
{
    while (XPending(load->to) && !load->wrong) {
        XEvent event;
        XNextEvent(load->to, &event);
        see(load, &event);
    }
}

static void look_until(struct load *load, uint64_t until_us)
{
    struct pollfd one = {.fd = ConnectionNumber(load->to), .events = POLLIN};
    look(load);
    for (uint64_t at_us = now_us(); at_us < until_us && !load->wrong; at_us = now_us()) {
        uint64_t left_us = until_us - at_us;
        struct timespec wait = {.tv_sec = (time_t)(left_us / 1000000),
                                .tv_nsec = (long)(left_us % 1000000 * 1000)};
        ppoll(&one, 1, &wait, NULL);
        look(load);
    }
}

static void wait_all_seen(struct load *load)
{
    uint64_t end_us = now_us() + LOST_AFTER_US;
    while (load->seen < load->sent && now_us() < end_us && !load->wrong)
        look_until(load, now_us() + 1000);
}

static void open_displays(struct load *load, const char *from, const char *to)
{
    int event, error, major = 2, minor = 2;
    load->node = from[0] == '/' ? open(from, O_WRONLY | O_NONBLOCK | O_CLOEXEC) : -1;
    load->qmp = strncmp(from, "qmp:", 4) == 0 ? qmp_open(from + 4) : -1;
    load->from = load->node < 0 && load->qmp < 0 ? XOpenDisplay(from) : NULL;
    load->to = XOpenDisplay(to);
    if ((!load->from && load->node < 0 && load->qmp < 0) || !load->to)
        die("a display, the event node, or QEMU's socket cannot be opened");
    if (!XQueryExtension(load->to, "XInputExtension", &load->xi_opcode, &event, &error) ||
        XIQueryVersion(load->to, &major, &minor) != Success)
        die("the display to look at has no XInput 2");
    unsigned char bits[XIMaskLen(XI_LASTEVENT)] = {0};
    XIEventMask mask = {.deviceid = XIAllMasterDevices, .mask_len = sizeof bits, .mask = bits};
    if (load->motion) {
        XISetMask(bits, XI_Motion);
    } else {
        XISetMask(bits, XI_RawKeyPress);
        XISetMask(bits, XI_RawKeyRelease);
    }
    XISelectEvents(load->to, DefaultRootWindow(load->to), &mask, 1);
    XSync(load->to, False);
    if (load->from)
        XTestGrabControl(load->from, True);
}

/* The next place that the pointer comes to rest at. */
static double settle(struct load *load)
{
    uint64_t start_us = now_us();
    load->heard_us = 0;
    do {
        look_until(load, now_us() + 1000);
        if (now_us() - start_us > LOST_AFTER_US)
            die("the pointer of the target does not move: is it active?");
    } while (load->heard_us == 0 || now_us() - load->heard_us < SETTLED_US);
    return load->x_px;
}

/* Where each step takes the target's pointer: whatever is between may scale. There and back, since
 * at the first steps a program may still find out how the pointer moves. */
static void learn_places(struct load *load)
{
    for (load->step = 0; load->step < 2 * (2 * PLACES - 2);) {
        send_next(load);
        load->seen = load->sent; /* not to be looked for */
        load->places_px[place_of(load->step)] = settle(load);
    }
    for (unsigned i = 1; i < PLACES; i++)
        if (load->places_px[i] - load->places_px[i - 1] < 2)
            die("steps of the pointer are not told apart on the target");
    load->sent = load->seen = 0;
}

static void run(struct load *load, unsigned count)
{
    uint64_t gap_us = 1000000 / load->rate, next_us = now_us();
    while (load->sent < count && !load->wrong) {
        if (load->qmp >=
            0) /* an emulated keyboard's queue is short, and nobody may be there to read it */
            wait_all_seen(load);
        send_next(load);
        next_us += gap_us / 2 + draw(load, (unsigned)gap_us);
        look_until(load, next_us);
    }
    wait_all_seen(load);
}

/* The next run begins where this one did: otherwise the pointer would come to the screen's edge. */
static void go_back(struct load *load)
{
    move(load, -(int)place_of(load->step) * STEP_PX, 0);
    if (load->from)
        XSync(load->from, False);
}

/* --- a quick mouse --- */

/* At random, and back when it is far. */
static int flood_step(struct load *load, double off_px)
{
    int step = (int)draw(load, 2 * FLOOD_STEP + 1) - FLOOD_STEP;
    return off_px > FLOOD_PX ? -abs(step) : off_px < -FLOOD_PX ? abs(step) : step;
}

static void flood(struct load *load, unsigned count)
{
    move(load, 1, 0);
    double x_px = settle(load), y_px = load->y_px, off_x_px = 0, off_y_px = 0;
    uint64_t start_us = now_us();
    for (; load->sent < count; load->sent++) {
        int dx = flood_step(load, off_x_px), dy = flood_step(load, off_y_px);
        move(load, dx ? dx : 1, dy);
        off_x_px += dx ? dx : 1;
        off_y_px += dy;
        look_until(load, start_us + 1000000ull * (load->sent + 1) / load->rate);
    }
    uint64_t end_us = now_us();
    while ((fabs(load->x_px - x_px - off_x_px) > 0.5 || fabs(load->y_px - y_px - off_y_px) > 0.5) &&
           now_us() < end_us + LOST_AFTER_US)
        look_until(load, now_us() + 1000);
    printf("sent %u in %llu us, lost %.0f %.0f, behind %lld\n", load->sent,
           (unsigned long long)(end_us - start_us), x_px + off_x_px - load->x_px,
           y_px + off_y_px - load->y_px,
           load->heard_us > end_us ? (long long)(load->heard_us - end_us) : 0ll);
    if (now_us() >= end_us + LOST_AFTER_US)
        die("the pointer did not come where it belongs");
}

/* --- switches --- */

static void tap(struct load *load, unsigned keycode)
{
    press(load, keycode, true);
    press(load, keycode, false);
}

/* The devices are grabbed then, and what was in them is read anew. */
static void lead(struct load *load)
{
    tap(load, KEY_SCROLLLOCK + 8);
    tap(load, KEY_SCROLLLOCK + 8);
    look_until(load, now_us() + LEADER_US);
}

/* Scroll Lock twice, then 1 or 0. */
static void switch_there(struct load *load)
{
    struct typed *typed = &load->typed[load->sent++];
    lead(load);
    typed->sent_us = now_us();
    typed->what = FIRST_KEYCODE + 256;
    press(load, KEY_1 + 8, true);
    press(load, FIRST_KEYCODE, true);
    typed = &load->typed[load->sent++];
    typed->sent_us = now_us();
    typed->what = FIRST_KEYCODE;
    press(load, FIRST_KEYCODE, false);
    press(load, KEY_1 + 8, false);
}

static void switch_often(struct load *load, unsigned count)
{
    for (unsigned i = 0; i < count && !load->wrong; i++) {
        switch_there(load);
        wait_all_seen(load);
        lead(load);
        tap(load, KEY_0 + 8);
        look_until(load, now_us() + HOME_US);
    }
}

/* The first events set things up on the way: they are no figures. */
static void warm_up(struct load *load)
{
    load->step = 1;
    if (load->motion) {
        learn_places(load);
        load->step = 2 * PLACES - 2;
    } else {
        run(load, WARM_EVENTS);
    }
    if (load->seen < load->sent && !load->wrong)
        die("no event arrives: is the target active?");
    printf("warm %u\nready\n", load->motion ? 2 * (2 * PLACES - 2) : load->sent);
    load->sent = load->seen = load->merged = 0;
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"from", required_argument, NULL, 'f'}, {"to", required_argument, NULL, 't'},
        {"load", required_argument, NULL, 'l'}, {"events", required_argument, NULL, 'n'},
        {"rate", required_argument, NULL, 'r'}, {0},
    };
    struct load load = {.rate = 250, .random = 1};
    const char *from = NULL, *to = NULL, *name = "";
    unsigned count = 1500;
    int option;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        if (option == 'f')
            from = optarg;
        else if (option == 't')
            to = optarg;
        else if (option == 'l')
            name = optarg;
        else if (option == 'n')
            count = (unsigned)atoi(optarg);
        else if (option == 'r')
            load.rate = (unsigned)atoi(optarg);
        else
            die(HELP);
    }
    bool floods = strcmp(name, "flood") == 0, switches = strcmp(name, "switch") == 0;
    load.motion = floods || strcmp(name, "motion") == 0;
    if (!from || !to || (!load.motion && !switches && strcmp(name, "keys") != 0) ||
        load.rate == 0 || count > EVENTS_MAX)
        die(HELP);
    load.typed = calloc(2 * count + WARM_EVENTS + 4 * PLACES, sizeof *load.typed);
    open_displays(&load, from, to);
    if (floods) {
        flood(&load, count);
        return 0;
    }
    if (!switches)
        warm_up(&load);
    if (switches)
        switch_often(&load, count);
    else
        run(&load, count);
    if (load.motion)
        go_back(&load);
    printf("sent %u seen %u merged %u\n", load.sent, load.seen, load.merged);
    if (load.wrong)
        die(load.wrong);
    return load.seen == load.sent ? 0 : 1;
}
