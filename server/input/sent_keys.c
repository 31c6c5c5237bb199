#include "server/input/sent_keys.h"

#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "server/hotkey/keyname.h"

#define BLANKS ", \t"

static bool add_name(const char *name, struct keyset *keys, char *ret_why, size_t room_bytes)
{
    uint16_t code, other;
    if (!keyname_parse(name, &code, &other)) {
        snprintf(ret_why, room_bytes, "there is no key '%s'", name);
        return false;
    }
    if (!key_is_own(code)) {
        snprintf(ret_why, room_bytes, "%s is sent anyway", name);
        return false;
    }
    keyset_add(keys, code);
    return true;
}

static bool parse(const char *text, struct keyset *ret_keys, char *ret_why, size_t room_bytes)
{
    keyset_clear(ret_keys);
    for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
        char name[CONFIG_TEXT_ROOM];
        size_t size = strcspn(text, BLANKS);
        snprintf(name, sizeof name, "%.*s", (int)size, text);
        if (!add_name(name, ret_keys, ret_why, room_bytes))
            return false;
        text += size;
    }
    return true;
}

bool sent_keys_check(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    return parse(text, &(struct keyset){0}, ret_why, room_bytes);
}

void sent_keys_parse(const char *text, struct keyset *ret_keys)
{
    parse(text, ret_keys, NULL, 0);
}
