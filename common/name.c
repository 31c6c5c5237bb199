#include "common/name.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES (NAME_ROOM - 1)
#define UNIQUE_MAX     100000u

static const char *const RESERVED[] = {"local", "next", "prev", "last", "active"};

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_number(const char *name)
{
    return name[strspn(name, "0123456789")] == '\0';
}

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof RESERVED / sizeof RESERVED[0]; i++) {
        if (strcmp(name, RESERVED[i]) == 0)
            return true;
    }
    return false;
}

static const char *what_is_wrong(const char *name)
{
    if (name[0] == '\0')
        return "a name cannot be empty";
    if (strnlen(name, NAME_ROOM) > NAME_MAX_BYTES)
        return "a name has at most 32 characters";
    if (!is_letter_or_digit(name[0]))
        return "a name begins with a letter a-z or a digit";
    for (const char *at = name; *at; at++) {
        if (!is_letter_or_digit(*at) && *at != '-')
            return "a name has only letters a-z, digits and hyphens";
    }
    if (is_number(name))
        return "a name cannot be a number";
    if (is_reserved(name))
        return "local, next, prev, last and active cannot be names";
    return NULL;
}

bool name_is_valid(const char *name, const char **ret_why)
{
    const char *why = what_is_wrong(name);
    if (why && ret_why)
        *ret_why = why;
    return !why;
}

static void trim_hyphens(char *name)
{
    size_t length = strlen(name);
    while (length > 0 && name[length - 1] == '-')
        name[--length] = '\0';
}

/* NAME cut so that `suffix` fits behind it. */
static void add_suffix(const char *name, const char *suffix, char ret_name[NAME_ROOM])
{
    char base[NAME_ROOM];
    snprintf(base, sizeof base, "%.*s", (int)(NAME_MAX_BYTES - strlen(suffix)), name);
    trim_hyphens(base);
    snprintf(ret_name, NAME_ROOM, "%.*s%s", (int)(NAME_MAX_BYTES - strlen(suffix)), base, suffix);
}

void name_make_valid(const char *text, char ret_name[NAME_ROOM])
{
    char name[NAME_ROOM];
    size_t used = 0;

    if (name_is_valid(text, NULL)) {
        strcpy(ret_name, text);
        return;
    }
    for (const char *at = text; *at && used < NAME_MAX_BYTES; at++) {
        char c = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
        if (is_letter_or_digit(c))
            name[used++] = c;
        else if (used > 0 && name[used - 1] != '-')
            name[used++] = '-';
    }
    name[used] = '\0';
    trim_hyphens(name);
    if (name[0] == '\0')
        strcpy(ret_name, "target");
    else if (is_number(name) || is_reserved(name))
        add_suffix(name, "-pc", ret_name);
    else
        memcpy(ret_name, name, sizeof name);
}

void name_make_unique(const char *name, bool (*taken)(void *context, const char *name),
                      void *context, char ret_name[NAME_ROOM])
{
    snprintf(ret_name, NAME_ROOM, "%s", name);
    for (unsigned number = 2; number < UNIQUE_MAX && taken(context, ret_name); number++) {
        char suffix[16];
        snprintf(suffix, sizeof suffix, "-%u", number);
        add_suffix(name, suffix, ret_name);
    }
}
