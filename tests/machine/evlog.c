/*
 * Stands for the local desktop in a machine without one: reads every /dev/input/eventN as a
 * display server would and prints what it gets, a line an event, at once:
 *
 *     eventN KEY|REL|ABS|LED CODE VALUE SECONDS.MICROSECONDS   (CLOCK_MONOTONIC)
 *     eventN DROPPED 0 0 TIME       the kernel threw events away
 *     # eventN open NAME            and "# eventN gone", "# ready" after the first look around
 *
 * --grab-test  prints "eventN free NAME" or "eventN grabbed NAME" a device, and ends: 0 when none
 * is grabbed, 3 when any is
 * --hold eventN  grabs it, as a key remapper does, prints "held", and keeps it until killed
 * --console-off  has the kernel's own console do nothing with keys, as a display server does
 * --state      prints "eventN down CODE..." and "eventN leds CODE..." a device, and ends
 *
 * Needs nothing but a C library: it is linked statically into a small initramfs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/input.h>
#include <linux/kd.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NODES_MAX    64
#define LOOK_MS      50 /* between two looks for nodes: no inotify, /dev/input may not be there yet */
#define EVENTS_MAX   64
#define EXIT_GRABBED 3

/* At index N: the descriptor of /dev/input/eventN, or -1. */
struct nodes {
    struct pollfd polls[NODES_MAX];
};

static int node_open(unsigned number, char ret_name[256])
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/dev/input/event%u", number);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int clock = CLOCK_MONOTONIC;
    ioctl(fd, EVIOCSCLOCKID, &clock);
    if (ioctl(fd, EVIOCGNAME(256), ret_name) < 0)
        strcpy(ret_name, "?");
    return fd;
}

/* Opens what is new; what was opened before stays. */
static void nodes_look(struct nodes *nodes)
{
    DIR *directory = opendir("/dev/input");
    if (!directory)
        return;
    for (struct dirent *entry; (entry = readdir(directory));) {
        unsigned number;
        if (sscanf(entry->d_name, "event%u", &number) != 1 || number >= NODES_MAX ||
            nodes->polls[number].fd >= 0)
            continue;
        char name[256] = "";
        nodes->polls[number].fd = node_open(number, name);
        if (nodes->polls[number].fd >= 0)
            printf("# event%u open %s\n", number, name);
    }
    closedir(directory);
}

static void event_print(unsigned number, const struct input_event *event)
{
    const char *type = NULL;
    if (event->type == EV_KEY)
        type = "KEY";
    else if (event->type == EV_REL)
        type = "REL";
    else if (event->type == EV_ABS)
        type = "ABS";
    else if (event->type == EV_LED)
        type = "LED";
    else if (event->type == EV_SYN && event->code == SYN_DROPPED)
        type = "DROPPED";
    if (type)
        printf("event%u %s %u %d %lld.%06ld\n", number, type,
               event->type == EV_SYN ? 0u : (unsigned)event->code, event->value,
               (long long)event->input_event_sec, (long)event->input_event_usec);
}

/* False when the device is gone. */
static bool node_read(unsigned number, int fd)
{
    struct input_event events[EVENTS_MAX];
    ssize_t size;
    while ((size = read(fd, events, sizeof events)) > 0)
        for (size_t i = 0; i < (size_t)size / sizeof *events; i++)
            event_print(number, &events[i]);
    return size < 0 && (errno == EAGAIN || errno == EINTR);
}

static void nodes_read(struct nodes *nodes)
{
    for (unsigned i = 0; i < NODES_MAX; i++) {
        if (!nodes->polls[i].revents || node_read(i, nodes->polls[i].fd))
            continue;
        printf("# event%u gone\n", i);
        close(nodes->polls[i].fd);
        nodes->polls[i].fd = -1;
    }
}

static int log_for_ever(struct nodes *nodes)
{
    nodes_look(nodes);
    printf("# ready\n");
    for (;;) {
        int count = poll(nodes->polls, NODES_MAX, LOOK_MS);
        if (count > 0)
            nodes_read(nodes);
        else if (count < 0 && errno != EINTR)
            return EXIT_FAILURE;
        nodes_look(nodes);
    }
}

static int grab_test(void)
{
    int result = EXIT_SUCCESS;
    for (unsigned i = 0; i < NODES_MAX; i++) {
        char name[256] = "";
        int fd = node_open(i, name);
        if (fd < 0)
            continue;
        bool grabbed = ioctl(fd, EVIOCGRAB, 1) < 0 && errno == EBUSY;
        printf("event%u %s %s\n", i, grabbed ? "grabbed" : "free", name);
        if (grabbed)
            result = EXIT_GRABBED;
        close(fd); /* ends a grab of ours */
    }
    return result;
}

static int hold(const char *name)
{
    unsigned number = 0;
    char device_name[256] = "";
    sscanf(name, "event%u", &number);
    int fd = node_open(number, device_name);
    if (fd < 0 || ioctl(fd, EVIOCGRAB, 1) < 0) {
        fprintf(stderr, "evlog: cannot grab %s: %s\n", name, strerror(errno));
        return EXIT_FAILURE;
    }
    printf("held %s\n", device_name);
    for (;;)
        pause();
}

static int console_off(void)
{
    int fd = open("/dev/tty0", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, KDSKBMODE, K_OFF) < 0) {
        fprintf(stderr, "evlog: /dev/tty0: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    close(fd);
    return EXIT_SUCCESS;
}

static void bits_print(unsigned number, const char *word, const uint8_t *bits, unsigned count)
{
    printf("event%u %s", number, word);
    for (unsigned code = 0; code < count; code++)
        if (bits[code / 8] & 1u << code % 8)
            printf(" %u", code);
    printf("\n");
}

static int state_print(void)
{
    for (unsigned i = 0; i < NODES_MAX; i++) {
        char name[256] = "";
        int fd = node_open(i, name);
        if (fd < 0)
            continue;
        uint8_t keys[KEY_CNT / 8 + 1] = {0}, leds[LED_CNT / 8 + 1] = {0};
        if (ioctl(fd, EVIOCGKEY(sizeof keys), keys) >= 0)
            bits_print(i, "down", keys, KEY_CNT);
        if (ioctl(fd, EVIOCGLED(sizeof leds), leds) >= 0)
            bits_print(i, "leds", leds, LED_CNT);
        close(fd);
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static struct nodes nodes; /* static: zeroed, and not on a small stack */
    for (unsigned i = 0; i < NODES_MAX; i++)
        nodes.polls[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 1)
        return log_for_ever(&nodes);
    if (argc == 2 && strcmp(argv[1], "--grab-test") == 0)
        return grab_test();
    if (argc == 2 && strcmp(argv[1], "--state") == 0)
        return state_print();
    if (argc == 2 && strcmp(argv[1], "--console-off") == 0)
        return console_off();
    if (argc == 3 && strcmp(argv[1], "--hold") == 0)
        return hold(argv[2]);
    fprintf(stderr, "usage: evlog [--grab-test | --state | --console-off | --hold eventN]\n");
    return 2;
}
