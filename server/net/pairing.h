/*
 * Pairing codes that are valid now: at most PAIRING_CODES_MAX, each for TIME_CODE_VALID and once.
 * Pure, except that a new code needs randomness.
 *
 * A wrong proof changes nothing (else a stranger could use up a code); the right one burns its code
 * in the same call. How long a trial takes tells nothing about the codes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/code.h"
#include "common/identity.h"
#include "common/name.h"
#include "protocol/limits.h"

struct pairing_code {
    uint32_t id; /* 0: this place is free */
    struct code code;
    char name[NAME_ROOM]; /* wished for; empty: the host name of who comes */
    uint64_t until_us;
};

struct pairing {
    struct pairing_code codes[PAIRING_CODES_MAX];
    uint32_t last_id;
};

/* What the two ends of one connection prove. */
struct pairing_ends {
    uint8_t exporter[32];
    struct fingerprint agent, server;
};

struct pairing_match {
    uint32_t id;
    char name[NAME_ROOM];
    uint8_t answer[CODE_PROOF_BYTES]; /* the server's proof */
};

/* `name` or NULL. 0 with *ret_id and the text of the code; -EBUSY: too many, those counted that
 * have expired and were not taken out (pairing_take_expired); -EIO: no randomness. */
int pairing_add(struct pairing *pairing, const char *name, uint64_t now_us, uint32_t *ret_id,
                char ret_text[CODE_TEXT_ROOM]);
bool pairing_is_open(const struct pairing *pairing, uint64_t now_us);
/* False when it was not there any more. */
bool pairing_cancel(struct pairing *pairing, uint32_t id);
/* Takes out one whose time is over and returns its id; 0 when there is none. */
uint32_t pairing_take_expired(struct pairing *pairing, uint64_t now_us);
/* True: the proof is right, its code is burnt. */
bool pairing_try(struct pairing *pairing, const uint8_t proof[CODE_PROOF_BYTES],
                 const struct pairing_ends *ends, uint64_t now_us, struct pairing_match *ret_match);
