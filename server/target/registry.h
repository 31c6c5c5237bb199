/*
 * The paired targets: who may connect, under which number and name. Kept in one JSON file,
 *
 *   {"version": 1, "targets": [{"number": 1, "name": "lab3", "fingerprint": "SHA256:...",
 *                               "address": "192.0.2.7", "paired": 1700000000}]}
 *
 * `address` is where it connected from last, `paired` seconds since 1970. A number stays with its
 * target until registry_order; a new one gets the lowest that is free. A file that is not
 * understood is an error, never overwritten.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/identity.h"
#include "common/name.h"
#include "protocol/limits.h"

#define REGISTRY_ADDRESS_ROOM 64

struct registry_entry {
    uint16_t number; /* 1..LINK_NUMBER_MAX */
    char name[NAME_ROOM];
    struct fingerprint fingerprint;
    char address[REGISTRY_ADDRESS_ROOM]; /* without port; empty: never seen */
    int64_t paired_s;
};

struct registry;

/* A missing file is an empty registry. 0 or -errno with a sentence for people in ret_error. */
int registry_load(const char *path, struct registry **ret_registry, char ret_error[ERROR_ROOM]);
struct registry *registry_destroy(struct registry *registry);

size_t registry_count(const struct registry *registry);
/* Sorted by number. Pointers are good until the next change. */
const struct registry_entry *registry_at(const struct registry *registry, size_t index);
const struct registry_entry *registry_by_number(const struct registry *registry, uint16_t number);
const struct registry_entry *registry_by_name(const struct registry *registry, const char *name);
const struct registry_entry *registry_by_key(const struct registry *registry,
                                             const struct fingerprint *fingerprint);

/* These four save at once; when that fails nothing has changed.
 * Adds a target under `name`, or NAME-2, NAME-3 ... if that is taken, whose lowest free number it
 * gets. A known key keeps its number and gets the new name. 0 or -errno (-ENOSPC: full). */
int registry_add(struct registry *registry, const char *name, const struct fingerprint *fingerprint,
                 const char *address, int64_t paired_s, uint16_t *ret_number, bool *ret_renewed);
int registry_remove(struct registry *registry, uint16_t number);
/* -ENOENT: no such target; -EEXIST: another one has that (valid) name. */
int registry_rename(struct registry *registry, uint16_t number, const char *name);
/* Gives the target another number; who has that one gets the old number. */
int registry_order(struct registry *registry, uint16_t number, uint16_t wanted);
/* Where it connected from last. Saved with the next change, or by registry_save_notes: a disk is
 * slow, and somebody may be typing. */
void registry_note_address(struct registry *registry, uint16_t number, const char *address);
bool registry_has_address(const struct registry *registry, const char *address);
int registry_save_notes(struct registry *registry); /* 0 when there is nothing to save */
