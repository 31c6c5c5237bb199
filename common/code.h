/*
 * Pairing codes and proofs (protocol/PROTOCOL.md, "Pairing").
 *
 * A code is sixteen characters of Crockford base32 (0123456789ABCDEFGHJKMNPQRSTVWXYZ, values 0..31)
 * in four groups, "7K3F-...". The first fifteen are a secret of 75 bits, the highest bits first;
 * the sixteenth is a check, so that a typing error is told from a used code:
 *
 *     s = 0; for each of the sixteen values v: s = twice(s) xor v
 *     twice(s) = s << 1, and then xor 0x25 if that is 32 or more
 *
 * The code is well typed when s ends as 0.
 * That is a polynomial over GF(32) (modulo x^5 + x^2 + 1) at its generator 2, whose order is 31:
 * every single wrong character is caught, and every swap of two different characters, wherever they
 * stand. Of other errors 31 in 32.
 *
 * Reading forgives case, spaces, hyphens and line ends, and O I L for 0 1 1. Whoever holds a struct
 * code or its text wipes it after use (explicit_bzero).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/identity.h"

#define CODE_TEXT_ROOM    20 /* four groups, three hyphens, NUL */
#define CODE_SECRET_BYTES 10 /* the top 5 bits of the first are 0 */
#define CODE_PROOF_BYTES  32

struct code {
    uint8_t secret[CODE_SECRET_BYTES];
};

int code_make(struct code *ret_code); /* 0 or -EIO when there is no randomness */
void code_format(const struct code *code, char ret_text[CODE_TEXT_ROOM]);
bool code_parse(const char *text, struct code *ret_code); /* false: mistyped */

/* HMAC-SHA-256 with the ten secret bytes as its key, of side | exporter | agent | server: `side` is
 * "agent" or "server" without its NUL, `exporter` is stream_export("EXPORTER-hotdesk-pair"), the
 * rest are the SHA-256 of both keys. 0 or -EIO. */
int code_proof(const struct code *code, const char *side, const uint8_t exporter[32],
               const struct fingerprint *agent, const struct fingerprint *server,
               uint8_t ret_proof[CODE_PROOF_BYTES]);
/* In constant time. */
bool code_proof_equal(const uint8_t a[CODE_PROOF_BYTES], const uint8_t b[CODE_PROOF_BYTES]);
