#include "server/net/vnc_wish.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/name.h"

#define EVERYBODY "*"
#define PORT_MAX  65535

static bool key_check(const char *key, char *ret_why, size_t room_bytes)
{
    const char *why = NULL;
    if (strcmp(key, EVERYBODY) == 0 || name_is_valid(key, &why))
        return true;
    snprintf(ret_why, room_bytes, "this is neither a target's name nor *: %s", why);
    return false;
}

/* 0: it is none. */
static uint16_t tcp_port_of(const char *text)
{
    char *end = NULL;
    if (!isdigit((unsigned char)text[0]))
        return 0;
    unsigned long port = strtoul(text, &end, 10);
    return *end == '\0' && port <= PORT_MAX ? (uint16_t)port : 0;
}

bool vnc_port_check(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    if (!key_check(key, ret_why, room_bytes))
        return false;
    bool is_word = strcmp(text, "unix") == 0 || strcmp(text, "none") == 0;
    if (is_word || (tcp_port_of(text) && strcmp(key, EVERYBODY) != 0))
        return true;
    if (tcp_port_of(text))
        snprintf(ret_why, room_bytes, "a TCP port can be that of one target only");
    else
        snprintf(ret_why, room_bytes, "\"%.60s\" is not unix, none or a TCP port (1 to %d)", text,
                 PORT_MAX);
    return false;
}

bool vnc_control_check(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    if (!key_check(key, ret_why, room_bytes))
        return false;
    if (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0)
        return true;
    snprintf(ret_why, room_bytes, "\"%.60s\" is not yes or no", text);
    return false;
}

/* LAYOUT or LAYOUT(VARIANT), as XKB has them. */
bool vnc_layout_check(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (!key_check(key, ret_why, room_bytes))
        return false;
    size_t layout = strspn(text, letters), variant = 0;
    if (text[layout] == '(')
        variant = strspn(text + layout + 1, letters) + 2;
    bool closed = variant == 0 || (variant > 2 && text[layout + variant - 1] == ')');
    if (layout > 0 && closed && text[layout + variant] == '\0' && strlen(text) < VNC_LAYOUT_ROOM)
        return true;
    snprintf(ret_why, room_bytes, "\"%.60s\" is no layout such as us or us(intl)", text);
    return false;
}

static const char *text_of(const struct config_section *section, const char *name,
                           const char *otherwise)
{
    const char *found = NULL;
    for (size_t i = 0; i < section->count; i++) {
        const struct config_entry *entry = &section->entries[i];
        if (strcmp(entry->key, name) == 0)
            return entry->text;
        if (strcmp(entry->key, EVERYBODY) == 0)
            found = entry->text;
    }
    return found ? found : otherwise;
}

void vnc_wish_of(const struct vnc_sections *sections, const char *name, struct vnc_wish *ret_wish)
{
    const char *port = text_of(&sections->port, name, "none");
    struct vnc_wish wish = {.tcp_port = tcp_port_of(port)};
    wish.kind = wish.tcp_port ? VNC_TCP : strcmp(port, "unix") == 0 ? VNC_UNIX : VNC_NONE;
    wish.control = strcmp(text_of(&sections->control, name, "no"), "yes") == 0;
    snprintf(wish.layout, sizeof wish.layout, "%s", text_of(&sections->layout, name, "us"));
    *ret_wish = wish;
}

bool vnc_wish_equals(const struct vnc_wish *a, const struct vnc_wish *b)
{
    return a->kind == b->kind && a->tcp_port == b->tcp_port && a->control == b->control &&
           strcmp(a->layout, b->layout) == 0;
}

bool vnc_wants_tcp(const struct vnc_sections *sections)
{
    for (size_t i = 0; i < sections->port.count; i++)
        if (tcp_port_of(sections->port.entries[i].text))
            return true;
    return false;
}
