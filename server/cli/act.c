/* hotdesk switch, hotdesk forget, hotdesk watch */
#include <stdio.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"

static int ask_about_target(const struct arguments *arguments, const char *verb,
                            json_t **ret_answer)
{
    struct client *client = NULL;
    int code = client_open(arguments->socket_path, &client);
    if (code != EXIT_DONE)
        return code;
    json_t *request = json_pack("{s:s, s:s}", "verb", verb, "target", arguments->word);
    if (request) {
        code = client_ask(client, request, ret_answer);
    } else {
        fprintf(stderr, "hotdesk: the target's name is no text\n"); /* not UTF-8 */
        code = EXIT_USAGE;
    }
    client_close(client);
    return code;
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
    json_decref(answer);
    return EXIT_DONE;
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
