/* hotdesk devices */
#include <stdio.h>
#include <string.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"
#include "server/cli/table.h"

static const char *node_name(const json_t *device)
{
    const char *path = field_text(device, "path", "?"), *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *taken_word(const json_t *device)
{
    return field_true(device, "taken") ? "taken" : "left";
}

static void print_table(const json_t *devices)
{
    size_t index;
    json_t *device;
    struct table table;
    table_init(&table, 4);
    json_array_foreach(devices, index, device)
    {
        table_add(&table,
                  (const char *[]){node_name(device), taken_word(device),
                                   field_text(device, "name", "?"), field_text(device, "why", "")});
    }
    table_print(&table, stdout);
    table_finish(&table);
}

static void print_answer(const json_t *answer)
{
    const json_t *devices = json_object_get(answer, "devices");
    if (!field_true(answer, "source"))
        printf("no devices: hotdesk-input is not running (it needs the right to open /dev/input; "
               "without it, "
               "'hotdesk-viewer --window' gives keys from a window)\n");
    else if (json_array_size(devices) == 0)
        printf("no devices: hotdesk-input has found none in /dev/input\n");
    else
        print_table(devices);
}

static void print_counts(const json_t *event)
{
    static const char *const kinds[] = {"keys", "buttons", "motion", "wheel"};
    printf("%s  %s:", node_name(event), field_text(event, "name", "?"));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        long long count = field_number(event, kinds[i], 0);
        if (count)
            printf("  %s %lld", kinds[i], count);
    }
    putchar('\n');
}

static void print_event(const json_t *event)
{
    const char *kind = field_text(event, "event", "");
    if (strcmp(kind, "counts") == 0)
        print_counts(event);
    else if (strcmp(kind, "device") != 0)
        return;
    else if (field_true(event, "gone"))
        printf("%s  %s: gone\n", node_name(event), field_text(event, "name", "?"));
    else
        printf("%s  %s: %s (%s)\n", node_name(event), field_text(event, "name", "?"),
               taken_word(event), field_text(event, "why", ""));
}

static int watch_events(struct client *client)
{
    for (;;) {
        json_t *event = NULL;
        if (fflush(stdout) == EOF)
            return EXIT_REFUSED; /* nobody reads any more */
        int result = client_read(client, CLIENT_FOREVER, &event);
        if (result < 0)
            return client_explain(client, result);
        print_event(event);
        json_decref(event);
    }
}

static int watch(const struct arguments *arguments)
{
    struct client *client = NULL;
    json_t *answer = NULL;
    int code = client_open(arguments->socket_path, &client);
    if (code == EXIT_DONE)
        code = client_ask(client, json_pack("{s:s}", "verb", "watch-devices"), &answer);
    if (code == EXIT_DONE) {
        print_answer(answer);
        code = watch_events(client);
    }
    json_decref(answer);
    client_close(client);
    return code;
}

int cli_devices(const struct arguments *arguments)
{
    json_t *answer = NULL;
    if (arguments->watch)
        return watch(arguments);
    int code = client_ask_once(arguments->socket_path, "devices", &answer);
    if (code != EXIT_DONE)
        return code;
    if (arguments->json)
        client_print_json(answer);
    else
        print_answer(answer);
    json_decref(answer);
    return EXIT_DONE;
}
