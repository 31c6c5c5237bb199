#include "server/input/settings.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/config.h"
#include "common/paths.h"
#include "server/input/rules.h"
#include "server/input/sent_keys.h"

#define CONFIG_LEAF "input.conf"

static const char *const log_level_names[] = {"error", "warning", "info", "debug", NULL};

static const struct config_option config_options[] = {
    HOTKEY_CONFIG_OPTIONS(struct settings_values, hotkeys),
    {
        .name = "devices",
        .type = CONFIG_SECTION,
        .default_text = "",
        .help =
            "Devices to include or exclude: \"name:*Knob*\" = include, \"id:046d:c52b\" = "
            "exclude, \"path:/dev/input/by-id/...\" = exclude. Exclude wins. See hotdesk devices.",
        .offset = offsetof(struct settings_values, devices),
        .check = rules_check,
    },
    {
        .name = "send-keys",
        .type = CONFIG_TEXT,
        .default_text = "",
        .help = "Keys that belong to this computer (power, sleep, radio, brightness) and are sent "
                "all the same, with blanks between them, such as \"Sleep BrightnessUp\".",
        .offset = offsetof(struct settings_values, send_keys),
        .check = sent_keys_check,
    },
    {
        .name = "log-level",
        .type = CONFIG_CHOICE,
        .choices = log_level_names,
        .default_text = "info",
        .help = "How much is logged. Keys that are typed never are.",
        .offset = offsetof(struct settings_values, log_level),
    },
};

#define CONFIG_OPTIONS (sizeof config_options / sizeof *config_options)

static const struct option long_options[] = {
    {"link-fd", required_argument, NULL, 'f'},
    {"listen", required_argument, NULL, 'l'},
    {"server-user", required_argument, NULL, 'u'},
    {"config", required_argument, NULL, 'c'},
    {"list", no_argument, NULL, 'L'},
    {"print-config", no_argument, NULL, 'p'},
    {"check-config", no_argument, NULL, 'k'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

static int fail(char ret_error[ERROR_ROOM], const char *text)
{
    snprintf(ret_error, ERROR_ROOM, "%s (see hotdesk-input --help)", text);
    return -EINVAL;
}

static bool parse_fd(const char *text, int *ret_fd)
{
    char *end;
    errno = 0;
    long fd = strtol(text, &end, 10);
    if (errno || end == text || *end || fd < 3 || fd > INT_MAX)
        return false;
    *ret_fd = (int)fd;
    return true;
}

static int parse_option(int option, struct settings *settings, char ret_error[ERROR_ROOM])
{
    switch (option) {
    case 'f':
        return parse_fd(optarg, &settings->link_fd)
                   ? 0
                   : fail(ret_error, "--link-fd wants the number of an open descriptor, 3 or more");
    case 'l':
        settings->listen_path = optarg;
        return 0;
    case 'u':
        settings->server_user = optarg;
        return 0;
    case 'c':
        settings->config_path = optarg;
        return 0;
    case 'L':
        settings->action = SETTINGS_LIST;
        return 0;
    case 'p':
        settings->action = SETTINGS_PRINT_CONFIG;
        return 0;
    case 'k':
        settings->action = SETTINGS_CHECK_CONFIG;
        return 0;
    case 'h':
        settings->action = SETTINGS_HELP;
        return 0;
    case 'V':
        settings->action = SETTINGS_VERSION;
        return 0;
    default:
        return fail(ret_error, "unknown option, or one without its value");
    }
}

int settings_parse(int argc, char **argv, struct settings *ret_settings, char ret_error[ERROR_ROOM])
{
    struct settings settings = {.action = SETTINGS_RUN, .link_fd = -1};
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "hV", long_options, NULL)) >= 0;) {
        int result = parse_option(option, &settings, ret_error);
        if (result < 0)
            return result;
    }
    if (optind < argc)
        return fail(ret_error, "it takes options only");
    if (settings.link_fd >= 0 && settings.listen_path)
        return fail(ret_error, "--link-fd and --listen exclude each other");
    *ret_settings = settings;
    return 0;
}

int settings_load(const struct settings *settings, struct settings_values *ret_values,
                  char ret_error[ERROR_ROOM])
{
    char path[PATH_MAX];
    const char *from = settings->config_path;
    if (!from) {
        if (paths_get(PATHS_CONFIG, CONFIG_LEAF, path, sizeof path) < 0) {
            config_defaults(config_options, CONFIG_OPTIONS, ret_values);
            return 0; /* no home, no configuration */
        }
        from = path;
    }
    return config_load(config_options, CONFIG_OPTIONS, from, settings->config_path != NULL,
                       ret_values, ret_error);
}

void settings_print_config(const struct settings_values *values, FILE *out)
{
    config_print(config_options, CONFIG_OPTIONS, values, out);
}

void settings_print_help(FILE *out)
{
    fputs("hotdesk-input holds this computer's keyboards and mice for hotdesk-server, which starts "
          "it.\n"
          "\n"
          "  --link-fd N         talk to the server over the open socket N\n"
          "  --listen PATH       wait for the server at a socket of that path, mode 0600\n"
          "                      (with neither: at the socket that systemd hands over)\n"
          "  --server-user NAME  the user that the server runs as, besides root and our own\n"
          "  --config FILE       instead of input.conf in /etc/hotdesk or ~/.config/hotdesk\n"
          "  --print-config      show all options with their values, and end\n"
          "  --check-config      check the configuration, and end\n"
          "  --list              show which devices are taken, or why not, and end\n"
          "  --help, --version\n",
          out);
}

struct warning_place {
    const char *file_name;
    FILE *out;
};

static void print_warning(void *context, unsigned line, const char *option, const char *sentence)
{
    struct warning_place *place = context;
    if (line)
        fprintf(place->out, "%s:%u: %s: warning: %s\n", place->file_name, line, option, sentence);
    else
        fprintf(place->out, "%s: %s: warning: %s\n", place->file_name, option, sentence);
}

void settings_print_warnings(const struct settings *settings, const struct settings_values *values,
                             FILE *out)
{
    char path[PATH_MAX] = CONFIG_LEAF;
    if (settings->config_path)
        snprintf(path, sizeof path, "%s", settings->config_path);
    else
        paths_get(PATHS_CONFIG, CONFIG_LEAF, path, sizeof path);
    struct warning_place place = {.file_name = path, .out = out};
    hotkey_config_warn(&values->hotkeys, print_warning, &place);
}

enum log_level settings_log_level(const struct settings_values *values)
{
    return (enum log_level)values->log_level;
}

void settings_compare(const struct settings_values *before, const struct settings_values *after,
                      struct config_changes *ret_changes)
{
    config_compare(config_options, CONFIG_OPTIONS, before, after, ret_changes);
}
