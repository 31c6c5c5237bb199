#include "server/cli/script_text.h"

#include <string.h>

#include "protocol/cursor.h"

static bool begins(char byte)
{
    return (byte & 0xc0) != 0x80;
}

/* The size of the character there, as far as it is UTF-8. */
static size_t size_at(const char *text)
{
    size_t size = 1;
    while (text[size] && !begins(text[size]))
        size++;
    return size;
}

static void join_line_ends(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (from[0] != '\r' || from[1] != '\n')
            *to++ = *from;
    *to = '\0';
}

const char *script_text_prepare(char *text, size_t length, size_t *ret_at)
{
    *ret_at = strlen(text);
    if (*ret_at != length)
        return "a NUL";
    join_line_ends(text);
    for (const char *at = text; *at; at += size_at(at)) {
        if (lines_are_clean(at, size_at(at)))
            continue;
        *ret_at = (size_t)(at - text);
        return (unsigned char)*at < 0x80 ? "a control character" : "no UTF-8, or not a character";
    }
    return NULL;
}

size_t script_text_part(const char *text)
{
    size_t size = 0;
    while (text[size] && size + size_at(text + size) <= SCRIPT_TEXT_MAX)
        size += size_at(text + size);
    return size;
}

size_t script_text_offset(const char *text, size_t characters)
{
    size_t at = 0;
    while (characters-- > 0 && text[at])
        at += size_at(text + at);
    return at;
}

void script_text_place(const char *text, size_t at, size_t *ret_line, size_t *ret_column)
{
    *ret_line = *ret_column = 1;
    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n') {
            ++*ret_line;
            *ret_column = 1;
        } else if (begins(text[i])) {
            ++*ret_column;
        }
    }
}
