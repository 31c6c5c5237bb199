#include "common/code.h"

#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#define CODE_CHARS   16
#define SECRET_CHARS 15
#define GROUP_CHARS  4
#define SIDE_MAX     8

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* One step of the check: times two in GF(32), modulo x^5 + x^2 + 1, plus the next character. */
static uint8_t check_step(uint8_t check, uint8_t value)
{
    check = (uint8_t)(check << 1);
    if (check >= 32)
        check ^= 0x25;
    return check ^ value;
}

/* Character i of the secret holds bits 74 - 5i down to 70 - 5i; the top 5 bits of the 80 are 0. */
static uint8_t secret_value(const uint8_t secret[CODE_SECRET_BYTES], unsigned index)
{
    uint8_t value = 0;

    for (unsigned bit = 5 + 5 * index; bit < 10 + 5 * index; bit++)
        value = (uint8_t)(value << 1 | ((secret[bit / 8] >> (7 - bit % 8)) & 1));
    return value;
}

static void secret_set_value(uint8_t secret[CODE_SECRET_BYTES], unsigned index, uint8_t value)
{
    for (unsigned i = 0; i < 5; i++) {
        unsigned bit = 5 + 5 * index + i;

        if ((value >> (4 - i)) & 1)
            secret[bit / 8] |= (uint8_t)(1 << (7 - bit % 8));
    }
}

int code_make(struct code *ret_code)
{
    struct code code;

    if (RAND_priv_bytes(code.secret, sizeof code.secret) != 1)
        return -EIO;
    code.secret[0] &= 0x07;
    *ret_code = code;
    OPENSSL_cleanse(&code, sizeof code);
    return 0;
}

void code_format(const struct code *code, char ret_text[CODE_TEXT_ROOM])
{
    uint8_t check = 0;
    size_t used = 0;

    for (unsigned i = 0; i < CODE_CHARS; i++) {
        /* The last value is what brings the check to 0. */
        uint8_t value = i < SECRET_CHARS ? secret_value(code->secret, i) : check_step(check, 0);

        check = check_step(check, value);
        if (i > 0 && i % GROUP_CHARS == 0)
            ret_text[used++] = '-';
        ret_text[used++] = alphabet[value];
    }
    ret_text[used] = '\0';
}

static int value_of(char c)
{
    const char *found;

    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    found = c == '\0' ? NULL : strchr(alphabet, c);
    return found == NULL ? -1 : (int)(found - alphabet);
}

bool code_parse(const char *text, struct code *ret_code)
{
    struct code code = {{0}};
    unsigned count = 0;
    uint8_t check = 0;
    bool right = true;

    for (; *text != '\0' && right; text++) {
        int value;

        if (strchr(" \t\r\n-", *text) != NULL)
            continue;
        value = value_of(*text);
        right = value >= 0 && count < CODE_CHARS;
        if (!right)
            break;
        if (count < SECRET_CHARS)
            secret_set_value(code.secret, count, (uint8_t)value);
        check = check_step(check, (uint8_t)value);
        count++;
    }
    right = right && count == CODE_CHARS && check == 0;
    if (right)
        *ret_code = code;
    OPENSSL_cleanse(&code, sizeof code);
    return right;
}

int code_proof(const struct code *code, const char *side, const uint8_t exporter[32],
               const struct fingerprint *agent, const struct fingerprint *server,
               uint8_t ret_proof[CODE_PROOF_BYTES])
{
    uint8_t text[SIDE_MAX + 32 + 2 * sizeof agent->sha256];
    size_t used = strlen(side);
    unsigned proof_bytes = 0;

    assert(strcmp(side, "agent") == 0 || strcmp(side, "server") == 0);
    memcpy(text, side, used);
    memcpy(text + used, exporter, 32);
    used += 32;
    memcpy(text + used, agent->sha256, sizeof agent->sha256);
    used += sizeof agent->sha256;
    memcpy(text + used, server->sha256, sizeof server->sha256);
    used += sizeof server->sha256;
    if (HMAC(EVP_sha256(), code->secret, sizeof code->secret, text, used, ret_proof,
             &proof_bytes) == NULL ||
        proof_bytes != CODE_PROOF_BYTES)
        return -EIO;
    return 0;
}

bool code_proof_equal(const uint8_t a[CODE_PROOF_BYTES], const uint8_t b[CODE_PROOF_BYTES])
{
    return CRYPTO_memcmp(a, b, CODE_PROOF_BYTES) == 0;
}
