/*
 * Which targets a grid or a wall shows, in which order: those that were named, all, or those of a
 * set. Follows targets that come, go, are renamed or get other numbers. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/viewer/status.h"

struct roster_entry {
    uint16_t number; /* 0: there is no such target (now) */
    char name[STATUS_NAME_ROOM];
};

struct roster {
    const char *set; /* its names, as sets_has has them; NULL: all, or those named */
    bool is_named;   /* entries are fixed, and follow their targets */
    size_t count;
    struct roster_entry entries[STATUS_TARGETS_MAX];
};

/* Those of these names or numbers as text, in this order, or of a set (borrowed; NULL: all), in the
 * order of their numbers. */
void roster_init_names(struct roster *roster, const char *const *names, size_t count);
void roster_init_set(struct roster *roster, const char *set);
/* True when entries are others than before. While nothing is known they stay. */
bool roster_update(struct roster *roster, const struct status *status);
/* The first that was named and is no target; NULL: none. */
const char *roster_unknown(const struct roster *roster);
