/*
 * Devices and neighbours that QEMU has not, for a machine test:
 *
 * --bluetooth        a keyboard made through /dev/uhid, as BlueZ makes those of Bluetooth LE.
 *                    Standard input: a line "USAGE 1" (down) or "USAGE 0" (up), USAGE of the HID
 *                    keyboard page in decimal. Prints "ready", and "leds BITS" (1 Num, 2 Caps,
 *                    4 Scroll) at each change. Gone at the end of standard input, or killed.
 * --remap eventN     as keyd does: grabs that keyboard and types its keys on one of its own
 *                    (uinput), with A and B exchanged. Prints "remapping eventN".
 * --signals          prints "interrupted" at each SIGINT, as Ctrl+Alt+Del sends one to init.
 *
 * Needs nothing but a C library: it is linked statically into a small initramfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/input.h>
#include <linux/uhid.h>
#include <linux/uinput.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REMAPPED_KEYS  248 /* codes from 1 on, as far as a keyboard goes */
#define KEYS_AT_ONCE   6
#define FIRST_MODIFIER 0xe0
#define MODIFIERS      8
#define REPORT_BYTES   (2 + KEYS_AT_ONCE)

/* USB HID 1.11, appendix E.6: the boot keyboard. */
static const uint8_t boot_keyboard[] = {
    0x05, 0x01, 0x09, 0x06, 0xa1, 0x01,                                     /* a keyboard */
    0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, /* modifiers */
    0x95, 0x08, 0x81, 0x02, 0x95, 0x01, 0x75, 0x08, 0x81, 0x01,             /* a spare byte */
    0x95, 0x05, 0x75, 0x01, 0x05, 0x08, 0x19, 0x01, 0x29, 0x05, 0x91, 0x02, /* LEDs */
    0x95, 0x01, 0x75, 0x03, 0x91, 0x01,                                     /* spare bits */
    0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, /* six keys */
    0x29, 0x65, 0x81, 0x00, 0xc0,
};

static bool uhid_write(int fd, const struct uhid_event *event)
{
    return write(fd, event, sizeof *event) == sizeof *event;
}

static int bluetooth_create(void)
{
    int fd = open("/dev/uhid", O_RDWR | O_CLOEXEC);
    struct uhid_event event = {.type = UHID_CREATE2};
    strcpy((char *)event.u.create2.name, "Gadget Bluetooth Keyboard");
    event.u.create2.bus = BUS_BLUETOOTH;
    event.u.create2.vendor = 0x1209;
    event.u.create2.product = 0x0001;
    event.u.create2.rd_size = sizeof boot_keyboard;
    memcpy(event.u.create2.rd_data, boot_keyboard, sizeof boot_keyboard);
    if (fd >= 0 && uhid_write(fd, &event))
        return fd;
    fprintf(stderr, "gadget: /dev/uhid: %s\n", strerror(errno));
    return -1;
}

/* False when the kernel has ended the device. */
static bool bluetooth_hear(int fd)
{
    struct uhid_event event;
    if (read(fd, &event, sizeof event) <= 0)
        return false;
    if (event.type == UHID_OUTPUT && event.u.output.size >= 1) {
        /* No report numbers: the first byte is the LEDs, or a 0 in front of them. */
        printf("leds %d\n", event.u.output.data[event.u.output.size - 1]);
    } else if (event.type == UHID_GET_REPORT) {
        struct uhid_event answer = {.type = UHID_GET_REPORT_REPLY};
        answer.u.get_report_reply.id = event.u.get_report.id;
        answer.u.get_report_reply.err = EIO;
        uhid_write(fd, &answer);
    } else if (event.type == UHID_SET_REPORT) {
        struct uhid_event answer = {.type = UHID_SET_REPORT_REPLY};
        answer.u.set_report_reply.id = event.u.set_report.id;
        uhid_write(fd, &answer);
    }
    return true;
}

static void report_set(uint8_t report[REPORT_BYTES], uint8_t usage, bool down)
{
    if (usage >= FIRST_MODIFIER && usage < FIRST_MODIFIER + MODIFIERS) {
        uint8_t bit = (uint8_t)(1u << (usage - FIRST_MODIFIER));
        report[0] = (uint8_t)(down ? report[0] | bit : report[0] & ~bit);
        return;
    }
    for (size_t i = 2; i < REPORT_BYTES; i++) {
        if (report[i] != (down ? 0 : usage))
            continue;
        report[i] = down ? usage : 0;
        return;
    }
}

static bool bluetooth_type(int fd, uint8_t report[REPORT_BYTES])
{
    char line[64];
    unsigned usage, down;
    if (!fgets(line, sizeof line, stdin))
        return false;
    if (sscanf(line, "%u %u", &usage, &down) != 2 || usage > UINT8_MAX)
        return true;
    report_set(report, (uint8_t)usage, down);
    struct uhid_event event = {.type = UHID_INPUT2};
    event.u.input2.size = REPORT_BYTES;
    memcpy(event.u.input2.data, report, REPORT_BYTES);
    return uhid_write(fd, &event);
}

static int bluetooth(void)
{
    uint8_t report[REPORT_BYTES] = {0};
    int fd = bluetooth_create();
    if (fd < 0)
        return EXIT_FAILURE;
    setvbuf(stdin, NULL, _IONBF, 0); /* poll must see what is left to read */
    printf("ready\n");
    struct pollfd polls[] = {{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    for (bool goes_on = true; goes_on && poll(polls, 2, -1) > 0;) {
        if (polls[0].revents)
            goes_on = bluetooth_hear(fd);
        if (goes_on && polls[1].revents)
            goes_on = bluetooth_type(fd, report);
    }
    return EXIT_SUCCESS;
}

/* A keyboard by uinput. */
static int typist_create(void)
{
    int fd = open("/dev/uinput", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ioctl(fd, UI_SET_EVBIT, EV_KEY);
    for (int code = 1; code < REMAPPED_KEYS; code++)
        ioctl(fd, UI_SET_KEYBIT, code);
    struct uinput_setup setup = {.name = "gadget remapped keyboard"};
    setup.id = (struct input_id){.bustype = BUS_VIRTUAL, .vendor = 0x1209, .product = 2};
    if (ioctl(fd, UI_DEV_SETUP, &setup) == 0 && ioctl(fd, UI_DEV_CREATE) == 0)
        return fd;
    close(fd);
    return -1;
}

static uint16_t remapped(uint16_t code)
{
    return code == KEY_A ? KEY_B : code == KEY_B ? KEY_A : code;
}

static int remap(const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/dev/input/%s", name);
    int from = open(path, O_RDWR | O_CLOEXEC);
    int to = typist_create();
    if (from < 0 || to < 0 || ioctl(from, EVIOCGRAB, 1) < 0) {
        fprintf(stderr, "gadget: cannot remap %s: %s\n", name, strerror(errno));
        return EXIT_FAILURE;
    }
    printf("remapping %s\n", name);
    struct input_event event;
    while (read(from, &event, sizeof event) == sizeof event) {
        struct input_event out = {.type = event.type, .code = event.code, .value = event.value};
        if (event.type == EV_KEY)
            out.code = remapped(event.code);
        else if (event.type != EV_SYN || event.code != SYN_REPORT)
            continue;
        if (write(to, &out, sizeof out) != sizeof out)
            break;
    }
    return EXIT_SUCCESS;
}

/* A shell's child in the background ignores SIGINT; a blocked one it gets all the same. */
static int print_signals(void)
{
    sigset_t signals;
    int number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    while (sigwait(&signals, &number) == 0)
        printf("interrupted\n");
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 2 && strcmp(argv[1], "--bluetooth") == 0)
        return bluetooth();
    if (argc == 3 && strcmp(argv[1], "--remap") == 0)
        return remap(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--signals") == 0)
        return print_signals();
    fprintf(stderr, "usage: gadget --bluetooth | --remap eventN | --signals\n");
    return 2;
}
