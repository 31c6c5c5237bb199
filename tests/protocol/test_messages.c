/* Every message there and back, against its bytes in PROTOCOL.md, and what an encoder refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#include "protocol/message.h"
#include "tests/protocol/guard.h"
#include "tests/protocol/samples.h"

static size_t encode(const struct message *message, uint8_t frame[MESSAGE_FRAME_MAX])
{
    size_t size = message_encode(message, frame, MESSAGE_FRAME_MAX);
    assert_true(size >= MESSAGE_HEADER_BYTES);
    return size;
}

static void decode(const uint8_t *frame, size_t size, struct message *ret_message)
{
    size_t used = 0;
    const char *why = NULL;
    enum message_result result =
        message_decode(frame, size, sample_direction(frame[2]), ret_message, &used, &why);
    if (result == MESSAGE_BAD)
        print_message("# %s\n", why);
    assert_int_equal(result, MESSAGE_OK);
    assert_int_equal(used, size);
}

static void test_table_is_sound(void **state)
{
    unsigned count = 0;

    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        const struct message_info *info = message_info((uint8_t)type);
        if (!info)
            continue;
        count++;
        assert_int_equal(info->type, type);
        assert_true(info->body_min_bytes <= info->body_max_bytes);
        assert_true(info->body_max_bytes <= MESSAGE_BODY_MAX);
        assert_in_range(info->first_version, 1, MESSAGE_VERSION_MAX);
        assert_in_range(info->direction, MESSAGE_TO_SERVER, MESSAGE_BOTH);
        assert_non_null(info->name);
        for (unsigned other = type + 1; other <= UINT8_MAX; other++) {
            const struct message_info *second = message_info((uint8_t)other);
            assert_true(!second || strcmp(second->name, info->name) != 0);
        }
    }
    for (size_t i = 0; SAMPLE_TYPES[i]; i++)
        count--;
    assert_int_equal(count, 0);
}

static void test_extremes_there_and_back(void **state)
{
    for (size_t i = 0; SAMPLE_TYPES[i]; i++) {
        for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
            struct message sent;
            struct message got;
            uint8_t frame[MESSAGE_FRAME_MAX];
            sample_make(SAMPLE_TYPES[i], (enum sample_kind)kind, &sent);
            decode(frame, encode(&sent, frame), &got);
            assert_memory_equal(&sent, &got, sizeof sent);
        }
    }
}

/* The table's sizes are those of the smallest and the largest message, and no others. */
static void test_sizes_are_of_the_table(void **state)
{
    for (size_t i = 0; SAMPLE_TYPES[i]; i++) {
        const struct message_info *info = message_info(SAMPLE_TYPES[i]);
        struct message message;
        uint8_t frame[MESSAGE_FRAME_MAX];
        sample_make(SAMPLE_TYPES[i], SAMPLE_SMALLEST, &message);
        assert_int_equal(encode(&message, frame), MESSAGE_HEADER_BYTES + info->body_min_bytes);
        sample_make(SAMPLE_TYPES[i], SAMPLE_LARGEST, &message);
        assert_int_equal(encode(&message, frame), MESSAGE_HEADER_BYTES + info->body_max_bytes);
        assert_int_equal(frame[0] << 8 | frame[1], info->body_max_bytes);
        assert_int_equal(frame[2], SAMPLE_TYPES[i]);
    }
}

/* PROTOCOL.md's examples: "length type body", in hexadecimal. */
static void expect_bytes(const struct message *message, const char *hex)
{
    uint8_t frame[MESSAGE_FRAME_MAX];
    char text[2 * MESSAGE_FRAME_MAX + 1] = "";
    char wanted[2 * MESSAGE_FRAME_MAX + 1] = "";
    size_t size = encode(message, frame);
    size_t used = 0;

    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", frame[i]);
    for (const char *at = hex; *at; at++) {
        if (*at != ' ')
            wanted[used++] = *at;
    }
    assert_string_equal(text, wanted);
}

static struct message blank(enum message_type type)
{
    struct message message;
    memset(&message, 0, sizeof message);
    message.type = type;
    return message;
}

static void test_bytes_of_greetings(void **state)
{
    struct message message = blank(MESSAGE_HELLO);
    message.hello =
        (struct message_hello){1, 2, MESSAGE_ROLE_CONTROL, 0x80000001, 0x0102030405060708, "lab3"};
    expect_bytes(&message, "001a 01 4844534b 0001 0002 01 80000001 0102030405060708 04 6c616233");

    message = blank(MESSAGE_WELCOME);
    message.welcome = (struct message_welcome){1, 0, "lab3", "desk"};
    expect_bytes(&message, "0010 02 0001 00000000 04 6c616233 04 6465736b");

    message = blank(MESSAGE_REJECT);
    message.end = (struct message_end){MESSAGE_REASON_VERSION, "no"};
    expect_bytes(&message, "0004 03 03 02 6e6f");

    message.type = MESSAGE_BYE;
    expect_bytes(&message, "0004 04 03 02 6e6f");

    message = blank(MESSAGE_PING);
    message.ping.number = 0x01020304;
    expect_bytes(&message, "0004 05 01020304");
    message.type = MESSAGE_PONG;
    expect_bytes(&message, "0004 06 01020304");
}

static void test_bytes_of_control(void **state)
{
    struct message message = blank(MESSAGE_ENTER);
    message.enter.control_number = 258;
    expect_bytes(&message, "0008 0a 0000000000000102");

    message = blank(MESSAGE_ENTERED);
    message.entered = (struct message_entered){258, 0, MESSAGE_LOCK_CAPS, "no"};
    expect_bytes(&message, "000d 0b 0000000000000102 00 02 02 6e6f");

    message = blank(MESSAGE_LEAVE);
    message.leave.control_number = 258;
    expect_bytes(&message, "0008 0c 0000000000000102");

    message = blank(MESSAGE_REPORT);
    message.report = (struct message_report){.control_number = 258, .sequence = 7, .wants_ack = 1};
    message.report.report.time_us = 0x0a0b0c;
    report_add(&message.report.report, EV_KEY, KEY_A, 1);
    report_add(&message.report.report, EV_REL, REL_Y, -2);
    expect_bytes(&message, "0024 0d 0000000000000102 00000007 01 00000000000a0b0c 02"
                           "01 001e 00000001 02 0001 fffffffe");

    message = blank(MESSAGE_ACK);
    message.ack.sequence = 7;
    expect_bytes(&message, "0004 0e 00000007");
}

static void test_bytes_of_the_target(void **state)
{
    struct message message = blank(MESSAGE_STATE);
    message.state = (struct message_state){MESSAGE_READY_YES, "xtest", "", 3, 4};
    expect_bytes(&message, "0010 14 01 05 7874657374 00 00000003 00000004");

    message = blank(MESSAGE_LEDS);
    message.leds.locks = MESSAGE_LOCK_NUM | MESSAGE_LOCK_SCROLL;
    expect_bytes(&message, "0001 15 05");

    message = blank(MESSAGE_GEOMETRY);
    message.geometry = (struct message_geometry){1920, 1080, 1, {{0, 1, 1920, 1079, "DP-1"}}};
    expect_bytes(&message, "0012 16 0780 0438 01 0000 0001 0780 0437 04 44502d31");
}

static void test_bytes_of_a_script(void **state)
{
    struct message message = blank(MESSAGE_PRESS);
    message.press = (struct message_press){0x102, 3, 3, {29, 56, 111}};
    expect_bytes(&message, "0013 0f 0000000000000102 00000003 03 001d 0038 006f");

    message = blank(MESSAGE_TEXT);
    message.text = (struct message_text){0x102, 4, 1, "l\xc3\xb6\tx\n"};
    expect_bytes(&message, "0014 10 0000000000000102 00000004 01 06 6cc3b609780a");

    message = blank(MESSAGE_SCRIPT_STOP);
    message.script_stop.job = 4;
    expect_bytes(&message, "0004 11 00000004");

    message = blank(MESSAGE_TYPED);
    message.typed = (struct message_typed){4, MESSAGE_TYPED_NO_KEY, 1, "no"};
    expect_bytes(&message, "000a 12 00000004 02 0001 02 6e6f");
}

static void test_bytes_of_the_screen(void **state)
{
    struct message message = blank(MESSAGE_SCREEN_OPEN);
    message.screen_open.number = 0x01020304;
    expect_bytes(&message, "0004 17 01020304");

    message = blank(MESSAGE_SCREEN_STATE);
    message.screen_state = (struct message_screen_state){0, "no"};
    expect_bytes(&message, "0004 18 00 02 6e6f");

    message = blank(MESSAGE_POINTER);
    message.pointer = (struct message_pointer){1919, 7};
    expect_bytes(&message, "0004 19 077f 0007");
    message = blank(MESSAGE_MONITOR);
    message.shown = (struct message_shown){"DP-1", ""};
    expect_bytes(&message, "0006 1a 04 44502d31 00");
    assert_int_equal(message_info(MESSAGE_MONITOR)->first_version, 2);
    message = blank(MESSAGE_SCREEN_WISH);
    message.screen_wish = (struct message_screen_wish){MESSAGE_QUALITY_LOSSLESS, 500};
    expect_bytes(&message, "0003 1c 01 01f4");
    message = blank(MESSAGE_SCREEN_FIGURES);
    message.screen_figures = (struct message_screen_figures){2, 1, 3, 4, 5, 500, 100, 6, 7};
    expect_bytes(&message, "002c 1d 00000002 00000001 0000000000000003 0000000000000004 "
                           "0000000000000005 01f4 0064 00000006 00000007");
    assert_int_equal(message_info(MESSAGE_POINTER)->first_version, 2);
    assert_int_equal(message_info(MESSAGE_SCREEN_OPEN)->first_version, 2);
    assert_int_equal(message_info(MESSAGE_SCREEN_STATE)->first_version, 2);
}

static void test_bytes_of_pairing(void **state)
{
    static const char proof[] =
        "0001020304050607 08090a0b0c0d0e0f 1011121314151617 18191a1b1c1d1e1f";
    char hex[200];
    struct message message = blank(MESSAGE_PAIR_PROOF);
    for (uint8_t i = 0; i < MESSAGE_PROOF_BYTES; i++)
        message.pair_proof.proof[i] = i;
    snprintf(hex, sizeof hex, "0020 1e %s", proof);
    expect_bytes(&message, hex);

    message = blank(MESSAGE_PAIRED);
    for (uint8_t i = 0; i < MESSAGE_PROOF_BYTES; i++)
        message.paired.proof[i] = i;
    strcpy(message.paired.target_name, "lab3");
    strcpy(message.paired.server_name, "desk");
    snprintf(hex, sizeof hex, "002a 1f %s 04 6c616233 04 6465736b", proof);
    expect_bytes(&message, hex);
}

static void test_encoder_stays_in_its_room(void **state)
{
    struct guard guard;
    guard_init(&guard);
    for (size_t i = 0; SAMPLE_TYPES[i]; i++) {
        struct message message;
        uint8_t frame[MESSAGE_FRAME_MAX];
        sample_make(SAMPLE_TYPES[i], SAMPLE_LARGEST, &message);
        size_t size = encode(&message, frame);
        for (size_t room = 0; room < size; room++)
            assert_int_equal(message_encode(&message, guard_tail(&guard, room), room), 0);
        assert_int_equal(message_encode(&message, guard_tail(&guard, size), size), size);
    }
    guard_finish(&guard);
}

static void test_encoder_cleans_texts(void **state)
{
    struct message message = blank(MESSAGE_BYE);
    message.end.reason = 1;
    strcpy(message.end.text, "a\x1b[31m\xff\xc3\xa9");
    expect_bytes(&message, "000b 04 01 09 613f5b33316d3fc3a9");
}

static void expect_refused(const struct message *message)
{
    uint8_t frame[MESSAGE_FRAME_MAX];
    assert_int_equal(message_encode(message, frame, sizeof frame), 0);
}

static void test_encoder_refuses_our_own_bugs(void **state)
{
    struct message message = blank((enum message_type)99);
    expect_refused(&message);

    sample_make(MESSAGE_HELLO, SAMPLE_SMALLEST, &message);
    message.hello.role = 4;
    expect_refused(&message);
    sample_make(MESSAGE_HELLO, SAMPLE_SMALLEST, &message);
    message.hello.version_min = 2;
    expect_refused(&message);
    memset(message.hello.name, 'x', sizeof message.hello.name); /* no NUL */
    message.hello.version_min = 1;
    expect_refused(&message);

    sample_make(MESSAGE_ENTER, SAMPLE_SMALLEST, &message);
    message.enter.control_number = 0;
    expect_refused(&message);

    sample_make(MESSAGE_REPORT, SAMPLE_SMALLEST, &message);
    message.report.report.event_count = 0;
    expect_refused(&message);
    message.report.report.event_count = REPORT_EVENTS_MAX + 1;
    expect_refused(&message);
    message.report.report.event_count = 1;
    message.report.report.events[0].value = 2;
    expect_refused(&message);

    sample_make(MESSAGE_GEOMETRY, SAMPLE_LARGEST, &message);
    message.geometry.monitors[7].height_px = 0;
    expect_refused(&message);
    sample_make(MESSAGE_GEOMETRY, SAMPLE_LARGEST, &message);
    message.geometry.monitor_count = MESSAGE_MONITORS_MAX + 1;
    expect_refused(&message);
}

static uint16_t common(uint16_t min, uint16_t max)
{
    return message_common_version(&(struct message_hello){.version_min = min, .version_max = max});
}

static void test_common_version(void **state)
{
    assert_int_equal(common(1, MESSAGE_VERSION_MAX), MESSAGE_VERSION_MAX);
    assert_int_equal(common(MESSAGE_VERSION_MAX, UINT16_MAX), MESSAGE_VERSION_MAX);
    assert_int_equal(common(1, MESSAGE_VERSION_MIN), MESSAGE_VERSION_MIN); /* an older peer's */
    assert_int_equal(common(MESSAGE_VERSION_MAX + 1, UINT16_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_sound),
        cmocka_unit_test(test_extremes_there_and_back),
        cmocka_unit_test(test_sizes_are_of_the_table),
        cmocka_unit_test(test_bytes_of_greetings),
        cmocka_unit_test(test_bytes_of_control),
        cmocka_unit_test(test_bytes_of_the_target),
        cmocka_unit_test(test_bytes_of_a_script),
        cmocka_unit_test(test_bytes_of_the_screen),
        cmocka_unit_test(test_bytes_of_pairing),
        cmocka_unit_test(test_encoder_stays_in_its_room),
        cmocka_unit_test(test_encoder_cleans_texts),
        cmocka_unit_test(test_encoder_refuses_our_own_bugs),
        cmocka_unit_test(test_common_version),
    };
    return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
