/* What hotdesk-server and hotdesk-vnc tell each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "protocol/vnc.h"

static bool comes_back(const struct vnc_message *message, enum vnc_way way,
                       struct vnc_message *ret_message)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    const char *why = NULL;
    return vnc_message_encode(message, bytes) && vnc_message_decode(bytes, way, ret_message, &why);
}

static void test_setup(void **state)
{
    struct vnc_message read, message = {.type = VNC_SETUP,
                                        .setup = {.control = true,
                                                  .password = "12345678",
                                                  .layout = "us(intl)",
                                                  .name = "lab3"}};
    assert_true(comes_back(&message, VNC_TO_CHILD, &read));
    assert_true(read.setup.control);
    assert_string_equal(read.setup.password, "12345678");
    assert_string_equal(read.setup.layout, "us(intl)");
    assert_string_equal(read.setup.name, "lab3");
    assert_false(comes_back(&message, VNC_FROM_CHILD, &read));
}

static void test_clients(void **state)
{
    static const enum vnc_type to_child[] = {VNC_CLIENT, VNC_CLOSE},
                               from_child[] = {VNC_IN, VNC_GONE};
    for (int i = 0; i < 2; i++) {
        struct vnc_message read, message = {.type = to_child[i], .client = 0x12345678};
        assert_true(comes_back(&message, VNC_TO_CHILD, &read));
        assert_int_equal(read.client, 0x12345678);
        message.type = from_child[i];
        assert_true(comes_back(&message, VNC_FROM_CHILD, &read));
        assert_int_equal(read.client, 0x12345678);
        assert_false(comes_back(&message, VNC_TO_CHILD, &read));
    }
}

static void test_ping(void **state)
{
    struct vnc_message read, ping = {.type = VNC_PING}, pong = {.type = VNC_PONG};
    assert_true(comes_back(&ping, VNC_TO_CHILD, &read));
    assert_false(comes_back(&ping, VNC_FROM_CHILD, &read));
    assert_true(comes_back(&pong, VNC_FROM_CHILD, &read));
    assert_false(comes_back(&pong, VNC_TO_CHILD, &read));
}

static bool report_passes(uint16_t type, uint16_t code, int32_t value)
{
    struct vnc_message read, message = {.type = VNC_REPORT, .client = 1};
    message.report = (struct vnc_report){.count = 1, .events = {{type, code, value}}};
    return comes_back(&message, VNC_FROM_CHILD, &read);
}

static void test_reports(void **state)
{
    assert_true(report_passes(EV_KEY, KEY_A, 1));
    assert_true(report_passes(EV_KEY, BTN_LEFT, 0));
    assert_true(report_passes(EV_ABS, ABS_X, 65535));
    assert_true(report_passes(EV_REL, REL_WHEEL_HI_RES, -120));
    assert_false(report_passes(EV_KEY, KEY_A, 2));
    assert_false(report_passes(EV_KEY, 0, 1));
    assert_false(report_passes(EV_ABS, ABS_X, 65536));
    assert_false(report_passes(EV_REL, REL_X, 1)); /* a client knows places only */
    assert_false(report_passes(EV_SYN, SYN_REPORT, 0));
}

static void test_bad_bytes(void **state)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES] = {VNC_REPORT};
    const char *why = NULL;
    struct vnc_message message;
    assert_false(vnc_message_decode(bytes, VNC_FROM_CHILD, &message, &why)); /* no event */
    bytes[5] = VNC_EVENTS_MAX + 1;
    assert_false(vnc_message_decode(bytes, VNC_FROM_CHILD, &message, &why));
    memset(bytes, 0, sizeof bytes);
    bytes[0] = VNC_READY;
    assert_true(vnc_message_decode(bytes, VNC_FROM_CHILD, &message, &why));
    bytes[FRAME_MESSAGE_BYTES - 1] = 1;
    assert_false(vnc_message_decode(bytes, VNC_FROM_CHILD, &message, &why));
    memset(bytes, 0xff, sizeof bytes);
    bytes[0] = VNC_SETUP;
    assert_false(vnc_message_decode(bytes, VNC_TO_CHILD, &message, &why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_setup),     cmocka_unit_test(test_clients),
        cmocka_unit_test(test_ping),      cmocka_unit_test(test_reports),
        cmocka_unit_test(test_bad_bytes),
    };
    return cmocka_run_group_tests_name("vnc", tests, NULL, NULL);
}
