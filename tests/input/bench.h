/* Devices of umockdev (tests/input/devices) under server/input/devices.h, and what came of them. */
#pragma once

#include "fake_evdev.h"
#include "server/input/devices.h"

#define BENCH_NODES_MAX 64

struct bench {
    UMockdevTestbed *testbed;
    uv_loop_t loop;
    struct config_section rules;               /* read by bench_start */
    struct keyset sent;                        /* the same */
    struct devices *devices;                   /* NULL until bench_start */
    struct fake_evdev *nodes[BENCH_NODES_MAX]; /* at N: eventN */
    char said[8192]; /* "+3 keyboard" (taken), "-5 why" (not), "x3" (gone), "30:1", "rel0:5", "lost"
                      */
};

struct bench *bench_create(void); /* needs umockdev's preload library */
struct bench *bench_destroy(struct bench *bench);
/* Puts devices/NAME.umockdev in; with uevents when devices are watched already. */
void bench_plug(struct bench *bench, const char *name);
void bench_unplug(struct bench *bench, const char *name);
void bench_start(struct bench *bench);
/* Runs the loop until `said` has `text` (or 5 s have passed: a failure), then forgets it all. */
void bench_wait(struct bench *bench, const char *text);
/* The same for two, in any order. */
void bench_wait_both(struct bench *bench, const char *one, const char *other);
/* Runs the loop until nothing more comes, and fails unless `said` is exactly `text`; forgets it. */
void bench_expect(struct bench *bench, const char *text);
/* One event and the end of its frame. */
void bench_say(struct bench *bench, unsigned node, uint16_t type, uint16_t code, int32_t value);
