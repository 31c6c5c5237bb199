#include "server/viewer/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/viewer/sets.h"

void roster_init_names(struct roster *roster, const char *const *names, size_t count)
{
    *roster = (struct roster){.is_named = true};
    for (size_t i = 0; i < count && roster->count < STATUS_TARGETS_MAX; i++) {
        struct roster_entry *entry = &roster->entries[roster->count++];
        snprintf(entry->name, sizeof entry->name, "%s", names[i]);
    }
}

void roster_init_set(struct roster *roster, const char *set)
{
    *roster = (struct roster){.set = set};
}

static const struct status_target *find_name(const struct status *status, const char *name)
{
    for (size_t i = 0; i < status->target_count; i++)
        if (strcmp(status->targets[i].name, name) == 0)
            return &status->targets[i];
    return NULL;
}

static const struct status_target *find_digits(const struct status *status, const char *text)
{
    bool is_number = *text && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 4;
    return is_number ? status_find(status, (uint16_t)strtoul(text, NULL, 10)) : NULL;
}

/* The name first: another number is one that the target was given; then the number: another name,
 * too. */
static const struct status_target *find(const struct status *status,
                                        const struct roster_entry *entry)
{
    const struct status_target *target = find_name(status, entry->name);
    if (!target && entry->number)
        target = status_find(status, entry->number);
    return target || entry->number ? target : find_digits(status, entry->name);
}

static bool set_entry(struct roster_entry *entry, const struct status_target *target)
{
    uint16_t number = target ? target->number : 0;
    bool is_other = number != entry->number || (target && strcmp(target->name, entry->name) != 0);
    entry->number = number;
    if (target)
        strcpy(entry->name, target->name);
    return is_other;
}

static bool update_named(struct roster *roster, const struct status *status)
{
    bool is_other = false;
    for (size_t i = 0; i < roster->count; i++)
        is_other |= set_entry(&roster->entries[i], find(status, &roster->entries[i]));
    return is_other;
}

bool roster_update(struct roster *roster, const struct status *status)
{
    if (!status->is_known)
        return false;
    if (roster->is_named)
        return update_named(roster, status);
    bool is_other = false;
    size_t count = 0;
    for (size_t i = 0; i < status->target_count; i++)
        if (!roster->set || sets_has(roster->set, status->targets[i].name))
            is_other |= set_entry(&roster->entries[count++], &status->targets[i]);
    is_other |= count != roster->count;
    roster->count = count;
    return is_other;
}

const char *roster_unknown(const struct roster *roster)
{
    for (size_t i = 0; roster->is_named && i < roster->count; i++)
        if (roster->entries[i].number == 0)
            return roster->entries[i].name;
    return NULL;
}
