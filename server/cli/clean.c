#include "server/cli/clean.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* jansson has checked that it is UTF-8. */
static size_t decode(const unsigned char *at, uint32_t *ret_letter)
{
    size_t size = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    uint32_t letter = size == 1 ? at[0] : at[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++)
        letter = letter << 6 | (at[i] & 0x3f);
    *ret_letter = letter;
    return size;
}

static bool is_unsafe(uint32_t letter)
{
    return letter < 0x20 || (letter >= 0x7f && letter < 0xa0) || /* C0, DEL, C1 */
           letter == 0x200e || letter == 0x200f ||               /* marks of direction */
           (letter >= 0x2028 && letter <= 0x202e) ||             /* lines, overrides of direction */
           (letter >= 0x2066 && letter <= 0x2069) || letter == 0xfeff;
}

/* Only ever shorter: each unsafe character becomes one byte. */
static void clean_text(char *text)
{
    const unsigned char *from = (const unsigned char *)text;
    char *to = text;
    while (*from) {
        uint32_t letter;
        size_t size = decode(from, &letter);
        if (is_unsafe(letter)) {
            *to++ = '?';
        } else {
            memmove(to, from, size);
            to += size;
        }
        from += size;
    }
    *to = '\0';
}

static void clean_string(json_t *value)
{
    char *text = strdup(json_string_value(value));
    if (!text)
        abort();
    clean_text(text);
    json_string_set(value, text);
    free(text);
}

void clean_json(json_t *value)
{
    size_t index;
    const char *key;
    json_t *inner;
    if (json_is_string(value))
        clean_string(value);
    json_array_foreach(value, index, inner)
    {
        clean_json(inner);
    }
    json_object_foreach(value, key, inner)
    {
        clean_json(inner);
    }
}
