/* Pairing codes: what is read, what is refused, and vectors for other implementations. */
#include "common/code.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CODES      50
#define CODE_CHARS 16

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Where the characters stand among the hyphens. */
static unsigned place(unsigned index)
{
    return index + index / 4;
}

static void test_round_trip(void **state)
{
    struct code previous = {{0}};

    for (int i = 0; i < CODES; i++) {
        struct code code, again;
        char text[CODE_TEXT_ROOM];

        assert_int_equal(code_make(&code), 0);
        assert_true(code.secret[0] <= 7); /* 75 bits */
        assert_memory_not_equal(&code, &previous, sizeof code);
        previous = code;
        code_format(&code, text);
        assert_int_equal(strlen(text), CODE_TEXT_ROOM - 1);
        assert_int_equal(text[4], '-');
        assert_int_equal(text[9], '-');
        assert_int_equal(text[14], '-');
        assert_true(code_parse(text, &again));
        assert_memory_equal(&code, &again, sizeof code);
    }
}

/* All of the 75 bits are random: each is seen as 0 and as 1. */
static void test_all_bits(void **state)
{
    uint8_t ones[CODE_SECRET_BYTES] = {0}, zeros[CODE_SECRET_BYTES] = {0};

    for (int i = 0; i < 200; i++) {
        struct code code;

        assert_int_equal(code_make(&code), 0);
        for (int b = 0; b < CODE_SECRET_BYTES; b++) {
            ones[b] |= code.secret[b];
            zeros[b] |= (uint8_t)~code.secret[b];
        }
    }
    for (int b = 0; b < CODE_SECRET_BYTES; b++) {
        assert_int_equal(ones[b], b == 0 ? 0x07 : 0xff);
        assert_int_equal(zeros[b], 0xff);
    }
}

static void test_vectors(void **state)
{
    static const struct {
        uint8_t secret[CODE_SECRET_BYTES];
        const char *text;
    } vectors[] = {
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "0000-0000-0000-0000"},
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "0000-0000-0000-0012"},
        {{4, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "G000-0000-0000-0006"},
        {{7, 255, 255, 255, 255, 255, 255, 255, 255, 255}, "ZZZZ-ZZZZ-ZZZZ-ZZZN"},
        {{1, 35, 69, 103, 137, 171, 205, 239, 1, 35}, "4HMA-SW9N-F6YY-093X"},
    };

    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct code code;
        char text[CODE_TEXT_ROOM];

        memcpy(code.secret, vectors[i].secret, sizeof code.secret);
        code_format(&code, text);
        assert_string_equal(text, vectors[i].text);
    }
}

static void test_each_wrong_character(void **state)
{
    for (int i = 0; i < CODES; i++) {
        struct code code, unused;
        char text[CODE_TEXT_ROOM];

        assert_int_equal(code_make(&code), 0);
        code_format(&code, text);
        for (unsigned at = 0; at < CODE_CHARS; at++) {
            char right = text[place(at)];

            for (const char *wrong = alphabet; *wrong != '\0'; wrong++) {
                text[place(at)] = *wrong;
                assert_int_equal(code_parse(text, &unused), *wrong == right);
            }
            text[place(at)] = right;
        }
    }
}

static void test_each_swap(void **state)
{
    for (int i = 0; i < CODES; i++) {
        struct code code, unused;
        char text[CODE_TEXT_ROOM];

        assert_int_equal(code_make(&code), 0);
        code_format(&code, text);
        for (unsigned a = 0; a < CODE_CHARS; a++) {
            for (unsigned b = a + 1; b < CODE_CHARS; b++) {
                char swapped[CODE_TEXT_ROOM];

                memcpy(swapped, text, sizeof swapped);
                swapped[place(a)] = text[place(b)];
                swapped[place(b)] = text[place(a)];
                assert_int_equal(code_parse(swapped, &unused), text[place(a)] == text[place(b)]);
            }
        }
    }
}

static void test_forgiving(void **state)
{
    struct code code = {{1, 35, 69, 103, 137, 171, 205, 239, 1, 35}}, again;
    char text[CODE_TEXT_ROOM], other[64];
    size_t used = 0;

    code_format(&code, text);
    for (size_t i = 0; text[i] != '\0'; i++)
        other[i] = (char)tolower(text[i]);
    other[strlen(text)] = '\0';
    assert_true(code_parse(other, &again));
    assert_memory_equal(&code, &again, sizeof code);
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] != '-')
            other[used++] = text[i];
    }
    memcpy(other + used, " \r\n", 4);
    assert_true(code_parse(other, &again));
    assert_memory_equal(&code, &again, sizeof code);
    assert_true(code_parse("oOoO-0000 0o0o - \tO0O0\n", &again));
    assert_true(code_parse("0000-0000-0000-00i2", &again));
    assert_true(code_parse("0000-0000-0000-00L2", &again));
    assert_int_equal(again.secret[9], 1);
}

static void test_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "-",
        "0",
        "0000-0000-0000-000",
        "0000-0000-0000-00000",
        "0000-0000-0000-0000-0000",
        "000U-0000-0000-0000",
        "000*-0000-0000-0000",
        "000\xc3\xa9-0000-0000-0000",
        "0000_0000_0000_0000",
        "0000-0000-0000-0001",
    };
    struct code code, before;

    memset(&code, 0x5a, sizeof code);
    before = code;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(code_parse(wrong[i], &code));
    assert_memory_equal(&code, &before, sizeof code);
}

static void hex(const uint8_t bytes[CODE_PROOF_BYTES], char ret_text[2 * CODE_PROOF_BYTES + 1])
{
    for (int i = 0; i < CODE_PROOF_BYTES; i++)
        sprintf(ret_text + 2 * i, "%02x", bytes[i]);
}

/* From Python: hmac.new(bytes(range(10)), side + bytes([1]*32 + [2]*32 + [3]*32), "sha256") */
static void test_proof(void **state)
{
    struct code code = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
    uint8_t exporter[32], agent_proof[CODE_PROOF_BYTES], server_proof[CODE_PROOF_BYTES];
    struct fingerprint agent, server;
    char text[2 * CODE_PROOF_BYTES + 1];

    memset(exporter, 1, sizeof exporter);
    memset(&agent, 2, sizeof agent);
    memset(&server, 3, sizeof server);
    assert_int_equal(code_proof(&code, "agent", exporter, &agent, &server, agent_proof), 0);
    assert_int_equal(code_proof(&code, "server", exporter, &agent, &server, server_proof), 0);
    hex(agent_proof, text);
    assert_string_equal(text, "34e67a248534426f3fac131c183b2cf924882b04e01a3fc607d9a52b13d1019f");
    hex(server_proof, text);
    assert_string_equal(text, "aaff03a151a4eca0e032f8ae51d4a3992f8df48ca025d3058e5aaf91be67e113");
    assert_true(code_proof_equal(agent_proof, agent_proof));
    assert_false(code_proof_equal(agent_proof, server_proof));
    memcpy(server_proof, agent_proof, sizeof server_proof);
    server_proof[CODE_PROOF_BYTES - 1] ^= 1;
    assert_false(code_proof_equal(agent_proof, server_proof));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_all_bits),
        cmocka_unit_test(test_vectors),    cmocka_unit_test(test_each_wrong_character),
        cmocka_unit_test(test_each_swap),  cmocka_unit_test(test_forgiving),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_proof),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
