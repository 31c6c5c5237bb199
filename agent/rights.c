#include "agent/rights.h"

#include <stdio.h>
#include <string.h>

#define EVERYBODY      "*"
#define IS_FINGERPRINT "SHA256:"

static const struct {
    const char *word;
    unsigned right;
} WORDS[] = {{"view", RIGHT_VIEW}, {"input", RIGHT_INPUT}, {"none", 0}};
#define WORD_COUNT (sizeof WORDS / sizeof *WORDS)

/* The index of the word that text begins with, WORD_COUNT if it is none. */
static size_t rights_find(const char *text, size_t size)
{
    size_t i = 0;

    while (i < WORD_COUNT &&
           (strlen(WORDS[i].word) != size || memcmp(WORDS[i].word, text, size) != 0))
        i++;
    return i;
}

static bool rights_parse(const char *text, unsigned *ret_rights)
{
    unsigned rights = 0, words = 0, nones = 0;

    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        const size_t size = strcspn(text, " "), i = rights_find(text, size);
        if (i == WORD_COUNT)
            return false;
        rights |= WORDS[i].right;
        nones += !WORDS[i].right;
        words++;
        text += size;
    }
    *ret_rights = rights;
    return words > 0 && (nones == 0 || words == 1);
}

bool rights_check(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    struct fingerprint fingerprint;
    unsigned rights;

    if (strncmp(key, IS_FINGERPRINT, strlen(IS_FINGERPRINT)) == 0 &&
        !fingerprint_parse(key, &fingerprint))
        snprintf(ret_why, room_bytes, "this is no whole fingerprint");
    else if (!rights_parse(text, &rights))
        snprintf(ret_why, room_bytes, "\"%.60s\" is not view, input, \"view input\" or none", text);
    else
        return true;
    return false;
}

static const struct config_entry *rights_entry(const struct config_section *rights, const char *key)
{
    for (size_t i = 0; i < rights->count; i++)
        if (strcmp(rights->entries[i].key, key) == 0)
            return &rights->entries[i];
    return NULL;
}

unsigned rights_of(const struct config_section *rights, const struct pin *pin)
{
    char fingerprint[FINGERPRINT_TEXT_ROOM];
    unsigned allowed = RIGHT_ALL;

    fingerprint_format(&pin->fingerprint, fingerprint);
    const struct config_entry *entry = rights_entry(rights, fingerprint);
    if (!entry)
        entry = rights_entry(rights, pin->server_name);
    if (!entry)
        entry = rights_entry(rights, EVERYBODY);
    if (entry && !rights_parse(entry->text, &allowed))
        allowed = 0;
    return allowed;
}
