#include "common/config.h"

#include <assert.h>
#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/config_line.h"
#include "common/config_section.h"
#include "common/config_value.h"
#include "common/paths.h"
#include "protocol/cursor.h"
#include "protocol/limits.h"

/*
 * libConfuse gets one line at a time. Given a whole file it counts lines wrongly after a comment,
 * takes the next line's option for a missing value, and lets an unclosed quote, comment or section
 * swallow what follows.
 */
struct parse {
    const char *file_name;
    unsigned line;
    const struct config_option *line_option; /* that got its value in this line; NULL none yet */
    char *error;                             /* ERROR_ROOM; empty: none yet */
    size_t count;
    struct slot *slots;
    struct slot *section; /* that is open */
};

struct slot {
    char *text; /* libConfuse's; first, so that an option's simple_value leads here */
    struct parse *parse;
    const struct config_option *option;
    unsigned line; /* that gave it; 0: none did */
    union config_value value;
};

static void fail(struct parse *parse, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The first error counts: what libConfuse says after it is a consequence. */
static void fail(struct parse *parse, const char *format, ...)
{
    char sentence[ERROR_ROOM];
    char whole[2 * ERROR_ROOM];
    va_list arguments;

    if (parse->error[0])
        return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    snprintf(whole, sizeof whole, "%s:%u: %s", parse->file_name, parse->line, sentence);
    text_make_clean(whole, parse->error, ERROR_ROOM);
}

static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *format, va_list arguments)
{
    struct parse *parse = ((struct slot *)cfg->opts[0].simple_value.ptr)->parse;
    char message[ERROR_ROOM / 2];
    static const char unknown[] = "no such option '";

    vsnprintf(message, sizeof message, format, arguments);
    if (parse->line_option) {
        fail(parse, "%s: something follows its value: a value with blanks stands in quotes",
             parse->line_option->name);
    } else if (strncmp(message, unknown, strlen(unknown)) == 0) {
        char *name = message + strlen(unknown);
        fail(parse, "%.*s: there is no such option", (int)strcspn(name, "'"), name);
    } else if (strcmp(message, "premature end of file") == 0) {
        fail(parse, "the line ends before its value");
    } else {
        fail(parse, "%s (a line is: option = value)", message);
    }
}

static int on_value(cfg_t *cfg, cfg_opt_t *opt)
{
    struct slot *slot = (struct slot *)opt->simple_value.ptr;
    struct parse *parse = slot->parse;
    char why[ERROR_ROOM / 2];

    if (slot->option->type == CONFIG_SECTION)
        fail(parse, "%s: this is a section: %s { ... }", opt->name, opt->name);
    else if (parse->line_option)
        fail(parse, "%s: each option stands on a line of its own", opt->name);
    else if (slot->line)
        fail(parse, "%s: it is there twice, first in line %u", opt->name, slot->line);
    else if (!config_value_parse(slot->option, slot->text, &slot->value, why, sizeof why))
        fail(parse, "%s: %s", opt->name, why);
    parse->line_option = slot->option;
    slot->line = parse->line;
    return parse->error[0] ? -1 : 0;
}

static void open_section(struct parse *parse, const char *name)
{
    for (size_t i = 0; i < parse->count && !parse->section; i++) {
        if (strcmp(parse->slots[i].option->name, name) == 0)
            parse->section = &parse->slots[i];
    }
    if (!parse->section)
        fail(parse, "%s: there is no such option", name);
    else if (parse->section->option->type != CONFIG_SECTION)
        fail(parse, "%s: this is no section (a line is: option = value)", name);
    else if (parse->section->line)
        fail(parse, "%s: it is there twice, first in line %u", name, parse->section->line);
    else
        parse->section->line = parse->line;
}

static void parse_entry(struct parse *parse, const char *text)
{
    const struct config_option *option = parse->section->option;
    struct config_section *section = &parse->section->value.section;
    struct config_entry entry = {.line = parse->line};
    char why[ERROR_ROOM / 2];

    if (!config_section_parse_entry(text, &entry, why, sizeof why)) {
        fail(parse, "%s: %s", option->name, why);
        return;
    }
    for (size_t i = 0; i < section->count; i++) {
        if (strcmp(section->entries[i].key, entry.key) == 0)
            fail(parse, "%s: %s: it is there twice, first in line %u", option->name, entry.key,
                 section->entries[i].line);
    }
    if (option->check && !option->check(entry.key, entry.text, why, sizeof why))
        fail(parse, "%s: %s: %s", option->name, entry.key, why);
    else if (section->count == CONFIG_ENTRIES_MAX)
        fail(parse, "%s: there are more than %d entries", option->name, CONFIG_ENTRIES_MAX);
    else
        section->entries[section->count++] = entry;
}

/* A line that opens or closes a section, or stands in one. */
static void parse_section_line(struct parse *parse, const struct config_section_line *line)
{
    if (line->opens && parse->section)
        fail(parse, "%s: this section, begun in line %u, is not closed",
             parse->section->option->name, parse->section->line);
    else if (line->opens)
        open_section(parse, line->name);
    if (line->entry[0] && !parse->error[0])
        parse_entry(parse, line->entry);
    if (line->closes)
        parse->section = NULL;
}

static void parse_line(struct parse *parse, cfg_t *cfg, char *line)
{
    struct config_section_line parts;

    size_t size = strlen(line);
    if (size > 0 && line[size - 1] == '\r')
        line[size - 1] = '\0';
    line += strspn(line, " \t");
    if (line[0] == '\0' || line[0] == '#')
        return;
    parse->line_option = NULL;
    const char *why = config_line_check(line);
    if (!why)
        why = config_section_split(line, parse->section != NULL, &parts);
    if (why)
        fail(parse, "%s", why);
    else if (parts.opens || parse->section)
        parse_section_line(parse, &parts);
    else if (cfg_parse_buf(cfg, line) != CFG_SUCCESS || !parse->line_option)
        fail(parse, "the line cannot be read (a line is: option = value)");
}

static void parse_lines(struct parse *parse, cfg_t *cfg, const char *text)
{
    while (*text && !parse->error[0]) {
        size_t size = strcspn(text, "\n");
        char *line = strndup(text, size);
        parse->line++;
        if (line)
            parse_line(parse, cfg, line);
        else
            fail(parse, "out of memory");
        free(line);
        text += size + (text[size] == '\n');
    }
    if (parse->section) {
        parse->line = parse->section->line;
        fail(parse, "%s: this section is not closed", parse->section->option->name);
    }
}

/* libConfuse's table of the options, each as a text whose place is a slot. */
static cfg_t *make_reader(struct parse *parse, const struct config_option *options)
{
    cfg_opt_t *opts = calloc(parse->count + 1, sizeof *opts);
    if (!opts)
        return NULL;
    for (size_t i = 0; i < parse->count; i++) {
        struct slot *slot = &parse->slots[i];
        slot->parse = parse;
        slot->option = &options[i];
        opts[i] = (cfg_opt_t)CFG_SIMPLE_STR(options[i].name, &slot->text);
    }
    opts[parse->count] = (cfg_opt_t)CFG_END();
    cfg_t *cfg = cfg_init(opts, CFGF_NONE); /* copies them */
    free(opts);
    if (!cfg)
        return NULL;
    cfg_set_error_function(cfg, on_error);
    for (size_t i = 0; i < parse->count; i++)
        cfg_set_validate_func(cfg, options[i].name, on_value);
    return cfg;
}

void config_defaults(const struct config_option *options, size_t count, void *ret_values)
{
    for (size_t i = 0; i < count; i++) {
        union config_value value;
        char why[ERROR_ROOM];
        bool sound =
            options[i].name && options[i].help && options[i].default_text &&
            config_value_parse(&options[i], options[i].default_text, &value, why, sizeof why);
        assert(sound);
        config_value_store(&options[i], &value, ret_values);
    }
}

int config_parse(const struct config_option *options, size_t count, const char *file_name,
                 const char *text, void *ret_values, char ret_error[ERROR_ROOM])
{
    struct parse parse = {.file_name = file_name,
                          .error = ret_error,
                          .count = count,
                          .slots = calloc(count, sizeof *parse.slots)};
    cfg_t *cfg = parse.slots ? make_reader(&parse, options) : NULL;

    assert(count > 0);
    ret_error[0] = '\0';
    if (cfg)
        parse_lines(&parse, cfg, text);
    else
        fail(&parse, "out of memory");
    if (!ret_error[0]) {
        config_defaults(options, count, ret_values);
        for (size_t i = 0; i < count; i++) {
            if (parse.slots[i].line)
                config_value_store(&options[i], &parse.slots[i].value, ret_values);
        }
    }
    if (cfg)
        cfg_free(cfg);
    for (size_t i = 0; parse.slots && i < count; i++)
        free(parse.slots[i].text);
    free(parse.slots);
    return ret_error[0] ? -EINVAL : 0;
}

int config_load(const struct config_option *options, size_t count, const char *path,
                bool must_exist, void *ret_values, char ret_error[ERROR_ROOM])
{
    char *text = NULL;
    size_t size = 0;
    int result = paths_read_file(path, CONFIG_FILE_MAX_BYTES, &text, &size);

    if (result == -ENOENT && !must_exist)
        return config_parse(options, count, path, "", ret_values, ret_error);
    if (result < 0) {
        snprintf(ret_error, ERROR_ROOM, "%s: cannot be read: %s", path, strerror(-result));
        return result;
    }
    if (strlen(text) != size) {
        snprintf(ret_error, ERROR_ROOM, "%s: this is no text file", path);
        result = -EINVAL;
    } else {
        result = config_parse(options, count, path, text, ret_values, ret_error);
    }
    free(text);
    return result;
}

static bool sections_equal(const struct config_section *a, const struct config_section *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->entries[i].key, b->entries[i].key) != 0 ||
            strcmp(a->entries[i].text, b->entries[i].text) != 0)
            return false;
    return true;
}

static bool values_equal(const struct config_option *option, const void *before, const void *after)
{
    const char *a = (const char *)before + option->offset;
    const char *b = (const char *)after + option->offset;

    switch (option->type) {
    case CONFIG_TEXT:
        return strcmp(a, b) == 0;
    case CONFIG_NUMBER:
    case CONFIG_CHOICE:
        return memcmp(a, b, sizeof(int32_t)) == 0;
    case CONFIG_BOOL:
        return memcmp(a, b, sizeof(bool)) == 0;
    case CONFIG_SECTION:
        return sections_equal((const struct config_section *)a, (const struct config_section *)b);
    }
    return true;
}

void config_compare(const struct config_option *options, size_t count, const void *before,
                    const void *after, struct config_changes *ret_changes)
{
    *ret_changes = (struct config_changes){0};
    for (size_t i = 0; i < count; i++) {
        char *names = options[i].at_start ? ret_changes->at_start : ret_changes->now;
        size_t used = strlen(names);
        if (!values_equal(&options[i], before, after))
            snprintf(names + used, CONFIG_NAMES_ROOM - used, "%s%s", used ? ", " : "",
                     options[i].name);
    }
}

static void print_kind(const struct config_option *option, FILE *out)
{
    switch (option->type) {
    case CONFIG_TEXT:
        fputs("text", out);
        break;
    case CONFIG_NUMBER:
        fprintf(out, "%d to %d", option->min, option->max);
        break;
    case CONFIG_BOOL:
        fputs("on or off", out);
        break;
    case CONFIG_CHOICE:
        for (size_t i = 0; option->choices[i]; i++)
            fprintf(out, "%s%s", i ? " | " : "", option->choices[i]);
        break;
    case CONFIG_SECTION:
        fputs("section of \"key\" = \"value\"", out);
        break;
    }
}

void config_print(const struct config_option *options, size_t count, const void *values, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s# %s\n# ", i ? "\n" : "", options[i].help);
        print_kind(&options[i], out);
        fprintf(out, "; default: %s%s\n",
                options[i].default_text[0] ? options[i].default_text : "empty",
                options[i].at_start ? "; a change needs a restart" : "");
        config_value_print(&options[i], values, out);
        fputc('\n', out);
    }
}
