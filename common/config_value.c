#include "common/config_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/cursor.h"

static const struct {
    const char *word;
    bool on;
} BOOLS[] = {{"on", true},  {"off", false}, {"yes", true},
             {"no", false}, {"true", true}, {"false", false}};

static bool parse_text(const struct config_option *option, const char *text,
                       union config_value *ret_value, char *ret_why, size_t room_bytes)
{
    size_t size = strlen(text);

    if (size >= CONFIG_TEXT_ROOM) {
        snprintf(ret_why, room_bytes, "longer than %d bytes", CONFIG_TEXT_ROOM - 1);
        return false;
    }
    if (!text_is_clean(text, size)) {
        snprintf(ret_why, room_bytes, "not UTF-8, or with control characters");
        return false;
    }
    if (option->check && !option->check(NULL, text, ret_why, room_bytes))
        return false;
    memcpy(ret_value->text, text, size + 1);
    return true;
}

/* Only the default, that nothing stands in it: entries come one by one. */
static bool parse_section(const char *text, union config_value *ret_value)
{
    ret_value->section.count = 0;
    return text[0] == '\0';
}

static bool parse_number(const struct config_option *option, const char *text,
                         union config_value *ret_value, char *ret_why, size_t room_bytes)
{
    char *end = NULL;
    bool is_number = text[strspn(text, "-0123456789")] == '\0' && text[0] != '\0';

    errno = 0;
    long number = strtol(text, &end, 10);
    if (!is_number || *end != '\0' || errno != 0 || number < option->min || number > option->max) {
        snprintf(ret_why, room_bytes, "'%.40s' is not a whole number from %d to %d", text,
                 option->min, option->max);
        return false;
    }
    ret_value->number = (int32_t)number;
    return true;
}

static bool parse_bool(const char *text, union config_value *ret_value, char *ret_why,
                       size_t room_bytes)
{
    for (size_t i = 0; i < sizeof BOOLS / sizeof BOOLS[0]; i++) {
        if (strcmp(text, BOOLS[i].word) == 0) {
            ret_value->on = BOOLS[i].on;
            return true;
        }
    }
    snprintf(ret_why, room_bytes, "'%.40s' is neither on nor off (or yes, no, true, false)", text);
    return false;
}

static bool parse_choice(const struct config_option *option, const char *text,
                         union config_value *ret_value, char *ret_why, size_t room_bytes)
{
    for (int32_t i = 0; option->choices[i]; i++) {
        if (strcmp(text, option->choices[i]) == 0) {
            ret_value->number = i;
            return true;
        }
    }
    int used = snprintf(ret_why, room_bytes, "'%.40s' is not one of", text);
    for (size_t i = 0; option->choices[i] && used >= 0 && (size_t)used < room_bytes; i++)
        used += snprintf(ret_why + used, room_bytes - (size_t)used, "%s %s", i ? "," : "",
                         option->choices[i]);
    return false;
}

bool config_value_parse(const struct config_option *option, const char *text,
                        union config_value *ret_value, char *ret_why, size_t room_bytes)
{
    switch (option->type) {
    case CONFIG_TEXT:
        return parse_text(option, text, ret_value, ret_why, room_bytes);
    case CONFIG_NUMBER:
        return parse_number(option, text, ret_value, ret_why, room_bytes);
    case CONFIG_BOOL:
        return parse_bool(text, ret_value, ret_why, room_bytes);
    case CONFIG_CHOICE:
        return parse_choice(option, text, ret_value, ret_why, room_bytes);
    case CONFIG_SECTION:
        return parse_section(text, ret_value);
    }
    return false;
}

void config_value_store(const struct config_option *option, const union config_value *value,
                        void *ret_values)
{
    uint8_t *at = (uint8_t *)ret_values + option->offset;

    switch (option->type) {
    case CONFIG_TEXT:
        memcpy(at, value->text, strlen(value->text) + 1);
        break;
    case CONFIG_NUMBER:
    case CONFIG_CHOICE:
        memcpy(at, &value->number, sizeof value->number);
        break;
    case CONFIG_BOOL:
        memcpy(at, &value->on, sizeof value->on);
        break;
    case CONFIG_SECTION:
        memcpy(at, &value->section, sizeof value->section);
        break;
    }
}

static void print_quoted(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_section(const struct config_section *section, FILE *out)
{
    for (size_t i = 0; i < section->count; i++) {
        fputs("    ", out);
        print_quoted(section->entries[i].key, out);
        fputs(" = ", out);
        print_quoted(section->entries[i].text, out);
        fputc('\n', out);
    }
}

void config_value_print(const struct config_option *option, const void *values, FILE *out)
{
    const uint8_t *at = (const uint8_t *)values + option->offset;
    int32_t number = 0;
    bool on = false;

    fprintf(out, "%s %c", option->name, option->type == CONFIG_SECTION ? '{' : '=');
    fputc(option->type == CONFIG_SECTION ? '\n' : ' ', out);
    switch (option->type) {
    case CONFIG_TEXT:
        print_quoted((const char *)at, out);
        break;
    case CONFIG_NUMBER:
        memcpy(&number, at, sizeof number);
        fprintf(out, "%d", number);
        break;
    case CONFIG_CHOICE:
        memcpy(&number, at, sizeof number);
        fputs(option->choices[number], out);
        break;
    case CONFIG_BOOL:
        memcpy(&on, at, sizeof on);
        fputs(on ? "on" : "off", out);
        break;
    case CONFIG_SECTION:
        print_section((const struct config_section *)(const void *)at, out);
        fputc('}', out);
        break;
    }
}
