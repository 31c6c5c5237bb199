#include "server/net/wishes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "server/net/options.h"
#include "server/net/server.h"

static bool parse_quality(const char *text, uint8_t *ret_quality)
{
    static const char *const NAMES[] = {[MESSAGE_QUALITY_AUTO] = "auto",
                                        [MESSAGE_QUALITY_LOSSLESS] = "lossless",
                                        [MESSAGE_QUALITY_LOW] = "low"};
    for (uint8_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(text, NAMES[i]) != 0)
            continue;
        *ret_quality = i;
        return true;
    }
    return false;
}

/* "0.25" to "1", by the digits alone: no locale's comma. */
static bool parse_scale(const char *text, uint16_t *ret_permille)
{
    static const char DIGITS[] = "0123456789";
    unsigned value = 0, places = 0;
    if (strcmp(text, "1") == 0 || strcmp(text, "1.0") == 0) {
        *ret_permille = MESSAGE_SCALE_MAX;
        return true;
    }
    if (strncmp(text, "0.", 2) != 0 || text[2] == '\0' || strlen(text + 2) > 3 ||
        text[2 + strspn(text + 2, DIGITS)] != '\0')
        return false;
    for (const char *at = text + 2; *at; at++, places++)
        value = 10 * value + (unsigned)(*at - '0');
    for (; places < 3; places++)
        value *= 10;
    *ret_permille = (uint16_t)value;
    return value >= MESSAGE_SCALE_MIN;
}

bool wishes_check_quality(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    uint8_t quality;
    (void)key;
    if (parse_quality(text, &quality))
        return true;
    snprintf(ret_why, room_bytes, "a quality is auto, lossless or low");
    return false;
}

bool wishes_check_scale(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    uint16_t permille;
    (void)key;
    if (parse_scale(text, &permille))
        return true;
    snprintf(ret_why, room_bytes, "a scale is from 0.25 to 1, such as \"0.5\"");
    return false;
}

static const char *text_of(const struct config_section *section, const char *name)
{
    const char *others = "";
    for (size_t i = 0; i < section->count; i++) {
        if (strcmp(section->entries[i].key, name) == 0)
            return section->entries[i].text;
        if (strcmp(section->entries[i].key, "*") == 0)
            others = section->entries[i].text;
    }
    return others;
}

struct message_screen_wish wishes_of(const struct server_options *options, const char *name)
{
    struct message_screen_wish wish = {.quality = MESSAGE_QUALITY_AUTO,
                                       .scale_permille = MESSAGE_SCALE_MAX};
    parse_quality(text_of(&options->quality, name), &wish.quality);
    parse_scale(text_of(&options->scale, name), &wish.scale_permille);
    return wish;
}

void wishes_tell(struct server *server, uint16_t number)
{
    const struct registry_entry *entry = registry_by_number(server->registry, number);
    if (!entry)
        return;
    struct message_screen_wish wish = wishes_of(&server->options, entry->name);
    targets_wish(server->targets, number, &wish, clock_now_us());
}

void wishes_tell_all(struct server *server)
{
    const struct switcher *switcher = &server->desk.switcher;
    for (size_t i = 0; i < switcher->target_count; i++)
        wishes_tell(server, switcher->targets[i].number);
}
