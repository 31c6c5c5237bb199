#include "server/input/rules.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

enum subject { SUBJECT_NAME, SUBJECT_ID, SUBJECT_PATH, SUBJECTS };

static const char *const subject_starts[SUBJECTS] = {
    [SUBJECT_NAME] = "name:", [SUBJECT_ID] = "id:", [SUBJECT_PATH] = "path:"};

/* The pattern behind "name:"; NULL when there is no such word. */
static const char *split(const char *key, enum subject *ret_subject)
{
    for (enum subject subject = SUBJECT_NAME; subject < SUBJECTS; subject++) {
        size_t size = strlen(subject_starts[subject]);
        if (strncmp(key, subject_starts[subject], size) != 0)
            continue;
        *ret_subject = subject;
        return key + size;
    }
    return NULL;
}

/* Four digits, or a wildcard, on each side of the colon. */
static bool is_id(const char *pattern)
{
    const char *colon = strchr(pattern, ':');
    if (!colon || strchr(colon + 1, ':'))
        return false;
    for (const char *at = pattern; *at; at++)
        if (!isxdigit((unsigned char)*at) && !strchr(":*?[]-", *at))
            return false;
    bool wild = strpbrk(pattern, "*?[") != NULL;
    return wild || (colon - pattern == 4 && strlen(colon + 1) == 4);
}

bool rules_check(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    enum subject subject;
    const char *pattern = split(key, &subject), *why = NULL;
    if (strcmp(text, "include") != 0 && strcmp(text, "exclude") != 0)
        why = "it is neither include nor exclude";
    else if (!pattern || !*pattern)
        why = "a device is told by \"name:...\", \"id:VENDOR:PRODUCT\" or \"path:...\"";
    else if (subject == SUBJECT_ID && !is_id(pattern))
        why = "an id is two numbers of four hexadecimal digits, as in \"id:046d:c52b\"";
    else if (subject == SUBJECT_PATH && pattern[0] != '/')
        why = "a path begins with /";
    if (why)
        snprintf(ret_why, room_bytes, "%s", why);
    return !why;
}

static bool fits_path(const char *pattern, const struct monitor_node *node)
{
    char links[sizeof node->links], *rest = NULL;
    if (fnmatch(pattern, node->path, 0) == 0)
        return true;
    memcpy(links, node->links, sizeof links);
    for (char *link = strtok_r(links, " ", &rest); link; link = strtok_r(NULL, " ", &rest))
        if (fnmatch(pattern, link, 0) == 0)
            return true;
    return false;
}

static bool fits(const char *key, const struct monitor_node *node)
{
    enum subject subject;
    const char *pattern = split(key, &subject);
    if (!pattern)
        return false;
    if (subject == SUBJECT_NAME)
        return fnmatch(pattern, node->name, FNM_CASEFOLD) == 0;
    if (subject == SUBJECT_ID)
        return fnmatch(pattern, node->id, FNM_CASEFOLD) == 0 ||
               fnmatch(pattern, node->usb_id, FNM_CASEFOLD) == 0;
    return fits_path(pattern, node);
}

enum rule rules_find(const struct config_section *section, const struct monitor_node *node)
{
    enum rule found = RULE_NONE;
    for (size_t i = 0; section && i < section->count && found != RULE_EXCLUDE; i++)
        if (fits(section->entries[i].key, node))
            found = strcmp(section->entries[i].text, "exclude") == 0 ? RULE_EXCLUDE : RULE_INCLUDE;
    return found;
}
