#include "agent/commands.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "agent/agent.h"
#include "agent/loop.h"
#include "agent/pair.h"
#include "agent/pause.h"
#include "agent/pin.h"
#include "agent/prompt.h"
#include "agent/single.h"
#include "common/clock.h"
#include "common/identity.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/paths.h"
#include "common/times.h"

#define LOG_MODULE "main"
#define TIME_ROOM  32
#define LOOK_US    20000 /* between two looks whether the agent that runs has done it */

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
    uv_timer_t alive;
    struct agent *agent;
    struct command_line line; /* with the options that count */
};

static void running_on_signal(uv_signal_t *handle, int number)
{
    struct running *running = handle->data;

    log_info("ends: signal %d", number);
    notify_stopping();
    running->agent = agent_destroy(running->agent);
    for (size_t i = 0; i < sizeof running->signals / sizeof *running->signals; i++)
        uv_close((uv_handle_t *)&running->signals[i], NULL);
    uv_close((uv_handle_t *)&running->alive, NULL);
    uv_stop(handle->loop);
}

/* What cannot be taken now stays as it was in the options, so that it is told each time. */
static void running_on_reload(uv_signal_t *handle, int number)
{
    struct running *running = handle->data;
    struct options *options = &running->line.options;
    struct config_changes changes;
    struct options wanted;
    char error[ERROR_ROOM];

    agent_look(running->agent);
    if (options_reload(&running->line, &wanted, &changes, error) != 0) {
        log_error("keeps the configuration that it had: %s", error);
        return;
    }
    options->rights = wanted.rights;
    options->log_level = wanted.log_level;
    log_init("hotdesk-agent", (enum log_level)options->log_level);
    agent_set_rights(running->agent, &options->rights);
    log_info("has read its configuration again: %s%s%s%s",
             changes.now[0] ? "changed: " : "nothing has changed", changes.now,
             changes.at_start[0] ? "; these wait for its next start: " : "", changes.at_start);
}

static void running_watch_signals(struct running *running)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    const bool on_terminal = isatty(STDIN_FILENO); /* there SIGHUP is its end */

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const bool reloads = numbers[i] == SIGHUP && !on_terminal;
        uv_signal_init(&running->loop, &running->signals[i]);
        running->signals[i].data = running;
        uv_signal_start(&running->signals[i], reloads ? running_on_reload : running_on_signal,
                        numbers[i]);
    }
}

static void running_on_alive(uv_timer_t *timer)
{
    (void)timer;
    notify_alive();
}

/* No timer wakes the machine up where no systemd waits for it. */
static void running_tell_systemd(struct running *running)
{
    const uint64_t every_ms = notify_interval_us() / 2000;

    uv_timer_init(&running->loop, &running->alive);
    if (every_ms)
        uv_timer_start(&running->alive, running_on_alive, every_ms, every_ms);
    notify_ready();
}

static int run_loop(const struct command_line *line, const struct agent_settings *settings,
                    const struct identity *identity)
{
    struct running running = {.line = *line};
    char error_text[ERROR_ROOM];

    if (uv_loop_init(&running.loop) != 0)
        return fail("cannot start the event loop");
    int error = agent_create(&running.loop, settings, identity, &running.agent, error_text);
    if (!error) {
        running_watch_signals(&running);
        running_tell_systemd(&running);
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
        .source = {.kind = (enum source_kind)options->screen,
                   .display = options->display,
                   .monitor = options->monitor},
        .inject = {.kind = (enum inject_kind)options->injector,
                   .display = options->display,
                   .monitor = options->screen == SOURCE_X11 ? options->monitor : "",
                   .record_file = options->record_file,
                   .layout = options->layout,
                   .places_on_display = options->screen == SOURCE_X11},
        .rights = &options->rights,
    };
    int lock = single_acquire(directory);

    if (lock == -EWOULDBLOCK)
        return fail("an agent runs already for this state directory (hotdesk-agent status)");
    if (lock < 0)
        return fail("cannot write to the state directory");
    settings.lock = lock;
    int status = run_loop(line, &settings, identity);
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
    int failed = pair_with(endpoint, identity, &code, NULL, &pin, error);
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

/* --- forget, status, pause --- */

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

static const char *format_time(time_t at, char ret_text[TIME_ROOM])
{
    struct tm local;

    strftime(ret_text, TIME_ROOM, "%F %T", localtime_r(&at, &local));
    return ret_text;
}

int command_status(void)
{
    char directory[PATH_MAX], error[ERROR_ROOM], server[DIAL_HOST_ROOM + 8];
    char fingerprint[FINGERPRINT_TEXT_ROOM];
    struct single_news news;
    struct pin pin;
    char at[TIME_ROOM];
    time_t since;

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
    if (pause_is_on(directory, &since))
        printf("paused: since %s no console controls or sees this computer, until hotdesk-agent "
               "resume\n",
               format_time(since, at));
    const long holder = single_holder(directory);
    single_read(directory, &news);
    if (holder > 0)
        printf("agent: runs, process %ld%s%s\n", holder, *news.side ? "; " : "", news.side);
    else
        puts("agent: does not run");
    if (holder > 0 && *news.screen)
        printf("screen: %s\n", news.screen);
    if (holder > 0 && *news.console)
        printf("console: %s\n", news.console);
    return EXIT_SUCCESS;
}

/* The agent that runs has taken it up. */
static bool pause_is_taken(const char *directory, bool paused)
{
    const uint64_t until_us = clock_now_us() + time_us(TIME_PAUSE);
    struct single_news news;

    do {
        single_read(directory, &news);
        if ((strcmp(news.side, SINGLE_PAUSED) == 0) == paused)
            return true;
        usleep(LOOK_US);
    } while (clock_now_us() < until_us);
    return false;
}

static int pause_set(bool paused, const char *done)
{
    char directory[PATH_MAX], text[ERROR_ROOM];

    if (command_directory(directory) != 0)
        return EXIT_FAILURE;
    const int error = paused ? pause_begin(directory) : pause_end(directory);
    if (!paused && error == -ENOENT)
        return fail("it is not paused");
    if (error) {
        snprintf(text, sizeof text, "cannot write to the state directory: %s", strerror(-error));
        return fail(text);
    }
    const bool runs = single_holder(directory) > 0;
    if (runs && !pause_is_taken(directory, paused))
        return fail("the agent that runs does not take it up: end it");
    printf("%s%s\n", done, runs ? "" : " No agent runs now; this is for the next one.");
    return EXIT_SUCCESS;
}

int command_pause(void)
{
    return pause_set(true, "Paused: no console controls or sees this computer, until "
                           "hotdesk-agent resume.");
}

int command_resume(void)
{
    return pause_set(false, "Resumed: a console may control this computer again.");
}
