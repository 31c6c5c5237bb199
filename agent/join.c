#include "agent/join.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/order.h"
#include "agent/pair.h"
#include "agent/pin.h"
#include "agent/service.h"
#include "agent/single.h"
#include "common/become.h"
#include "common/paths.h"

#define ORDER_ROOM 512
#define NOTHING    3 /* exit status: nobody asked for a pairing */

struct join {
    char directory[PATH_MAX];
    struct identity *identity;
    struct pin old; /* what was paired before */
    bool had_old;
};

/* --- lines --- */

/* Steals `line`. False when nobody reads it. */
static bool say(json_t *line)
{
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    const bool said = text && puts(text) != EOF && fflush(stdout) != EOF;

    free(text);
    json_decref(line);
    return said;
}

static int fail(const char *error)
{
    say(json_pack("{s:s, s:s}", "event", "failed", "error", error));
    return EXIT_FAILURE;
}

/* False: the console has gone. */
static bool read_order(char order[ORDER_ROOM])
{
    if (!fgets(order, ORDER_ROOM, stdin) || !strchr(order, '\n'))
        return false;
    order[strcspn(order, "\n")] = '\0';
    return true;
}

/* --- who we are --- */

/* The first field of SSH_CONNECTION (ssh(1)): the console, as this computer sees it. */
static void address_of_console(char ret_address[DIAL_HOST_ROOM])
{
    const char *connection = getenv("SSH_CONNECTION");

    snprintf(ret_address, DIAL_HOST_ROOM, "%.*s", connection ? (int)strcspn(connection, " ") : 0,
             connection ? connection : "");
}

static bool join_open(struct join *join, char ret_problem[ERROR_ROOM])
{
    char ignored[ERROR_ROOM];
    int error = paths_get(PATHS_STATE, "agent", join->directory, sizeof join->directory);

    if (!error)
        error = paths_make_dir(join->directory);
    if (error) {
        snprintf(ret_problem, ERROR_ROOM, "cannot make the state directory: %s", strerror(-error));
        return false;
    }
    if (identity_load_or_make(join->directory, &join->identity, ret_problem) != 0)
        return false;
    join->had_old = pin_load(join->directory, &join->old, ignored) == 0;
    return true;
}

static bool greet(const struct join *join, const char *problem)
{
    char fingerprint[FINGERPRINT_TEXT_ROOM] = "", address[DIAL_HOST_ROOM];
    const struct passwd *user = getpwuid(geteuid());

    address_of_console(address);
    if (join->identity)
        fingerprint_format(identity_fingerprint(join->identity), fingerprint);
    return say(json_pack("{s:s, s:[i, i], s:s, s:s, s:s, s:s?, s:s?}", "hotdesk-agent",
                         HOTDESK_VERSION, "versions", MESSAGE_VERSION_MIN, MESSAGE_VERSION_MAX,
                         "user", user ? user->pw_name : "?", "address", address, "fingerprint",
                         fingerprint, "server", join->had_old ? join->old.server_name : NULL,
                         "problem", problem));
}

/* --- pairing --- */

static int pair_as_ordered(const struct join *join, struct pin *ret_pin)
{
    char text[ORDER_ROOM], address[DIAL_HOST_ROOM], error[ERROR_ROOM];
    struct order order;

    if (!read_order(text))
        return NOTHING;
    address_of_console(address);
    const char *wrong = order_read(text, address, &order);
    if (!wrong &&
        pair_with(&order.endpoint, join->identity, &order.code, &order.server, ret_pin, error) != 0)
        wrong = error;
    explicit_bzero(text, sizeof text);
    explicit_bzero(&order, sizeof order);
    if (wrong)
        return fail(wrong);
    return say(json_pack("{s:s, s:s}", "event", "paired", "name", ret_pin->target_name))
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}

/* Who cannot be told that it is kept takes it for failed: then it is. */
static int keep(const struct join *join, const struct pin *pin)
{
    char text[ORDER_ROOM], error[ERROR_ROOM];

    if (!read_order(text) || strcmp(text, "keep") != 0)
        return EXIT_FAILURE;
    if (pin_save(join->directory, pin, error) != 0)
        return fail(error);
    if (say(json_pack("{s:s}", "event", "kept")))
        return EXIT_SUCCESS;
    if (join->had_old)
        pin_save(join->directory, &join->old, error);
    else
        pin_remove(join->directory, error);
    return EXIT_FAILURE;
}

/* As the user whose agent it is. `ret_runs`: an agent of his runs. */
static int join_as_user(bool *ret_runs)
{
    struct join join = {0};
    struct pin pin;
    char problem[ERROR_ROOM] = "";
    const bool good = join_open(&join, problem);
    int status = greet(&join, good ? NULL : problem) && good ? EXIT_SUCCESS : EXIT_FAILURE;

    if (status == EXIT_SUCCESS)
        status = pair_as_ordered(&join, &pin);
    if (status == EXIT_SUCCESS)
        status = keep(&join, &pin);
    *ret_runs = status == EXIT_SUCCESS && single_holder(join.directory) > 0;
    identity_destroy(join.identity);
    return status;
}

/* Root starts the service; all that comes from elsewhere is read without its rights. */
static int join_as_agent_user(void)
{
    const struct passwd *user = getpwnam(SERVICE_AGENT_USER);
    int status = 0;
    bool runs;

    if (!user)
        return greet(&(struct join){0}, "there is no user " SERVICE_AGENT_USER
                                        ": install hotdesk with its services ('sudo ./dev "
                                        "install'), or add the user of the desktop")
                   ? NOTHING
                   : EXIT_FAILURE;
    const pid_t child = fork();
    if (child == 0) {
        if (become_user(user) != 0)
            _exit(EXIT_FAILURE);
        _exit(join_as_user(&runs));
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return EXIT_FAILURE;
    return WEXITSTATUS(status);
}

int command_join(void)
{
    const bool is_root = geteuid() == 0;
    char said[ERROR_ROOM];
    bool runs = false;

    setvbuf(stdin, NULL, _IONBF, 0); /* no copy of the code stays in a buffer */
    if (!is_root && service_system_runs())
        return greet(&(struct join){0},
                     "the system's agent runs here already (hotdesk-agent-system): one computer is "
                     "one target; add root@ and this host instead, or disable it first")
                   ? NOTHING
                   : EXIT_FAILURE;
    int status = is_root ? join_as_agent_user() : join_as_user(&runs);
    if (status != EXIT_SUCCESS)
        return status == NOTHING ? EXIT_SUCCESS : status;
    const bool started = service_start(is_root ? SERVICE_OF_SYSTEM : SERVICE_OF_USER, runs, said);
    say(json_pack("{s:s, s:b, s:s}", "event", "service", "runs", started, "text", said));
    return EXIT_SUCCESS;
}
