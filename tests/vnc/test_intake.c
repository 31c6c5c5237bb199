/* What a VNC client says, cut into whole messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "server/vnc/intake.h"

static struct intake intake;

static int set_up(void **state)
{
    memset(&intake, 0, sizeof intake);
    return 0;
}

static void say(const void *bytes, size_t count)
{
    size_t room = 0;
    uint8_t *at = intake_room(&intake, &room);
    assert_true(room >= count);
    memcpy(at, bytes, count);
    intake_added(&intake, count);
}

static enum intake_result next(enum intake_stage stage, size_t *ret_size)
{
    const char *why = NULL;
    enum intake_result result = intake_next(&intake, stage, ret_size, &why);
    assert_true((result == INTAKE_BAD) == (why != NULL));
    return result;
}

static void expect_whole(enum intake_stage stage, size_t size)
{
    size_t got = 0;
    assert_int_equal(next(stage, &got), INTAKE_WHOLE);
    assert_int_equal(got, size);
    intake_drop(&intake, got);
}

static void expect(enum intake_stage stage, enum intake_result wanted)
{
    size_t got = 0;
    assert_int_equal(next(stage, &got), wanted);
}

static void test_handshake(void **state)
{
    say("RFB 003.0", 9);
    expect(INTAKE_VERSION, INTAKE_MORE);
    say("08\n\1\1", 5);
    expect_whole(INTAKE_VERSION, 12);
    expect_whole(INTAKE_SECURITY, 1);
    expect_whole(INTAKE_INIT, 1);
    say("123456789012345", 15);
    expect(INTAKE_PASSWORD, INTAKE_MORE);
    say("6", 1);
    expect_whole(INTAKE_PASSWORD, 16);
}

static void test_versions(void **state)
{
    static const char *const bad[] = {"GET / HTTP/1", "RFB 004.008\n", "RFB 003.009\n",
                                      "RFB 003.008\0", "RFB 103.008\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        set_up(NULL);
        say(bad[i], 12);
        expect(INTAKE_VERSION, INTAKE_BAD);
    }
}

static void test_messages(void **state)
{
    static const struct {
        uint8_t type;
        size_t size;
    } known[] = {{0, 20}, {3, 10}, {4, 8}, {5, 6}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint8_t bytes[20] = {known[i].type};
        say(bytes, known[i].size - 1);
        expect(INTAKE_MESSAGE, INTAKE_MORE);
        say(bytes + 1, 1);
        expect_whole(INTAKE_MESSAGE, known[i].size);
    }
}

static void test_other_types(void **state)
{
    for (int type = 0; type < 256; type++) {
        bool known = type == 0 || (type >= 2 && type <= 6) || type == 251;
        uint8_t byte = (uint8_t)type;
        set_up(NULL);
        say(&byte, 1);
        expect(INTAKE_MESSAGE, known ? INTAKE_MORE : INTAKE_BAD);
    }
}

/* Raw, the size of monitors, the size, JPEG of quality 8, xvp: what is not needed is not there. */
static void test_encodings(void **state)
{
    static const uint8_t said[] = {2,    0,    0,    5,    0,    0,    0,    0,    0xff,
                                   0xff, 0xfe, 0xcc, 0xff, 0xff, 0xff, 0x21, 0xff, 0xff,
                                   0xff, 0xe8, 0xff, 0xff, 0xfe, 0xcb, 4,    1};
    static const uint8_t left[] = {2,    0,    0,    3,    0,    0,    0,    0,
                                   0xff, 0xff, 0xff, 0x21, 0xff, 0xff, 0xff, 0xe8};
    size_t size = 0;
    say(said, sizeof said);
    assert_int_equal(next(INTAKE_MESSAGE, &size), INTAKE_WHOLE);
    assert_int_equal(size, sizeof left);
    assert_memory_equal(intake.bytes, left, sizeof left);
    intake_drop(&intake, size);
    assert_int_equal(intake.count, 2); /* of the message behind it */
    assert_memory_equal(intake.bytes, "\4\1", 2);
}

static void test_too_many_encodings(void **state)
{
    const uint8_t most[] = {2, 0, REQUEST_ENCODINGS_MAX >> 8, REQUEST_ENCODINGS_MAX & 0xff};
    const uint8_t more[] = {2, 0, 0xff, 0xff};
    say(most, sizeof most);
    expect(INTAKE_MESSAGE, INTAKE_MORE);
    set_up(NULL);
    say(more, sizeof more);
    expect(INTAKE_MESSAGE, INTAKE_BAD);
}

static void test_cut_text_is_dropped(void **state)
{
    static const uint8_t head[] = {6, 0, 0, 0, 0, 0, 0x30, 0};
    static uint8_t text[0x1000];
    say(head, sizeof head);
    for (int i = 0; i < 3; i++) {
        expect(INTAKE_MESSAGE, INTAKE_MORE);
        assert_int_equal(intake.count, 0);
        say(text, sizeof text);
    }
    say("\4\0\0\0\0\0\0A", 8);
    expect_whole(INTAKE_MESSAGE, 8);
}

static void test_long_cut_text(void **state)
{
    static const uint8_t lengths[][4] = {
        {0x7f, 0xff, 0xff, 0xff}, {0xff, 0xef, 0, 0}, {0x80, 0, 0, 0}, {0, 0x10, 0, 1}};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint8_t head[8] = {6};
        memcpy(head + 4, lengths[i], 4);
        set_up(NULL);
        say(head, sizeof head);
        expect(INTAKE_MESSAGE, INTAKE_BAD);
    }
}

static void test_another_size_is_dropped(void **state)
{
    uint8_t bytes[8 + 16] = {251, 0, 4, 0, 3, 0, 1, 0};
    say(bytes, sizeof bytes);
    expect(INTAKE_MESSAGE, INTAKE_MORE);
    assert_int_equal(intake.count, 0);
    assert_int_equal(intake.skip_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_handshake, set_up),
        cmocka_unit_test_setup(test_versions, set_up),
        cmocka_unit_test_setup(test_messages, set_up),
        cmocka_unit_test_setup(test_other_types, set_up),
        cmocka_unit_test_setup(test_encodings, set_up),
        cmocka_unit_test_setup(test_too_many_encodings, set_up),
        cmocka_unit_test_setup(test_cut_text_is_dropped, set_up),
        cmocka_unit_test_setup(test_long_cut_text, set_up),
        cmocka_unit_test_setup(test_another_size_is_dropped, set_up),
    };
    return cmocka_run_group_tests_name("vnc-intake", tests, NULL, NULL);
}
