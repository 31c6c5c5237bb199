#include "agent/commands.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "agent/agent.h"
#include "agent/loop.h"
#include "agent/pair.h"
#include "agent/pin.h"
#include "agent/prompt.h"
#include "agent/single.h"
#include "common/identity.h"
#include "common/log.h"
#include "common/paths.h"

#define LOG_MODULE "main"

static int fail(const char *what)
{
    fprintf(stderr, "hotdesk-agent: %s\n", what);
    return EXIT_FAILURE;
}

static int command_directory(char ret_directory[PATH_MAX])
{
    int error = paths_get(PATHS_STATE, "agent", ret_directory, PATH_MAX);

    if (!error)
        error = paths_make_dir(ret_directory);
    if (error)
        fprintf(stderr, "hotdesk-agent: cannot make the state directory: %s\n", strerror(-error));
    return error;
}

/* --- run --- */

struct running {
    uv_loop_t loop;
    uv_signal_t signals[3];
    struct agent *agent;
};

static void running_on_signal(uv_signal_t *handle, int number)
{
    struct running *running = handle->data;

    log_info("ends: signal %d", number);
    running->agent = agent_destroy(running->agent);
    for (size_t i = 0; i < sizeof running->signals / sizeof *running->signals; i++)
        uv_close((uv_handle_t *)&running->signals[i], NULL);
    uv_stop(handle->loop);
}

static void running_watch_signals(struct running *running)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uv_signal_init(&running->loop, &running->signals[i]);
        running->signals[i].data = running;
        uv_signal_start(&running->signals[i], running_on_signal, numbers[i]);
    }
}

static int run_loop(const struct agent_settings *settings, const struct identity *identity)
{
    struct running running = {0};
    char error_text[ERROR_ROOM];

    if (uv_loop_init(&running.loop) != 0)
        return fail("cannot start the event loop");
    int error = agent_create(&running.loop, settings, identity, &running.agent, error_text);
    if (!error) {
        running_watch_signals(&running);
        uv_run(&running.loop, UV_RUN_DEFAULT);
    }
    loop_drain(&running.loop);
    return error ? fail(error_text) : EXIT_SUCCESS;
}

static int run_with(const struct command_line *line, const char *directory,
                    const struct identity *identity)
{
    const struct options *options = &line->options;
    struct agent_settings settings = {
        .directory = directory,
        .inject = {.kind = (enum inject_kind)options->injector,
                   .display = options->display,
                   .record_file = options->record_file},
    };
    int lock = single_acquire(directory);

    if (lock == -EWOULDBLOCK)
        return fail("an agent runs already for this state directory (hotdesk-agent status)");
    if (lock < 0)
        return fail("cannot write to the state directory");
    settings.lock = lock;
    int status = run_loop(&settings, identity);
    close(lock);
    return status;
}

int command_run(const struct command_line *line)
{
    char directory[PATH_MAX], error[ERROR_ROOM];
    struct identity *identity = NULL;

    if (command_directory(directory) != 0)
        return EXIT_FAILURE;
    if (identity_load_or_make(directory, &identity, error) != 0)
        return fail(error);
    int status = run_with(line, directory, identity);
    identity_destroy(identity);
    return status;
}

/* --- pair --- */

static void pair_show(const struct pin *pin, const struct pin *old)
{
    char fingerprint[FINGERPRINT_TEXT_ROOM], server[DIAL_HOST_ROOM + 8];

    fingerprint_format(&pin->fingerprint, fingerprint);
    endpoint_format(&pin->endpoint, server, sizeof server);
    printf("Paired. This computer is %s.\n", pin->target_name);
    printf("Server: %s at %s, key %s\n", pin->server_name, server, fingerprint);
    if (old && !fingerprint_equal(&old->fingerprint, &pin->fingerprint)) {
        endpoint_format(&old->endpoint, server, sizeof server);
        printf("The pairing with %s at %s is over: an agent has one server at a time.\n",
               old->server_name, server);
    }
    fflush(stdout);
}

static int pair_and_save(const char *directory, const struct endpoint *endpoint,
                         const struct identity *identity)
{
    struct code code;
    struct pin pin, old;
    char error[ERROR_ROOM];

    if (prompt_code(stdin, stderr, isatty(STDIN_FILENO), &code) != 0)
        return EXIT_FAILURE;
    int failed = pair_with(endpoint, identity, &code, &pin, error);
    explicit_bzero(&code, sizeof code);
    if (failed)
        return fail(error);
    const bool had_old = pin_load(directory, &old, error) == 0;
    if (pin_save(directory, &pin, error) != 0)
        return fail(error);
    pair_show(&pin, had_old ? &old : NULL);
    return EXIT_SUCCESS;
}

/* The agent that runs sees the new pin by itself; if none does, this process becomes it. */
static int pair_go_on(const struct command_line *line, const char *directory,
                      const struct identity *identity)
{
    if (single_holder(directory) > 0) {
        puts("The agent that runs here connects to it now.");
        return EXIT_SUCCESS;
    }
    if (line->exit_after_pairing)
        return EXIT_SUCCESS;
    puts("No agent was running: this is it now, until Ctrl+C.");
    fflush(stdout);
    return run_with(line, directory, identity);
}

int command_pair(const struct command_line *line)
{
    char directory[PATH_MAX], error[ERROR_ROOM];
    struct endpoint endpoint;
    struct identity *identity = NULL;

    if (!endpoint_parse(line->server, MESSAGE_PORT_DEFAULT, &endpoint))
        return fail("that is no HOST[:PORT]");
    if (command_directory(directory) != 0)
        return EXIT_FAILURE;
    if (identity_load_or_make(directory, &identity, error) != 0)
        return fail(error);
    int status = pair_and_save(directory, &endpoint, identity);
    if (status == EXIT_SUCCESS)
        status = pair_go_on(line, directory, identity);
    identity_destroy(identity);
    return status;
}

/* --- forget, status --- */

int command_forget(void)
{
    char directory[PATH_MAX], error[ERROR_ROOM];
    struct pin pin;

    if (command_directory(directory) != 0)
        return EXIT_FAILURE;
    const bool known = pin_load(directory, &pin, error) == 0;
    int failed = pin_remove(directory, error);
    if (failed == -ENOENT)
        return fail("not paired with any server");
    if (failed)
        return fail(error);
    printf("Forgotten%s%s: it cannot type here any more.%s\n", known ? ": " : "",
           known ? pin.server_name : "",
           single_holder(directory) > 0 ? " The agent that runs has ended the connection." : "");
    return EXIT_SUCCESS;
}

int command_status(void)
{
    char directory[PATH_MAX], error[ERROR_ROOM], server[DIAL_HOST_ROOM + 8];
    char fingerprint[FINGERPRINT_TEXT_ROOM], side[SINGLE_TEXT_ROOM];
    struct pin pin;

    if (command_directory(directory) != 0)
        return EXIT_FAILURE;
    int failed = pin_load(directory, &pin, error);
    if (failed && failed != -ENOENT)
        return fail(error);
    if (failed) {
        puts("not paired (hotdesk-agent pair HOST)");
    } else {
        endpoint_format(&pin.endpoint, server, sizeof server);
        fingerprint_format(&pin.fingerprint, fingerprint);
        printf("paired: this computer is %s of server %s at %s, key %s\n", pin.target_name,
               pin.server_name, server, fingerprint);
    }
    const long holder = single_holder(directory);
    single_read(directory, side);
    if (holder > 0)
        printf("agent: runs, process %ld%s%s\n", holder, *side ? "; " : "", side);
    else
        puts("agent: does not run");
    return EXIT_SUCCESS;
}
