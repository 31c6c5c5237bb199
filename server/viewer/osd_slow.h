/*
 * When the link of the target that is shown is slow, and in which words. A warning comes after it
 * was slow for a while, or at once when it is very slow, and goes after it was well for longer: one
 * that flickers is worse than none. Pure: (figures, now) -> words.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server/viewer/osd_figures.h"

#define OSD_SLOW_ROOM 64

/* One thing that can be slow. */
struct osd_slow_judge {
    bool is_slow;      /* and is told */
    uint64_t other_us; /* since when it is the other way than told; 0: it is not */
};

struct osd_slow {
    uint16_t number;
    struct osd_slow_judge keys, picture;
    uint64_t keys_us, picture_us; /* as told */
};

/* Each time that figures came. */
void osd_slow_note(struct osd_slow *slow, const struct osd_figures *figures, uint64_t now_us);
/* How many lines (0 to 2) say what is slow. */
unsigned osd_slow_words(const struct osd_slow *slow, char ret_lines[2][OSD_SLOW_ROOM]);
