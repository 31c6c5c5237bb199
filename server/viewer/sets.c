#include "server/viewer/sets.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define BETWEEN " ,"

bool sets_check(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    const char *why = NULL;
    if (!*key || strspn(key, LETTERS) != strlen(key))
        why = "a set's name has letters a-z, digits and hyphens";
    else if (strspn(text, LETTERS "*?" BETWEEN) != strlen(text))
        why = "names of computers have letters a-z, digits and hyphens; * and ? stand for any";
    else if (strspn(text, BETWEEN) == strlen(text))
        why = "a set needs names of computers, such as \"lab3 rack-*\"";
    if (why)
        snprintf(ret_why, room_bytes, "%s", why);
    return why == NULL;
}

const char *sets_find(const struct config_section *sets, const char *name)
{
    for (size_t i = 0; i < sets->count; i++)
        if (strcmp(sets->entries[i].key, name) == 0)
            return sets->entries[i].text;
    return NULL;
}

bool sets_has(const char *names, const char *name)
{
    char one[CONFIG_ENTRY_ROOM];
    while (*(names += strspn(names, BETWEEN))) {
        size_t size_bytes = strcspn(names, BETWEEN);
        snprintf(one, sizeof one, "%.*s", (int)size_bytes, names);
        if (fnmatch(one, name, 0) == 0)
            return true;
        names += size_bytes;
    }
    return false;
}

void sets_list(const struct config_section *sets, char *ret_text, size_t room_bytes)
{
    size_t used = 0;
    snprintf(ret_text, room_bytes, "none");
    for (size_t i = 0; i < sets->count && used < room_bytes; i++)
        used += (size_t)snprintf(ret_text + used, room_bytes - used, "%s%s", i ? ", " : "",
                                 sets->entries[i].key);
}
