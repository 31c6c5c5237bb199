#include "agent/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "agent/rights.h"
#include "common/paths.h"

#define EXIT_USAGE 2

static const char *const injectors[] = {"auto", "xtest", "uinput", "record", NULL};
static const char *const screens[] = {"x11", "none", "pattern", NULL};
static const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};

static const struct config_option table[] = {
    {"injector", CONFIG_CHOICE, 0, 0, injectors, "auto",
     "What types on this computer: auto takes xtest on an X11 desktop, else uinput, which needs "
     "the "
     "right to write /dev/uinput; record writes to record-file and is for tests.",
     offsetof(struct options, injector), .at_start = true},
    {"record-file", CONFIG_TEXT, 0, 0, NULL, "",
     "Where the injector record writes all that it is given, typed keys too.",
     offsetof(struct options, record_file), .at_start = true},
    {"display", CONFIG_TEXT, 0, 0, NULL, "",
     "The X display to type on, such as :0; empty: what DISPLAY says.",
     offsetof(struct options, display), .at_start = true},
    {"screen", CONFIG_CHOICE, 0, 0, screens, "x11",
     "What the console sees of this computer: x11 is the X display, none is nothing; pattern is a "
     "picture that moves and is for tests.",
     offsetof(struct options, screen), .at_start = true},
    {"monitor", CONFIG_TEXT, 0, 0, NULL, "",
     "Which monitor the console sees, by its name in xrandr, such as HDMI-1; empty: all of them.",
     offsetof(struct options, monitor), .at_start = true},
    {"layout", CONFIG_TEXT, 0, 0, NULL, "",
     "The keyboard layout of this computer, as setxkbmap has it, such as us, de or ch(fr), for "
     "texts "
     "that `hotdesk type` sends while uinput types: a text console or a Wayland desktop cannot be "
     "asked for theirs. An X display can, and is.",
     offsetof(struct options, layout), .at_start = true},
    {"rights", CONFIG_SECTION, 0, 0, NULL, "",
     "What a paired server may do here: \"NAME\" = \"view\" sees the screen and cannot type, "
     "\"input\" types and sees nothing, \"view input\" both, \"none\" neither. NAME: the server's "
     "name or, surer, its key as `hotdesk-agent status` tells them, or * for every other. Who is "
     "not here may do both.",
     offsetof(struct options, rights), .check = rights_check},
    {"log-level", CONFIG_CHOICE, 0, 0, log_levels, "info", "How much is logged.",
     offsetof(struct options, log_level)},
};

#define TABLE_COUNT (sizeof table / sizeof *table)

static const char usage[] =
    "hotdesk-agent lets the keyboard and mouse of a hotdesk console work on this computer.\n"
    "\n"
    "  hotdesk-agent                     run, connected to the server that was paired\n"
    "  hotdesk-agent pair HOST[:PORT]    pair with the server there, then run\n"
    "  hotdesk-agent forget              end the pairing, from this side\n"
    "  hotdesk-agent status              tell with whom it is paired, if it runs, and who is here\n"
    "  hotdesk-agent pause               let no console control or see this computer, until "
    "resume\n"
    "  hotdesk-agent resume              end the pause\n"
    "  hotdesk-agent join                what `hotdesk add` on the console runs here, over ssh\n"
    "\n"
    "pair asks for the code that `hotdesk pair` shows on the console, or reads it from standard "
    "input.\n"
    "\n"
    "  --exit               of pair: end after pairing\n"
    "  --config FILE        read FILE instead of agent.conf\n"
    "  --injector KIND      auto, xtest, uinput or record\n"
    "  --record-file FILE   of the injector record\n"
    "  --print-config       print every option with its value and what it does\n"
    "  --check-config       say if the configuration is good\n"
    "  --help, --version\n";

enum {
    FLAG_EXIT = 256,
    FLAG_CONFIG,
    FLAG_INJECTOR,
    FLAG_RECORD_FILE,
    FLAG_PRINT_CONFIG,
    FLAG_CHECK_CONFIG,
    FLAG_HELP,
    FLAG_VERSION,
};

static const struct option flags[] = {
    {"exit", no_argument, NULL, FLAG_EXIT},
    {"config", required_argument, NULL, FLAG_CONFIG},
    {"injector", required_argument, NULL, FLAG_INJECTOR},
    {"record-file", required_argument, NULL, FLAG_RECORD_FILE},
    {"print-config", no_argument, NULL, FLAG_PRINT_CONFIG},
    {"check-config", no_argument, NULL, FLAG_CHECK_CONFIG},
    {"help", no_argument, NULL, FLAG_HELP},
    {"version", no_argument, NULL, FLAG_VERSION},
    {0},
};

struct said { /* on the command line */
    const char *config, *injector, *record_file;
    bool exit, print, check, help, version;
};

static bool options_read_flags(int argc, char **argv, struct said *said)
{
    int flag;

    while ((flag = getopt_long(argc, argv, "h", flags, NULL)) != -1) {
        switch (flag) {
        case FLAG_EXIT:
            said->exit = true;
            break;
        case FLAG_CONFIG:
            said->config = optarg;
            break;
        case FLAG_INJECTOR:
            said->injector = optarg;
            break;
        case FLAG_RECORD_FILE:
            said->record_file = optarg;
            break;
        case FLAG_PRINT_CONFIG:
            said->print = true;
            break;
        case FLAG_CHECK_CONFIG:
            said->check = true;
            break;
        case 'h':
        case FLAG_HELP:
            said->help = true;
            break;
        case FLAG_VERSION:
            said->version = true;
            break;
        default:
            fprintf(stderr, "hotdesk-agent --help tells what there is\n");
            return false;
        }
    }
    return true;
}

/* The code never comes as an argument: arguments are world-readable in /proc. */
static bool options_read_words(int count, char **words, struct command_line *line)
{
    if (count == 0) {
        line->verb = VERB_RUN;
        return true;
    }
    if (strcmp(words[0], "pair") == 0) {
        line->verb = VERB_PAIR;
        line->server = count > 1 ? words[1] : NULL;
        if (count == 2)
            return true;
        fprintf(stderr, count < 2
                            ? "pair needs the console's name or address: hotdesk-agent pair "
                              "HOST[:PORT]\n"
                            : "pair takes HOST[:PORT] alone; the code is asked for, or read from "
                              "standard input\n");
        return false;
    }
    if (count == 1 && strcmp(words[0], "forget") == 0)
        line->verb = VERB_FORGET;
    else if (count == 1 && strcmp(words[0], "join") == 0)
        line->verb = VERB_JOIN;
    else if (count == 1 && strcmp(words[0], "status") == 0)
        line->verb = VERB_STATUS;
    else if (count == 1 && strcmp(words[0], "pause") == 0)
        line->verb = VERB_PAUSE;
    else if (count == 1 && strcmp(words[0], "resume") == 0)
        line->verb = VERB_RESUME;
    else {
        fprintf(stderr, "not a command: %s; hotdesk-agent --help tells what there is\n", words[0]);
        return false;
    }
    return true;
}

static int options_load_file(const char *path, struct options *ret_options,
                             char ret_error[ERROR_ROOM])
{
    char default_path[PATH_MAX];

    if (!path && paths_get(PATHS_CONFIG, "agent.conf", default_path, sizeof default_path) != 0) {
        config_defaults(table, TABLE_COUNT, ret_options);
        return 0;
    }
    return config_load(table, TABLE_COUNT, path ? path : default_path, path != NULL, ret_options,
                       ret_error);
}

static int options_override(const struct command_line *line, struct options *options,
                            char ret_error[ERROR_ROOM])
{
    if (line->record_file) {
        if (strlen(line->record_file) >= sizeof options->record_file) {
            snprintf(ret_error, ERROR_ROOM, "--record-file: the path is too long");
            return -EINVAL;
        }
        strcpy(options->record_file, line->record_file);
    }
    if (!line->injector)
        return 0;
    for (int32_t i = 0; injectors[i]; i++) {
        if (strcmp(injectors[i], line->injector) == 0) {
            options->injector = i;
            return 0;
        }
    }
    snprintf(ret_error, ERROR_ROOM, "--injector: auto, xtest, uinput or record, not %.100s",
             line->injector);
    return -EINVAL;
}

static int options_load(const struct command_line *line, struct options *ret_options,
                        char ret_error[ERROR_ROOM])
{
    const int error = options_load_file(line->config_path, ret_options, ret_error);

    return error ? error : options_override(line, ret_options, ret_error);
}

int options_reload(const struct command_line *line, struct options *ret_options,
                   struct config_changes *ret_changes, char ret_error[ERROR_ROOM])
{
    struct options options;
    const int error = options_load(line, &options, ret_error);

    if (error)
        return error;
    config_compare(table, TABLE_COUNT, &line->options, &options, ret_changes);
    *ret_options = options;
    return 0;
}

int options_read(int argc, char **argv, struct command_line *ret_line)
{
    struct said said = {0};
    char error[ERROR_ROOM];

    *ret_line = (struct command_line){.verb = VERB_DONE};
    if (!options_read_flags(argc, argv, &said))
        return EXIT_USAGE;
    if (said.help || said.version) {
        fputs(said.help ? usage : "hotdesk-agent " HOTDESK_VERSION "\n", stdout);
        return 0;
    }
    ret_line->config_path = said.config;
    ret_line->injector = said.injector;
    ret_line->record_file = said.record_file;
    ret_line->exit_after_pairing = said.exit;
    if (!options_read_words(argc - optind, argv + optind, ret_line))
        return EXIT_USAGE;
    if (options_load(ret_line, &ret_line->options, error) != 0) {
        fprintf(stderr, "%s\n", error);
        return EXIT_USAGE;
    }
    if (said.print)
        ret_line->verb = VERB_PRINT_CONFIG;
    else if (said.check) {
        ret_line->verb = VERB_DONE;
        puts("the configuration is good");
    }
    return 0;
}

void options_print_config(const struct options *options, FILE *out)
{
    config_print(table, TABLE_COUNT, options, out);
}
