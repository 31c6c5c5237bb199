#include "protocol/cursor.h"

#include <string.h>

/* One UTF-8 sequence (RFC 3629) at `at`: its size, 0 when it is none. *ret_point is its code point.
 */
static size_t utf8_next(const uint8_t *at, size_t left_bytes, uint32_t *ret_point)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = at[0] < 0x80 ? 1 : at[0] < 0xc0 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

    if (size == 0 || size > left_bytes || at[0] >= 0xf8)
        return 0;
    uint32_t point = size == 1 ? at[0] : at[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (at[i] & 0x3f);
    }
    bool surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < lowest[size] || point > 0x10ffff || surrogate)
        return 0;
    *ret_point = point;
    return size;
}

/* Control characters move a terminal's cursor; line and paragraph separators end a line in some
 * readers of logs; the bidirectional controls show a text in another order than it has. */
static bool point_is_clean(uint32_t point)
{
    if (point < 0x20 || (point >= 0x7f && point <= 0x9f))
        return false;
    return !(point >= 0x2028 && point <= 0x202e) && !(point >= 0x2066 && point <= 0x2069);
}

static bool is_clean(const char *text, size_t size_bytes, bool has_lines)
{
    const uint8_t *at = (const uint8_t *)text;
    while (size_bytes > 0) {
        uint32_t point = 0;
        size_t size = utf8_next(at, size_bytes, &point);
        bool is_break = has_lines && (point == '\n' || point == '\t');
        if (size == 0 || (!is_break && !point_is_clean(point)))
            return false;
        at += size;
        size_bytes -= size;
    }
    return true;
}

bool text_is_clean(const char *text, size_t size_bytes)
{
    return is_clean(text, size_bytes, false);
}

bool lines_are_clean(const char *text, size_t size_bytes)
{
    return is_clean(text, size_bytes, true);
}

uint32_t text_next(const char **text)
{
    uint32_t point = 0;
    size_t size = **text ? utf8_next((const uint8_t *)*text, strlen(*text), &point) : 0;

    *text += size;
    return size > 0 ? point : 0;
}

void text_make_clean(const char *text, char *ret_clean, size_t room_bytes)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t left = strlen(text);
    size_t used = 0;

    while (left > 0) {
        uint32_t point = 0;
        size_t size = utf8_next(at, left, &point);
        bool keep = size > 0 && point_is_clean(point);
        size_t written = keep ? size : 1;
        if (used + written >= room_bytes)
            break;
        if (keep)
            memcpy(ret_clean + used, at, size);
        else
            ret_clean[used] = '?';
        used += written;
        at += size > 0 ? size : 1;
        left -= size > 0 ? size : 1;
    }
    ret_clean[used] = '\0';
}
