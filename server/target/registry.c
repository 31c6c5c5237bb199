#include "server/target/registry.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/paths.h"
#include "protocol/cursor.h"
#include "protocol/limits.h"
#include "protocol/link.h"

#define REGISTRY_VERSION 1

struct registry {
    char *path;
    bool has_notes; /* that are not in the file yet */
    size_t count;
    struct registry_entry entries[REGISTRY_TARGETS_MAX];
};

size_t registry_count(const struct registry *registry)
{
    return registry->count;
}

const struct registry_entry *registry_at(const struct registry *registry, size_t index)
{
    return index < registry->count ? &registry->entries[index] : NULL;
}

const struct registry_entry *registry_by_number(const struct registry *registry, uint16_t number)
{
    for (size_t i = 0; i < registry->count; i++)
        if (registry->entries[i].number == number)
            return &registry->entries[i];
    return NULL;
}

const struct registry_entry *registry_by_name(const struct registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->count; i++)
        if (strcmp(registry->entries[i].name, name) == 0)
            return &registry->entries[i];
    return NULL;
}

const struct registry_entry *registry_by_key(const struct registry *registry,
                                             const struct fingerprint *fingerprint)
{
    for (size_t i = 0; i < registry->count; i++)
        if (fingerprint_equal(&registry->entries[i].fingerprint, fingerprint))
            return &registry->entries[i];
    return NULL;
}

static json_t *entry_to_json(const struct registry_entry *entry)
{
    char fingerprint[FINGERPRINT_TEXT_ROOM];
    fingerprint_format(&entry->fingerprint, fingerprint);
    return json_pack("{s:i, s:s, s:s, s:s, s:I}", "number", entry->number, "name", entry->name,
                     "fingerprint", fingerprint, "address", entry->address, "paired",
                     (json_int_t)entry->paired_s);
}

static int save(struct registry *registry)
{
    json_t *targets = json_array();
    for (size_t i = 0; i < registry->count; i++)
        json_array_append_new(targets, entry_to_json(&registry->entries[i]));
    json_t *whole = json_pack("{s:i, s:o}", "version", REGISTRY_VERSION, "targets", targets);
    char *text = whole ? json_dumps(whole, JSON_INDENT(2)) : NULL;
    json_decref(whole);
    if (!text)
        return -ENOMEM;

    int result = paths_write_file(registry->path, text, strlen(text));
    free(text);
    if (result == 0)
        registry->has_notes = false;
    return result;
}

/* NULL, or what is wrong with it. */
static const char *entry_from_json(const json_t *json, struct registry_entry *ret_entry)
{
    struct registry_entry entry = {0};
    int number;
    const char *name, *fingerprint, *address, *why = NULL;
    json_int_t paired_s;
    if (json_unpack((json_t *)json, "{s:i, s:s, s:s, s:s, s:I}", "number", &number, "name", &name,
                    "fingerprint", &fingerprint, "address", &address, "paired", &paired_s) < 0)
        return "a target lacks number, name, fingerprint, address or paired";
    if (number < 1 || number > LINK_NUMBER_MAX)
        return "a target's number is not one of 1 to 999";
    if (!name_is_valid(name, &why))
        return why;
    if (!fingerprint_parse(fingerprint, &entry.fingerprint))
        return "a target's fingerprint is none";
    if (strlen(address) >= sizeof entry.address || !text_is_clean(address, strlen(address)))
        return "a target's address is none";

    entry.number = (uint16_t)number;
    entry.paired_s = paired_s;
    snprintf(entry.name, sizeof entry.name, "%s", name);
    snprintf(entry.address, sizeof entry.address, "%s", address);
    *ret_entry = entry;
    return NULL;
}

static int by_number(const void *a, const void *b)
{
    const struct registry_entry *left = a, *right = b;
    return left->number - right->number;
}

static const char *fill(struct registry *registry, const json_t *whole)
{
    int version = 0;
    json_t *targets = NULL;
    if (json_unpack((json_t *)whole, "{s:i, s:o}", "version", &version, "targets", &targets) < 0 ||
        !json_is_array(targets))
        return "it has no version or no list of targets";
    if (version != REGISTRY_VERSION)
        return "it was written by a newer hotdesk";
    if (json_array_size(targets) > REGISTRY_TARGETS_MAX)
        return "it has more than 256 targets";

    for (size_t i = 0; i < json_array_size(targets); i++) {
        struct registry_entry entry;
        const char *why = entry_from_json(json_array_get(targets, i), &entry);
        if (why)
            return why;
        if (registry_by_number(registry, entry.number) || registry_by_name(registry, entry.name) ||
            registry_by_key(registry, &entry.fingerprint))
            return "two targets have the same number, name or fingerprint";
        registry->entries[registry->count++] = entry;
    }
    qsort(registry->entries, registry->count, sizeof registry->entries[0], by_number);
    return NULL;
}

static int load_text(struct registry *registry, char ret_error[ERROR_ROOM])
{
    char *text = NULL;
    size_t size_bytes = 0;
    int result = paths_read_file(registry->path, REGISTRY_FILE_MAX_BYTES, &text, &size_bytes);
    if (result == -ENOENT)
        return 0;
    if (result < 0) {
        snprintf(ret_error, ERROR_ROOM, "%s: %s", registry->path, strerror(-result));
        return result;
    }

    json_error_t error;
    json_t *whole = json_loadb(text, size_bytes, JSON_REJECT_DUPLICATES, &error);
    const char *why = whole ? fill(registry, whole) : error.text;
    if (why)
        snprintf(
            ret_error, ERROR_ROOM,
            "%s: line %d: %s (the list of paired targets; mend it, or move it away and pair again)",
            registry->path, whole ? 1 : error.line, why);
    json_decref(whole);
    free(text);
    return why ? -EINVAL : 0;
}

int registry_load(const char *path, struct registry **ret_registry, char ret_error[ERROR_ROOM])
{
    struct registry *registry = calloc(1, sizeof *registry);
    if (registry)
        registry->path = strdup(path);
    if (!registry || !registry->path) {
        snprintf(ret_error, ERROR_ROOM, "out of memory");
        registry_destroy(registry);
        return -ENOMEM;
    }

    int result = load_text(registry, ret_error);
    if (result < 0) {
        registry_destroy(registry);
        return result;
    }
    *ret_registry = registry;
    return 0;
}

struct registry *registry_destroy(struct registry *registry)
{
    if (registry)
        free(registry->path);
    free(registry);
    return NULL;
}

static uint16_t lowest_free_number(const struct registry *registry)
{
    uint16_t number = 1;
    for (size_t i = 0; i < registry->count && registry->entries[i].number == number; i++)
        number++;
    return number;
}

struct naming {
    const struct registry *registry;
    const struct fingerprint *own; /* a name that this key has already is free for it */
};

static bool name_is_taken(void *context, const char *name)
{
    struct naming *naming = context;
    const struct registry_entry *entry = registry_by_name(naming->registry, name);
    return entry && !fingerprint_equal(&entry->fingerprint, naming->own);
}

/* `before` is freed. */
static int save_or_undo(struct registry *registry, struct registry *before)
{
    int result = save(registry);
    if (result < 0)
        *registry = *before; /* the path's pointer is the same */
    free(before);
    return result;
}

static struct registry *copy_of(const struct registry *registry)
{
    struct registry *copy = malloc(sizeof *copy);
    if (copy)
        *copy = *registry;
    return copy;
}

int registry_add(struct registry *registry, const char *name, const struct fingerprint *fingerprint,
                 const char *address, int64_t paired_s, uint16_t *ret_number, bool *ret_renewed)
{
    const struct registry_entry *known = registry_by_key(registry, fingerprint);
    if (!known && registry->count == REGISTRY_TARGETS_MAX)
        return -ENOSPC;
    struct registry *before = copy_of(registry);
    if (!before)
        return -ENOMEM;

    struct registry_entry entry = {.fingerprint = *fingerprint, .paired_s = paired_s};
    entry.number = known ? known->number : lowest_free_number(registry);
    struct naming naming = {.registry = registry, .own = fingerprint};
    name_make_unique(name, name_is_taken, &naming, entry.name);
    snprintf(entry.address, sizeof entry.address, "%s", address);

    size_t index = known ? (size_t)(known - registry->entries) : registry->count++;
    registry->entries[index] = entry;
    qsort(registry->entries, registry->count, sizeof registry->entries[0], by_number);
    int result = save_or_undo(registry, before);
    if (result < 0)
        return result;
    *ret_number = entry.number;
    *ret_renewed = known != NULL;
    return 0;
}

int registry_remove(struct registry *registry, uint16_t number)
{
    const struct registry_entry *entry = registry_by_number(registry, number);
    if (!entry)
        return -ENOENT;
    struct registry *before = copy_of(registry);
    if (!before)
        return -ENOMEM;

    size_t index = (size_t)(entry - registry->entries);
    memmove(&registry->entries[index], &registry->entries[index + 1],
            (registry->count - index - 1) * sizeof registry->entries[0]);
    registry->count--;
    return save_or_undo(registry, before);
}

int registry_rename(struct registry *registry, uint16_t number, const char *name)
{
    const struct registry_entry *entry = registry_by_number(registry, number);
    const struct registry_entry *other = registry_by_name(registry, name);
    if (!entry)
        return -ENOENT;
    if (other)
        return other == entry ? 0 : -EEXIST;
    struct registry *before = copy_of(registry);
    if (!before)
        return -ENOMEM;

    struct registry_entry *changed = &registry->entries[entry - registry->entries];
    snprintf(changed->name, sizeof changed->name, "%s", name);
    return save_or_undo(registry, before);
}

int registry_order(struct registry *registry, uint16_t number, uint16_t wanted)
{
    if (!registry_by_number(registry, number))
        return -ENOENT;
    if (number == wanted)
        return 0;
    struct registry *before = copy_of(registry);
    if (!before)
        return -ENOMEM;

    for (size_t i = 0; i < registry->count; i++) {
        struct registry_entry *entry = &registry->entries[i];
        if (entry->number == number)
            entry->number = wanted;
        else if (entry->number == wanted)
            entry->number = number;
    }
    qsort(registry->entries, registry->count, sizeof registry->entries[0], by_number);
    return save_or_undo(registry, before);
}

void registry_note_address(struct registry *registry, uint16_t number, const char *address)
{
    const struct registry_entry *entry = registry_by_number(registry, number);
    if (!entry || strcmp(entry->address, address) == 0)
        return;
    struct registry_entry *changed = &registry->entries[entry - registry->entries];
    snprintf(changed->address, sizeof changed->address, "%s", address);
    registry->has_notes = true;
}

bool registry_has_address(const struct registry *registry, const char *address)
{
    for (size_t i = 0; i < registry->count; i++)
        if (strcmp(registry->entries[i].address, address) == 0)
            return true;
    return false;
}

int registry_save_notes(struct registry *registry)
{
    return registry->has_notes ? save(registry) : 0;
}
