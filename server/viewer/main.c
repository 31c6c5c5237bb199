/* hotdesk-viewer: command line, configuration, and then a window or the service. */
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
#include "server/viewer/grid.h"
#include "server/viewer/options.h"
#include "server/viewer/screen.h"
#include "server/viewer/service.h"
#include "server/viewer/window.h"

#define LOG_MODULE "viewer"

static const char HELP[] =
    "Usage: hotdesk-viewer --window | --session | --view NAME... | --wall [SET] | --screen\n"
    "                      [OPTIONS]\n"
    "Shows the screens of other computers, which the hotdesk-server on this computer controls.\n"
    "\n"
    "  --window         a window with the active computer, whose keyboard and mouse go to it.\n"
    "                   Its hotkeys: Scroll Lock twice, then 1 to 9 for a computer, 0 for none\n"
    "  --session        for a user service: the active computer over the whole screen; tells the\n"
    "                   server when this screen is locked, keeps it on while a target is in use,\n"
    "                   tells of switches\n"
    "  --view NAME...   a window that shows this computer, or several of them, and sends nothing\n"
    "  --wall [SET]     a window that shows all computers, or those of a set of viewer.conf; a\n"
    "                   click on one gives it keyboard and mouse\n"
    "  --screen         the full screen alone, as --session starts it\n"
    "  --monitor NAME   with --screen and --view: over the whole of this monitor, as xrandr or "
    "the\n"
    "                   Wayland compositor calls it\n"
    "  --scale HOW      fit, 1 or fill: how a picture of another size is shown\n"
    "  --config FILE    read this file instead of viewer.conf in the usual place\n"
    "  --print-config   print every option as it is now, in the form of the file\n"
    "  --check-config   check the file, say what is wrong with it\n"
    "  --version\n"
    "  --help\n"
    "\n"
    "Exit status: 0 ended as asked, 1 it could not work, 2 wrong use or a wrong configuration.\n";

#define VIEW_NAMES_MAX 64

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum mode { MODE_NONE, MODE_WINDOW, MODE_SESSION, MODE_VIEW, MODE_WALL, MODE_SCREEN };

struct arguments {
    enum mode mode;
    bool prints_config, checks_config;
    int modes;        /* that were asked for */
    const char *view; /* MODE_VIEW: the first target's name */
    size_t word_count;
    char **words;        /* MODE_VIEW: the others' names; MODE_WALL: perhaps a set */
    const char *monitor; /* NULL: as configured */
    int scale;           /* enum fit_scale, or -1: as configured */
    const char *config_path;
};

static void set_mode(struct arguments *arguments, enum mode mode)
{
    arguments->mode = mode;
    arguments->modes++;
}

/* -1: it is none. */
static int scale_from_text(const char *text)
{
    for (int i = 0; VIEWER_SCALES[i]; i++)
        if (strcmp(text, VIEWER_SCALES[i]) == 0)
            return i;
    return -1;
}

static bool take_option(struct arguments *arguments, int option)
{
    switch (option) {
    case 'w':
        set_mode(arguments, MODE_WINDOW);
        return true;
    case 's':
        set_mode(arguments, MODE_SESSION);
        return true;
    case 'n':
        set_mode(arguments, MODE_VIEW);
        arguments->view = optarg;
        return true;
    case 'a':
        set_mode(arguments, MODE_WALL);
        return true;
    case 'f':
        set_mode(arguments, MODE_SCREEN);
        return true;
    case 'm':
        arguments->monitor = optarg;
        return *optarg;
    case 'z':
        arguments->scale = scale_from_text(optarg);
        return arguments->scale >= 0;
    case 'c':
        arguments->config_path = optarg;
        return true;
    case 'p':
        return arguments->prints_config = true;
    case 'k':
        return arguments->checks_config = true;
    default:
        return false;
    }
}

static bool has_words_for(const struct arguments *arguments)
{
    size_t most = arguments->mode == MODE_VIEW   ? VIEW_NAMES_MAX - 1
                  : arguments->mode == MODE_WALL ? 1
                                                 : 0;
    return arguments->word_count <= most;
}

/* -1: go on, else the exit status. */
static int parse_arguments(int argc, char **argv, struct arguments *ret_arguments)
{
    static const struct option OPTIONS[] = {
        {"window", no_argument, NULL, 'w'},
        {"session", no_argument, NULL, 's'},
        {"view", required_argument, NULL, 'n'},
        {"screen", no_argument, NULL, 'f'},
        {"wall", no_argument, NULL, 'a'},
        {"monitor", required_argument, NULL, 'm'},
        {"scale", required_argument, NULL, 'z'},
        {"config", required_argument, NULL, 'c'},
        {"print-config", no_argument, NULL, 'p'},
        {"check-config", no_argument, NULL, 'k'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;
    bool is_right = true;
    ret_arguments->scale = -1;
    while (is_right && (option = getopt_long(argc, argv, "h", OPTIONS, NULL)) != -1) {
        if (option == 'v') {
            puts("hotdesk-viewer " HOTDESK_VERSION);
            return 0;
        }
        if (option == 'h') {
            fputs(HELP, stdout);
            return 0;
        }
        is_right = take_option(ret_arguments, option);
    }
    ret_arguments->words = argv + optind;
    ret_arguments->word_count = (size_t)(argc - optind);
    bool covers = ret_arguments->mode == MODE_SCREEN ||
                  (ret_arguments->mode == MODE_VIEW && ret_arguments->word_count == 0);
    if (!is_right || !has_words_for(ret_arguments) || ret_arguments->modes > 1 ||
        (ret_arguments->monitor && !covers) ||
        !(ret_arguments->modes || ret_arguments->prints_config || ret_arguments->checks_config)) {
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

/* One target has a window of its own kind: in its size, with the on-screen display. */
static int run_view(const struct arguments *arguments, const struct viewer_options *options,
                    int end_fd)
{
    const char *names[VIEW_NAMES_MAX] = {arguments->view};
    struct grid_wish wish = {.names = names, .name_count = arguments->word_count + 1};
    if (arguments->word_count == 0)
        return screen_run(arguments->view, arguments->monitor, options, end_fd);
    for (size_t i = 0; i < arguments->word_count; i++)
        names[i + 1] = arguments->words[i];
    return grid_run(&wish, options, end_fd);
}

static int run_wall(const struct arguments *arguments, const struct viewer_options *options,
                    int end_fd)
{
    struct grid_wish wish = {.set = arguments->word_count ? arguments->words[0] : NULL,
                             .enters = true};
    return grid_run(&wish, options, end_fd);
}

static int run(const struct arguments *arguments, const struct viewer_options *options, int end_fd)
{
    struct hotkey_rules rules;
    switch (arguments->mode) {
    case MODE_SESSION:
        return service_run(options, arguments->config_path, end_fd);
    case MODE_VIEW:
        return run_view(arguments, options, end_fd);
    case MODE_WALL:
        return run_wall(arguments, options, end_fd);
    case MODE_SCREEN:
        return screen_run(NULL, arguments->monitor, options, end_fd);
    default:
        hotkey_config_make_rules(&options->hotkeys, &rules);
        return window_run(&rules, options, end_fd);
    }
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct viewer_options options;
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
    if (arguments.mode == MODE_NONE)
        return 0;
    if (arguments.scale >= 0)
        options.scale = arguments.scale;
    log_init("hotdesk-viewer", (enum log_level)options.log_level);
    int end_fd = open_end_signals();
    int error = run(&arguments, &options, end_fd);
    if (end_fd >= 0)
        close(end_fd);
    return error < 0 ? EXIT_FAILED : 0;
}
