/*
 * A machine's own Ed25519 key with a self-signed certificate, and fingerprints of keys.
 *
 * A fingerprint is SHA-256 of the DER SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), shown as
 * "SHA256:" and 43 characters of base64, as ssh does. It is what is pinned.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINGERPRINT_TEXT_ROOM 51  /* "SHA256:" + 43 + NUL */
#define ERROR_ROOM            512 /* sentences of common/: what was wrong, where, what to do */

struct fingerprint {
    uint8_t sha256[32];
};

void fingerprint_format(const struct fingerprint *fingerprint,
                        char ret_text[FINGERPRINT_TEXT_ROOM]);
bool fingerprint_parse(const char *text, struct fingerprint *ret_fingerprint);
bool fingerprint_equal(const struct fingerprint *a,
                       const struct fingerprint *b); /* constant time */

struct identity;

/* Loads DIR/key.pem and DIR/certificate.pem, or makes them at first start, by one process or many:
 * files 0600, directory 0700. Wider rights or a foreign owner are refused; the sentence in
 * ret_error has the command that mends them. 0 or -errno. */
int identity_load_or_make(const char *directory, struct identity **ret_identity,
                          char ret_error[ERROR_ROOM]);
const struct fingerprint *identity_fingerprint(const struct identity *identity);
struct identity *identity_destroy(struct identity *identity); /* NULL */
