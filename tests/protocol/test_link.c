/* The link between a source and the server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#include "protocol/link.h"
#include "tests/protocol/guard.h"

static struct guard guard;

static const enum link_type TYPES[] = {
    LINK_HELLO,   LINK_GRABBED,       LINK_UNGRABBED,     LINK_REPORT,   LINK_COMMAND,
    LINK_PONG,    LINK_DEVICE,        LINK_DEVICE_GONE,   LINK_PING,     LINK_GRAB,
    LINK_UNGRAB,  LINK_KEEP,          LINK_LEDS,          LINK_FLASH,    LINK_TARGETS,
    LINK_HOTKEYS, LINK_DEVICE_COUNTS, LINK_COUNT_DEVICES, LINK_RELOADED, LINK_RELOAD,
};
#define TYPE_COUNT (sizeof TYPES / sizeof TYPES[0])

static bool from_source(enum link_type type)
{
    return type < LINK_PING;
}

static void fill_device(struct link_device *device)
{
    device->id = UINT32_MAX;
    device->taken = true;
    memset(device->name, 'n', LINK_TEXT_ROOM - 1);
    memset(device->path, 'p', LINK_TEXT_ROOM - 1);
    memset(device->why, 'w', LINK_TEXT_ROOM - 1);
}

/* Everything at its most, the rest 0. */
static void make(enum link_type type, struct link_message *ret_message)
{
    memset(ret_message, 0, sizeof *ret_message);
    ret_message->type = type;
    ret_message->grab_number = UINT32_MAX;
    ret_message->sequence = UINT32_MAX;
    switch (type) {
    case LINK_HELLO:
        ret_message->version = LINK_VERSION;
        break;
    case LINK_UNGRABBED:
        ret_message->ungrab_reason = LINK_UNGRAB_FAILED;
        break;
    case LINK_REPORT:
        ret_message->report.time_us = UINT64_MAX;
        while (report_add(&ret_message->report, EV_KEY, KEY_MAX, 1))
            ;
        break;
    case LINK_COMMAND:
        ret_message->command = (struct command){.type = COMMAND_TARGET};
        memset(ret_message->command.name, 'n', LINK_NAME_ROOM - 1);
        break;
    case LINK_DEVICE_COUNTS:
        memset(&ret_message->counts, 0xff, sizeof ret_message->counts);
        break;
    case LINK_COUNT_DEVICES:
        ret_message->counting = true;
        break;
    case LINK_RELOADED:
        memset(ret_message->reloaded.error, 'e', LINK_ERROR_ROOM - 1);
        memset(ret_message->reloaded.changed, 'c', LINK_TEXT_ROOM - 1);
        break;
    case LINK_HOTKEYS:
        ret_message->hotkeys_off = true;
        break;
    case LINK_PING:
    case LINK_PONG:
        ret_message->ping_number = UINT32_MAX;
        break;
    case LINK_DEVICE:
        fill_device(&ret_message->device);
        break;
    case LINK_DEVICE_GONE:
        ret_message->device.id = UINT32_MAX;
        break;
    case LINK_LEDS:
        ret_message->locks = 7;
        break;
    case LINK_TARGETS:
        ret_message->highest_number = LINK_NUMBER_MAX;
        break;
    case LINK_UNGRAB:
        ret_message->deliver_from_us = LINK_NOTHING_US;
        break;
    default:
        break;
    }
}

static bool decode(const uint8_t bytes[LINK_MESSAGE_BYTES], bool source,
                   struct link_message *ret_message)
{
    const char *why = NULL;
    bool good =
        link_decode(guard_copy(&guard, bytes, LINK_MESSAGE_BYTES), source, ret_message, &why);
    assert_int_equal(good, why == NULL);
    return good;
}

static void test_there_and_back(void **state)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        struct link_message sent;
        struct link_message got;
        uint8_t *bytes = guard_tail(&guard, LINK_MESSAGE_BYTES);
        uint8_t copy[LINK_MESSAGE_BYTES];
        make(TYPES[i], &sent);
        memset(bytes, 0xff, LINK_MESSAGE_BYTES);
        assert_true(link_encode(&sent, bytes));
        memcpy(copy, bytes, sizeof copy);
        memset(&got, 0, sizeof got);
        assert_true(decode(copy, from_source(TYPES[i]), &got));
        assert_int_equal(got.type, sent.type);
        uint8_t again[LINK_MESSAGE_BYTES];
        assert_true(link_encode(&got, again));
        assert_memory_equal(again, copy, sizeof again);
        assert_false(decode(copy, !from_source(TYPES[i]), &got));
    }
}

static void test_fields_arrive(void **state)
{
    struct link_message sent;
    struct link_message got;
    uint8_t bytes[LINK_MESSAGE_BYTES];

    make(LINK_DEVICE, &sent);
    sent.grab_number = 7;
    sent.sequence = 8;
    sent.device = (struct link_device){3, false, "AT keyboard", "/dev/input/event3", "keyboard"};
    assert_true(link_encode(&sent, bytes));
    assert_true(decode(bytes, true, &got));
    assert_int_equal(got.grab_number, 7);
    assert_int_equal(got.sequence, 8);
    assert_int_equal(got.device.id, 3);
    assert_false(got.device.taken);
    assert_string_equal(got.device.name, "AT keyboard");
    assert_string_equal(got.device.path, "/dev/input/event3");
    assert_string_equal(got.device.why, "keyboard");

    make(LINK_COMMAND, &sent);
    sent.command = (struct command){.type = COMMAND_TARGET, .number = 258};
    assert_true(link_encode(&sent, bytes));
    assert_true(decode(bytes, true, &got));
    assert_int_equal(got.command.type, COMMAND_TARGET);
    assert_int_equal(got.command.number, 258);
    sent.command = (struct command){COMMAND_TARGET, 0, "lab3"};
    assert_true(link_encode(&sent, bytes));
    assert_true(decode(bytes, true, &got));
    assert_string_equal(got.command.name, "lab3");
    sent.command = (struct command){COMMAND_SCAN, 0, "", 5, SCAN_WATCH, {KEY_SPACE, KEY_ESC}};
    assert_true(link_encode(&sent, bytes));
    assert_true(decode(bytes, true, &got));
    assert_memory_equal(&got.command, &sent.command, sizeof got.command);
}

/* Whatever one byte says, what is taken is the one encoding of itself. */
static void test_every_byte_every_value(void **state)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        struct link_message message;
        uint8_t bytes[LINK_MESSAGE_BYTES];
        uint8_t again[LINK_MESSAGE_BYTES];
        make(TYPES[i], &message);
        assert_true(link_encode(&message, bytes));
        for (size_t at = 0; at < LINK_MESSAGE_BYTES; at++) {
            uint8_t saved = bytes[at];
            for (unsigned value = 0; value <= UINT8_MAX; value += at > 60 ? 5 : 1) {
                bytes[at] = (uint8_t)value;
                if (!decode(bytes, from_source(TYPES[i]), &message))
                    continue;
                assert_true(link_encode(&message, again));
                assert_memory_equal(again, bytes, sizeof again);
            }
            bytes[at] = saved;
        }
    }
}

static void test_unknown_types(void **state)
{
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        uint8_t bytes[LINK_MESSAGE_BYTES] = {(uint8_t)type};
        struct link_message message;
        bool known = false;
        for (size_t i = 0; i < TYPE_COUNT; i++)
            known = known || TYPES[i] == type;
        if (known)
            continue;
        assert_false(decode(bytes, true, &message));
        assert_false(decode(bytes, false, &message));
    }
}

static void test_other_version(void **state)
{
    struct link_message message;
    uint8_t bytes[LINK_MESSAGE_BYTES];
    const char *why = NULL;

    make(LINK_HELLO, &message);
    assert_true(link_encode(&message, bytes));
    bytes[10] = LINK_VERSION + 1;
    assert_false(link_decode(bytes, true, &message, &why));
    assert_non_null(strstr(why, "restart"));
}

static void test_what_is_left_is_zero(void **state)
{
    struct link_message message;
    uint8_t bytes[LINK_MESSAGE_BYTES];

    make(LINK_PING, &message);
    assert_true(link_encode(&message, bytes));
    bytes[LINK_MESSAGE_BYTES - 1] = 1;
    assert_false(decode(bytes, false, &message));
}

static void refuse(const struct link_message *message)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    assert_false(link_encode(message, bytes));
}

static void test_encoder_refuses_our_own_bugs(void **state)
{
    struct link_message message;

    make((enum link_type)15, &message);
    refuse(&message);
    make(LINK_GRABBED, &message);
    message.grab_number = 0;
    refuse(&message);
    make(LINK_COMMAND, &message);
    static const struct command WRONG[] = {
        {COMMAND_TARGET, 0, ""},
        {COMMAND_TARGET, LINK_NUMBER_MAX + 1, ""},
        {COMMAND_TARGET, 1, "lab3"},
        {COMMAND_NEXT, 1, ""},
        {COMMAND_NEXT, 0, "lab3"},
        {COMMAND_LOCK, 0, "", 5, SCAN_CONTROL, {0}},
        {COMMAND_SCAN, 0, "", LINK_SCAN_MAX_S + 1, SCAN_CONTROL, {0}},
        {COMMAND_SCAN, 0, "", 5, (enum scan_mode)3, {0}},
        {COMMAND_STATS, 1, ""},
        {COMMAND_MONITOR, 0, ""},
        {COMMAND_MONITOR, 1, "next"},
        {(enum command_type)(COMMAND_MONITOR + 1), 0, ""},
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        message.command = WRONG[i];
        refuse(&message);
    }
    memset(message.command.name, 'x', LINK_NAME_ROOM);
    refuse(&message);
    make(LINK_REPORT, &message);
    message.report.event_count = 0;
    refuse(&message);
    make(LINK_UNGRABBED, &message);
    message.ungrab_reason = 0;
    refuse(&message);
    make(LINK_DEVICE, &message);
    memset(message.device.why, 'x', LINK_TEXT_ROOM);
    refuse(&message);
    make(LINK_TARGETS, &message);
    message.highest_number = LINK_NUMBER_MAX + 1;
    refuse(&message);
    make(LINK_LEDS, &message);
    message.locks = 8;
    refuse(&message);
}

/* A device's name is whatever its maker wrote into it. */
static void test_names_are_cleaned(void **state)
{
    struct link_message message;
    uint8_t bytes[LINK_MESSAGE_BYTES];

    make(LINK_DEVICE, &message);
    snprintf(message.device.name, LINK_TEXT_ROOM, "USB\x1b[31m \xfe keyboard");
    assert_true(link_encode(&message, bytes));
    assert_true(decode(bytes, true, &message));
    assert_string_equal(message.device.name, "USB?[31m ? keyboard");
}

static int set_up(void **state)
{
    guard_init(&guard);
    return 0;
}

static int tear_down(void **state)
{
    guard_finish(&guard);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_fields_arrive),
        cmocka_unit_test(test_every_byte_every_value),
        cmocka_unit_test(test_unknown_types),
        cmocka_unit_test(test_other_version),
        cmocka_unit_test(test_what_is_left_is_zero),
        cmocka_unit_test(test_encoder_refuses_our_own_bugs),
        cmocka_unit_test(test_names_are_cleaned),
    };
    return cmocka_run_group_tests_name("link", tests, set_up, tear_down);
}
