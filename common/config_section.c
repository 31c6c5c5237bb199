#include "common/config_section.h"

#include <confuse.h>
#include <stdio.h>
#include <string.h>

#include "protocol/cursor.h"

/* The first of `wanted` outside of quotes and before a comment, or the end. */
static char *find_unquoted(char *at, const char *wanted)
{
    char quote = '\0';

    for (; *at && (quote || *at != '#'); at++) {
        if (quote && *at == '\\' && at[1])
            at++;
        else if (quote && *at == quote)
            quote = '\0';
        else if (!quote && strchr(wanted, *at))
            return at;
        else if (!quote && (*at == '"' || *at == '\''))
            quote = *at;
    }
    return at;
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t size = strlen(text);
    while (size > 0 && strchr(" \t", text[size - 1]))
        size--;
    text[size] = '\0';
    return text;
}

const char *config_section_split(char *line, bool inside, struct config_section_line *ret_line)
{
    char *brace = find_unquoted(line, "={");

    *ret_line = (struct config_section_line){.name = "", .entry = ""};
    if (!inside && *brace != '{')
        return NULL;
    if (*brace == '{') {
        *brace = '\0';
        ret_line->opens = true;
        ret_line->name = trim(line);
        line = brace + 1;
    }
    char *end = find_unquoted(line, "{}");
    if (*end == '{')
        return "an entry is: \"key\" = \"value\", without braces";
    if (*end == '}') {
        *end = '\0';
        ret_line->closes = true;
        char *rest = trim(end + 1);
        if (*rest && *rest != '#')
            return "something follows the end of the section";
    }
    *find_unquoted(line, "") = '\0'; /* the comment */
    ret_line->entry = trim(line);
    return NULL;
}

/* What it says about free keys is that it does not know them. */
static void ignore_error(cfg_t *cfg, const char *format, va_list arguments)
{
}

static bool is_sound(const char *text, const char *what, char *ret_why, size_t room_bytes)
{
    size_t size = strlen(text);

    if (size > 0 && size < CONFIG_ENTRY_ROOM && text_is_clean(text, size))
        return true;
    snprintf(ret_why, room_bytes, "the %s is %s", what,
             size == 0                   ? "empty"
             : size >= CONFIG_ENTRY_ROOM ? "too long"
                                         : "not UTF-8, or with control characters");
    return false;
}

bool config_section_parse_entry(const char *text, struct config_entry *ret_entry, char *ret_why,
                                size_t room_bytes)
{
    cfg_opt_t none[] = {CFG_END()};
    cfg_t *cfg = cfg_init(none, CFGF_KEYSTRVAL);
    bool good = false;

    snprintf(ret_why, room_bytes, "an entry is one line: \"key\" = \"value\"");
    if (!cfg)
        return false;
    cfg_set_error_function(cfg, ignore_error);
    if (cfg_parse_buf(cfg, text) == CFG_SUCCESS && cfg_num(cfg) == 1) {
        cfg_opt_t *opt = cfg_getnopt(cfg, 0);
        const char *key = cfg_opt_name(opt), *value = cfg_opt_getstr(opt);
        good = value && is_sound(key, "key", ret_why, room_bytes) &&
               is_sound(value, "value", ret_why, room_bytes);
        if (good) {
            snprintf(ret_entry->key, sizeof ret_entry->key, "%s", key);
            snprintf(ret_entry->text, sizeof ret_entry->text, "%s", value);
        }
    }
    cfg_free(cfg);
    return good;
}
