/*
 * Configuration files as libFuzzer calls what reads them. The first byte tells whose: the server's,
 * hotdesk-input's with its hotkeys and rules, the viewer's, the agent's. What is taken must come
 * out the same when it is printed and read again.
 */
#include "tests/hostile/fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/options.h"
#include "agent/rights.h"
#include "protocol/cursor.h"
#include "server/hotkey/hotkey.h"
#include "server/input/rules.h"
#include "server/input/sent_keys.h"
#include "server/input/settings.h"
#include "server/net/options.h"
#include "server/viewer/colors.h"
#include "server/viewer/options.h"

enum kind { OF_SERVER, OF_INPUT, OF_VIEWER, OF_AGENT, KINDS };

static char reason[ERROR_ROOM];
static FILE *nowhere;

union values {
    struct server_options server;
    struct settings_values input;
    struct viewer_options viewer;
    struct options agent;
};

/* The agent's are only compared while they are loaded. */
static struct {
    struct options before;
    struct config_changes changes;
} agent;

/* Of those whose table is their own: in a file. */
static int load_file(unsigned kind, const char *text, union values *ret_values,
                     char ret_error[ERROR_ROOM])
{
    char path[] = "/tmp/hotdesk-fuzz-config.XXXXXX";
    const struct settings settings = {.config_path = path, .link_fd = -1};
    const struct command_line line = {.config_path = path, .options = agent.before};
    const int fd = mkstemp(path);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    close(fd);
    const int result = kind == OF_INPUT
                           ? settings_load(&settings, &ret_values->input, ret_error)
                           : options_reload(&line, &ret_values->agent, &agent.changes, ret_error);
    unlink(path);
    return result;
}

static int load(unsigned kind, const char *text, union values *ret_values,
                char ret_error[ERROR_ROOM])
{
    if (kind == OF_SERVER)
        return config_parse(server_option_table, server_option_count, "server.conf", text,
                            &ret_values->server, ret_error);
    if (kind == OF_VIEWER)
        return config_parse(VIEWER_OPTIONS, VIEWER_OPTION_COUNT, "viewer.conf", text,
                            &ret_values->viewer, ret_error);
    return load_file(kind, text, ret_values, ret_error);
}

static void print(unsigned kind, const union values *values, FILE *out)
{
    if (kind == OF_SERVER)
        config_print(server_option_table, server_option_count, &values->server, out);
    else if (kind == OF_INPUT)
        settings_print_config(&values->input, out);
    else if (kind == OF_VIEWER)
        config_print(VIEWER_OPTIONS, VIEWER_OPTION_COUNT, &values->viewer, out);
    else
        options_print_config(&values->agent, out);
}

static void compare(unsigned kind, const union values *before, const union values *after)
{
    struct config_changes changes = agent.changes;

    if (kind == OF_SERVER)
        config_compare(server_option_table, server_option_count, &before->server, &after->server,
                       &changes);
    else if (kind == OF_INPUT)
        settings_compare(&before->input, &after->input, &changes);
    else if (kind == OF_VIEWER)
        config_compare(VIEWER_OPTIONS, VIEWER_OPTION_COUNT, &before->viewer, &after->viewer,
                       &changes);
    if (changes.now[0] || changes.at_start[0])
        abort();
}

static void print_and_read_again(unsigned kind, const union values *values)
{
    static union values again;
    char error[ERROR_ROOM] = "", *text = NULL;
    size_t size_bytes = 0;
    FILE *out = open_memstream(&text, &size_bytes);

    if (!out)
        abort();
    print(kind, values, out);
    fclose(out);
    if (kind == OF_AGENT)
        agent.before = values->agent;
    if (load(kind, text, &again, error) < 0) {
        fprintf(stderr, "%s\n%s\n", error, text);
        abort();
    }
    compare(kind, values, &again);
    free(text);
}

/* Keys of a keyboard's first row, all pressed and all lifted: rules that were read can be used. */
static void use_hotkeys(const struct hotkey_config *config)
{
    static struct hotkey_rules rules;

    hotkey_config_make_rules(config, &rules);
    if (rules.chord_count > HOTKEY_CHORDS_MAX || rules.panic_count > HOTKEY_PANICS_MAX)
        abort();
    for (size_t i = 0; i < rules.chord_count; i++)
        if (rules.chords[i].chord.count == 0 ||
            !text_is_clean(rules.chords[i].command.name, strlen(rules.chords[i].command.name)))
            abort();
}

/* A device that rules of each kind may fit. */
static void use_rules(const struct config_section *section)
{
    static const struct monitor_node node = {.path = "/dev/input/event3",
                                             .links = "/dev/input/by-id/a /dev/input/by-path/b",
                                             .name = "Fast Receiver",
                                             .id = "046d:c52b"};
    const enum rule found = rules_find(section, &node);

    if (section->count == 0 && found != RULE_NONE)
        abort();
}

static void use_rights(const struct config_section *rights)
{
    static const struct pin desk = {.server_name = "desk"};

    if (rights_of(rights, &desk) > RIGHT_ALL ||
        (rights->count == 0 && rights_of(rights, &desk) != RIGHT_ALL))
        abort();
}

static void use_colors(const struct config_section *colors)
{
    if (colors_of_target(colors, "lab3", 3) > 0xffffff)
        abort();
    for (size_t i = 0; i < colors->count; i++)
        colors_ink_on(colors_of_target(colors, colors->entries[i].key, 0));
}

static void use(unsigned kind, const union values *values)
{
    static const struct settings settings = {.config_path = "input.conf"};
    struct keyset keys;
    char error[ERROR_ROOM] = "";

    if (kind == OF_SERVER) {
        if (server_options_check(&values->server, error) < 0 && !error[0])
            abort();
    } else if (kind == OF_INPUT) {
        use_hotkeys(&values->input.hotkeys);
        use_rules(&values->input.devices);
        settings_print_warnings(&settings, &values->input, nowhere);
        sent_keys_parse(values->input.send_keys, &keys);
    } else if (kind == OF_VIEWER) {
        use_hotkeys(&values->viewer.hotkeys);
        use_colors(&values->viewer.colors);
    } else {
        use_rights(&values->agent.rights);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    static union values values;
    char error[ERROR_ROOM] = "";

    if (!nowhere && !(nowhere = fopen("/dev/null", "w")))
        abort();
    if (size_bytes == 0)
        return 0;
    const unsigned kind = bytes[0] % KINDS;
    char *text = calloc(1, size_bytes);
    if (!text)
        abort();
    memcpy(text, bytes + 1, size_bytes - 1);
    if (load(kind, text, &values, error) < 0) {
        if (!error[0] || !text_is_clean(error, strlen(error)))
            abort(); /* a refusal without a reason, or one that no terminal should show */
        snprintf(reason, sizeof reason, "%s", error);
    } else {
        snprintf(reason, sizeof reason, "it was taken");
        use(kind, &values);
        print_and_read_again(kind, &values);
    }
    free(text);
    return 0;
}

const char *fuzz_reason(void)
{
    return reason;
}
