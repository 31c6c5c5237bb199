/* Cursors and texts: sticky failure, nothing outside, what is clean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "protocol/cursor.h"
#include "tests/protocol/guard.h"

static struct guard guard;

static void test_numbers_are_big_endian(void **state)
{
    static const uint8_t wanted[] = {0x12, 0x12, 0x34, 0x12, 0x34, 0x56, 0x78, 0x01, 0x02, 0x03,
                                     0x04, 0x05, 0x06, 0x07, 0x08, 0xff, 0xff, 0xff, 0xfe};
    uint8_t bytes[sizeof wanted];
    struct writer writer;
    struct reader reader;

    writer_init(&writer, bytes, sizeof bytes);
    writer_u8(&writer, 0x12);
    writer_u16(&writer, 0x1234);
    writer_u32(&writer, 0x12345678);
    writer_u64(&writer, 0x0102030405060708);
    writer_i32(&writer, -2);
    assert_false(writer.failed);
    assert_int_equal(writer_size(&writer), sizeof wanted);
    assert_memory_equal(bytes, wanted, sizeof wanted);

    reader_init(&reader, bytes, sizeof bytes);
    assert_int_equal(reader_u8(&reader), 0x12);
    assert_int_equal(reader_u16(&reader), 0x1234);
    assert_int_equal(reader_u32(&reader), 0x12345678);
    assert_int_equal(reader_u64(&reader), 0x0102030405060708);
    assert_false(reader_done(&reader));
    assert_int_equal(reader_i32(&reader), -2);
    assert_true(reader_done(&reader));
}

static void test_reader_failure_is_sticky(void **state)
{
    const uint8_t bytes[] = {1, 2, 3};
    uint8_t rest[3] = {9, 9, 9};
    struct reader reader;

    reader_init(&reader, guard_copy(&guard, bytes, sizeof bytes), sizeof bytes);
    assert_int_equal(reader_u8(&reader), 1);
    assert_int_equal(reader_u32(&reader), 0); /* two are left */
    assert_true(reader.failed);
    assert_int_equal(reader_u8(&reader), 0); /* although one would be there */
    reader_bytes(&reader, rest, sizeof rest);
    assert_int_equal(rest[0] | rest[1] | rest[2], 0);
    assert_false(reader_done(&reader));
}

static void test_writer_failure_is_sticky(void **state)
{
    struct writer writer;

    writer_init(&writer, guard_tail(&guard, 3), 3);
    writer_u8(&writer, 1);
    writer_u64(&writer, 2);
    assert_true(writer.failed);
    writer_u8(&writer, 3);
    assert_true(writer.failed);
    assert_int_equal(writer_size(&writer), 1);
}

static void test_no_bytes_at_all(void **state)
{
    struct reader reader;
    struct writer writer;
    char text[4] = "abc";

    reader_init(&reader, guard_tail(&guard, 0), 0);
    assert_true(reader_done(&reader));
    reader_text(&reader, text, sizeof text);
    assert_true(reader.failed);
    assert_string_equal(text, "");
    writer_init(&writer, guard_tail(&guard, 0), 0);
    writer_u8(&writer, 1);
    assert_true(writer.failed);
    writer_init(&writer, guard_tail(&guard, 0), 0);
    writer_bytes(&writer, "", 0);
    assert_false(writer.failed);
}

static bool read_text(const char *bytes, size_t size, char *ret_text, size_t room)
{
    struct reader reader;
    reader_init(&reader, guard_copy(&guard, bytes, size), size);
    reader_text(&reader, ret_text, room);
    return reader_done(&reader);
}

static void test_texts(void **state)
{
    char text[5];
    char one[1];

    assert_true(read_text("\4abcd", 5, text, sizeof text));
    assert_string_equal(text, "abcd");
    assert_false(read_text("\5abcde", 6, text, sizeof text)); /* no room for the NUL */
    assert_string_equal(text, "");
    assert_false(read_text("\4abc", 4, text, sizeof text));
    assert_false(read_text("\xff", 1, text, sizeof text));
    assert_false(read_text("\3a\0c", 4, text, sizeof text));
    assert_false(read_text("\2\xc3\x28", 3, text, sizeof text));
    assert_true(read_text("\0", 1, one, sizeof one));
    assert_false(read_text("\1a", 2, one, sizeof one));
}

static void test_written_texts_are_clean(void **state)
{
    char bytes[8];
    char long_text[257];
    struct writer writer;

    writer_init(&writer, bytes, sizeof bytes);
    writer_text(&writer, "a\tb\xff");
    assert_false(writer.failed);
    assert_memory_equal(bytes, "\4a?b?", 5);

    memset(long_text, 'x', sizeof long_text - 1);
    long_text[256] = '\0';
    char room[300];
    writer_init(&writer, room, sizeof room);
    writer_text(&writer, long_text);
    assert_true(writer.failed);
    writer_init(&writer, room, sizeof room);
    writer_text(&writer, long_text + 1); /* 255 */
    assert_false(writer.failed);
    assert_int_equal(writer_size(&writer), 256);
}

static void test_clean(void **state)
{
    static const char *const clean[] = {
        "",
        "a",
        " ~",
        "\xc3\xa9",
        "\xc2\xa0",
        "\xe2\x82\xac",
        "\xf0\x9f\x98\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xf4\x8f\xbf\xbf",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xf0\x90\x80\x80",
        "\xe2\x80\xa7",
        "\xe2\x80\xaf",
        "\xe2\x81\xa5",
        "\xe2\x81\xaa",
    };
    static const char *const dirty[] = {
        "\x01",
        "\x1b[2J",
        "\t",
        "\x7f",
        "\xc2\x80",
        "\xc2\x85",
        "\xc2\x9f",
        "\x80",
        "\xbf",
        "\xc0\xaf",
        "\xc1\x81",
        "\xc3",
        "\xc3\x28",
        "\xe0\x9f\xbf",
        "\xe2\x82",
        "\xe2\x28\xac",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\xfe",
        "\xff",
        "\xe2\x80\xa8",
        "\xe2\x80\xa9",
        "\xe2\x80\xaa",
        "\xe2\x80\xae",
        "\xe2\x81\xa6",
        "\xe2\x81\xa9",
        "abc\xf0\x9f\x98",
    };
    for (size_t i = 0; i < sizeof clean / sizeof clean[0]; i++) {
        char made[64];
        assert_true(text_is_clean(clean[i], strlen(clean[i])));
        text_make_clean(clean[i], made, sizeof made);
        assert_string_equal(made, clean[i]);
    }
    for (size_t i = 0; i < sizeof dirty / sizeof dirty[0]; i++) {
        char made[64];
        assert_false(text_is_clean(dirty[i], strlen(dirty[i])));
        text_make_clean(dirty[i], made, sizeof made);
        assert_true(text_is_clean(made, strlen(made)));
        assert_non_null(strchr(made, '?'));
        assert_true(strlen(made) <= strlen(dirty[i]));
    }
    assert_false(text_is_clean("a\0b", 3));
    assert_true(text_is_clean("\xff", 0));
}

static void test_make_clean_cuts_between_characters(void **state)
{
    char made[5];
    text_make_clean("ab\xe2\x82\xac", made, sizeof made); /* the euro needs three, two are left */
    assert_string_equal(made, "ab");
    text_make_clean("abcdef", made, sizeof made);
    assert_string_equal(made, "abcd");
    text_make_clean("a", made, 1);
    assert_string_equal(made, "");
    text_make_clean("a\xffz\x1b", made, sizeof made);
    assert_string_equal(made, "a?z?");
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
        cmocka_unit_test(test_numbers_are_big_endian),
        cmocka_unit_test(test_reader_failure_is_sticky),
        cmocka_unit_test(test_writer_failure_is_sticky),
        cmocka_unit_test(test_no_bytes_at_all),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_written_texts_are_clean),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_make_clean_cuts_between_characters),
    };
    return cmocka_run_group_tests_name("cursor", tests, set_up, tear_down);
}
