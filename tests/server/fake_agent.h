/* A scripted agent over real TLS, in the loop of the server that it dials. Answers nothing by
 * itself. */
#pragma once

#include <uv.h>

#include "common/clock.h"
#include "common/code.h"
#include "common/identity.h"
#include "common/stream.h"
#include "common/times.h"
#include "protocol/message.h"

#define FAKE_MESSAGES_MAX 512

struct fake {
    uv_loop_t *loop;
    struct identity *identity;
    struct tls *tls;
    struct stream *stream; /* NULL: closed */
    bool opened, closed;   /* `closed`: by the other side */
    enum stream_end end;
    char why[256];
    struct message got[FAKE_MESSAGES_MAX]; /* not looked at yet */
    size_t got_count;
    uint32_t capabilities; /* of its hello */
    bool raw;              /* after a welcome come no messages, but bytes */
    bool raw_now;
    char bytes[4096]; /* those, as far as there is room */
    size_t byte_count;
    int receive_bytes; /* its socket's buffer at the next dial; 0: as usual */
};

/* Its key is in `directory`, made at first. */
void fake_init(struct fake *fake, uv_loop_t *loop, const char *directory);
void fake_finish(struct fake *fake);

/* Dials 127.0.0.1; false when nobody listens. Not open yet: see fake_wait_open. */
bool fake_dial(struct fake *fake, uint16_t port);
/* Closes, whatever goes on. */
void fake_hang_up(struct fake *fake);
/* The handshake is done and our side accepted; the server may still refuse us. */
void fake_wait_open(struct fake *fake);
void fake_wait_closed(struct fake *fake);

void fake_send(struct fake *fake, const struct message *message);
void fake_hello(struct fake *fake, enum message_role role, uint64_t control_number);
/* Hello with role control, welcome, state ready, a screen of 1920x1080. */
void fake_become_ready(struct fake *fake, uint64_t control_number);
/* The pairing proof of `code`. */
void fake_prove(struct fake *fake, const struct code *code);

/* Waits for a message of that type and takes it out, with all that came before it; fails after 10
 * s. */
struct message fake_expect(struct fake *fake, enum message_type type);
/* Whether one of that type is there now. */
bool fake_has(const struct fake *fake, enum message_type type);

/* Turns the loop until the condition holds; fails with its text after TIME_TCP_USER. */
#define wait_until(loop, condition)                                                                \
    do {                                                                                           \
        uint64_t end_us_ = clock_now_us() + time_us(TIME_TCP_USER);                                \
        while (!(condition)) {                                                                     \
            if (clock_now_us() > end_us_)                                                          \
                fail_msg("not in time: %s", #condition);                                           \
            turn(loop);                                                                            \
        }                                                                                          \
    } while (0)

/* One turn of the loop, at most 10 ms long. */
void turn(uv_loop_t *loop);
