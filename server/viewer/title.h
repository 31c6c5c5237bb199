/* The window's title: where the keys go now, or what to do so that they go somewhere. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/viewer/status.h"

#define TITLE_ROOM 512

struct title_facts {
    const char *trouble;         /* why the window is not the source, or NULL */
    const char *leader;          /* "Scroll Lock twice"; NULL: none */
    bool leader_waits;           /* a leader was pressed: the sequence is awaited */
    const char *no_picture;      /* why the active target's is not shown; NULL or "": it is */
    const struct status *status; /* of the targets */
};

void title_make(const struct title_facts *facts, uint64_t now_us, char ret_title[TITLE_ROOM]);
/* While local is active: what to do so that the keys go somewhere, or why nothing can be done. */
void title_make_hint(const struct title_facts *facts, char ret_hint[TITLE_ROOM]);
/* In place: a dash becomes a hyphen, what else is not ASCII a question mark. */
void title_make_ascii(char title[TITLE_ROOM]);
/* When it changes by itself, or UINT64_MAX. */
uint64_t title_deadline_us(const struct title_facts *facts, uint64_t now_us);
