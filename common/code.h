/*
 * Pairing codes and proofs (docs: protocol/PROTOCOL.md, "Pairing").
 *
 * A code is sixteen characters of Crockford base32 in four groups, "7K3F-…": a secret of 75 bits and 5
 * bits of check, so that a typing error is told from a used code. Reading forgives case, spaces,
 * hyphens, and O I L for 0 1 1.
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

/* HMAC-SHA-256(secret, side | exporter | agent's key hash | server's key hash), `side` "agent" or "server". */
int code_proof(const struct code *code, const char *side, const uint8_t exporter[32],
               const struct fingerprint *agent, const struct fingerprint *server,
               uint8_t ret_proof[CODE_PROOF_BYTES]);
bool code_proof_equal(const uint8_t a[CODE_PROOF_BYTES], const uint8_t b[CODE_PROOF_BYTES]);
