/* hotdesk pair: the code, the command for the other computer, and who came. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/name.h"
#include "protocol/message.h"
#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"
#include "server/cli/words.h"

#define GRACE_S 10 /* the server ends a code itself; this is for one that hangs */

/* The lower, the likelier the other computer reaches it. */
static int address_rank(const char *address)
{
    if (!strncmp(address, "127.", 4) || !strcmp(address, "::1"))
        return 4;
    if (!strncmp(address, "169.254.", 8) || !strncasecmp(address, "fe80:", 5))
        return 3;
    return strchr(address, ':') ? 2 : 1;
}

static const char *best_address(const json_t *addresses)
{
    size_t index;
    json_t *item;
    const char *best = NULL;
    json_array_foreach(addresses, index, item)
    {
        const char *address = json_string_value(item);
        if (address && (!best || address_rank(address) < address_rank(best)))
            best = address;
    }
    return best;
}

/* As it is typed behind `hotdesk-agent pair`; brackets only where a port follows. */
static void print_endpoint(const char *address, long long port)
{
    bool six = strchr(address, ':');
    if (port == MESSAGE_PORT_DEFAULT)
        printf("%s", address);
    else
        printf("%s%s%s:%lld", six ? "[" : "", address, six ? "]" : "", port);
}

static void print_other_addresses(const json_t *addresses, const char *best, long long port)
{
    size_t index;
    json_t *item;
    const char *separator = "other addresses of this computer: ";
    json_array_foreach(addresses, index, item)
    {
        const char *address = json_string_value(item);
        if (!address || address == best || address_rank(address) > 2)
            continue;
        printf("%s", separator);
        print_endpoint(address, port);
        separator = ", ";
    }
    if (*separator == ',')
        putchar('\n');
}

static void print_invitation(const json_t *answer)
{
    char valid[WORDS_ROOM];
    const json_t *addresses = json_object_get(answer, "addresses");
    const char *best = best_address(addresses);
    long long port = field_number(answer, "port", MESSAGE_PORT_DEFAULT);
    words_duration(field_number(answer, "valid_s", 0), valid);
    printf("on the other computer, run\n\n    hotdesk-agent pair ");
    print_endpoint(best ? best : "ADDRESS-OF-THIS-COMPUTER", port);
    printf("\n\nand give it this code (good for %s, once):\n\n    %s\n\n", valid,
           field_text(answer, "code", "?"));
    print_other_addresses(addresses, best, port);
    printf("waiting for it; Ctrl+C takes the code back\n");
    fflush(stdout);
}

static int print_paired(const json_t *event)
{
    const char *name = field_text(event, "name", "?");
    printf("\n%s: %s (target %lld)\n", field_true(event, "renewed") ? "paired again" : "paired",
           name, field_number(event, "number", 0));
    printf("    address      %s\n    fingerprint  %s\n", field_text(event, "address", "?"),
           field_text(event, "fingerprint", "?"));
    printf("switch to it with 'hotdesk switch %s', or with the hotkey and %lld\n", name,
           field_number(event, "number", 0));
    return EXIT_DONE;
}

static int explain_end(const json_t *event)
{
    const char *why = field_text(event, "why", "ended");
    if (!strcmp(why, "expired"))
        fprintf(stderr,
                "hotdesk: nobody came: the code is not valid any more; run 'hotdesk pair' again\n");
    else
        fprintf(stderr, "hotdesk: the pairing ended (%s): run 'hotdesk pair' again\n", why);
    return EXIT_REFUSED;
}

static int explain_failure(const struct client *client, int error)
{
    if (error != -ETIMEDOUT)
        return client_explain(client, error);
    fprintf(stderr, "hotdesk: nobody came, and hotdesk-server says nothing: see its log\n");
    return EXIT_REFUSED;
}

/* Other lines are passed over until one ends the pairing. */
static int wait_for_end(struct client *client, long long valid_s)
{
    time_t end = time(NULL) + (time_t)valid_s + GRACE_S;
    for (;;) {
        json_t *event = NULL;
        time_t left_s = end - time(NULL);
        int r = client_read(client, left_s > 0 ? (int)left_s * 1000 : 0, &event);
        if (r < 0)
            return explain_failure(client, r);
        const char *kind = field_text(event, "event", "");
        int code = !strcmp(kind, "paired")          ? print_paired(event)
                   : !strcmp(kind, "pairing-ended") ? explain_end(event)
                                                    : -1;
        json_decref(event);
        if (code >= 0)
            return code;
    }
}

/* Ending closes the connection, which is what takes the code back. No flag and no loop: a signal
 * right before a poll would be missed. */
static void on_interrupt(int number)
{
    static const char text[] = "\nhotdesk: the code is taken back: nobody can pair with it\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(EXIT_REFUSED);
}

int cli_pair(const struct arguments *arguments)
{
    const char *why;
    struct client *client = NULL;
    json_t *answer = NULL;
    if (arguments->name && !name_is_valid(arguments->name, &why)) {
        fprintf(stderr, "hotdesk: '%s' cannot be a target's name: %s\n", arguments->name, why);
        return EXIT_USAGE;
    }
    int code = client_open(arguments->socket_path, &client);
    if (code != EXIT_DONE)
        return code;
    json_t *request = json_pack("{s:s, s:s*}", "verb", "pair", "name", arguments->name);
    code = client_ask(client, request, &answer);
    if (code == EXIT_DONE) {
        struct sigaction action = {.sa_handler = on_interrupt};
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        print_invitation(answer);
        code = wait_for_end(client, field_number(answer, "valid_s", 600));
    }
    json_decref(answer);
    client_close(client);
    return code;
}
