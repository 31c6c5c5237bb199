/* hotdesk list */
#include <stdio.h>
#include <string.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"
#include "server/cli/table.h"
#include "server/cli/words.h"

static void add_local(struct table *table, bool active)
{
    table_add(table, (const char *[]){"  0", "local", active ? "active" : "", NULL, NULL});
}

static void add_target(struct table *table, const json_t *target)
{
    char number[WORDS_ROOM], since[WORDS_ROOM];
    snprintf(number, sizeof number, "%3lld", field_number(target, "number", 0));
    words_since(field_number(target, "since_s", -1), since);
    const char *state = field_text(target, "state", "?");
    if (field_true(target, "active") && !strcmp(state, "ready"))
        state = "active";
    table_add(table, (const char *[]){number, field_text(target, "name", "?"), state, since,
                                      field_text(target, "reason", "")});
}

static void print_targets(const json_t *answer)
{
    const json_t *targets = json_object_get(answer, "targets");
    size_t index, ready = 0;
    json_t *target;
    struct table table;
    table_init(&table, 5);
    add_local(&table, field_number(answer, "active", 0) == 0);
    json_array_foreach(targets, index, target)
    {
        add_target(&table, target);
        ready += !strcmp(field_text(target, "state", ""), "ready");
    }
    table_print(&table, stdout);
    table_finish(&table);
    if (ready == 0)
        printf("\nnone is ready: is hotdesk-agent running there? 'hotdesk status' tells more\n");
}

int cli_list(const struct arguments *arguments)
{
    json_t *answer = NULL;
    int code = client_ask_once(arguments->socket_path, "list", &answer);
    if (code != EXIT_DONE)
        return code;
    if (arguments->json)
        client_print_json(answer);
    else if (json_array_size(json_object_get(answer, "targets")) == 0)
        printf("no targets yet: run 'hotdesk pair' and follow what it says\n");
    else
        print_targets(answer);
    json_decref(answer);
    return EXIT_DONE;
}
