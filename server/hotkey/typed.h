/*
 * Keys that were typed after a command and before its verdict: nobody knows yet whose they are.
 * Kept in parts, one for each command without a verdict, in order. Bounded; pure. They live in
 * memory for as long as a verdict takes, and are never logged.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/keyset.h"
#include "protocol/report.h"

#define GRAB_TYPED_MAX 256
#define GRAB_GIVEN_MAX (2 * GRAB_TYPED_MAX)

struct grab_key {
    uint16_t code;
    bool down;
};

struct typed {
    struct grab_key keys[GRAB_TYPED_MAX]; /* code 0 stands between two parts */
    size_t count;
};

void typed_clear(struct typed *typed);
/* Keys of the report, to the last part; false when they did not fit. */
bool typed_add_report(struct typed *typed, const struct report *report);
/* What comes from now on is another part. */
bool typed_begin_part(struct typed *typed);
/* Takes the first part out: ups of keys that were pressed before it are left out, and a key that
 * ends down but is not in `down`, the physical state, gets its up. Returns how many were written.
 */
size_t typed_take_part(struct typed *typed, const struct keyset *down,
                       struct grab_key ret_keys[GRAB_GIVEN_MAX]);
