/*
 * The on-screen display's words: which panels are up now, and what stands in them. Pure: what is
 * known and the time in, text out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "common/config.h"
#include "server/viewer/osd_figures.h"
#include "server/viewer/osd_slow.h"
#include "server/viewer/status.h"

#define OSD_TEXT_ROOM 256
#define OSD_LINES_MAX 6

/* In the order in which they are drawn. */
enum osd_place {
    OSD_STATE,  /* in the middle: why there is no picture */
    OSD_SWITCH, /* above: where the keys go, or why they do not */
    OSD_LINK,   /* below: the link is slow */
    OSD_STATS,  /* in a corner: figures */
    OSD_PLACES
};

enum osd_style { OSD_TITLE, OSD_TEXT, OSD_STYLES };

struct osd_line {
    enum osd_style style;
    char text[OSD_TEXT_ROOM]; /* clean UTF-8 */
};

struct osd_panel {
    size_t line_count; /* 0: it is not up */
    struct osd_line lines[OSD_LINES_MAX];
    bool has_number;
    uint16_t number;
    uint32_t color; /* 0xRRGGBB of its edge and number */
};

struct osd_facts {
    const struct status *status;
    uint16_t number;                     /* of the target that is shown; 0: local */
    const char *no_picture;              /* why it shows nothing; "": it does, or is about to */
    const char *trouble;                 /* why the keys go nowhere at all; NULL: they do */
    const char *hint;                    /* with local: what to do; NULL: no panel for local */
    const struct config_section *colors; /* of targets, by name; NULL: none */
    bool tells_switches;                 /* it goes along with the active target */
    const struct osd_slow *slow;         /* what is slow; NULL: it is not told */
    const struct osd_figures *figures;   /* written if status says so; NULL: never */
    time_t wall_s;                       /* the time of day, in seconds since 1970 */
};

struct osd_words {
    struct osd_panel panels[OSD_PLACES];
    uint8_t opacity[OSD_PLACES]; /* of each panel: 255 but for one that fades */
};

/* Of a target; "local" for 0, "?" for a number that is none. */
const char *osd_words_name(const struct status *status, uint16_t number);
/* "offline since 14:32"; what is longer ago than a day with its date. */
void osd_words_since(const struct status_target *target, uint64_t now_us, time_t wall_s,
                     char ret_text[OSD_TEXT_ROOM]);
void osd_words_make(const struct osd_facts *facts, uint64_t now_us, struct osd_words *ret_words);
/* When they change by themselves; UINT64_MAX: never. */
uint64_t osd_words_deadline_us(const struct osd_facts *facts, uint64_t now_us);
