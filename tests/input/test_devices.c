/* Devices as umockdev has them: which are taken, hotplug, grabbing and giving back, LEDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <string.h>
#include <sys/stat.h>

#include "bench.h"
#include "common/clock.h"
#include "common/times.h"
#include "protocol/message.h"

/* Numbers of event nodes in tests/input/devices. */
enum {
    PS2 = 3,
    TOUCHPAD = 5,
    USB = 10,
    MEDIA = 11,
    POWER = 12,
    MOUSE = 13,
    VIRTUAL = 21,
    GAMING_MOUSE = 30,
    PEN = 33,
    BARCODE = 38,
    TABLET = 39,
};

#define SILENT "silent while another computer is active: touchpads are not sent yet"

static int setup(void **state)
{
    *state = bench_create();
    return 0;
}

static int teardown(void **state)
{
    bench_destroy(*state);
    return 0;
}

/* A bench with these devices, watched, and all said so far forgotten. */
static struct bench *with(void **state, const char *first, const char *second)
{
    struct bench *bench = *state;
    bench_plug(bench, first);
    if (second)
        bench_plug(bench, second);
    bench_start(bench);
    bench->said[0] = '\0';
    for (unsigned i = 0; i < BENCH_NODES_MAX; i++) {
        if (!bench->nodes[i])
            continue;
        while (fake_evdev_is_grabbed(bench->nodes[i])) /* tried, and not yet given back */
            uv_sleep(1);
        fake_evdev_log(bench->nodes[i]);
    }
    return bench;
}

/* A keyboard whose Num Lock is lit. */
static struct bench *with_num_lock(void **state)
{
    struct bench *bench = *state;
    bench_plug(bench, "at-keyboard");
    bench_say(bench, PS2, EV_LED, LED_NUML, 1);
    bench_start(bench);
    for (unsigned i = 0; i < 5000 && (fake_evdev_is_grabbed(bench->nodes[PS2]) ||
                                      fake_evdev_leds(bench->nodes[PS2]) != MESSAGE_LOCK_NUM);
         i++)
        uv_sleep(1);
    bench_expect(bench, "+3 keyboard");
    return bench;
}

static void test_selection(void **state)
{
    struct bench *bench = *state;
    static const char *const names[] = {
        "at-keyboard", "usb-keyboard",       "usb-mouse",        "couch-keyboard", "touchpad",
        "trackpoint",  "lid-switch",         "power-button",     "video-bus",      "tablet-mode",
        "gamepad",     "bluetooth-keyboard", "virtual-keyboard", "wmi-hotkeys",    "accelerometer"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        bench_plug(bench, names[i]);
    bench_start(bench);
    static const char own[] =
        "only power, sleep, radio or brightness keys: they belong to this computer";
    static const char lid[] = "has a switch (lid, tablet mode): it belongs to this computer";
    char expected[2048];
    snprintf(expected, sizeof expected,
             "-0 %s -1 %s +3 keyboard -5 " SILENT " +6 mouse "
             "-7 %s -8 %s +10 keyboard +11 part of a keyboard or mouse -12 %s +13 mouse "
             "+14 keyboard and mouse -15 joystick or gamepad +20 keyboard "
             "-21 virtual: made by a program -41 neither keyboard nor mouse "
             "-42 tells a place, but is no pointer (an accelerometer?)",
             lid, own, own, lid, own);
    bench_expect(bench, expected);
}

/* Devices of several nodes: together, each with its reason. */
static void test_selection_of_many_nodes(void **state)
{
    struct bench *bench = *state;
    static const char *const names[] = {"nkro-keyboard",  "mouse-keyboard", "touch-keyboard",
                                        "gaming-mouse",   "pen-tablet",     "presenter",
                                        "barcode-reader", "qemu-tablet",    "volume-knob"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        bench_plug(bench, names[i]);
    bench_start(bench);
    bench_expect(bench,
                 "+22 keyboard +23 keyboard +24 part of a keyboard or mouse +25 keyboard +26 mouse "
                 "-27 only power, sleep, radio or brightness keys: they belong to this computer "
                 "+28 keyboard -29 " SILENT " +30 mouse +31 keyboard "
                 "+32 part of a keyboard or mouse -33 " SILENT " -34 " SILENT " -35 " SILENT
                 " +36 keypad or presenter +37 part of a keyboard or mouse +38 keyboard "
                 "+39 absolute pointer -40 neither keyboard nor mouse");
}

static void add_rule(struct bench *bench, const char *pattern, const char *word)
{
    struct config_entry *entry = &bench->rules.entries[bench->rules.count++];
    snprintf(entry->key, sizeof entry->key, "%s", pattern);
    snprintf(entry->text, sizeof entry->text, "%s", word);
}

static void test_rules(void **state)
{
    struct bench *bench = *state;
    static const char *const names[] = {"usb-keyboard", "gaming-mouse", "touchpad",
                                        "volume-knob",  "at-keyboard",  "virtual-keyboard"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        bench_plug(bench, names[i]);
    add_rule(bench, "id:04D9:0169", "exclude");
    add_rule(bench, "path:/dev/input/by-id/usb-Gaming_Mouse*", "exclude"); /* one of its nodes */
    add_rule(bench, "name:*knob", "include");
    add_rule(bench, "name:synps/2*", "exclude");
    add_rule(bench, "path:/dev/input/event21", "include");
    bench_start(bench);
    bench_expect(bench, "+3 keyboard -5 excluded by input.conf -10 excluded by input.conf "
                        "-11 excluded by input.conf -12 excluded by input.conf +21 keyboard "
                        "-30 excluded by input.conf -31 excluded by input.conf "
                        "-32 excluded by input.conf +40 included by input.conf");
    assert_int_equal(devices_take(bench->devices), 0);
    assert_false(fake_evdev_is_grabbed(bench->nodes[TOUCHPAD]));
    assert_true(fake_evdev_is_grabbed(bench->nodes[VIRTUAL]));
}

/* A keyboard's own node of such keys is taken with it then; a case's power button never is. */
static void test_own_keys_that_are_listed(void **state)
{
    struct bench *bench = *state;
    bench_plug(bench, "usb-keyboard");
    bench_plug(bench, "power-button");
    keyset_add(&bench->sent, KEY_SLEEP);
    keyset_add(&bench->sent, KEY_POWER);
    bench_start(bench);
    bench_expect(bench, "-1 neither keyboard nor mouse +10 keyboard "
                        "+11 part of a keyboard or mouse +12 part of a keyboard or mouse");
    bench_say(bench, POWER, EV_KEY, KEY_WAKEUP, 1); /* not listed */
    bench_say(bench, POWER, EV_KEY, KEY_WAKEUP, 0);
    bench_say(bench, POWER, EV_KEY, KEY_SLEEP, 1);
    bench_say(bench, POWER, EV_KEY, KEY_SLEEP, 0);
    bench_expect(bench, "142:1 142:0");
}

static void test_told_again(void **state)
{
    struct bench *bench = with(state, "at-keyboard", "lid-switch");
    devices_tell(bench->devices, false);
    bench_expect(bench, "");
    devices_tell(bench->devices, true);
    bench_expect(bench,
                 "-0 has a switch (lid, tablet mode): it belongs to this computer +3 keyboard");
}

static void test_hotplug(void **state)
{
    struct bench *bench = with(state, "lid-switch", NULL);
    bench_plug(bench, "usb-keyboard");
    bench_wait(bench, "-12 only");
    bench_say(bench, USB, EV_KEY, KEY_A, 1);
    bench_expect(bench, "30:1");
    bench_unplug(bench, "usb-keyboard"); /* the media keys lose their reason to be taken with it */
    bench_wait(bench, "x12");
    bench_plug(bench, "at-keyboard");
    bench_expect(bench, "+3 keyboard");
}

static void test_unplug_lifts_keys(void **state)
{
    struct bench *bench = with(state, "at-keyboard", "usb-mouse");
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_say(bench, MOUSE, EV_KEY, BTN_LEFT, 1);
    bench_wait(bench, "272:1");
    fake_evdev_vanish(bench->nodes[PS2]); /* before udev knows */
    bench_expect(bench, "30:0");
    bench_unplug(bench, "usb-mouse");
    bench_wait_both(bench, "x13", "272:0");
}

static void test_cannot_be_opened(void **state)
{
    struct bench *bench = *state;
    bench_plug(bench, "at-keyboard");
    bench_plug(bench, "usb-mouse");
    fake_evdev_vanish(bench->nodes[PS2]);
    bench_start(bench);
    bench_expect(bench, "-3 it cannot be opened +13 mouse");
}

/* Rule 1: a grab lives as long as any duplicate of its descriptor. */
static void test_not_inherited(void **state)
{
    struct bench *bench = *state;
    bool was_open[256];
    struct stat node, status;
    unsigned count = 0;
    bench_plug(bench, "at-keyboard");
    for (int fd = 0; fd < 256; fd++)
        was_open[fd] = fcntl(fd, F_GETFD) >= 0;
    bench_start(bench);
    assert_int_equal(stat("/dev/input/event3", &node), 0);
    for (int fd = 0; fd < 256; fd++) {
        if (was_open[fd] || fstat(fd, &status) < 0 || status.st_dev != node.st_dev ||
            status.st_ino != node.st_ino)
            continue;
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        count++;
    }
    assert_int_equal(count, 1);
}

static void test_reports(void **state)
{
    struct bench *bench = with(state, "usb-keyboard", "usb-mouse");
    bench_say(bench, USB, EV_KEY, KEY_A, 1);
    bench_say(bench, USB, EV_KEY, KEY_A, 2);
    bench_say(bench, USB, EV_KEY, KEY_A, 0);
    bench_expect(bench, "30:1 30:0");
    bench_say(bench, MEDIA, EV_KEY, KEY_VOLUMEUP, 1);
    bench_expect(bench, "115:1");
    fake_evdev_say(bench->nodes[MOUSE], EV_REL, REL_WHEEL, -1);
    bench_say(bench, MOUSE, EV_REL, REL_WHEEL_HI_RES, -60);
    bench_expect(bench, "rel11:-60");
}

static void test_reports_of_a_gaming_mouse(void **state)
{
    struct bench *bench = with(state, "gaming-mouse", NULL);
    bench_say(bench, GAMING_MOUSE, EV_KEY, BTN_SIDE, 1);
    bench_say(bench, GAMING_MOUSE, EV_KEY, BTN_SIDE, 0);
    bench_expect(bench, "275:1 275:0");
    fake_evdev_say(bench->nodes[GAMING_MOUSE], EV_REL, REL_WHEEL_HI_RES, 15);
    bench_say(bench, GAMING_MOUSE, EV_REL, REL_HWHEEL_HI_RES, -30);
    bench_expect(bench, "rel11:15 rel12:-30");
    bench_say(bench, GAMING_MOUSE + 1, EV_KEY, KEY_F5, 1); /* a macro key is its keyboard's */
    bench_expect(bench, "63:1");
}

/* 200 keys within 100 ms. */
static void test_barcode_reader(void **state)
{
    struct bench *bench = with(state, "barcode-reader", NULL);
    char expected[8192] = "";
    assert_int_equal(devices_take(bench->devices), 0);
    uint64_t start_us = clock_now_us();
    for (unsigned i = 0; i < 200; i++) {
        uint16_t code = (uint16_t)(KEY_1 + i % 10);
        bench_say(bench, BARCODE, EV_KEY, code, 1);
        bench_say(bench, BARCODE, EV_KEY, code, 0);
        size_t used = strlen(expected);
        snprintf(expected + used, sizeof expected - used, "%s%u:1 %u:0", i ? " " : "",
                 (unsigned)code, (unsigned)code);
        while (clock_now_us() < start_us + i * 500)
            uv_run(&bench->loop, UV_RUN_NOWAIT);
    }
    bench_expect(bench, expected);
}

static void test_absolute_pointer(void **state)
{
    struct bench *bench = with(state, "qemu-tablet", NULL);
    bench_say(bench, TABLET, EV_ABS, ABS_X, 5); /* nobody wants it yet */
    bench_expect(bench, "");
    assert_int_equal(devices_take(bench->devices), 0);
    bench_expect(bench, "");
    fake_evdev_say(bench->nodes[TABLET], EV_KEY, BTN_LEFT, 1); /* the place comes first, though */
    fake_evdev_say(bench->nodes[TABLET], EV_ABS, ABS_X, 32767);
    bench_say(bench, TABLET, EV_ABS, ABS_Y, 16384);
    bench_expect(bench, "abs0:65535 abs1:32769 272:1");
    bench_say(bench, TABLET, EV_ABS, ABS_X, 0); /* always both */
    bench_expect(bench, "abs0:0 abs1:32769");
    bench_say(bench, TABLET, EV_REL, REL_WHEEL, 1);
    bench_expect(bench, "rel11:120");
}

/* More keys at once than a report has room for, as from a device that was stuck. */
static void test_a_full_frame_loses_nothing(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    char expected[1024] = "";
    size_t used = 0;
    for (uint16_t code = KEY_ESC; code <= KEY_ESC + REPORT_EVENTS_MAX; code++) {
        fake_evdev_say(bench->nodes[PS2], EV_KEY, code, 1);
        used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%u:1",
                                 used > 0 ? " " : "", (unsigned)code);
    }
    fake_evdev_say(bench->nodes[PS2], EV_SYN, SYN_REPORT, 0);
    bench_expect(bench, expected);
}

/* More reports at once than a turn takes: libevdev has read them all, and nothing wakes us. */
static void test_a_long_backlog_is_read_whole(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    char expected[1024] = "";
    size_t used = 0;
    for (int i = 0; i < 100; i++) {
        bench_say(bench, PS2, EV_KEY, KEY_A, i % 2 == 0);
        used += (size_t)snprintf(expected + used, sizeof expected - used, "%s30:%d",
                                 used > 0 ? " " : "", i % 2 == 0);
    }
    bench_expect(bench, expected);
}

static void test_counts(void **state)
{
    struct bench *bench = with(state, "gaming-mouse", "touchpad");
    devices_count(bench->devices, true);
    fake_evdev_say(bench->nodes[GAMING_MOUSE], EV_REL, REL_X, 5); /* not told without a grab */
    bench_say(bench, GAMING_MOUSE, EV_REL, REL_Y, 5);
    bench_say(bench, GAMING_MOUSE, EV_KEY, BTN_SIDE, 1);
    bench_say(bench, GAMING_MOUSE, EV_KEY, BTN_SIDE, 0);
    bench_say(bench, GAMING_MOUSE + 1, EV_KEY, KEY_A, 1);
    bench_say(bench, GAMING_MOUSE + 1, EV_KEY, KEY_A, 2);
    bench_say(bench, TOUCHPAD, EV_KEY, BTN_LEFT, 1); /* silent: it is not read */
    bench_wait_both(bench, "275:0", "30:1");
    devices_tell_counts(bench->devices);
    devices_tell_counts(bench->devices); /* nothing since */
    bench_expect(bench, "counts 0 1 1 0 counts 1 0 0 0");
    devices_count(bench->devices, false);
    bench_say(bench, GAMING_MOUSE, EV_REL, REL_X, 5);
    bench_say(bench, GAMING_MOUSE + 1, EV_KEY, KEY_A, 0);
    devices_tell_counts(bench->devices);
    bench_expect(bench, "30:0");
}

/* What a grab itself writes into a node is not counted; a new device is counted from its start. */
static void test_counts_over_a_grab(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_expect(bench, "30:1");
    devices_count(bench->devices, true);
    assert_int_equal(devices_take(bench->devices), 0);
    bench_plug(bench, "usb-mouse");
    bench_wait(bench, "+13 mouse");
    bench_say(bench, MOUSE, EV_REL, REL_X, 5);
    bench_expect(bench, "rel0:5");
    devices_give(bench->devices, NULL, 0);
    bench_say(bench, MOUSE, EV_REL, REL_WHEEL, -1); /* told, without a grab, too: hotkeys */
    bench_expect(bench, "rel11:-120");
    devices_tell_counts(bench->devices);
    bench_expect(bench, "counts 0 0 1 1");
    bench_say(bench, MOUSE, EV_REL, REL_X, 5); /* on, still */
    bench_expect(bench, "");
    devices_tell_counts(bench->devices);
    bench_expect(bench, "counts 0 0 1 0");
}

static void test_one_key_on_two_keyboards(void **state)
{
    struct bench *bench = with(state, "at-keyboard", "usb-keyboard");
    bench_say(bench, PS2, EV_KEY, KEY_LEFTSHIFT, 1);
    bench_wait(bench, "42:1");
    bench_say(bench, USB, EV_KEY, KEY_LEFTSHIFT, 1);
    bench_say(bench, USB, EV_KEY, KEY_LEFTSHIFT, 0);
    bench_expect(bench, "");
    bench_say(bench, PS2, EV_KEY, KEY_LEFTSHIFT, 0);
    bench_expect(bench, "42:0");
}

static void test_motion_wakes_only_a_grab(void **state)
{
    struct bench *bench = with(state, "usb-mouse", NULL);
    bench_say(bench, MOUSE, EV_REL, REL_X, 5);
    bench_expect(bench, "");
    bench_say(bench, MOUSE, EV_REL, REL_WHEEL_HI_RES, 120); /* it ends a tap of the leader */
    bench_expect(bench, "rel11:120");
    assert_int_equal(devices_take(bench->devices), 0);
    bench_say(bench, MOUSE, EV_REL, REL_X, 5);
    bench_expect(bench, "rel0:5");
    devices_give(bench->devices, NULL, 0);
    bench_say(bench, MOUSE, EV_REL, REL_X, 5);
    bench_expect(bench, "");
}

/* Rule 2, first half. */
static void test_take(void **state)
{
    struct bench *bench = with(state, "at-keyboard", "usb-mouse");
    bench_say(bench, PS2, EV_KEY, KEY_LEFTSHIFT, 1);
    bench_say(bench, PS2, EV_KEY, KEY_SCROLLLOCK, 1);
    bench_expect(bench, "42:1 70:1");
    fake_evdev_log(bench->nodes[PS2]);
    assert_int_equal(devices_take(bench->devices), 0);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]),
                        "desktop 42:0 desktop 70:0 grab us 42:1 us 70:1");
    assert_string_equal(fake_evdev_log(bench->nodes[MOUSE]), "grab");
    bench_expect(bench, ""); /* no echo of our own writes */
    bench_say(bench, PS2, EV_KEY, KEY_SCROLLLOCK, 0);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_expect(bench, "70:0 30:1");
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]), "us 70:0 us 30:1");
}

static void test_take_with_events_unread(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_say(bench, PS2, EV_KEY, KEY_A, 0);
    bench_say(bench, PS2, EV_KEY, KEY_B, 1);
    assert_int_equal(devices_take(bench->devices), 0);
    bench_expect(bench, "30:1 30:0 48:1");
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]),
                        "desktop 30:1 desktop 30:0 desktop 48:1 desktop 48:0 grab us 48:1");
}

static void test_take_races_a_press(void **state)
{
    struct bench *bench = with_num_lock(state);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_wait(bench, "30:1");
    fake_evdev_log(bench->nodes[PS2]);
    fake_evdev_press_before_grab(bench->nodes[PS2], KEY_B);
    assert_int_equal(devices_take(bench->devices), 0);
    assert_string_equal(
        fake_evdev_log(bench->nodes[PS2]),
        "desktop 30:0 desktop 48:1 grab us 30:1 ungrab desktop 30:0 desktop 48:0 grab "
        "us 30:1 us 48:1");
    bench_expect(bench, "48:1");
    devices_give(bench->devices, NULL, 0);
    assert_int_equal(fake_evdev_leds(bench->nodes[PS2]), MESSAGE_LOCK_NUM);
}

/* A keyboard that repeats by itself, between the up and the grab. */
static void test_take_races_a_repeat(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_wait(bench, "30:1");
    fake_evdev_log(bench->nodes[PS2]);
    fake_evdev_press_before_grab(bench->nodes[PS2], KEY_A);
    assert_int_equal(devices_take(bench->devices), 0);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]),
                        "desktop 30:0 desktop 30:1 grab ungrab desktop 30:0 grab us 30:1");
    bench_expect(bench, "");
}

/* The same, and then it comes up, still before the grab: our down would stay. */
static void test_take_races_a_tap(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_wait(bench, "30:1");
    fake_evdev_log(bench->nodes[PS2]);
    fake_evdev_press_before_grab(bench->nodes[PS2], KEY_A);
    fake_evdev_release_before_grab(bench->nodes[PS2], KEY_A);
    assert_int_equal(devices_take(bench->devices), 0);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]),
                        "desktop 30:0 desktop 30:1 desktop 30:0 grab us 30:1 us 30:0");
    bench_expect(bench, "30:0");
}

/* Pressed after the grab: nobody but us saw it, so it is told, and the grab stays as it is. */
static void test_take_then_a_press(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_wait(bench, "30:1");
    fake_evdev_log(bench->nodes[PS2]);
    fake_evdev_press_when_grabbed(bench->nodes[PS2], KEY_B);
    assert_int_equal(devices_take(bench->devices), 0);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]), "desktop 30:0 grab us 30:1 us 48:1");
    bench_expect(bench, "48:1");
    bench_say(bench, PS2, EV_KEY, KEY_B, 0);
    bench_say(bench, PS2, EV_KEY, KEY_A, 0);
    bench_expect(bench, "48:0 30:0");
}

/* Released between our up and our down: the kernel drops it, and the down must not stay. */
static void test_take_races_a_release(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_say(bench, PS2, EV_KEY, KEY_B, 1);
    bench_wait(bench, "48:1");
    fake_evdev_log(bench->nodes[PS2]);
    fake_evdev_release_before_grab(bench->nodes[PS2], KEY_A);
    assert_int_equal(devices_take(bench->devices), 0);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]),
                        "desktop 30:0 desktop 48:0 grab us 30:1 us 48:1 us 30:0");
    bench_expect(bench, "30:0");
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_expect(bench, "30:1");
}

/* The same just before our up. */
static void test_take_races_an_early_release(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_wait(bench, "30:1");
    fake_evdev_log(bench->nodes[PS2]);
    fake_evdev_release_before_write(bench->nodes[PS2], KEY_A);
    assert_int_equal(devices_take(bench->devices), 0);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]), "desktop 30:0 grab us 30:1 us 30:0");
    bench_expect(bench, "30:0");
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_expect(bench, "30:1");
}

/* Rule 2, second half. */
static void test_give(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    assert_int_equal(devices_take(bench->devices), 0);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_wait(bench, "30:1");
    fake_evdev_log(bench->nodes[PS2]);
    devices_give(bench->devices, NULL, 0);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]), "ungrab"); /* nothing for what is held */
    bench_say(bench, PS2, EV_KEY, KEY_A, 0);
    bench_expect(bench, "30:0");
}

static void test_give_typed(void **state)
{
    struct bench *bench = with(state, "at-keyboard", "usb-mouse");
    assert_int_equal(devices_take(bench->devices), 0);
    bench_say(bench, PS2, EV_KEY, KEY_LEFTSHIFT, 1);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_say(bench, PS2, EV_KEY, KEY_A, 0);
    bench_wait(bench, "30:0");
    bench_say(bench, MOUSE, EV_KEY, BTN_LEFT, 1);
    bench_say(bench, MOUSE, EV_KEY, BTN_LEFT, 0);
    bench_wait(bench, "272:0");
    fake_evdev_log(bench->nodes[PS2]);
    fake_evdev_log(bench->nodes[MOUSE]);
    const struct grab_key typed[] = {
        {KEY_LEFTSHIFT, true}, {KEY_A, true}, {KEY_A, false}, {BTN_LEFT, true}, {BTN_LEFT, false}};
    devices_give(bench->devices, typed, sizeof typed / sizeof *typed);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]),
                        "ungrab desktop 42:0 desktop 42:1 desktop 30:1 desktop 30:0");
    assert_string_equal(fake_evdev_log(bench->nodes[MOUSE]), "ungrab desktop 272:1 desktop 272:0");
    bench_expect(bench, ""); /* no echo */
    bench_say(bench, PS2, EV_KEY, KEY_LEFTSHIFT, 0);
    bench_expect(bench, "42:0");
}

/* Pressed while the ungrab begins, when the backlog was read already. */
/* Of two keyboards all is typed at the one that the hand is at: readers of two see no order. */
static void test_give_typed_at_one_keyboard(void **state)
{
    struct bench *bench = with(state, "at-keyboard", "usb-keyboard");
    assert_int_equal(devices_take(bench->devices), 0);
    bench_say(bench, USB, EV_KEY, KEY_A, 1);
    bench_say(bench, USB, EV_KEY, KEY_A, 0);
    bench_say(bench, USB, EV_KEY, KEY_LEFTSHIFT, 1);
    bench_wait(bench, "42:1");
    fake_evdev_log(bench->nodes[USB]);
    fake_evdev_log(bench->nodes[PS2]);
    const struct grab_key typed[] = {{KEY_A, true}, {KEY_A, false}, {KEY_LEFTSHIFT, true}};
    devices_give(bench->devices, typed, 3);
    assert_string_equal(fake_evdev_log(bench->nodes[USB]),
                        "ungrab desktop 30:1 desktop 30:0 desktop 42:0 desktop 42:1");
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]), "ungrab");
}

static void test_give_races_a_press(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    assert_int_equal(devices_take(bench->devices), 0);
    bench_expect(bench, "");
    fake_evdev_log(bench->nodes[PS2]);
    fake_evdev_press_before_ioctl(bench->nodes[PS2], KEY_B);
    devices_give(bench->devices, NULL, 0);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]),
                        "us 48:1 ungrab desktop 48:0 desktop 48:1");
    bench_expect(bench, "48:1");
}

static void test_give_races_a_release(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    assert_int_equal(devices_take(bench->devices), 0);
    bench_say(bench, PS2, EV_KEY, KEY_B, 1);
    bench_wait(bench, "48:1");
    fake_evdev_log(bench->nodes[PS2]);
    const struct grab_key typed[] = {{KEY_B, true}};
    fake_evdev_release_before_ioctl(bench->nodes[PS2], KEY_B);
    devices_give(bench->devices, typed, 1);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]),
                        "us 48:0 ungrab desktop 48:1 desktop 48:0");
    bench_expect(bench, "48:0");
}

static void test_give_races_a_release_and_the_write(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    assert_int_equal(devices_take(bench->devices), 0);
    bench_say(bench, PS2, EV_KEY, KEY_B, 1);
    bench_wait(bench, "48:1");
    fake_evdev_log(bench->nodes[PS2]);
    const struct grab_key typed[] = {{KEY_B, true}};
    fake_evdev_release_before_write(bench->nodes[PS2], KEY_B);
    devices_give(bench->devices, typed, 1);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]),
                        "ungrab desktop 48:0 desktop 48:1 desktop 48:0");
    bench_expect(bench, "48:0");
}

/* Keys that nobody has read yet when the order to give back is obeyed are the desktop's, too. */
static void test_give_with_events_unread(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    assert_int_equal(devices_take(bench->devices), 0);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_say(bench, PS2, EV_KEY, KEY_A, 0);
    bench_wait(bench, "30:0");
    bench_say(bench, PS2, EV_KEY, KEY_B, 1);
    bench_say(bench, PS2, EV_KEY, KEY_B, 0);
    bench_say(bench, PS2, EV_KEY, KEY_C, 1);
    fake_evdev_log(bench->nodes[PS2]);
    const struct grab_key typed[] = {{KEY_A, true}, {KEY_A, false}};
    devices_give(bench->devices, typed, 2);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]),
                        "ungrab desktop 30:1 desktop 30:0 desktop 48:1 desktop 48:0 desktop 46:0 "
                        "desktop 46:1");
    bench_expect(bench, "48:1 48:0 46:1");
}

static void test_give_nothing_but_what_is_unread(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    assert_int_equal(devices_take(bench->devices), 0);
    bench_say(bench, PS2, EV_KEY, KEY_B, 1);
    fake_evdev_log(bench->nodes[PS2]);
    devices_give(bench->devices, NULL, 0);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]), "ungrab desktop 48:0 desktop 48:1");
    bench_expect(bench, "48:1");
}

#define MUCH 256 /* several times what a reader of the node has room for */

static void test_give_much(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    assert_int_equal(devices_take(bench->devices), 0);
    fake_evdev_log(bench->nodes[PS2]);
    struct grab_key typed[MUCH];
    char expected[MUCH * 13 + 8] = "ungrab";
    for (unsigned i = 0; i < MUCH; i++) {
        typed[i] = (struct grab_key){.code = (uint16_t)(KEY_Q + i / 2 % 10), .down = i % 2 == 0};
        size_t used = strlen(expected);
        snprintf(expected + used, sizeof expected - used, " desktop %u:%d", (unsigned)typed[i].code,
                 typed[i].down);
    }
    devices_give(bench->devices, typed, MUCH);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]), expected);
    bench_expect(bench, "");
}

static void test_give_when_the_keyboard_is_gone(void **state)
{
    struct bench *bench = with(state, "at-keyboard", "usb-keyboard");
    assert_int_equal(devices_take(bench->devices), 0);
    bench_say(bench, USB, EV_KEY, KEY_A, 1);
    bench_wait(bench, "30:1");
    bench_unplug(bench, "usb-keyboard");
    bench_wait_both(bench, "x12", "30:0");
    fake_evdev_log(bench->nodes[PS2]);
    const struct grab_key typed[] = {{KEY_A, true}};
    devices_give(bench->devices, typed, 1);
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]), "ungrab desktop 30:1 desktop 30:0");
}

static void touch(struct bench *bench, unsigned node, int32_t slot, int32_t id)
{
    fake_evdev_say(bench->nodes[node], EV_ABS, ABS_MT_SLOT, slot);
    bench_say(bench, node, EV_ABS, ABS_MT_TRACKING_ID, id);
}

static void test_touches_are_lifted_and_silent(void **state)
{
    struct bench *bench = with(state, "touchpad", "at-keyboard");
    touch(bench, TOUCHPAD, 0, 7);
    touch(bench, TOUCHPAD, 2, 8);
    bench_say(bench, TOUCHPAD, EV_KEY, BTN_TOOL_DOUBLETAP, 1);
    bench_say(bench, TOUCHPAD, EV_KEY, BTN_TOUCH, 1);
    bench_expect(bench, "");
    assert_string_equal(fake_evdev_log(bench->nodes[TOUCHPAD]),
                        "desktop slot0:7 desktop slot2:8 desktop 333:1 desktop 330:1");
    assert_int_equal(devices_take(bench->devices), 0);
    assert_string_equal(fake_evdev_log(bench->nodes[TOUCHPAD]),
                        "desktop slot0:-1 desktop slot2:-1 desktop 330:0 desktop 333:0 grab");
    touch(bench, TOUCHPAD, 0, 9); /* the finger is still there */
    bench_say(bench, TOUCHPAD, EV_KEY, BTN_LEFT, 1);
    bench_say(bench, TOUCHPAD, EV_ABS, ABS_X, 70);
    bench_expect(bench, "");
    assert_string_equal(fake_evdev_log(bench->nodes[TOUCHPAD]), "us slot0:9 us 272:1");
    const struct grab_key typed[] = {{BTN_LEFT, true}, {BTN_LEFT, false}};
    devices_give(bench->devices, typed, 2); /* it is no mouse that could type this */
    assert_string_equal(fake_evdev_log(bench->nodes[TOUCHPAD]), "ungrab");
    bench_expect(bench, "");
}

static void test_a_pen_is_silent(void **state)
{
    struct bench *bench = with(state, "pen-tablet", "at-keyboard");
    bench_say(bench, PEN, EV_KEY, BTN_TOOL_PEN, 1);
    assert_int_equal(devices_take(bench->devices), 0);
    assert_string_equal(fake_evdev_log(bench->nodes[PEN]), "desktop 320:1 desktop 320:0 grab");
    assert_true(fake_evdev_is_grabbed(bench->nodes[PEN + 1]));
    assert_true(fake_evdev_is_grabbed(bench->nodes[PEN + 2]));
    bench_say(bench, PEN, EV_KEY, BTN_STYLUS, 1);
    bench_expect(bench, "");
}

/* A touchpad alone is no console: nothing would bring the user back. */
static void test_touchpads_alone_are_not_grabbed(void **state)
{
    struct bench *bench = with(state, "touchpad", "at-keyboard");
    assert_int_equal(devices_take(bench->devices), 0);
    bench_unplug(bench, "at-keyboard");
    bench_wait_both(bench, "x3", "lost");
    assert_false(fake_evdev_is_grabbed(bench->nodes[TOUCHPAD]));
    assert_int_equal(devices_take(bench->devices), -ENODEV);
    assert_false(fake_evdev_is_grabbed(bench->nodes[TOUCHPAD]));
}

static void test_remapped_keyboard(void **state)
{
    struct bench *bench = *state;
    bench_plug(bench, "at-keyboard");
    bench_plug(bench, "virtual-keyboard");
    fake_evdev_grab_elsewhere(bench->nodes[PS2], true);
    bench_start(bench);
    bench_expect(bench, "-3 another program has grabbed it (a key remapper?) "
                        "+21 used in place of a device that another program has grabbed");
    bench_say(bench, VIRTUAL, EV_KEY, KEY_A, 1);
    bench_expect(bench, "30:1");
    assert_int_equal(devices_take(bench->devices), 0);
    assert_true(fake_evdev_is_grabbed(bench->nodes[VIRTUAL]));
    devices_give(bench->devices, NULL, 0);
    fake_evdev_grab_elsewhere(bench->nodes[PS2], false); /* the remapper ends */
    bench_unplug(bench, "virtual-keyboard");
    bench_wait_both(bench, "x21", "+3 keyboard");
}

/* It starts after us: found out without a switch, since leaders are read from it. */
static void test_remapper_starts_later(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    bench_plug(bench, "virtual-keyboard");
    fake_evdev_grab_elsewhere(bench->nodes[PS2], true);
    bench_wait_both(bench, "-3 another program", "+21 used in place");
    bench_say(bench, VIRTUAL, EV_KEY, KEY_A, 1);
    bench_expect(bench, "30:1");
    fake_evdev_grab_elsewhere(bench->nodes[PS2], false); /* found out at the next switch, too */
    assert_int_equal(devices_take(bench->devices), 0);
    bench_expect(bench, "+3 keyboard -21 virtual: made by a program 30:0");
    assert_true(fake_evdev_is_grabbed(bench->nodes[PS2]));
    bench_say(bench, VIRTUAL, EV_KEY, KEY_B, 1);
    bench_expect(bench, "");
}

static void test_remapper(void **state)
{
    struct bench *bench = *state;
    bench_plug(bench, "at-keyboard");
    bench_plug(bench, "usb-mouse");
    fake_evdev_grab_elsewhere(bench->nodes[PS2], true);
    bench_start(bench);
    bench_expect(bench, "-3 another program has grabbed it (a key remapper?) +13 mouse");
    fake_evdev_log(bench->nodes[PS2]);
    assert_int_equal(devices_take(bench->devices), 0);
    assert_false(fake_evdev_is_grabbed(bench->nodes[PS2]));
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]), "");
    assert_true(fake_evdev_is_grabbed(bench->nodes[MOUSE]));
    devices_give(bench->devices, NULL, 0);
    fake_evdev_grab_elsewhere(bench->nodes[PS2], false); /* it was stopped */
    assert_int_equal(devices_take(bench->devices), 0);
    assert_true(fake_evdev_is_grabbed(bench->nodes[PS2]));
    bench_expect(bench, "+3 keyboard");
}

static void test_remapper_comes_later(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_wait(bench, "30:1");
    fake_evdev_log(bench->nodes[PS2]);
    fake_evdev_grab_elsewhere(bench->nodes[PS2], true);
    assert_int_equal(devices_take(bench->devices), -EBUSY); /* and there is nothing else */
    bench_expect(bench, "-3 another program has grabbed it (a key remapper?) 30:0");
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]), "desktop 30:0 desktop 30:1");
}

/* Nothing but its own grab would tell: no device comes or goes. */
static void test_let_go_in_local(void **state)
{
    struct bench *bench = *state;
    bench_plug(bench, "at-keyboard");
    fake_evdev_grab_elsewhere(bench->nodes[PS2], true);
    bench_start(bench);
    bench_expect(bench, "-3 another program has grabbed it (a key remapper?)");
    fake_evdev_grab_elsewhere(bench->nodes[PS2], false);
    bench_wait(bench, "+3 keyboard");
    fake_evdev_grab_elsewhere(bench->nodes[PS2], true);
    assert_int_equal(devices_take(bench->devices), -EBUSY);
    bench_expect(bench, "-3 another program has grabbed it (a key remapper?)");
    fake_evdev_grab_elsewhere(bench->nodes[PS2], false);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1); /* at once: what is heard is not held */
    bench_expect(bench, "30:1 +3 keyboard");
}

static void test_let_go_while_grabbed(void **state)
{
    struct bench *bench = *state;
    bench_plug(bench, "at-keyboard");
    bench_plug(bench, "virtual-keyboard");
    bench_plug(bench, "usb-mouse");
    fake_evdev_grab_elsewhere(bench->nodes[PS2], true);
    bench_start(bench);
    assert_int_equal(devices_take(bench->devices), 0);
    bench->said[0] = '\0';
    fake_evdev_grab_elsewhere(bench->nodes[PS2], false);
    bench_wait_both(bench, "+3 keyboard", "-21 virtual: made by a program");
    assert_true(fake_evdev_is_grabbed(bench->nodes[PS2]));
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_say(bench, VIRTUAL, EV_KEY, KEY_B, 1);
    bench_expect(bench, "30:1");
}

/* A key that is down on the keyboard and on what a remapper makes of it is down once, and the
 * remapper does not see us write. */
static void test_held_keyboard_is_left_alone(void **state)
{
    struct bench *bench = *state;
    bench_plug(bench, "at-keyboard");
    bench_plug(bench, "virtual-keyboard");
    fake_evdev_grab_elsewhere(bench->nodes[PS2], true);
    bench_start(bench);
    bench_expect(bench, "-3 another program has grabbed it (a key remapper?) "
                        "+21 used in place of a device that another program has grabbed");
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_say(bench, VIRTUAL, EV_KEY, KEY_A, 1);
    bench_expect(bench, "30:1");
    fake_evdev_log(bench->nodes[PS2]);
    assert_int_equal(devices_take(bench->devices), 0);
    bench_say(bench, VIRTUAL, EV_KEY, KEY_A, 0);
    bench_expect(bench, "30:0");
    assert_string_equal(fake_evdev_log(bench->nodes[PS2]), "");
    devices_give(bench->devices, NULL, 0);
    bench_say(bench, VIRTUAL, EV_KEY, KEY_A, 1);
    bench_say(bench, VIRTUAL, EV_KEY, KEY_A, 0);
    bench_expect(bench, "30:1 30:0");
}

/* Of keys that another program gets nobody tells us the release. */
static void test_grabbed_elsewhere_with_a_key_down(void **state)
{
    struct bench *bench = with(state, "at-keyboard", "usb-mouse");
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_wait(bench, "30:1");
    fake_evdev_grab_elsewhere(bench->nodes[PS2], true);
    assert_int_equal(devices_take(bench->devices), 0);
    bench_expect(bench, "-3 another program has grabbed it (a key remapper?) 30:0");
}

static void test_no_device(void **state)
{
    struct bench *bench = with(state, "lid-switch", NULL);
    assert_int_equal(devices_take(bench->devices), -ENODEV);
    devices_give(bench->devices, NULL, 0);
    bench_expect(bench, "");
}

static void test_plugged_while_grabbed(void **state)
{
    struct bench *bench = with(state, "usb-mouse", NULL);
    assert_int_equal(devices_take(bench->devices), 0);
    devices_show_locks(bench->devices, MESSAGE_LOCK_CAPS);
    bench_plug(bench, "at-keyboard");
    bench_wait(bench, "+3 keyboard");
    assert_true(fake_evdev_is_grabbed(bench->nodes[PS2]));
    assert_int_equal(fake_evdev_leds(bench->nodes[PS2]), MESSAGE_LOCK_CAPS);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_expect(bench, "30:1");
}

static void test_last_one_lost(void **state)
{
    struct bench *bench = with(state, "at-keyboard", "usb-mouse");
    assert_int_equal(devices_take(bench->devices), 0);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_wait(bench, "30:1");
    bench_unplug(bench, "at-keyboard");
    bench_wait_both(bench, "x3", "30:0");
    bench_unplug(bench, "usb-mouse");
    bench_wait_both(bench, "x13", "lost");
    assert_int_equal(devices_take(bench->devices), -ENODEV);
}

static void test_dropped_events(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    bench_say(bench, PS2, EV_KEY, KEY_A, 1);
    bench_say(bench, PS2, EV_KEY, KEY_B, 1);
    bench_wait(bench, "48:1");
    fake_evdev_say_unheard(bench->nodes[PS2], KEY_A, 0); /* an up of the gap */
    bench_expect(bench, "30:0");
    fake_evdev_say_unheard(bench->nodes[PS2], KEY_C, 1); /* a down, still held */
    bench_expect(bench, "46:1");
    bench_say(bench, PS2, EV_KEY, KEY_B, 0);
    bench_expect(bench, "48:0");
}

static void test_leds(void **state)
{
    struct bench *bench = with_num_lock(state);
    assert_int_equal(devices_take(bench->devices), 0);
    bench_expect(bench, "");
    assert_int_equal(fake_evdev_leds(bench->nodes[PS2]), MESSAGE_LOCK_NUM); /* nothing asked for */
    devices_show_locks(bench->devices, MESSAGE_LOCK_CAPS | MESSAGE_LOCK_SCROLL);
    assert_int_equal(fake_evdev_leds(bench->nodes[PS2]), MESSAGE_LOCK_CAPS | MESSAGE_LOCK_SCROLL);
    bench_say(bench, PS2, EV_LED, LED_CAPSL, 0); /* some other program */
    bench_expect(bench, "");
    uv_sleep((unsigned)time_ms(TIME_LED_WRITE));
    bench_expect(bench, "");
    assert_int_equal(fake_evdev_leds(bench->nodes[PS2]), MESSAGE_LOCK_CAPS | MESSAGE_LOCK_SCROLL);
    devices_give(bench->devices, NULL, 0);
    assert_int_equal(fake_evdev_leds(bench->nodes[PS2]), MESSAGE_LOCK_NUM);
    bench_say(bench, PS2, EV_LED, LED_CAPSL, 1); /* the desktop's own business again */
    uv_sleep((unsigned)time_ms(TIME_LED_WRITE));
    bench_expect(bench, "");
    assert_int_equal(fake_evdev_leds(bench->nodes[PS2]), MESSAGE_LOCK_NUM | MESSAGE_LOCK_CAPS);
}

/* To try whether a device is free ends a grab, too: with_num_lock waits for the end of it. */
static void test_leds_survive_the_start(void **state)
{
    struct bench *bench = with_num_lock(state);
    assert_int_equal(fake_evdev_leds(bench->nodes[PS2]), MESSAGE_LOCK_NUM);
}

/* The end of one grab changes the LEDs of all keyboards, in whatever order the ends come. */
static void test_leds_of_two_keyboards(void **state)
{
    struct bench *bench = *state;
    bench_plug(bench, "at-keyboard");
    bench_plug(bench, "usb-keyboard");
    bench_say(bench, PS2, EV_LED, LED_NUML, 1);
    bench_say(bench, USB, EV_LED, LED_CAPSL, 1);
    bench_start(bench);
    for (unsigned turn = 0; turn < 10; turn++) {
        assert_int_equal(devices_take(bench->devices), 0);
        devices_show_locks(bench->devices, MESSAGE_LOCK_SCROLL);
        devices_give(bench->devices, NULL, 0);
        assert_int_equal(fake_evdev_leds(bench->nodes[PS2]), MESSAGE_LOCK_NUM);
        assert_int_equal(fake_evdev_leds(bench->nodes[USB]), MESSAGE_LOCK_CAPS);
    }
}

static void test_led_rate(void **state)
{
    struct bench *bench = with(state, "at-keyboard", NULL);
    assert_int_equal(devices_take(bench->devices), 0);
    for (unsigned i = 0; i < 1000; i++)
        devices_show_locks(bench->devices, i % 2 ? MESSAGE_LOCK_CAPS : MESSAGE_LOCK_NUM);
    assert_in_range(fake_evdev_led_writes(bench->nodes[PS2]), 1, 10);
    uv_sleep((unsigned)time_ms(TIME_LED_WRITE));
    bench_expect(bench, "");
    assert_int_equal(fake_evdev_leds(bench->nodes[PS2]), MESSAGE_LOCK_CAPS); /* the last one */
}

/* An argument chooses tests by their names, with * and ?. */
int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(selection),
        TEST(selection_of_many_nodes),
        TEST(rules),
        TEST(own_keys_that_are_listed),
        TEST(told_again),
        TEST(hotplug),
        TEST(unplug_lifts_keys),
        TEST(cannot_be_opened),
        TEST(not_inherited),
        TEST(reports),
        TEST(reports_of_a_gaming_mouse),
        TEST(barcode_reader),
        TEST(absolute_pointer),
        TEST(a_full_frame_loses_nothing),
        TEST(a_long_backlog_is_read_whole),
        TEST(counts),
        TEST(counts_over_a_grab),
        TEST(one_key_on_two_keyboards),
        TEST(motion_wakes_only_a_grab),
        TEST(take),
        TEST(take_with_events_unread),
        TEST(take_races_a_press),
        TEST(take_races_a_repeat),
        TEST(take_races_a_tap),
        TEST(take_then_a_press),
        TEST(take_races_a_release),
        TEST(take_races_an_early_release),
        TEST(give),
        TEST(give_typed),
        TEST(give_typed_at_one_keyboard),
        TEST(give_races_a_press),
        TEST(give_races_a_release),
        TEST(give_races_a_release_and_the_write),
        TEST(give_with_events_unread),
        TEST(give_nothing_but_what_is_unread),
        TEST(give_much),
        TEST(give_when_the_keyboard_is_gone),
        TEST(touches_are_lifted_and_silent),
        TEST(a_pen_is_silent),
        TEST(touchpads_alone_are_not_grabbed),
        TEST(remapped_keyboard),
        TEST(remapper_starts_later),
        TEST(remapper),
        TEST(remapper_comes_later),
        TEST(let_go_in_local),
        TEST(let_go_while_grabbed),
        TEST(held_keyboard_is_left_alone),
        TEST(grabbed_elsewhere_with_a_key_down),
        TEST(no_device),
        TEST(plugged_while_grabbed),
        TEST(last_one_lost),
        TEST(dropped_events),
        TEST(leds),
        TEST(leds_survive_the_start),
        TEST(leds_of_two_keyboards),
        TEST(led_rate),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}
