/* hotdesk monitor */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"

static void print_monitors(const json_t *answer)
{
    const json_t *monitor;
    size_t i;
    const char *shown = field_text(answer, "monitor", "");
    bool all = strcmp(shown, "all") == 0;
    json_array_foreach(json_object_get(answer, "monitors"), i, monitor)
    {
        const char *name = field_text(monitor, "name", "?");
        printf("%s %s %lldx%lld+%lld+%lld\n", all || strcmp(name, shown) == 0 ? "*" : " ", name,
               field_number(monitor, "width_px", 0), field_number(monitor, "height_px", 0),
               field_number(monitor, "x_px", 0), field_number(monitor, "y_px", 0));
    }
}

int cli_monitor(const struct arguments *arguments)
{
    struct client *client = NULL;
    json_t *answer = NULL;
    json_t *request = json_pack("{s:s, s:s, s:s*}", "verb", "monitor", "target", arguments->word,
                                "monitor", arguments->second);
    if (!request) {
        fprintf(stderr, "hotdesk: a name is no text\n"); /* not UTF-8 */
        return EXIT_USAGE;
    }
    int code = client_open(arguments->socket_path, &client);
    if (code == EXIT_DONE)
        code = client_ask(client, json_incref(request), &answer);
    json_decref(request);
    client_close(client);
    if (code != EXIT_DONE)
        return code;
    if (!arguments->second)
        print_monitors(answer);
    json_decref(answer);
    return EXIT_DONE;
}
