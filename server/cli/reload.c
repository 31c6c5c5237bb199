/* hotdesk reload */
#include <stdio.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"

/* False when the program keeps what it had. */
static bool print_file(const json_t *file)
{
    const char *program = field_text(file, "program", "?");
    const char *error = field_text(file, "error", NULL);
    const char *changed = field_text(file, "changed", "");
    const char *at_start = field_text(file, "at_start", "");
    if (error) {
        fprintf(stderr, "hotdesk: %s keeps what it had: %s\n", program, error);
        return false;
    }
    if (*changed)
        printf("%s: changed: %s\n", program, changed);
    if (*at_start)
        printf("%s: takes these when it is started again: %s\n", program, at_start);
    if (!*changed && !*at_start)
        printf("%s: nothing has changed\n", program);
    return true;
}

int cli_reload(const struct arguments *arguments)
{
    struct client *client = NULL;
    json_t *answer = NULL, *file;
    size_t i;
    int code = client_open(arguments->socket_path, &client);
    if (code == EXIT_DONE)
        code = client_ask(client, json_pack("{s:s}", "verb", "reload"), &answer);
    client_close(client);
    json_array_foreach(json_object_get(answer, "files"), i, file)
    {
        if (!print_file(file))
            code = EXIT_REFUSED;
    }
    json_decref(answer);
    return code;
}
