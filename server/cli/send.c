/* hotdesk send */
#include <stdio.h>
#include <stdlib.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/keys.h"

static json_t *make_request(const char *target, const struct keys *keys)
{
    json_t *codes = json_array();
    for (size_t i = 0; i < keys->count; i++)
        json_array_append_new(codes, json_integer(keys->codes[i]));
    return json_pack("{s:s, s:s, s:o}", "verb", "send", "target", target, "keys", codes);
}

static int send_all(const struct arguments *arguments, const struct keys *keys)
{
    struct client *client = NULL;
    int code = client_open(arguments->socket_path, &client);
    for (int i = 0; code == EXIT_DONE && i < arguments->word_count - 1; i++) {
        json_t *answer = NULL;
        json_t *request = make_request(arguments->word, &keys[i]);
        if (!request) {
            fprintf(stderr, "hotdesk: the target's name is no text\n"); /* not UTF-8 */
            code = EXIT_USAGE;
            break;
        }
        code = client_ask_within(client, request, CLIENT_SCRIPT_MS, &answer);
        json_decref(answer);
    }
    client_close(client);
    return code;
}

/* All are read before the first is pressed. */
int cli_send(const struct arguments *arguments)
{
    char **words = arguments->words + 1; /* behind the target */
    int count = arguments->word_count - 1;
    struct keys *keys = calloc((size_t)count, sizeof *keys);
    int code = keys ? EXIT_DONE : EXIT_REFUSED;
    for (int i = 0; code == EXIT_DONE && i < count; i++) {
        char why[KEYS_WHY_ROOM] = "";
        if (keys_parse(words[i], &keys[i], why))
            continue;
        fprintf(stderr, "hotdesk: %s: %s\n", words[i], why);
        code = EXIT_USAGE;
    }
    if (code == EXIT_DONE)
        code = send_all(arguments, keys);
    free(keys);
    return code;
}
