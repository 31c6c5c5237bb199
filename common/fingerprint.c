#include "common/identity.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define PREFIX           "SHA256:"
#define PREFIX_CHARS     7
#define BASE64_CHARS     43
#define BASE64_ROOM      45 /* one '=' of padding that is never shown, NUL */
#define BASE64_OUT_BYTES 33 /* OpenSSL decodes whole groups: one byte more than was meant */

void fingerprint_format(const struct fingerprint *fingerprint, char ret_text[FINGERPRINT_TEXT_ROOM])
{
    char base64[BASE64_ROOM];

    EVP_EncodeBlock((unsigned char *)base64, fingerprint->sha256, sizeof fingerprint->sha256);
    memcpy(ret_text, PREFIX, PREFIX_CHARS);
    memcpy(ret_text + PREFIX_CHARS, base64, BASE64_CHARS);
    ret_text[PREFIX_CHARS + BASE64_CHARS] = '\0';
}

bool fingerprint_parse(const char *text, struct fingerprint *ret_fingerprint)
{
    char base64[BASE64_ROOM];
    char again[FINGERPRINT_TEXT_ROOM];
    uint8_t bytes[BASE64_OUT_BYTES];
    struct fingerprint fingerprint;

    if (strlen(text) != PREFIX_CHARS + BASE64_CHARS || memcmp(text, PREFIX, PREFIX_CHARS) != 0)
        return false;
    memcpy(base64, text + PREFIX_CHARS, BASE64_CHARS);
    memcpy(base64 + BASE64_CHARS, "=", 2);
    if (EVP_DecodeBlock(bytes, (const unsigned char *)base64, BASE64_CHARS + 1) != BASE64_OUT_BYTES)
        return false;
    memcpy(fingerprint.sha256, bytes, sizeof fingerprint.sha256);
    /* One text a fingerprint: OpenSSL forgives white space and stray low bits, a list of pins must
     * not. */
    fingerprint_format(&fingerprint, again);
    if (strcmp(again, text) != 0)
        return false;
    *ret_fingerprint = fingerprint;
    return true;
}

bool fingerprint_equal(const struct fingerprint *a, const struct fingerprint *b)
{
    return CRYPTO_memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0;
}
