/*
 * What the window knows of the server's targets: kept from the lines of a `watch` connection
 * (docs/control.md). Pure but for memory: lines in, state out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATUS_TARGETS_MAX 256
#define STATUS_NAME_ROOM   65
#define STATUS_TEXT_ROOM   161

struct status_target {
    uint16_t number;
    bool ready;
    char name[STATUS_NAME_ROOM];
    char state[STATUS_NAME_ROOM];
    char reason[STATUS_TEXT_ROOM];
    uint64_t since_us; /* it is in that state */
};

/* A switch that happened or did not. */
struct status_news {
    uint64_t at_us;              /* 0: none */
    uint16_t number;             /* of the target that is active now, or is not */
    char name[STATUS_NAME_ROOM]; /* switched: where it came from; refused: where it did not go */
    char why[STATUS_TEXT_ROOM];  /* switched: "" when it was asked for */
};

/* The switcher on the screen. */
struct status_choosing {
    bool is_open;
    uint64_t since_us;
    uint16_t selected;            /* 0: local */
    char typed[STATUS_NAME_ROOM]; /* a number, or a part of a name */
    size_t fitting_count;
    uint16_t fitting[STATUS_TARGETS_MAX + 1];
};

struct status {
    bool is_known;   /* the server has told what it has */
    uint16_t active; /* 0: local */
    uint16_t target_count;
    struct status_target targets[STATUS_TARGETS_MAX];     /* by number */
    char notice[STATUS_NAME_ROOM + STATUS_TEXT_ROOM + 2]; /* why something just did not happen */
    uint64_t notice_us;                                   /* when it came; 0: none */
    bool shows_stats;                     /* figures are to be written over the picture */
    struct status_news switched, refused; /* the last; one ends the other */
    struct status_choosing choosing;
};

void status_init(struct status *status);
/* An answer to `watch` or an event. False when it is neither: *status is as it was. */
bool status_line(struct status *status, const char *line, uint64_t now_us);
bool status_fits(const struct status_choosing *choosing, uint16_t number);
/* NULL for local and for a number that is none. */
const struct status_target *status_find(const struct status *status, uint16_t number);
