/*
 * How the target that is shown does now, from the answers to the verb `figures` (docs/control.md):
 * rates are made of two of them. Pure but for memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct osd_figures {
    bool is_known;
    uint16_t number; /* of the target */
    /* Of the last seconds; 0: none was typed, or it is not known. */
    uint64_t key_p50_us, key_p99_us;
    uint64_t key_last_us;  /* 0: nothing was typed just now */
    uint64_t key_waits_us; /* since when the oldest key is not there; 0: all are */
    uint64_t picture_p50_us, picture_p99_us;
    bool link_limits; /* the picture waits for the network */
    bool has_rates;   /* there were two answers */
    double updates_per_s, bits_per_s;
    /* Of the last answer. */
    bool has_picture;
    uint64_t at_us, bytes, updates;
};

/* False when it is no such answer: *figures is as it was. */
bool osd_figures_line(struct osd_figures *figures, const char *line);
