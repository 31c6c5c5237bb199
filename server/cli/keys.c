#include "server/cli/keys.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/hotkey/keyname.h"

#define NAME_LENGTH_MAX 24
#define NEAR_MAX        3

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters must be put in, taken out, changed, or swapped with the next to make one of the
 * other. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][NAME_LENGTH_MAX + 1], length = strlen(b);
    size_t *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= length; j++)
        last[j] = j;
    for (size_t i = 0; a[i]; i++) {
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            row[j + 1] = least(last[j] + !same(a[i], b[j]), least(row[j], last[j + 1]) + 1);
            if (i > 0 && j > 0 && same(a[i], b[j - 1]) && same(a[i - 1], b[j]))
                row[j + 1] = least(row[j + 1], before[j - 1] + 1);
        }
        size_t *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[length];
}

/* A name that begins with it, or is it but for a few letters. */
static bool is_near(const char *name, const char *known, size_t *ret_distance)
{
    size_t length = strlen(name);

    *ret_distance = distance(name, known);
    if (length >= 2 && strncasecmp(name, known, length) == 0)
        *ret_distance = 1;
    return *ret_distance <= 1 + length / 4;
}

static void name_near(const char *name, char ret_why[KEYS_WHY_ROOM])
{
    const char *known;
    size_t told = 0;

    for (size_t wanted = 1; wanted <= 1 + strlen(name) / 4; wanted++) {
        for (size_t i = 0; (known = keyname_at(i)) && told < NEAR_MAX; i++) {
            size_t is_away = 0, used = strlen(ret_why);
            if (!is_near(name, known, &is_away) || is_away != wanted)
                continue;
            snprintf(ret_why + used, KEYS_WHY_ROOM - used, "%s%s",
                     told ? ", " : "; near it: ", known);
            told++;
        }
    }
    if (!told) {
        size_t used = strlen(ret_why);
        snprintf(ret_why + used, KEYS_WHY_ROOM - used, "; 'hotdesk help send' tells of the names");
    }
}

static bool add_key(const char *name, struct keys *keys, char ret_why[KEYS_WHY_ROOM])
{
    uint16_t code = 0, other = 0;

    if (keys->count == SCRIPT_KEYS_MAX) {
        snprintf(ret_why, KEYS_WHY_ROOM, "more than %d keys at once", SCRIPT_KEYS_MAX);
        return false;
    }
    if (!keyname_parse(name, &code, &other)) {
        snprintf(ret_why, KEYS_WHY_ROOM, "there is no key '%s'", name);
        name_near(name, ret_why);
        return false;
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->codes[i] != code)
            continue;
        snprintf(ret_why, KEYS_WHY_ROOM, "'%s' is there twice", name);
        return false;
    }
    keys->codes[keys->count++] = code;
    return true;
}

bool keys_parse(const char *word, struct keys *ret_keys, char ret_why[KEYS_WHY_ROOM])
{
    struct keys keys = {0};

    for (const char *at = word;; at++) {
        char name[NAME_LENGTH_MAX + 1] = "";
        size_t length = strcspn(at, "-+");
        if (length == 0 || length > NAME_LENGTH_MAX) {
            snprintf(ret_why, KEYS_WHY_ROOM,
                     length ? "a name that long is no key's" : "a key's name is missing");
            return false;
        }
        memcpy(name, at, length);
        if (!add_key(name, &keys, ret_why))
            return false;
        at += length;
        if (!*at)
            break;
    }
    *ret_keys = keys;
    return true;
}
