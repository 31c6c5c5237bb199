/* hotdesk add: pairs with a computer that the user can reach by ssh. The code goes over that
 * connection, so nobody types it; each side is told the other's key there, too. Until the last step
 * nothing is kept on either side, and what fails later is taken back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/identity.h"
#include "common/name.h"
#include "common/times.h"
#include "protocol/message.h"
#include "server/cli/arrival.h"
#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"
#include "server/cli/ssh.h"
#include "server/cli/trouble.h"

#define ORDER_ROOM  512
#define EVENT_LINES 16 /* none but ours is expected */

struct add {
    const struct arguments *arguments;
    struct destination destination;
    int ssh_port;          /* 0: what ssh says */
    struct client *client; /* holds the code; NULL: there is none */
    struct ssh *ssh;
    json_t *status, *invitation, *greeting;
    bool known;                       /* the server had the agent's key before */
    char came[FINGERPRINT_TEXT_ROOM]; /* whom the code may have let in */
    long long number;
    char name[NAME_ROOM];
};

static const char *host_of(const struct add *add)
{
    return add->destination.host;
}

/* --- what the server has --- */

/* The target with this key, borrowed from `status`; NULL: there is none. */
static const json_t *target_by_key(const json_t *status, const char *fingerprint)
{
    size_t index;
    json_t *target;
    json_array_foreach(json_object_get(status, "targets"), index, target)
    {
        if (*fingerprint && !strcmp(field_text(target, "fingerprint", ""), fingerprint))
            return target;
    }
    return NULL;
}

/* Ends the code, if it was not used, and forgets whom it let in. */
static void take_back(struct add *add)
{
    json_t *status = NULL, *answer = NULL;
    struct client *client = NULL;
    if (!add->client)
        return;
    add->client = client_close(add->client);
    if (!*add->came || client_ask_once(add->arguments->socket_path, "status", &status) != EXIT_DONE)
        return;
    const json_t *target = target_by_key(status, add->came);
    if (target && client_open(add->arguments->socket_path, &client) == EXIT_DONE) {
        json_t *request =
            json_pack("{s:s, s:s}", "verb", "forget", "target", field_text(target, "name", ""));
        client_ask(client, request, &answer);
        json_decref(answer);
    }
    client_close(client);
    json_decref(status);
}

/* --- what went wrong --- */

static void tell_nothing_done(const struct add *add)
{
    if (add->known)
        fprintf(stderr, "hotdesk: the pairing with it stays as it was\n");
    else
        fprintf(stderr, "hotdesk: nothing is paired\n");
}

static void explain(const struct add *add, int error)
{
    trouble_explain(&add->destination, add->ssh_port, add->ssh, add->greeting != NULL, error);
}

/* The next line of the agent; an enum exit_code, explained. */
static int listen_for(struct add *add, const char *kind, json_t **ret_line)
{
    json_t *line = NULL;
    int r = ssh_read(add->ssh, (int)time_ms(TIME_ADD_STEP), &line);
    if (r < 0) {
        explain(add, r);
        return EXIT_REFUSED;
    }
    if (!strcmp(field_text(line, "event", ""), kind)) {
        *ret_line = line;
        return EXIT_DONE;
    }
    fprintf(stderr, "hotdesk: %s: %s\n", host_of(add),
            field_text(line, "error", "its hotdesk-agent says what is not understood"));
    json_decref(line);
    return EXIT_REFUSED;
}

/* --- steps --- */

static int ask_for_code(struct add *add)
{
    int code = client_open(add->arguments->socket_path, &add->client);
    if (code != EXIT_DONE)
        return code;
    json_t *request = json_pack("{s:s, s:s*}", "verb", "pair", "name", add->arguments->name);
    return client_ask(add->client, request, &add->invitation);
}

static bool versions_meet(const json_t *versions)
{
    json_int_t min = json_integer_value(json_array_get(versions, 0));
    json_int_t max = json_integer_value(json_array_get(versions, 1));
    return min <= MESSAGE_VERSION_MAX && max >= MESSAGE_VERSION_MIN;
}

static int judge_greeting(struct add *add)
{
    const json_t *greeting = add->greeting;
    const char *problem = field_text(greeting, "problem", "");
    const char *version = field_text(greeting, "hotdesk-agent", "?");
    const json_t *target = target_by_key(add->status, field_text(greeting, "fingerprint", ""));
    printf("%s: hotdesk-agent %s, user %s\n", host_of(add), version,
           field_text(greeting, "user", "?"));
    add->known = target != NULL;
    snprintf(add->came, sizeof add->came, "%s",
             target ? "" : field_text(greeting, "fingerprint", ""));
    fflush(stdout);
    if (*problem) {
        fprintf(stderr, "hotdesk: %s: %s\n", host_of(add), problem);
        return EXIT_REFUSED;
    }
    if (!versions_meet(json_object_get(greeting, "versions"))) {
        fprintf(stderr,
                "hotdesk: hotdesk-agent %s there and hotdesk %s here have no protocol in common: "
                "install the same version on both\n",
                version, HOTDESK_VERSION);
        return EXIT_REFUSED;
    }
    if (target)
        printf("%s is paired already, as %s: it is paired anew\n", host_of(add),
               field_text(target, "name", "?"));
    else if (*field_text(greeting, "server", ""))
        printf("so far %s is paired with %s: that ends, an agent has one server at a time\n",
               host_of(add), field_text(greeting, "server", "?"));
    fflush(stdout);
    return EXIT_DONE;
}

/* Where somebody may be typing a password it takes as long as it takes. */
static int hear_object(struct add *add)
{
    int r = ssh_read(add->ssh, (int)time_ms(TIME_ADD_STEP), &add->greeting);
    if (r != -ETIMEDOUT || !ssh_can_ask())
        return r;
    fprintf(stderr, "\nhotdesk: %s has not answered for %llu s: still waiting, Ctrl+C ends it\n",
            host_of(add), (unsigned long long)time_ms(TIME_ADD_STEP) / 1000);
    return ssh_read(add->ssh, SSH_FOREVER, &add->greeting);
}

static int meet(struct add *add)
{
    int r = ssh_start(&add->destination, add->ssh_port, &add->ssh);
    while (r == 0 && !json_object_get(add->greeting, "hotdesk-agent")) {
        json_decref(add->greeting);
        add->greeting = NULL;
        r = hear_object(add);
    }
    if (r == 0)
        return judge_greeting(add);
    if (add->ssh)
        explain(add, r);
    else
        fprintf(stderr, "hotdesk: cannot start ssh: %s\n", strerror(-r));
    return EXIT_REFUSED;
}

/* Where the agent will dial: by --address, or where our ssh came from. */
static void print_way(const struct add *add, FILE *out)
{
    const char *address = add->arguments->address;
    fprintf(out, "%s", address ? address : field_text(add->greeting, "address", "?"));
    if (!address || !strchr(address, ':'))
        fprintf(out, " port %lld",
                field_number(add->invitation, "port",
                             field_number(json_object_get(add->status, "server"), "port", 0)));
}

static void tell_way(const struct add *add)
{
    size_t index;
    json_t *item;
    const char *separator = "; this one has ";
    fprintf(stderr, "hotdesk: it was told to connect to ");
    print_way(add, stderr);
    json_array_foreach(json_object_get(add->invitation, "addresses"), index, item)
    {
        const char *address = json_string_value(item);
        if (!address)
            continue;
        fprintf(stderr, "%s%s", separator, address);
        separator = ", ";
    }
    fprintf(stderr, ". If it reaches this computer by another one, add --address ADDRESS\n");
}

/* The server has told that this agent came, before the agent did. */
static int read_paired(struct add *add)
{
    for (int i = 0; i < EVENT_LINES; i++) {
        json_t *event = NULL;
        int r = client_read(add->client, CLIENT_ANSWER_MS, &event);
        if (r < 0)
            return client_explain(add->client, r);
        bool paired = !strcmp(field_text(event, "event", ""), "paired");
        const char *key = field_text(event, "fingerprint", "");
        bool same = !strcmp(key, field_text(add->greeting, "fingerprint", "?"));
        bool was_there = field_true(event, "renewed") || (same && add->known);
        if (paired)
            snprintf(add->came, sizeof add->came, "%s", was_there ? "" : key);
        add->number = paired ? field_number(event, "number", 0) : 0;
        snprintf(add->name, sizeof add->name, "%s", field_text(event, "name", "?"));
        json_decref(event);
        if (paired && same)
            return EXIT_DONE;
        if (paired)
            break;
    }
    fprintf(stderr, "hotdesk: another computer came with the code: see hotdesk-server's log\n");
    return EXIT_REFUSED;
}

static int pair_both(struct add *add)
{
    char order[ORDER_ROOM];
    json_t *line = NULL;
    const char *address = add->arguments->address;
    snprintf(order, sizeof order, "pair %s %lld %s %s",
             field_text(json_object_get(add->status, "server"), "fingerprint", "?"),
             field_number(add->invitation, "port", 0), address ? address : "-",
             field_text(add->invitation, "code", "?"));
    int r = ssh_write(add->ssh, order);
    explicit_bzero(order, sizeof order);
    if (r < 0) {
        explain(add, r);
        return EXIT_REFUSED;
    }
    int code = listen_for(add, "paired", &line);
    if (code != EXIT_DONE)
        tell_way(add);
    json_decref(line);
    return code == EXIT_DONE ? read_paired(add) : code;
}

/* From here on it is paired, whatever comes. */
static int keep(struct add *add)
{
    json_t *line = NULL;
    int r = ssh_write(add->ssh, "keep");
    if (r < 0) {
        explain(add, r);
        return EXIT_REFUSED;
    }
    int code = listen_for(add, "kept", &line);
    json_decref(line);
    if (code != EXIT_DONE)
        return code;
    add->client = client_close(add->client);
    printf("%s: %s (target %lld), key %s\n", add->known ? "paired again" : "paired", add->name,
           add->number, field_text(add->greeting, "fingerprint", "?"));
    fflush(stdout);
    return EXIT_DONE;
}

static int wait_for_service(struct add *add)
{
    json_t *line = NULL;
    int code = listen_for(add, "service", &line);
    if (code != EXIT_DONE)
        return code;
    bool runs = field_true(line, "runs");
    fprintf(runs ? stdout : stderr, "%s: %s\n", host_of(add), field_text(line, "text", "?"));
    fflush(stdout);
    json_decref(line);
    return runs ? EXIT_DONE : EXIT_REFUSED;
}

/* Paired on both sides already. */
static int bring_up(struct add *add)
{
    int code = wait_for_service(add);
    if (code == EXIT_DONE)
        code = arrival_wait(add->arguments->socket_path, add->ssh, add->number, add->name);
    if (code != EXIT_DONE)
        fprintf(
            stderr,
            "hotdesk: %s stays paired: 'hotdesk status' tells what it waits for, 'hotdesk-agent "
            "status' there, too; 'hotdesk forget %s' takes it back\n",
            add->name, add->name);
    return code;
}

/* --- all of it --- */

static void print_plan(const struct add *add)
{
    printf("would pair it%s%s, told to connect to ", add->arguments->name ? " as " : "",
           add->arguments->name ? add->arguments->name : "");
    print_way(add, stdout);
    printf("\nnothing was changed\n");
}

static int run(struct add *add)
{
    int code = client_ask_once(add->arguments->socket_path, "status", &add->status);
    if (code == EXIT_DONE && !add->arguments->dry_run)
        code = ask_for_code(add);
    if (code != EXIT_DONE)
        return code;
    code = meet(add);
    if (code == EXIT_DONE && add->arguments->dry_run) {
        print_plan(add);
        return code;
    }
    if (code == EXIT_DONE)
        code = pair_both(add);
    if (code == EXIT_DONE)
        code = keep(add);
    if (code == EXIT_DONE)
        return bring_up(add);
    take_back(add);
    tell_nothing_done(add);
    return code;
}

static bool check_arguments(const struct arguments *arguments, struct add *ret_add)
{
    const char *why = NULL;
    if (!destination_parse(arguments->word, &ret_add->destination, &why))
        fprintf(stderr, "hotdesk: that is no [USER@]HOST: %s\n", why);
    else if (arguments->name && !name_is_valid(arguments->name, &why))
        fprintf(stderr, "hotdesk: '%s' cannot be a target's name: %s\n", arguments->name, why);
    else if (arguments->port && (ret_add->ssh_port = destination_port(arguments->port)) == 0)
        fprintf(stderr, "hotdesk: -p: a port is a number from 1 to 65535\n");
    else if (arguments->address && !destination_address_is_plain(arguments->address))
        fprintf(stderr, "hotdesk: --address: that is no HOST[:PORT]\n");
    else
        return true;
    return false;
}

int cli_add(const struct arguments *arguments)
{
    struct add add = {.arguments = arguments};
    if (!check_arguments(arguments, &add))
        return EXIT_USAGE;
    int code = run(&add);
    ssh_destroy(add.ssh);
    client_close(add.client);
    json_decref(add.greeting);
    json_decref(add.invitation);
    json_decref(add.status);
    return code;
}
