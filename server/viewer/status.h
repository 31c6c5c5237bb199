/*
 * What the window knows of the server's targets: kept from the lines of a `watch` connection
 * (docs/control.md). Pure but for memory: lines in, state out.
 */
#pragma once

#include <stdbool.h>
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
};

struct status {
    uint16_t active; /* 0: local */
    uint16_t target_count;
    struct status_target targets[STATUS_TARGETS_MAX];     /* by number */
    char notice[STATUS_NAME_ROOM + STATUS_TEXT_ROOM + 2]; /* why something just did not happen */
    uint64_t notice_us;                                   /* when it came; 0: none */
};

void status_init(struct status *status);
/* An answer to `watch` or an event. False when it is neither: *status is as it was. */
bool status_line(struct status *status, const char *line, uint64_t now_us);
/* NULL for local and for a number that is none. */
const struct status_target *status_find(const struct status *status, uint16_t number);
