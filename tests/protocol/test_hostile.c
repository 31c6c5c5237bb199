/* What a peer may send that is no message: each is refused, and nothing outside is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/message.h"
#include "tests/protocol/guard.h"
#include "tests/protocol/samples.h"

struct frame {
    uint8_t bytes[MESSAGE_FRAME_MAX + 1];
    size_t size;
};

static struct guard guard;

static void make_frame(uint8_t type, enum sample_kind kind, struct frame *ret_frame)
{
    struct message message;
    sample_make(type, kind, &message);
    ret_frame->size = message_encode(&message, ret_frame->bytes, MESSAGE_FRAME_MAX);
    assert_true(ret_frame->size > 0);
}

static void set_length(struct frame *frame, size_t body_bytes)
{
    frame->bytes[0] = (uint8_t)(body_bytes >> 8);
    frame->bytes[1] = (uint8_t)body_bytes;
}

/* Decodes a copy that ends at a forbidden page. What is taken must be the one encoding of itself:
 * then nothing was overlooked. Outputs are written to only as the result says. */
static enum message_result try_bytes(const uint8_t *bytes, size_t size,
                                     enum message_direction direction)
{
    static struct message untouched;
    struct message message;
    size_t used = SIZE_MAX;
    const char *why = NULL;

    memset(&message, 0x5a, sizeof message);
    memset(&untouched, 0x5a, sizeof untouched);
    enum message_result result =
        message_decode(guard_copy(&guard, bytes, size), size, direction, &message, &used, &why);
    if (result == MESSAGE_OK) {
        uint8_t again[MESSAGE_FRAME_MAX];
        assert_true(used <= size);
        assert_int_equal(message_encode(&message, again, sizeof again), used);
        assert_memory_equal(again, bytes, used);
        return result;
    }
    assert_int_equal(used, SIZE_MAX);
    assert_memory_equal(&message, &untouched, sizeof message);
    assert_true((result == MESSAGE_BAD) == (why != NULL));
    return result;
}

static enum message_result try_frame(const struct frame *frame)
{
    return try_bytes(frame->bytes, frame->size, sample_direction(frame->bytes[2]));
}

#define FOR_EACH_SAMPLE(frame)                                                                     \
    for (size_t i_ = 0; SAMPLE_TYPES[i_]; i_++)                                                    \
        for (int kind_ = 0; kind_ < SAMPLE_KINDS; kind_++)                                         \
            if (make_frame(SAMPLE_TYPES[i_], (enum sample_kind)kind_, &(frame)), true)

static void test_truncated_anywhere(void **state)
{
    struct frame frame;
    FOR_EACH_SAMPLE(frame)
    {
        for (size_t size = 0; size < frame.size; size++) {
            enum message_result result =
                try_bytes(frame.bytes, size, sample_direction(frame.bytes[2]));
            assert_int_equal(result, MESSAGE_NEED_MORE);
        }
        assert_int_equal(try_frame(&frame), MESSAGE_OK);
    }
}

/* The same with a length that agrees: the body ends inside of a field. */
static void test_body_ends_early(void **state)
{
    struct frame frame;
    FOR_EACH_SAMPLE(frame)
    {
        for (size_t body = 0; body + MESSAGE_HEADER_BYTES < frame.size; body++) {
            struct frame cut = frame;
            cut.size = MESSAGE_HEADER_BYTES + body;
            set_length(&cut, body);
            assert_int_equal(try_frame(&cut), MESSAGE_BAD);
        }
    }
}

static void test_body_goes_on(void **state)
{
    struct frame frame;
    FOR_EACH_SAMPLE(frame)
    {
        frame.bytes[frame.size++] = 0;
        set_length(&frame, frame.size - MESSAGE_HEADER_BYTES);
        assert_int_equal(try_frame(&frame), MESSAGE_BAD);
    }
}

/* Lengths are judged from the header alone: nobody waits for 65,535 bytes of a ping. */
static void test_lengths_from_the_header(void **state)
{
    for (size_t i = 0; SAMPLE_TYPES[i]; i++) {
        const struct message_info *info = message_info(SAMPLE_TYPES[i]);
        struct frame frame = {.bytes = {0, 0, SAMPLE_TYPES[i]}, .size = MESSAGE_HEADER_BYTES};
        set_length(&frame, info->body_max_bytes);
        assert_int_equal(try_frame(&frame), MESSAGE_NEED_MORE);
        set_length(&frame, info->body_max_bytes + 1u);
        assert_int_equal(try_frame(&frame), MESSAGE_BAD);
        set_length(&frame, 65535);
        assert_int_equal(try_frame(&frame), MESSAGE_BAD);
        set_length(&frame, info->body_min_bytes);
        assert_int_equal(try_frame(&frame), MESSAGE_NEED_MORE);
        set_length(&frame, info->body_min_bytes - 1u);
        assert_int_equal(try_frame(&frame), MESSAGE_BAD);
        set_length(&frame, 0);
        assert_int_equal(try_frame(&frame), MESSAGE_BAD);
    }
}

static void test_unknown_types(void **state)
{
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        uint8_t header[] = {0, 4, (uint8_t)type};
        if (message_info((uint8_t)type))
            continue;
        assert_int_equal(try_bytes(header, sizeof header, MESSAGE_TO_AGENT), MESSAGE_BAD);
        assert_int_equal(try_bytes(header, sizeof header, MESSAGE_TO_SERVER), MESSAGE_BAD);
    }
}

static void test_wrong_way(void **state)
{
    struct frame frame;
    FOR_EACH_SAMPLE(frame)
    {
        enum message_direction given = message_info(frame.bytes[2])->direction;
        enum message_result to_server = try_bytes(frame.bytes, frame.size, MESSAGE_TO_SERVER);
        enum message_result to_agent = try_bytes(frame.bytes, frame.size, MESSAGE_TO_AGENT);
        assert_int_equal(to_server, given & MESSAGE_TO_SERVER ? MESSAGE_OK : MESSAGE_BAD);
        assert_int_equal(to_agent, given & MESSAGE_TO_AGENT ? MESSAGE_OK : MESSAGE_BAD);
    }
}

static void test_every_byte_every_value(void **state)
{
    struct frame frame;
    FOR_EACH_SAMPLE(frame)
    {
        for (size_t at = 0; at < frame.size; at++) {
            uint8_t saved = frame.bytes[at];
            enum message_direction direction = sample_direction(frame.bytes[2]);
            for (unsigned value = 0; value <= UINT8_MAX; value++) {
                frame.bytes[at] = (uint8_t)value;
                try_bytes(frame.bytes, frame.size, direction);
            }
            frame.bytes[at] = saved;
        }
    }
}

static void test_random_bodies(void **state)
{
    unsigned seed = 1;
    for (int round = 0; round < 50000; round++) {
        struct frame frame;
        size_t i = (size_t)(round % 16);
        const struct message_info *info = message_info(SAMPLE_TYPES[i]);
        size_t span = info->body_max_bytes - info->body_min_bytes + 1u;
        size_t body = info->body_min_bytes + (size_t)rand_r(&seed) % span;
        make_frame(SAMPLE_TYPES[i], round & 16 ? SAMPLE_LARGEST : SAMPLE_SMALLEST, &frame);
        for (size_t at = frame.size; at < body + MESSAGE_HEADER_BYTES; at++)
            frame.bytes[at] = (uint8_t)rand_r(&seed);
        for (int change = 0; change < 3; change++)
            frame.bytes[MESSAGE_HEADER_BYTES + (size_t)rand_r(&seed) % body] =
                (uint8_t)rand_r(&seed);
        set_length(&frame, body);
        frame.size = body + MESSAGE_HEADER_BYTES;
        try_frame(&frame);
    }
}

/* Each run of A in a frame is a text: bad ones are written over its start and its end. */
static void test_bad_texts(void **state)
{
    static const char *const bad[] = {
        "\x1f",
        "\n",
        "\x7f",
        "\xc2\x9b",
        "\x80",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xed\xa0\x80",
        "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80",
        "\xf8\x88\x80\x80",
        "\xff",
        "\xe2\x80\xa8",
        "\xe2\x80\xae",
        "\xe2\x81\xa6",
        "\xc3",
        "\xe2\x82",
        "\xf0\x9f\x98",
    };
    for (size_t i = 0; SAMPLE_TYPES[i]; i++) {
        struct frame frame;
        make_frame(SAMPLE_TYPES[i], SAMPLE_LARGEST, &frame);
        for (size_t at = MESSAGE_HEADER_BYTES; at < frame.size; at++) {
            bool starts = frame.bytes[at] == 'A' && frame.bytes[at - 1] != 'A';
            bool ends =
                frame.bytes[at] == 'A' && (at + 1 == frame.size || frame.bytes[at + 1] != 'A');
            for (size_t b = 0; (starts || ends) && b < sizeof bad / sizeof bad[0]; b++) {
                struct frame broken = frame;
                size_t size = strlen(bad[b]);
                if (SAMPLE_TYPES[i] == MESSAGE_TEXT && strcmp(bad[b], "\n") == 0)
                    continue; /* which alone has lines */
                memcpy(broken.bytes + (starts ? at : at + 1 - size), bad[b], size);
                assert_int_equal(try_frame(&broken), MESSAGE_BAD);
            }
        }
        /* A NUL would end the text in our struct, earlier than its length says. */
        uint8_t *letter = memchr(frame.bytes, 'A', frame.size);
        if (letter) {
            *letter = '\0';
            assert_int_equal(try_frame(&frame), MESSAGE_BAD);
        }
    }
}

/* A number in a body that its field cannot have; the smallest sample otherwise. */
static void test_fields_out_of_range(void **state)
{
    static const struct {
        uint8_t type;
        uint16_t offset; /* in the body */
        uint8_t size;
        uint64_t value;
    } cases[] = {
        {MESSAGE_HELLO, 0, 4, 0x4844534c}, /* magic */
        {MESSAGE_HELLO, 4, 2, 0},          /* lowest version */
        {MESSAGE_HELLO, 4, 2, 2},          /* above the highest, which is 1 */
        {MESSAGE_HELLO, 6, 2, 0},          /* highest version */
        {MESSAGE_HELLO, 8, 1, 0},          /* role */
        {MESSAGE_HELLO, 8, 1, 4},
        {MESSAGE_HELLO, 21, 1, 1},  /* name beyond the body */
        {MESSAGE_WELCOME, 0, 2, 0}, /* a version that is not ours */
        {MESSAGE_WELCOME, 0, 2, MESSAGE_VERSION_MAX + 1},
        {MESSAGE_REJECT, 0, 1, 0}, /* reason */
        {MESSAGE_BYE, 0, 1, 0},
        {MESSAGE_ENTER, 0, 8, 0}, /* control number */
        {MESSAGE_LEAVE, 0, 8, 0},
        {MESSAGE_ENTERED, 0, 8, 0},
        {MESSAGE_ENTERED, 8, 1, 2}, /* taken */
        {MESSAGE_ENTERED, 9, 1, 8}, /* locks */
        {MESSAGE_REPORT, 0, 8, 0},  /* control number */
        {MESSAGE_REPORT, 12, 1, 2}, /* wants_ack */
        {MESSAGE_REPORT, 21, 1, 0}, /* count */
        {MESSAGE_REPORT, 21, 1, 2}, /* more events than bytes */
        {MESSAGE_REPORT, 21, 1, 65},
        {MESSAGE_REPORT, 21, 1, 255},
        {MESSAGE_REPORT, 22, 1, 0},     /* EV_SYN */
        {MESSAGE_REPORT, 22, 1, 4},     /* EV_MSC */
        {MESSAGE_REPORT, 22, 1, 5},     /* EV_SW */
        {MESSAGE_REPORT, 23, 2, 0},     /* KEY_RESERVED */
        {MESSAGE_REPORT, 23, 2, 0x300}, /* above KEY_MAX */
        {MESSAGE_REPORT, 23, 2, 0xffff},
        {MESSAGE_REPORT, 25, 4, 2}, /* a repeat */
        {MESSAGE_REPORT, 25, 4, 0xffffffff},
        {MESSAGE_PRESS, 12, 1, 0}, /* count of keys */
        {MESSAGE_PRESS, 12, 1, 2}, /* more keys than bytes */
        {MESSAGE_PRESS, 12, 1, SCRIPT_KEYS_MAX + 1},
        {MESSAGE_PRESS, 13, 2, 0}, /* KEY_RESERVED */
        {MESSAGE_PRESS, 13, 2, 0x300},
        {MESSAGE_TEXT, 12, 1, 2}, /* only_look */
        {MESSAGE_TEXT, 13, 1, 0}, /* length */
        {MESSAGE_TEXT, 13, 1, 2},
        {MESSAGE_TEXT, 14, 1, 0x0d}, /* a control character */
        {MESSAGE_TEXT, 14, 1, 0x1b},
        {MESSAGE_TEXT, 14, 1, 0xff}, /* no UTF-8 */
        {MESSAGE_TYPED, 4, 1, 0},    /* result */
        {MESSAGE_TYPED, 4, 1, 5},
        {MESSAGE_STATE, 0, 1, 2}, /* ready */
        {MESSAGE_LEDS, 0, 1, 8},
        {MESSAGE_SCREEN_STATE, 0, 1, 2}, /* has_screen */
        {MESSAGE_SCREEN_WISH, 0, 1, 3},  /* quality */
        {MESSAGE_SCREEN_WISH, 1, 2, 249},
        {MESSAGE_SCREEN_WISH, 1, 2, 1001},
        {MESSAGE_SCREEN_FIGURES, 32, 2, 1001},
        {MESSAGE_SCREEN_FIGURES, 34, 2, 1001},
        {MESSAGE_GEOMETRY, 0, 2, 0}, /* width */
        {MESSAGE_GEOMETRY, 2, 2, 0},
        {MESSAGE_GEOMETRY, 4, 1, 1}, /* more monitors than bytes */
        {MESSAGE_GEOMETRY, 4, 1, 9},
        {MESSAGE_GEOMETRY, 4, 1, 255},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame frame;
        make_frame(cases[i].type, SAMPLE_SMALLEST, &frame);
        uint64_t value = cases[i].value;
        for (size_t at = cases[i].size; at > 0; at--, value >>= 8)
            frame.bytes[MESSAGE_HEADER_BYTES + cases[i].offset + at - 1] = (uint8_t)value;
        enum message_result result = try_frame(&frame);
        if (result != MESSAGE_BAD)
            print_message("# case %zu\n", i);
        assert_int_equal(result, MESSAGE_BAD);
    }
}

static void test_monitors_without_size(void **state)
{
    struct frame frame;
    make_frame(MESSAGE_GEOMETRY, SAMPLE_LARGEST, &frame);
    uint8_t *last = frame.bytes + frame.size - (8 + MESSAGE_NAME_ROOM);
    for (size_t at = 4; at < 8; at += 2) { /* width, height */
        struct frame broken = frame;
        size_t offset = (size_t)(last - frame.bytes) + at;
        broken.bytes[offset] = broken.bytes[offset + 1] = 0;
        assert_int_equal(try_frame(&broken), MESSAGE_BAD);
    }
}

static void test_frames_in_a_row(void **state)
{
    uint8_t stream[4096];
    size_t size = 0;
    size_t at = 0;
    size_t count = 0;
    size_t sent = 0;

    for (size_t i = 0; SAMPLE_TYPES[i]; i++) {
        struct frame frame;
        if (!(message_info(SAMPLE_TYPES[i])->direction & MESSAGE_TO_AGENT))
            continue;
        make_frame(SAMPLE_TYPES[i], SAMPLE_LARGEST, &frame);
        memcpy(stream + size, frame.bytes, frame.size);
        size += frame.size;
        sent++;
    }
    while (at < size) {
        struct message message;
        size_t used = 0;
        const char *why = NULL;
        assert_int_equal(
            message_decode(stream + at, size - at, MESSAGE_TO_AGENT, &message, &used, &why),
            MESSAGE_OK);
        at += used;
        count++;
    }
    assert_int_equal(at, size);
    assert_int_equal(count, sent);
}

/* Other protocols on our port: their first bytes are no message. */
static void test_other_protocols(void **state)
{
    static const char *const others[] = {"GET / HTTP/1.1\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
                                         "RFB 003.008\n", "\x16\x03\x01\x02\x00\x01", "EHLO x\r\n"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(try_bytes((const uint8_t *)others[i], 6, MESSAGE_TO_SERVER), MESSAGE_BAD);
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
        cmocka_unit_test(test_truncated_anywhere),
        cmocka_unit_test(test_body_ends_early),
        cmocka_unit_test(test_body_goes_on),
        cmocka_unit_test(test_lengths_from_the_header),
        cmocka_unit_test(test_unknown_types),
        cmocka_unit_test(test_wrong_way),
        cmocka_unit_test(test_every_byte_every_value),
        cmocka_unit_test(test_random_bodies),
        cmocka_unit_test(test_bad_texts),
        cmocka_unit_test(test_fields_out_of_range),
        cmocka_unit_test(test_monitors_without_size),
        cmocka_unit_test(test_frames_in_a_row),
        cmocka_unit_test(test_other_protocols),
    };
    return cmocka_run_group_tests_name("hostile messages", tests, set_up, tear_down);
}
