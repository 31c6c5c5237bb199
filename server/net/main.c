#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "common/log.h"
#include "common/notify.h"
#include "common/paths.h"
#include "common/times.h"
#include "server/net/options.h"
#include "server/net/reload.h"
#include "server/net/server.h"

#define LOG_MODULE "net"

#if defined(__SANITIZE_ADDRESS__)
#define LEAKS_ARE_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAKS_ARE_CHECKED 1
#endif
#endif

enum action { ACTION_RUN, ACTION_PRINT_CONFIG, ACTION_CHECK_CONFIG, ACTION_HELP, ACTION_VERSION };

struct arguments {
    enum action action;
    const char *config_path, *port, *input; /* NULL: not given */
};

static const char usage[] =
    "usage: hotdesk-server [--config FILE] [--port N] [--input auto|none|PATH]\n"
    "       hotdesk-server --print-config | --check-config | --help | --version\n"
    "\n"
    "Runs on the computer with the keyboard and the mouse. Pair others with `hotdesk pair`.\n"
    "  --config FILE    read FILE instead of server.conf in the configuration directory\n"
    "  --port N         TCP port that agents dial; 0: any that is free\n"
    "  --input WHERE    auto: start hotdesk-input if there are devices; none; or its socket\n"
    "  --print-config   every option with its value, in the form of the file\n"
    "  --check-config   tell whether the file is right\n";

/* False when the command line is not understood. */
static bool parse_arguments(int count, char **values, struct arguments *ret_arguments)
{
    static const struct option table[] = {
        {"config", required_argument, NULL, 'c'}, {"port", required_argument, NULL, 'p'},
        {"input", required_argument, NULL, 'i'},  {"print-config", no_argument, NULL, 'P'},
        {"check-config", no_argument, NULL, 'C'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},      {0}};
    struct arguments arguments = {.action = ACTION_RUN};
    int option;
    while ((option = getopt_long(count, values, "h", table, NULL)) != -1) {
        switch (option) {
        case 'c':
            arguments.config_path = optarg;
            break;
        case 'p':
            arguments.port = optarg;
            break;
        case 'i':
            arguments.input = optarg;
            break;
        case 'P':
            arguments.action = ACTION_PRINT_CONFIG;
            break;
        case 'C':
            arguments.action = ACTION_CHECK_CONFIG;
            break;
        case 'h':
            arguments.action = ACTION_HELP;
            break;
        case 'V':
            arguments.action = ACTION_VERSION;
            break;
        default:
            return false;
        }
    }
    *ret_arguments = arguments;
    return optind == count;
}

static int override(const struct arguments *arguments, struct server_options *options,
                    char ret_error[ERROR_ROOM])
{
    if (arguments->input)
        snprintf(options->input, sizeof options->input, "%s", arguments->input);
    if (!arguments->port)
        return 0;
    char *end = NULL;
    long port = strtol(arguments->port, &end, 10);
    if (arguments->port[0] == '\0' || *end != '\0' || port < 0 || port > 65535) {
        snprintf(ret_error, ERROR_ROOM, "--port: \"%s\" is not a number from 0 to 65535",
                 arguments->port);
        return -EINVAL;
    }
    options->port = (int32_t)port;
    return 0;
}

static int load_options(const struct arguments *arguments, struct server_options *ret_options,
                        char ret_path[512], char ret_error[ERROR_ROOM])
{
    int result = 0;
    if (arguments->config_path)
        snprintf(ret_path, 512, "%s", arguments->config_path);
    else
        result = paths_get(PATHS_CONFIG, "server.conf", ret_path, 512);
    if (result < 0) {
        snprintf(ret_error, ERROR_ROOM, "no directory for the configuration: %s",
                 strerror(-result));
        return result;
    }
    config_defaults(server_option_table, server_option_count, ret_options);
    result = config_load(server_option_table, server_option_count, ret_path,
                         arguments->config_path != NULL, ret_options, ret_error);
    if (result == 0)
        result = override(arguments, ret_options, ret_error);
    return result < 0 ? result : server_options_check(ret_options, ret_error);
}

/* No core file and no debugger of the same user: memory has keys and a grab's descriptor. */
static void harden(void)
{
    struct rlimit no_core = {0};
    setrlimit(RLIMIT_CORE, &no_core);
    prctl(PR_SET_DUMPABLE, 0);
    umask(077);
    signal(SIGPIPE, SIG_IGN);
}

static int load_again(void *context, struct server_options *ret_options, char ret_error[ERROR_ROOM])
{
    char path[512];
    return load_options(context, ret_options, path, ret_error);
}

static void asked_to_reload(uv_signal_t *signal_handle, int number)
{
    (void)number;
    reload_start(signal_handle->data, NULL);
}

static void asked_to_stop(uv_signal_t *signal_handle, int number)
{
    log_info("stopping (%s)", strsignal(number));
    uv_stop(signal_handle->loop);
}

static int run(uv_loop_t *loop, struct arguments *arguments, const struct server_options *options)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    const int count = isatty(STDIN_FILENO) ? 2 : 3; /* on a terminal SIGHUP is its end */
    uv_signal_t signals[3];
    struct server *server = NULL;
    char error[ERROR_ROOM];
    if (server_create(loop, options, &server, error) < 0) {
        log_error("%s", error);
        return EXIT_FAILURE;
    }
    server->reload.load = load_again;
    server->reload.context = arguments;
    for (int i = 0; i < count; i++) {
        uv_signal_init(loop, &signals[i]);
        signals[i].data = server;
        uv_signal_start(&signals[i], numbers[i] == SIGHUP ? asked_to_reload : asked_to_stop,
                        numbers[i]);
    }
    log_info("hotdesk-server %s is ready", HOTDESK_VERSION);
    notify_ready();
    uv_run(loop, UV_RUN_DEFAULT);

    notify_stopping();
    for (int i = 0; i < count; i++)
        uv_close((uv_handle_t *)&signals[i], NULL);
    server_destroy(server);
    return EXIT_SUCCESS;
}

static int check_config(const char *path, int result, const char *error)
{
    if (result < 0)
        fprintf(stderr, "%s\n", error);
    else
        printf("%s: right\n", path);
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int serve(struct arguments *arguments, const struct server_options *options)
{
    uv_loop_t loop;
    log_init("hotdesk-server", (enum log_level)options->log_level);
    harden();
    if (uv_loop_init(&loop) < 0) {
        log_error("out of memory or descriptors");
        return EXIT_FAILURE;
    }
    int status = run(&loop, arguments, options);
    uv_loop_close(&loop);
#ifdef LEAKS_ARE_CHECKED
    prctl(PR_SET_DUMPABLE, 1); /* the leak checker looks at us from a thread of its own */
#endif
    return status;
}

int main(int count, char **values)
{
    struct arguments arguments;
    struct server_options options = {0};
    char path[512] = "", error[ERROR_ROOM] = "";
    times_read_factor();
    if (!parse_arguments(count, values, &arguments)) {
        fputs(usage, stderr);
        return 2;
    }
    if (arguments.action == ACTION_HELP || arguments.action == ACTION_VERSION) {
        fputs(arguments.action == ACTION_HELP ? usage : "hotdesk-server " HOTDESK_VERSION "\n",
              stdout);
        return EXIT_SUCCESS;
    }

    int result = load_options(&arguments, &options, path, error);
    if (arguments.action == ACTION_CHECK_CONFIG)
        return check_config(path, result, error);
    if (result < 0) {
        fprintf(stderr, "hotdesk-server: %s\n", error);
        return EXIT_FAILURE;
    }
    if (arguments.action == ACTION_PRINT_CONFIG) {
        config_print(server_option_table, server_option_count, &options, stdout);
        return EXIT_SUCCESS;
    }
    return serve(&arguments, &options);
}
