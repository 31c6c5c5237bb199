/* The injector uinput with a kernel that is played: each device is a socket pair. */
#include <errno.h>
#include <linux/uinput.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/inject/uinput.h"
#include "agent/loop.h"
#include "common/keyset.h"

struct fake_device { /* what was asked of one descriptor */
    int ours, theirs;
    struct keyset keys;
    uint64_t types, rels, leds, abses;
    struct uinput_setup setup;
    int abs_max;
    bool made;
};

struct fake {
    uv_loop_t loop;
    struct fake_device devices[UINPUT_KINDS];
    int count;
    int open_error, ioctl_error; /* of the next call */
    struct injector *injector;
    uint8_t locks;
    unsigned locks_told, lost;
    char why[MESSAGE_REASON_ROOM];
    struct message_geometry geometry;
};

static int fake_open(void *context, int flags)
{
    struct fake *fake = context;
    int pair[2];

    if (fake->open_error)
        return fake->open_error;
    assert_in_range(fake->count, 0, UINPUT_KINDS - 1);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    fake->devices[fake->count].theirs = pair[0];
    fake->devices[fake->count++].ours = pair[1];
    return pair[0];
}

static struct fake_device *device_of(struct fake *fake, int fd)
{
    for (int i = 0; i < fake->count; i++)
        if (fake->devices[i].theirs == fd)
            return &fake->devices[i];
    fail();
    return NULL;
}

static int fake_ioctl(void *context, int fd, unsigned long request, uintptr_t argument)
{
    struct fake *fake = context;
    struct fake_device *device = device_of(fake, fd);

    if (request == UI_SET_EVBIT)
        device->types |= 1u << argument;
    else if (request == UI_SET_KEYBIT)
        keyset_add(&device->keys, (uint16_t)argument);
    else if (request == UI_SET_RELBIT)
        device->rels |= 1u << argument;
    else if (request == UI_SET_LEDBIT)
        device->leds |= 1u << argument;
    else if (request == UI_SET_ABSBIT)
        device->abses |= 1u << argument;
    else if (request == UI_ABS_SETUP)
        device->abs_max = ((const struct uinput_abs_setup *)argument)->absinfo.maximum;
    else if (request == UI_DEV_SETUP)
        device->setup = *(const struct uinput_setup *)argument;
    else if (request == UI_DEV_CREATE)
        device->made = true;
    else
        fail_msg("ioctl %lx", request);
    return request == UI_DEV_CREATE ? fake->ioctl_error : 0;
}

static void on_lost(void *context, const char *why)
{
    ((struct fake *)context)->lost++;
}

static void on_geometry(void *context, const struct message_geometry *geometry)
{
    ((struct fake *)context)->geometry = *geometry;
}

static void on_locks(void *context, uint8_t locks)
{
    struct fake *fake = context;

    fake->locks = locks;
    fake->locks_told++;
}

static const struct injector_events events = {
    .lost = on_lost,
    .geometry = on_geometry,
    .locks = on_locks,
};

static int fake_try(struct fake *fake)
{
    const struct uinput_layer layer = {.open = fake_open, .ioctl = fake_ioctl, .context = fake};

    return uinput_open(&fake->loop, &layer, "", &events, fake, &fake->injector, fake->why);
}

static int set_up(void **state)
{
    static struct fake fake;

    memset(&fake, 0, sizeof fake);
    uv_loop_init(&fake.loop);
    fake.geometry.width_px = 99;
    *state = &fake;
    return 0;
}

static int set_up_open(void **state)
{
    set_up(state);
    return fake_try(*state);
}

static int tear_down(void **state)
{
    struct fake *fake = *state;

    fake->injector = injector_destroy(fake->injector);
    loop_drain(&fake->loop);
    for (int i = 0; i < fake->count; i++)
        if (fake->devices[i].ours >= 0)
            close(fake->devices[i].ours);
    return 0;
}

/* What was written to a device since: "TYPE/CODE=VALUE ..." with | for SYN_REPORT. */
static const char *written(struct fake *fake, enum uinput_kind kind)
{
    static char text[8192];
    struct input_event event;
    size_t used = 0;

    text[0] = '\0';
    while (read(fake->devices[kind].ours, &event, sizeof event) == sizeof event)
        used +=
            (size_t)(event.type == EV_SYN ? snprintf(text + used, sizeof text - used, "|")
                                          : snprintf(text + used, sizeof text - used, "%u/%u=%d ",
                                                     event.type, event.code, event.value));
    return text;
}

static void type_one(struct fake *fake, uint16_t type, uint16_t code, int value)
{
    struct report report = {0};

    report_add(&report, type, code, value);
    assert_int_equal(injector_type(fake->injector, &report), 0);
}

/* --- devices --- */

static void devices_are_what_a_desk_has(void **state)
{
    struct fake *fake = *state;
    static const char *const names[] = {"hotdesk keyboard", "hotdesk mouse", "hotdesk pointer"};

    assert_int_equal(fake->count, UINPUT_KINDS);
    for (int i = 0; i < UINPUT_KINDS; i++) {
        assert_string_equal(fake->devices[i].setup.name, names[i]);
        assert_int_equal(fake->devices[i].setup.id.bustype, BUS_VIRTUAL);
        assert_true(fake->devices[i].made);
    }
    assert_string_equal(injector_name(fake->injector), "uinput");
    assert_int_equal(fake->geometry.width_px, 0); /* told: not known */
}

static void the_keyboard_has_every_key_and_no_button(void **state)
{
    struct fake *fake = *state;
    const struct fake_device *keyboard = &fake->devices[UINPUT_KEYBOARD];

    for (uint16_t code = 1; code < 0x100; code++)
        assert_true(keyset_has(&keyboard->keys, code));
    for (uint16_t code = BTN_MISC; code < KEY_OK; code++)
        assert_false(keyset_has(&keyboard->keys, code));
    assert_true(keyset_has(&keyboard->keys, KEY_FN));
    assert_true(keyset_has(&keyboard->keys, KEY_MICMUTE));
    assert_true(keyset_has(&keyboard->keys, KEY_MACRO30));
    assert_false(keyset_has(&keyboard->keys, BTN_DPAD_UP));
    assert_false(keyset_has(&keyboard->keys, BTN_TRIGGER_HAPPY));
    assert_false(keyset_has(&keyboard->keys, KEY_RESERVED));
    assert_int_equal(keyboard->types, 1u << EV_KEY | 1u << EV_REP | 1u << EV_LED);
    assert_int_equal(keyboard->leds, 1u << LED_NUML | 1u << LED_CAPSL | 1u << LED_SCROLLL);
}

static void the_mouse_has_both_sorts_of_wheel(void **state)
{
    struct fake *fake = *state;
    const struct fake_device *mouse = &fake->devices[UINPUT_MOUSE];

    assert_int_equal(mouse->rels, 1u << REL_X | 1u << REL_Y | 1u << REL_WHEEL | 1u << REL_HWHEEL |
                                      1u << REL_WHEEL_HI_RES | 1u << REL_HWHEEL_HI_RES);
    assert_int_equal(keyset_count(&mouse->keys), 8);
    assert_int_equal(fake->devices[UINPUT_POINTER].abses, 1u << ABS_X | 1u << ABS_Y);
    assert_int_equal(fake->devices[UINPUT_POINTER].abs_max, REPORT_FIELD_SPAN);
}

/* --- reports --- */

static void each_event_goes_to_its_device(void **state)
{
    struct fake *fake = *state;
    struct report report = {0};

    report_add(&report, EV_KEY, KEY_A, 1);
    report_add(&report, EV_KEY, BTN_LEFT, 1);
    report_add(&report, EV_REL, REL_X, 3);
    report_add(&report, EV_REL, REL_Y, -4);
    report_add(&report, EV_ABS, ABS_X, 65535);
    report_add(&report, EV_ABS, ABS_Y, 7);
    report_add(&report, EV_KEY, KEY_A, 0);
    assert_int_equal(injector_type(fake->injector, &report), 0);
    assert_string_equal(written(fake, UINPUT_KEYBOARD), "1/30=1 |1/30=0 |");
    assert_string_equal(written(fake, UINPUT_MOUSE), "1/272=1 2/0=3 2/1=-4 |");
    assert_string_equal(written(fake, UINPUT_POINTER), "3/0=65535 3/1=7 |");
}

static void the_largest_report_fits(void **state)
{
    struct fake *fake = *state;
    struct report report = {0};
    unsigned wheels = 0, notches = 0;
    struct input_event event;

    while (report_add(&report, EV_REL, REL_WHEEL_HI_RES, 120))
        ;
    assert_int_equal(injector_type(fake->injector, &report), 0);
    while (read(fake->devices[UINPUT_MOUSE].ours, &event, sizeof event) == sizeof event) {
        wheels += event.type == EV_REL && event.code == REL_WHEEL_HI_RES;
        notches += event.type == EV_REL && event.code == REL_WHEEL;
    }
    assert_int_equal(wheels, REPORT_EVENTS_MAX);
    assert_int_equal(notches, REPORT_EVENTS_MAX);
}

static void a_wheel_is_sent_in_both_units(void **state)
{
    struct fake *fake = *state;

    type_one(fake, EV_REL, REL_WHEEL_HI_RES, 60);
    assert_string_equal(written(fake, UINPUT_MOUSE), "2/11=60 |");
    type_one(fake, EV_REL, REL_WHEEL_HI_RES, 60);
    assert_string_equal(written(fake, UINPUT_MOUSE), "2/11=60 2/8=1 |");
    type_one(fake, EV_REL, REL_HWHEEL_HI_RES, -240);
    assert_string_equal(written(fake, UINPUT_MOUSE), "2/12=-240 2/6=-2 |");
    type_one(fake, EV_REL, REL_WHEEL_HI_RES, 119);
    injector_leave(fake->injector);
    type_one(fake, EV_REL, REL_WHEEL_HI_RES, 1);
    assert_string_equal(written(fake, UINPUT_MOUSE), "2/11=119 |2/11=1 |");
}

static void enter_wakes_the_screen_and_moves_nothing(void **state)
{
    struct fake *fake = *state;

    injector_enter(fake->injector);
    assert_string_equal(written(fake, UINPUT_MOUSE), "2/0=1 |2/0=-1 |");
    assert_string_equal(written(fake, UINPUT_KEYBOARD), "");
}

static void what_no_device_has_is_counted(void **state)
{
    struct fake *fake = *state;

    type_one(fake, EV_KEY, BTN_TRIGGER, 1);
    type_one(fake, EV_KEY, BTN_TRIGGER, 0);
    type_one(fake, EV_KEY, BTN_TRIGGER_HAPPY, 1);
    assert_int_equal(injector_unsendable(fake->injector), 2);
    assert_string_equal(written(fake, UINPUT_KEYBOARD), "");
    assert_string_equal(written(fake, UINPUT_MOUSE), "");
}

/* --- LEDs, losses --- */

static void led(struct fake *fake, uint16_t code, int value)
{
    const struct input_event event = {.type = EV_LED, .code = code, .value = value};

    assert_int_equal(write(fake->devices[UINPUT_KEYBOARD].ours, &event, sizeof event),
                     sizeof event);
}

static void leds_are_told_when_they_change(void **state)
{
    struct fake *fake = *state;
    const struct input_event repeat = {.type = EV_REP, .code = REP_DELAY, .value = 250};

    fake->locks_told = 0;
    led(fake, LED_CAPSL, 1);
    led(fake, LED_NUML, 1);
    uv_run(&fake->loop, UV_RUN_NOWAIT);
    assert_int_equal(fake->locks, MESSAGE_LOCK_CAPS | MESSAGE_LOCK_NUM);
    assert_int_equal(fake->locks_told, 1);
    led(fake, LED_CAPSL, 0);
    led(fake, LED_MUTE, 1);
    uv_run(&fake->loop, UV_RUN_NOWAIT);
    assert_int_equal(fake->locks, MESSAGE_LOCK_NUM);
    led(fake, LED_NUML, 1);
    assert_int_equal(write(fake->devices[UINPUT_KEYBOARD].ours, &repeat, sizeof repeat),
                     sizeof repeat);
    uv_run(&fake->loop, UV_RUN_NOWAIT);
    assert_int_equal(fake->locks_told, 2);
}

static void a_device_that_goes_is_told_once(void **state)
{
    struct fake *fake = *state;
    struct report report = {0};

    report_add(&report, EV_KEY, KEY_A, 1);
    close(fake->devices[UINPUT_KEYBOARD].ours);
    fake->devices[UINPUT_KEYBOARD].ours = -1;
    for (int i = 0; i < 5; i++)
        uv_run(&fake->loop, UV_RUN_NOWAIT);
    assert_int_equal(fake->lost, 1);
    assert_int_equal(injector_type(fake->injector, &report), -EIO);
}

static void a_missing_right_says_what_to_do(void **state)
{
    struct fake *fake = *state;

    fake->open_error = -EACCES;
    assert_int_equal(fake_try(fake), -EACCES);
    assert_string_equal(fake->why, "/dev/uinput cannot be opened: Permission denied; "
                                   "hotdesk-agent-system.service has the right");
    fake->open_error = -ENOENT;
    assert_int_equal(fake_try(fake), -ENOENT);
    assert_string_equal(fake->why, "/dev/uinput cannot be opened: No such file or directory; load "
                                   "its module: modprobe uinput");
}

static void a_device_that_cannot_be_made_is_a_state(void **state)
{
    struct fake *fake = *state;
    char byte;

    fake->ioctl_error = -ENOMEM;
    assert_int_equal(fake_try(fake), -ENOMEM);
    assert_string_equal(fake->why, "uinput makes no device: Cannot allocate memory");
    assert_int_equal(read(fake->devices[0].ours, &byte, 1), 0); /* closed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define OPEN(test) cmocka_unit_test_setup_teardown(test, set_up_open, tear_down)
        OPEN(devices_are_what_a_desk_has),
        OPEN(the_keyboard_has_every_key_and_no_button),
        OPEN(the_mouse_has_both_sorts_of_wheel),
        OPEN(each_event_goes_to_its_device),
        OPEN(the_largest_report_fits),
        OPEN(a_wheel_is_sent_in_both_units),
        OPEN(enter_wakes_the_screen_and_moves_nothing),
        OPEN(what_no_device_has_is_counted),
        OPEN(leds_are_told_when_they_change),
        OPEN(a_device_that_goes_is_told_once),
        cmocka_unit_test_setup_teardown(a_missing_right_says_what_to_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_device_that_cannot_be_made_is_a_state, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
