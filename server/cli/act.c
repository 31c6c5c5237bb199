/* hotdesk switch, switcher, lock, scan, osd, forget, rename, order, watch */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"

/* Steals `request`. */
static int ask(const struct arguments *arguments, json_t *request, json_t **ret_answer)
{
    struct client *client = NULL;
    if (!request) {
        fprintf(stderr, "hotdesk: the target's name is no text\n"); /* not UTF-8 */
        return EXIT_USAGE;
    }
    int code = client_open(arguments->socket_path, &client);
    if (code == EXIT_DONE)
        code = client_ask(client, json_incref(request), ret_answer);
    json_decref(request);
    client_close(client);
    return code;
}

static int ask_about_target(const struct arguments *arguments, const char *verb,
                            json_t **ret_answer)
{
    return ask(arguments, json_pack("{s:s, s:s}", "verb", verb, "target", arguments->word),
               ret_answer);
}

int cli_switch(const struct arguments *arguments)
{
    json_t *answer = NULL;
    int code = ask_about_target(arguments, "switch", &answer);
    if (code != EXIT_DONE)
        return code;
    long long number = field_number(answer, "number", 0);
    if (number == 0)
        printf("keyboard and mouse are at this computer\n");
    else
        printf("keyboard and mouse are at %s (target %lld)\n", field_text(answer, "name", "?"),
               number);
    if (number != 0 && field_number(answer, "viewers", -1) == 0)
        printf("no viewer runs here, so its screen is not shown: start hotdesk-viewer\n");
    json_decref(answer);
    return EXIT_DONE;
}

static const char *active_name(const json_t *answer)
{
    return field_number(answer, "number", 0) == 0 ? "this computer"
                                                  : field_text(answer, "name", "?");
}

int cli_switcher(const struct arguments *arguments)
{
    json_t *answer = NULL;
    int code = ask(arguments, json_pack("{s:s}", "verb", "switcher"), &answer);
    if (code == EXIT_DONE)
        printf("the switcher is %s\n",
               json_is_true(json_object_get(answer, "open")) ? "on the screen" : "away");
    json_decref(answer);
    return code;
}

int cli_lock(const struct arguments *arguments)
{
    bool on = strcmp(arguments->word, "on") == 0;
    json_t *answer = NULL;
    if (!on && strcmp(arguments->word, "off") != 0) {
        fprintf(stderr, "usage: hotdesk lock on|off\n");
        return EXIT_USAGE;
    }
    int code = ask(arguments, json_pack("{s:s, s:b}", "verb", "lock", "on", on), &answer);
    if (code == EXIT_DONE && on)
        printf("keyboard and mouse stay at %s\n", active_name(answer));
    else if (code == EXIT_DONE)
        printf("keyboard and mouse are free to be switched\n");
    json_decref(answer);
    return code;
}

int cli_scan(const struct arguments *arguments)
{
    json_t *answer = NULL;
    char *end = NULL;
    long seconds = strtol(arguments->word, &end, 10);
    if (strcmp(arguments->word, "off") == 0) {
        seconds = 0;
    } else if (*end || seconds < 1 || seconds > 3600) {
        fprintf(stderr, "usage: hotdesk scan SECONDS|off, SECONDS from 1 to 3600\n");
        return EXIT_USAGE;
    }
    int code =
        ask(arguments, json_pack("{s:s, s:I}", "verb", "scan", "seconds", (json_int_t)seconds),
            &answer);
    if (code == EXIT_DONE && seconds)
        printf("every %ld s the next target, from %s on; a key ends it\n", seconds,
               active_name(answer));
    else if (code == EXIT_DONE)
        printf("keyboard and mouse stay at %s\n", active_name(answer));
    json_decref(answer);
    return code;
}

int cli_osd(const struct arguments *arguments)
{
    const char *way = arguments->second;
    bool on = strcmp(way, "on") == 0, toggles = strcmp(way, "toggle") == 0;
    json_t *answer = NULL;
    if (strcmp(arguments->word, "stats") != 0 || (!on && !toggles && strcmp(way, "off") != 0)) {
        fprintf(stderr, "usage: hotdesk osd stats on|off|toggle\n");
        return EXIT_USAGE;
    }
    json_t *stats = toggles ? json_string("toggle") : json_boolean(on);
    int code = ask(arguments, json_pack("{s:s, s:o}", "verb", "osd", "stats", stats), &answer);
    if (code != EXIT_DONE)
        return code;
    printf("figures are %sshown over the picture\n", field_true(answer, "stats") ? "" : "not ");
    if (field_true(answer, "stats") && field_number(answer, "viewers", -1) == 0)
        printf("no viewer runs here: start hotdesk-viewer\n");
    json_decref(answer);
    return code;
}

int cli_forget(const struct arguments *arguments)
{
    json_t *answer = NULL;
    int code = ask_about_target(arguments, "forget", &answer);
    if (code != EXIT_DONE)
        return code;
    printf("%s is forgotten: its key opens nothing here any more\n",
           field_text(answer, "name", arguments->word));
    json_decref(answer);
    return EXIT_DONE;
}

int cli_rename(const struct arguments *arguments)
{
    json_t *answer = NULL;
    json_t *request = json_pack("{s:s, s:s, s:s}", "verb", "rename", "target", arguments->word,
                                "name", arguments->second);
    int code = ask(arguments, request, &answer);
    if (code != EXIT_DONE)
        return code;
    printf("%s is called %s now\n", field_text(answer, "from_name", arguments->word),
           field_text(answer, "name", arguments->second));
    json_decref(answer);
    return EXIT_DONE;
}

int cli_order(const struct arguments *arguments)
{
    json_t *answer = NULL;
    char *end = NULL;
    long number = strtol(arguments->second, &end, 10);
    if (*end || number < 1 || number > 999) {
        fprintf(stderr, "usage: hotdesk order TARGET NUMBER, NUMBER from 1 to 999\n");
        return EXIT_USAGE;
    }
    int code = ask(arguments,
                   json_pack("{s:s, s:s, s:I}", "verb", "order", "target", arguments->word,
                             "number", (json_int_t)number),
                   &answer);
    if (code != EXIT_DONE)
        return code;
    const char *swapped = field_text(answer, "swapped", NULL);
    printf("%s is target %lld now\n", field_text(answer, "name", arguments->word),
           field_number(answer, "number", number));
    if (swapped)
        printf("%s is target %lld now\n", swapped, field_number(answer, "from", 0));
    json_decref(answer);
    return EXIT_DONE;
}

static int print_events(struct client *client)
{
    for (;;) {
        json_t *event = NULL;
        int r = client_read(client, CLIENT_FOREVER, &event);
        if (r < 0)
            return client_explain(client, r);
        json_dumpf(event, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(event);
        if (fflush(stdout) == EOF)
            return EXIT_REFUSED;
    }
}

int cli_watch(const struct arguments *arguments)
{
    struct client *client = NULL;
    json_t *answer = NULL;
    int code = client_open(arguments->socket_path, &client);
    if (code == EXIT_DONE)
        code = client_ask(client, json_pack("{s:s}", "verb", "watch"), &answer);
    json_decref(answer);
    if (code == EXIT_DONE)
        code = print_events(client);
    client_close(client);
    return code;
}
