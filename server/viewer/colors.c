#include "server/viewer/colors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCAL 0x94a3b8u
#define BLACK 0x000000u
#define WHITE 0xffffffu

/* Neighbours differ in hue and in lightness: also on a bad screen, and for most who see fewer
 * colours. */
static const uint32_t COLORS[] = {
    0x3b82f6, 0xf59e0b, 0x15803d, 0xf472b6, 0x0e7490, 0xa3e635,
    0x8b5cf6, 0xfde047, 0xdc2626, 0x67e8f9, 0x92400e, 0xd8b4fe,
};
#define COUNT (sizeof COLORS / sizeof *COLORS)

uint32_t colors_of_number(uint16_t number)
{
    return number == 0 ? LOCAL : COLORS[(size_t)(number - 1) % COUNT];
}

static bool parse(const char *text, uint32_t *ret_color)
{
    static const char DIGITS[] = "0123456789abcdefABCDEF";
    if (text[0] != '#' || strlen(text) != 7 || strspn(text + 1, DIGITS) != 6)
        return false;
    *ret_color = (uint32_t)strtoul(text + 1, NULL, 16);
    return true;
}

uint32_t colors_of_target(const struct config_section *colors, const char *name, uint16_t number)
{
    uint32_t color;
    for (size_t i = 0; colors && i < colors->count; i++)
        if (strcmp(colors->entries[i].key, name) == 0 && parse(colors->entries[i].text, &color))
            return color;
    return colors_of_number(number);
}

bool colors_check(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    uint32_t color;
    if (parse(text, &color))
        return true;
    snprintf(ret_why, room_bytes, "a colour is #rrggbb, such as \"#3b82f6\"");
    return false;
}

uint32_t colors_ink_on(uint32_t color)
{
    /* The weights of Rec. 601, by 1000. */
    uint32_t lightness =
        (color >> 16 & 0xff) * 299 + (color >> 8 & 0xff) * 587 + (color & 0xff) * 114;
    return lightness > 140 * 1000 ? BLACK : WHITE;
}
