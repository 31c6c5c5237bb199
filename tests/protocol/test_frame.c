/* Messages about pictures, and the damage that they tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"
#include "tests/protocol/guard.h"

static struct guard guard;

static const enum frame_type TYPES[] = {
    FRAME_READY,   FRAME_SIZE,    FRAME_DAMAGE, FRAME_CURSOR,    FRAME_BELL,
    FRAME_CURRENT, FRAME_STOPPED, FRAME_SEALED, FRAME_LOOK,      FRAME_FILE,
    FRAME_POINTER, FRAME_STATE,   FRAME_MOVE,   FRAME_THUMBNAIL,
};
#define TYPE_COUNT (sizeof TYPES / sizeof TYPES[0])

/* May it go this way? */
static bool goes(enum frame_type type, enum frame_way way)
{
    if (way == FRAME_TO_DECODER)
        return type == FRAME_SEALED || type == FRAME_LOOK;
    bool shared = type == FRAME_SIZE || type == FRAME_DAMAGE || type == FRAME_CURSOR ||
                  type == FRAME_BELL || type == FRAME_CURRENT || type == FRAME_MOVE ||
                  type == FRAME_THUMBNAIL;
    if (way == FRAME_FROM_DECODER)
        return shared || type == FRAME_READY || type == FRAME_STOPPED;
    return shared || type == FRAME_FILE || type == FRAME_POINTER || type == FRAME_STATE;
}

static enum frame_way way_of(enum frame_type type)
{
    return goes(type, FRAME_FROM_DECODER) ? FRAME_FROM_DECODER
           : goes(type, FRAME_TO_DECODER) ? FRAME_TO_DECODER
                                          : FRAME_TO_FOLLOWER;
}

/* Everything at its most, the rest 0. */
static void make(enum frame_type type, struct frame_message *ret_message)
{
    memset(ret_message, 0, sizeof *ret_message);
    ret_message->type = type;
    ret_message->number = 999;
    switch (type) {
    case FRAME_SIZE:
        ret_message->size = (struct frame_size){65535, 1024};
        break;
    case FRAME_THUMBNAIL:
        ret_message->size = (struct frame_size){480, 300};
        break;
    case FRAME_DAMAGE:
        ret_message->damage.sequence = UINT64_MAX;
        ret_message->damage.count = FRAME_RECTANGLES_MAX;
        for (size_t i = 0; i < FRAME_RECTANGLES_MAX; i++)
            ret_message->damage.rectangles[i] = (struct frame_rectangle){65534, 0, 1, 65535};
        break;
    case FRAME_MOVE:
        ret_message->move = (struct frame_move){.sequence = UINT64_MAX,
                                                .before = UINT64_MAX,
                                                .to = {0, 65534, 65535, 1},
                                                .from_y_px = 65534,
                                                .count = FRAME_RECTANGLES_MAX};
        for (size_t i = 0; i < FRAME_RECTANGLES_MAX; i++)
            ret_message->move.rectangles[i] = (struct frame_rectangle){65534, 55000, 1, 10000};
        break;
    case FRAME_LOOK:
        ret_message->look = FRAME_LOOK_THUMBNAIL;
        break;
    case FRAME_POINTER:
        ret_message->pointer = (struct frame_pointer){65535, 65534, true, true};
        break;
    case FRAME_STOPPED:
    case FRAME_STATE:
        memset(ret_message->text, 't', FRAME_TEXT_ROOM - 1);
        break;
    default:
        break;
    }
}

static bool decode(const uint8_t bytes[FRAME_MESSAGE_BYTES], enum frame_way way,
                   struct frame_message *ret_message)
{
    const char *why = NULL;
    bool good = frame_message_decode(guard_copy(&guard, bytes, FRAME_MESSAGE_BYTES), way,
                                     ret_message, &why);
    assert_int_equal(good, why == NULL);
    return good;
}

static void test_there_and_back(void **state)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        struct frame_message sent;
        struct frame_message got = {0};
        uint8_t bytes[FRAME_MESSAGE_BYTES];
        uint8_t again[FRAME_MESSAGE_BYTES];
        make(TYPES[i], &sent);
        assert_true(frame_message_encode(&sent, bytes));
        for (enum frame_way way = FRAME_FROM_DECODER; way <= FRAME_TO_FOLLOWER; way++)
            assert_int_equal(decode(bytes, way, &got), goes(TYPES[i], way));
        assert_int_equal(got.type, sent.type);
        assert_true(frame_message_encode(&got, again));
        assert_memory_equal(again, bytes, sizeof again);
    }
}

static void test_fields_arrive(void **state)
{
    struct frame_message sent = {.type = FRAME_DAMAGE, .number = 3};
    struct frame_message got;
    uint8_t bytes[FRAME_MESSAGE_BYTES];

    sent.damage = (struct frame_damage){0x1122334455667788, 2, {{1, 2, 3, 4}, {5, 6, 7, 800}}};
    assert_true(frame_message_encode(&sent, bytes));
    assert_true(decode(bytes, FRAME_TO_FOLLOWER, &got));
    assert_int_equal(got.number, 3);
    assert_memory_equal(&got.damage, &sent.damage, sizeof got.damage);
    sent = (struct frame_message){.type = FRAME_STATE, .text = "no screen: Wayland\nsession"};
    assert_true(frame_message_encode(&sent, bytes));
    assert_true(decode(bytes, FRAME_TO_FOLLOWER, &got));
    assert_string_equal(got.text, "no screen: Wayland?session");
    sent = (struct frame_message){.type = FRAME_POINTER, .pointer = {7, 8, false, true}};
    assert_true(frame_message_encode(&sent, bytes));
    assert_true(decode(bytes, FRAME_TO_FOLLOWER, &got));
    assert_memory_equal(&got.pointer, &sent.pointer, sizeof got.pointer);
}

/* Whatever one byte says, what is taken is the one encoding of itself. */
static void test_every_byte_every_value(void **state)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        struct frame_message message;
        uint8_t bytes[FRAME_MESSAGE_BYTES];
        uint8_t again[FRAME_MESSAGE_BYTES];
        make(TYPES[i], &message);
        assert_true(frame_message_encode(&message, bytes));
        for (size_t at = 0; at < FRAME_MESSAGE_BYTES; at++) {
            uint8_t saved = bytes[at];
            for (unsigned value = 0; value <= UINT8_MAX; value++) {
                bytes[at] = (uint8_t)value;
                if (!decode(bytes, way_of(TYPES[i]), &message))
                    continue;
                assert_true(frame_message_encode(&message, again));
                assert_memory_equal(again, bytes, sizeof again);
            }
            bytes[at] = saved;
        }
    }
}

static void assert_refused(const struct frame_message *message)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    assert_false(frame_message_encode(message, bytes));
}

static void test_out_of_range(void **state)
{
    struct frame_message message = {.type = FRAME_SIZE, .size = {0, 10}};
    assert_refused(&message);
    message.size = (struct frame_size){8192, 8193};
    assert_refused(&message);
    message = (struct frame_message){.type = FRAME_BELL, .number = 1000};
    assert_refused(&message);
    message = (struct frame_message){.type = FRAME_DAMAGE};
    assert_refused(&message);
    message.damage.count = FRAME_RECTANGLES_MAX + 1;
    assert_refused(&message);
    message.damage = (struct frame_damage){.count = 1, .rectangles = {{0, 0, 0, 1}}};
    assert_refused(&message);
    message.damage = (struct frame_damage){.count = 1, .rectangles = {{65535, 0, 1, 1}}};
    assert_refused(&message);
    message = (struct frame_message){.type = FRAME_MOVE,
                                     .move = {.to = {0, 0, 10, 10}, .from_x_px = UINT16_MAX - 9}};
    assert_refused(&message);
    message.move.from_x_px = 0;
    message.move.count = FRAME_RECTANGLES_MAX + 1;
    assert_refused(&message);
    message.move.count = 1;
    message.move.rectangles[0] = (struct frame_rectangle){0, 0, 1024, 257};
    assert_refused(&message);
    message = (struct frame_message){.type = FRAME_STOPPED};
    memset(message.text, 't', FRAME_TEXT_ROOM);
    assert_refused(&message);

    uint8_t bytes[FRAME_MESSAGE_BYTES] = {FRAME_DAMAGE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, UINT8_MAX};
    assert_false(decode(bytes, FRAME_FROM_DECODER, &message));
}

static void test_rectangles_and_sizes(void **state)
{
    assert_true(frame_size_is_valid(8192, 8192));
    assert_true(frame_size_is_valid(65535, 1024));
    assert_false(frame_size_is_valid(8192, 8193));
    assert_false(frame_size_is_valid(65536, 1));
    assert_false(frame_size_is_valid(0, 1));
    assert_false(frame_size_is_valid(1, 0));
    assert_false(frame_size_is_valid(UINT32_MAX, UINT32_MAX));
    assert_true(frame_rectangle_fits(&(struct frame_rectangle){0, 0, 10, 20}, 10, 20));
    assert_true(frame_rectangle_fits(&(struct frame_rectangle){9, 19, 1, 1}, 10, 20));
    assert_false(frame_rectangle_fits(&(struct frame_rectangle){9, 0, 2, 1}, 10, 20));
    assert_false(frame_rectangle_fits(&(struct frame_rectangle){0, 19, 1, 2}, 10, 20));
    assert_false(frame_rectangle_fits(&(struct frame_rectangle){0, 0, 0, 1}, 10, 20));
    assert_false(
        frame_rectangle_fits(&(struct frame_rectangle){65535, 65535, 65535, 65535}, 10, 20));
}

static bool covers(const struct frame_damage *damage, unsigned x, unsigned y)
{
    for (size_t i = 0; i < damage->count; i++) {
        const struct frame_rectangle *at = &damage->rectangles[i];
        if (x >= at->x_px && x < at->x_px + at->width_px && y >= at->y_px &&
            y < at->y_px + at->height_px)
            return true;
    }
    return false;
}

/* Whatever is added: all of it is told, and no more rectangles than there is room for. */
static void test_damage_is_never_lost(void **state)
{
    enum { SIDE = 100, ROUNDS = 200, ADDED = 60 };
    static bool dirty[SIDE][SIDE];

    srand(1);
    for (int round = 0; round < ROUNDS; round++) {
        struct frame_damage damage = {0};
        memset(dirty, 0, sizeof dirty);
        for (int i = 0; i < ADDED; i++) {
            struct frame_rectangle added = {(uint16_t)(rand() % SIDE), (uint16_t)(rand() % SIDE), 1,
                                            1};
            added.width_px = (uint16_t)(1 + rand() % (SIDE - added.x_px));
            added.height_px = (uint16_t)(1 + rand() % (round % 2 ? SIDE - added.y_px : 1));
            frame_damage_add(&damage, &added);
            for (int y = added.y_px; y < added.y_px + added.height_px; y++)
                memset(&dirty[y][added.x_px], true, added.width_px);
            assert_in_range(damage.count, 1, FRAME_RECTANGLES_MAX);
            assert_true(frame_damage_fits(&damage, SIDE, SIDE));
        }
        for (unsigned y = 0; y < SIDE; y++) {
            for (unsigned x = 0; x < SIDE; x++)
                assert_true(!dirty[y][x] || covers(&damage, x, y));
        }
    }
}

static void test_damage_is_not_more_than_needed(void **state)
{
    struct frame_damage damage = {0};

    for (uint16_t i = 0; i < FRAME_RECTANGLES_MAX; i++)
        frame_damage_add(&damage, &(struct frame_rectangle){(uint16_t)(i * 100), 0, 10, 10});
    assert_int_equal(damage.count, FRAME_RECTANGLES_MAX);
    assert_false(covers(&damage, 50, 5));
    frame_damage_add(&damage, &(struct frame_rectangle){110, 0, 10, 10});
    assert_int_equal(damage.count, FRAME_RECTANGLES_MAX);
    assert_true(covers(&damage, 119, 9));
    assert_false(covers(&damage, 50, 5));
    assert_false(covers(&damage, 150, 5));
    frame_damage_add(&damage, &(struct frame_rectangle){0, 0, 65535, 65535});
    assert_int_equal(damage.count, 1);
    frame_damage_add(&damage, &(struct frame_rectangle){65534, 65534, 1, 1});
    assert_int_equal(damage.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_fields_arrive),
        cmocka_unit_test(test_every_byte_every_value),
        cmocka_unit_test(test_out_of_range),
        cmocka_unit_test(test_rectangles_and_sizes),
        cmocka_unit_test(test_damage_is_never_lost),
        cmocka_unit_test(test_damage_is_not_more_than_needed),
    };
    guard_init(&guard);
    int failed = cmocka_run_group_tests_name("frame", tests, NULL, NULL);
    guard_finish(&guard);
    return failed;
}
