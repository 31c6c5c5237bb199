/* hotdesk list, hotdesk devices */
#include <stdio.h>
#include <string.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"
#include "server/cli/table.h"
#include "server/cli/words.h"

static int print_raw(json_t *answer)
{
    json_dumpf(answer, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(answer);
    return EXIT_DONE;
}

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
        return print_raw(answer);
    if (json_array_size(json_object_get(answer, "targets")) == 0)
        printf("no targets yet: run 'hotdesk pair' and follow what it says\n");
    else
        print_targets(answer);
    json_decref(answer);
    return EXIT_DONE;
}

static void print_devices(const json_t *devices)
{
    size_t index;
    json_t *device;
    struct table table;
    table_init(&table, 4);
    json_array_foreach(devices, index, device)
    {
        const char *path = field_text(device, "path", "");
        const char *slash = strrchr(path, '/');
        table_add(&table,
                  (const char *[]){slash ? slash + 1 : path,
                                   field_true(device, "taken") ? "taken" : "left",
                                   field_text(device, "name", "?"), field_text(device, "why", "")});
    }
    table_print(&table, stdout);
    table_finish(&table);
}

int cli_devices(const struct arguments *arguments)
{
    json_t *answer = NULL;
    int code = client_ask_once(arguments->socket_path, "devices", &answer);
    if (code != EXIT_DONE)
        return code;
    if (arguments->json)
        return print_raw(answer);
    const json_t *devices = json_object_get(answer, "devices");
    if (!field_true(answer, "source"))
        printf("no devices: hotdesk-input is not running (it needs the right to open /dev/input; "
               "without it, "
               "'hotdesk-viewer --window' gives keys from a window)\n");
    else if (json_array_size(devices) == 0)
        printf("no devices: hotdesk-input has found none in /dev/input\n");
    else
        print_devices(devices);
    json_decref(answer);
    return EXIT_DONE;
}
