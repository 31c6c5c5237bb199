/* Codes: how many, how long, once, and what a wrong proof does. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/times.h"
#include "server/net/pairing.h"

#define START_US 1000000

static struct pairing pairing;
static struct pairing_ends ends;

static int start(void **state)
{
    pairing = (struct pairing){0};
    memset(&ends, 0, sizeof ends);
    ends.exporter[0] = 1;
    ends.agent.sha256[0] = 2;
    ends.server.sha256[0] = 3;
    return 0;
}

static uint32_t add(const char *name, struct code *ret_code)
{
    char text[CODE_TEXT_ROOM];
    uint32_t id = 0;
    assert_int_equal(pairing_add(&pairing, name, START_US, &id, text), 0);
    assert_int_not_equal(id, 0);
    assert_true(code_parse(text, ret_code));
    return id;
}

static void prove(const struct code *code, const struct pairing_ends *whose, uint8_t *ret_proof)
{
    assert_int_equal(
        code_proof(code, "agent", whose->exporter, &whose->agent, &whose->server, ret_proof), 0);
}

static bool try(const struct code *code, uint64_t now_us, struct pairing_match *ret_match)
{
    uint8_t proof[CODE_PROOF_BYTES];
    prove(code, &ends, proof);
    return pairing_try(&pairing, proof, &ends, now_us, ret_match);
}

static void a_right_proof_is_answered(void **state)
{
    struct code code;
    struct pairing_match match;
    uint8_t expected[CODE_PROOF_BYTES];
    uint32_t id = add("lab3", &code);
    assert_true(try(&code, START_US, &match));
    assert_int_equal(match.id, id);
    assert_string_equal(match.name, "lab3");
    assert_int_equal(
        code_proof(&code, "server", ends.exporter, &ends.agent, &ends.server, expected), 0);
    assert_memory_equal(match.answer, expected, sizeof expected);
}

static void a_code_works_once(void **state)
{
    struct code code;
    struct pairing_match match;
    add(NULL, &code);
    assert_true(try(&code, START_US, &match));
    assert_string_equal(match.name, "");
    assert_false(try(&code, START_US, &match));
    assert_false(pairing_is_open(&pairing, START_US));
}

static void a_wrong_proof_burns_nothing(void **state)
{
    struct code code, other;
    struct pairing_match match;
    add(NULL, &code);
    assert_int_equal(code_make(&other), 0);
    for (int i = 0; i < 1000; i++)
        assert_false(try(&other, START_US, &match));
    assert_true(try(&code, START_US, &match));
}

/* Who stands between has other exporters and other keys. */
static void a_proof_is_of_one_connection(void **state)
{
    struct code code;
    struct pairing_match match;
    uint8_t proof[CODE_PROOF_BYTES];
    add(NULL, &code);
    for (int i = 0; i < 3; i++) {
        struct pairing_ends others = ends;
        uint8_t *const changed[] = {&others.exporter[31], &others.agent.sha256[31],
                                    &others.server.sha256[31]};
        *changed[i] ^= 1;
        prove(&code, &others, proof);
        assert_false(pairing_try(&pairing, proof, &ends, START_US, &match));
    }
    assert_true(pairing_is_open(&pairing, START_US));
}

/* The proof of the other side, sent back, is none. */
static void a_proof_cannot_be_mirrored(void **state)
{
    struct code code;
    struct pairing_match match;
    uint8_t proof[CODE_PROOF_BYTES];
    add(NULL, &code);
    code_proof(&code, "server", ends.exporter, &ends.agent, &ends.server, proof);
    assert_false(pairing_try(&pairing, proof, &ends, START_US, &match));
}

/* The secret of a free place is all zeros, as everybody knows. */
static void a_free_place_is_no_code(void **state)
{
    struct code zeros = {0};
    struct pairing_match match;
    assert_false(try(&zeros, START_US, &match));
}

static void three_at_most(void **state)
{
    struct code codes[PAIRING_CODES_MAX];
    char text[CODE_TEXT_ROOM];
    uint32_t id = 0;
    struct pairing_match match;
    for (int i = 0; i < PAIRING_CODES_MAX; i++)
        add(NULL, &codes[i]);
    assert_int_equal(pairing_add(&pairing, NULL, START_US, &id, text), -EBUSY);
    for (int i = PAIRING_CODES_MAX - 1; i >= 0; i--)
        assert_true(try(&codes[i], START_US, &match));
    assert_int_equal(pairing_add(&pairing, NULL, START_US, &id, text), 0);
}

static void ten_minutes(void **state)
{
    struct code code;
    struct pairing_match match;
    uint32_t id = add(NULL, &code);
    uint64_t end_us = START_US + time_us(TIME_CODE_VALID);
    assert_true(pairing_is_open(&pairing, end_us - 1));
    assert_int_equal(pairing_take_expired(&pairing, end_us - 1), 0);
    assert_false(pairing_is_open(&pairing, end_us));
    assert_false(try(&code, end_us, &match));
    assert_int_equal(pairing_take_expired(&pairing, end_us), id);
    assert_int_equal(pairing_take_expired(&pairing, end_us), 0);
}

static void at_the_last_moment(void **state)
{
    struct code code;
    struct pairing_match match;
    add(NULL, &code);
    assert_true(try(&code, START_US + time_us(TIME_CODE_VALID) - 1, &match));
}

static void an_expired_code_makes_room(void **state)
{
    struct code code;
    char text[CODE_TEXT_ROOM];
    uint32_t id = 0;
    uint64_t end_us = START_US + time_us(TIME_CODE_VALID);
    uint32_t first = add(NULL, &code);
    for (int i = 1; i < PAIRING_CODES_MAX; i++)
        add(NULL, &code);
    /* Not before who waits for it can be told: its place is the only trace of it. */
    assert_int_equal(pairing_add(&pairing, NULL, end_us, &id, text), -EBUSY);
    assert_int_equal(pairing_take_expired(&pairing, end_us), first);
    assert_int_equal(pairing_add(&pairing, NULL, end_us, &id, text), 0);
}

static void cancelled_is_gone(void **state)
{
    struct code code;
    struct pairing_match match;
    uint32_t id = add(NULL, &code);
    assert_true(pairing_cancel(&pairing, id));
    assert_false(pairing_cancel(&pairing, id));
    assert_false(pairing_cancel(&pairing, 0));
    assert_false(try(&code, START_US, &match));
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_right_proof_is_answered),
        TEST(a_code_works_once),
        TEST(a_wrong_proof_burns_nothing),
        TEST(a_proof_is_of_one_connection),
        TEST(a_proof_cannot_be_mirrored),
        TEST(a_free_place_is_no_code),
        TEST(three_at_most),
        TEST(ten_minutes),
        TEST(at_the_last_moment),
        TEST(an_expired_code_makes_room),
        TEST(cancelled_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
