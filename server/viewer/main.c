/* hotdesk-viewer: command line, configuration, and then the window. */
#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/log.h"
#include "common/paths.h"
#include "common/times.h"
#include "server/viewer/options.h"
#include "server/viewer/service.h"
#include "server/viewer/window.h"

#define LOG_MODULE "viewer"

static const char HELP[] =
    "Usage: hotdesk-viewer --window | --session [--config FILE]\n"
    "Opens a window whose keyboard and mouse are those of the hotdesk-server on this computer.\n"
    "Its hotkeys: Scroll Lock twice, then 1 to 9 for a computer, 0 for none; the title says "
    "which.\n"
    "\n"
    "  --window         open the window\n"
    "  --session        no window: tell the server when this screen is locked, keep it on while a\n"
    "                   target is in use, tell of switches\n"
    "  --config FILE    read this file instead of viewer.conf in the usual place\n"
    "  --print-config   print every option as it is now, in the form of the file\n"
    "  --check-config   check the file, say what is wrong with it\n"
    "  --version\n"
    "  --help\n"
    "\n"
    "Exit status: 0 ended as asked, 1 it could not work, 2 wrong use or a wrong configuration.\n";

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct arguments {
    bool opens_window, runs_service, prints_config, checks_config;
    const char *config_path;
};

/* -1: go on, else the exit status. */
static int parse_arguments(int argc, char **argv, struct arguments *ret_arguments)
{
    static const struct option OPTIONS[] = {
        {"window", no_argument, NULL, 'w'},       {"session", no_argument, NULL, 's'},
        {"config", required_argument, NULL, 'c'}, {"print-config", no_argument, NULL, 'p'},
        {"check-config", no_argument, NULL, 'k'}, {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "h", OPTIONS, NULL)) != -1) {
        switch (option) {
        case 'w':
            ret_arguments->opens_window = true;
            break;
        case 's':
            ret_arguments->runs_service = true;
            break;
        case 'c':
            ret_arguments->config_path = optarg;
            break;
        case 'p':
            ret_arguments->prints_config = true;
            break;
        case 'k':
            ret_arguments->checks_config = true;
            break;
        case 'v':
            puts("hotdesk-viewer " HOTDESK_VERSION);
            return 0;
        case 'h':
            fputs(HELP, stdout);
            return 0;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind < argc || (ret_arguments->opens_window && ret_arguments->runs_service) ||
        !(ret_arguments->opens_window || ret_arguments->runs_service ||
          ret_arguments->prints_config || ret_arguments->checks_config)) {
        fputs(HELP, stderr);
        return EXIT_USAGE;
    }
    return -1;
}

static void print_warning(void *file_name, unsigned line, const char *option, const char *sentence)
{
    if (line)
        fprintf(stderr, "%s:%u: %s: warning: %s\n", (const char *)file_name, line, option,
                sentence);
    else
        fprintf(stderr, "%s: %s: warning: %s\n", (const char *)file_name, option, sentence);
}

static bool load_options(const struct arguments *arguments, struct viewer_options *ret_options)
{
    char path[PATH_MAX], error[ERROR_ROOM];
    const char *chosen = arguments->config_path;
    config_defaults(VIEWER_OPTIONS, VIEWER_OPTION_COUNT, ret_options);
    if (!chosen) {
        int result = paths_get(PATHS_CONFIG, "viewer.conf", path, sizeof path);
        if (result < 0) {
            log_error("no place for viewer.conf: %s", strerror(-result));
            return false;
        }
        chosen = path;
    }
    if (config_load(VIEWER_OPTIONS, VIEWER_OPTION_COUNT, chosen, arguments->config_path != NULL,
                    ret_options, error) == 0) {
        if (arguments->checks_config)
            hotkey_config_warn(&ret_options->hotkeys, print_warning, (void *)chosen);
        if (arguments->checks_config)
            printf("%s: right\n", chosen);
        return true;
    }
    fprintf(stderr, "%s\n", error);
    return false;
}

/* SIGTERM, SIGINT and SIGHUP as a descriptor: the window ends in order, with all keys up. */
static int open_end_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct viewer_options options;
    char socket_path[PATH_MAX];
    setlocale(LC_CTYPE, "");
    times_read_factor();
    log_init("hotdesk-viewer", LOG_LEVEL_INFO);
    int status = parse_arguments(argc, argv, &arguments);
    if (status >= 0)
        return status;
    if (!load_options(&arguments, &options))
        return EXIT_USAGE;
    if (arguments.prints_config)
        config_print(VIEWER_OPTIONS, VIEWER_OPTION_COUNT, &options, stdout);
    if (!arguments.opens_window && !arguments.runs_service)
        return 0;
    log_init("hotdesk-viewer", (enum log_level)options.log_level);
    int error = paths_control_socket(socket_path, sizeof socket_path);
    if (error < 0) {
        log_error("no place for the control socket: %s", strerror(-error));
        return EXIT_FAILED;
    }
    int end_fd = open_end_signals();
    struct hotkey_rules rules;
    hotkey_config_make_rules(&options.hotkeys, &rules);
    error = arguments.runs_service ? service_run(&options, socket_path, end_fd)
                                   : window_run(&rules, socket_path, end_fd);
    if (end_fd >= 0)
        close(end_fd);
    return error < 0 ? EXIT_FAILED : 0;
}
