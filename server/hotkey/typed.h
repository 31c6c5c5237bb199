/*
 * What a source has sent and the server has not read yet, as far as it knows: nobody can say whose
 * these keys are. Commands stand between them. Bounded; pure. Keys live in memory until the server
 * next says what it has read, at each ping, and are never logged.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/keyset.h"
#include "protocol/report.h"

#define GRAB_TYPED_MAX 1024
#define GRAB_GIVEN_MAX (2 * GRAB_TYPED_MAX)

struct grab_key {
    uint16_t code;
    bool down;
};

struct typed_key {
    uint64_t time_us;  /* when it was pressed */
    uint32_t sequence; /* of its report (protocol/link.h) */
    uint16_t code;     /* 0: a command */
    bool down;
};

struct typed {
    struct typed_key keys[GRAB_TYPED_MAX];
    size_t count;
    size_t command_count; /* among them */
};

void typed_clear(struct typed *typed);
/* Keys of the report. False when they do not fit and a command has no answer yet; without one the
 * oldest make room: they were read, most likely. */
bool typed_add_report(struct typed *typed, const struct report *report, uint32_t sequence);
bool typed_add_command(struct typed *typed, uint32_t sequence);
/* The server has read so far: forgets it, but from the first command on only if it is `answered`.
 */
void typed_forget(struct typed *typed, uint32_t sequence, bool answered);
/* Forgets all up to the last command. */
void typed_forget_commands(struct typed *typed);
/* Takes out the keys before the first command, all if there is none: presses before `from_us` are
 * left out, and ups of keys that were pressed earlier; a key that ends down but is not in `down`,
 * the physical state, gets its up. Returns how many were written. */
size_t typed_take(struct typed *typed, const struct keyset *down, uint64_t from_us,
                  struct grab_key ret_keys[GRAB_GIVEN_MAX]);
