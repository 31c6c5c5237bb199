/*
 * Two streams against each other, each on a loop of its own, so that a test decides who runs; or
 * one stream against something else, on the other end of its descriptor.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/identity.h"
#include "common/stream.h"

enum close_in {
    CLOSE_NEVER,
    CLOSE_IN_ACCEPTS,
    CLOSE_IN_OPENED,
    CLOSE_IN_RECEIVED,
    CLOSE_IN_DRAINED,
    CLOSE_IN_CLOSED,
};

struct side {
    uv_loop_t loop;
    struct identity *identity;
    struct tls *tls;
    struct stream *stream; /* NULL once closed, by whomever */
    /* What it shall do. */
    bool refuses, refuses_second_time, uses_nothing, sends_in_opened;
    bool pauses; /* in each call of `received` */
    enum close_in close_in;
    size_t use_at_most; /* bytes a call of `received`; 0: all */
    /* What came. */
    unsigned accepts_calls, opened_calls, received_calls, drained_calls, closed_calls;
    enum stream_end end;
    char why[256];
    uint8_t *bytes;
    size_t size_bytes, room_bytes;
    size_t shown_bytes; /* by the last call of `received` */
};

struct tls_pair {
    char directory[64];
    struct side client, server;
    unsigned descriptors; /* open before anything else */
    int64_t deadline_ms;
};

/* cmocka fixtures: *state is a struct tls_pair. The teardown closes what is open and asserts that
 * both loops are empty and that no descriptor is left. */
int tls_pair_setup(void **state);
int tls_pair_teardown(void **state);

void tls_pair_socketpair(int ret_fds[2]);
void tls_pair_tcp(int ret_fds[2]); /* over 127.0.0.1: [0] connected, [1] accepted */
void tls_pair_start(struct side *side, int fd, enum stream_side which, size_t unsent_limit_bytes);
/* Both, over a socketpair, until both are open. */
void tls_pair_open(struct tls_pair *pair, size_t unsent_limit_bytes);

/* One turn of each loop named (NULL: not), and a short wait for their descriptors when neither had
 * any to do. */
void tls_pair_step(struct side *a, struct side *b);
bool tls_pair_in_time(struct tls_pair *pair); /* within a bound that no test reaches */
unsigned count_descriptors(void);

/* Until `condition`; fails the test after ten seconds and more. */
#define wait_until(pair, a, b, condition)                                                          \
    do {                                                                                           \
        (pair)->deadline_ms = 0;                                                                   \
        while (!(condition) && tls_pair_in_time(pair))                                             \
            tls_pair_step(a, b);                                                                   \
        assert_true(condition);                                                                    \
    } while (0)
