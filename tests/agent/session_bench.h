/* A session with a fake of everything around it: what it did is kept as lines of text. */
#pragma once

#include "agent/session.h"

#define BENCH_LOG_ROOM 8192

struct bench {
    struct session session;
    uint64_t now_us;
    bool injector_broken;
    bool is_modifier_down; /* at this computer itself */
    char log[BENCH_LOG_ROOM];
};

/* Fresh, closed, ready to type by "record", clock at an hour. */
void bench_init(struct bench *bench);
/* ... opened and welcomed; the log is empty. */
void bench_init_welcomed(struct bench *bench);
/* ... by a server that has scripts' keys typed. */
void bench_init_scripted(struct bench *bench);
/* bench_init_welcomed, and entered with this number; the log is empty. */
void bench_init_active(struct bench *bench, uint64_t control_number);

void bench_receive(struct bench *bench, const struct message *message);
void bench_enter(struct bench *bench, uint64_t control_number);
void bench_leave(struct bench *bench, uint64_t control_number);
/* One key, in a report of its own. */
void bench_key(struct bench *bench, uint64_t control_number, uint16_t code, int value);
void bench_ping(struct bench *bench);
/* Lets time pass and ticks at each deadline, as the loop does. */
void bench_pass_ms(struct bench *bench, uint64_t ms);

/* Asserts that the log is this, and empties it. */
#define bench_expect(bench, text) bench_expect_at(bench, text, __FILE__, __LINE__)
void bench_expect_at(struct bench *bench, const char *text, const char *file, int line);
void bench_forget(struct bench *bench);
