#include "agent/options.h"

#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "common/paths.h"

#define EXIT_USAGE 2

static const char *const injectors[] = {"auto", "xtest", "uinput", "record", NULL};
static const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};

static const struct config_option table[] = {
    {"injector", CONFIG_CHOICE, 0, 0, injectors, "auto",
     "What types on this computer: auto takes xtest on an X11 desktop, else uinput, which needs "
     "the "
     "right to write /dev/uinput; record writes to record-file and is for tests.",
     offsetof(struct options, injector)},
    {"record-file", CONFIG_TEXT, 0, 0, NULL, "",
     "Where the injector record writes all that it is given, typed keys too.",
     offsetof(struct options, record_file)},
    {"display", CONFIG_TEXT, 0, 0, NULL, "",
     "The X display to type on, such as :0; empty: what DISPLAY says.",
     offsetof(struct options, display)},
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
    "  hotdesk-agent status              tell with whom it is paired, and if it runs\n"
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
    else if (count == 1 && strcmp(words[0], "status") == 0)
        line->verb = VERB_STATUS;
    else {
        fprintf(stderr, "not a command: %s; hotdesk-agent --help tells what there is\n", words[0]);
        return false;
    }
    return true;
}

static bool options_load_file(const char *path, struct options *ret_options)
{
    char default_path[PATH_MAX], error[ERROR_ROOM];

    if (!path && paths_get(PATHS_CONFIG, "agent.conf", default_path, sizeof default_path) != 0) {
        config_defaults(table, TABLE_COUNT, ret_options);
        return true;
    }
    if (config_load(table, TABLE_COUNT, path ? path : default_path, path != NULL, ret_options,
                    error) == 0)
        return true;
    fprintf(stderr, "%s\n", error);
    return false;
}

static bool options_override(const struct said *said, struct options *options)
{
    if (said->record_file) {
        if (strlen(said->record_file) >= sizeof options->record_file) {
            fprintf(stderr, "--record-file: the path is too long\n");
            return false;
        }
        strcpy(options->record_file, said->record_file);
    }
    if (!said->injector)
        return true;
    for (int32_t i = 0; injectors[i]; i++) {
        if (strcmp(injectors[i], said->injector) == 0) {
            options->injector = i;
            return true;
        }
    }
    fprintf(stderr, "--injector: auto, xtest, uinput or record, not %s\n", said->injector);
    return false;
}

int options_read(int argc, char **argv, struct command_line *ret_line)
{
    struct said said = {0};

    *ret_line = (struct command_line){.verb = VERB_DONE};
    if (!options_read_flags(argc, argv, &said))
        return EXIT_USAGE;
    if (said.help || said.version) {
        fputs(said.help ? usage : "hotdesk-agent " HOTDESK_VERSION "\n", stdout);
        return 0;
    }
    if (!options_read_words(argc - optind, argv + optind, ret_line) ||
        !options_load_file(said.config, &ret_line->options) ||
        !options_override(&said, &ret_line->options))
        return EXIT_USAGE;
    ret_line->exit_after_pairing = said.exit;
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
