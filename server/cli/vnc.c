/* hotdesk vnc */
#include "server/cli/vnc.h"

#include <stdio.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"

#define LABEL "    %-12s "

static void print_client(const json_t *client)
{
    long long since_s = (long long)json_number_value(json_object_get(client, "since_s"));
    bool in = field_true(client, "in");
    printf(LABEL "%s: %s, for %lld s\n", "", field_text(client, "from", "?"),
           in ? "looks" : "has not shown that it may", since_s);
}

static void print_control(const json_t *vnc)
{
    long long refused = field_number(vnc, "refused", 0);
    const char *why = field_text(vnc, "why", "");
    if (!field_true(vnc, "control")) {
        printf(", view only");
        return;
    }
    printf(", may type in layout %s", field_text(vnc, "layout", "?"));
    if (field_true(vnc, "types"))
        printf("; somebody does");
    if (refused > 0)
        printf("; %lld times not: %s", refused, *why ? why : "it was not ready");
}

void vnc_print(const json_t *vnc)
{
    const char *path = field_text(vnc, "path", ""), *problem = field_text(vnc, "problem", "");
    long long faults = field_number(vnc, "faults", 0);
    size_t index;
    json_t *client;
    if (!json_is_object(vnc))
        return;
    printf(LABEL, "VNC");
    if (*path)
        printf("%s", path);
    else
        printf("127.0.0.1:%lld", field_number(vnc, "tcp_port", 0));
    print_control(vnc);
    if (*problem)
        printf("; not open: %s", problem);
    if (faults > 0)
        printf("; hotdesk-vnc stopped %lld times", faults);
    putchar('\n');
    json_array_foreach(json_object_get(vnc, "clients"), index, client) print_client(client);
}

/* What its clients see instead of a picture. */
static void print_name(const json_t *target)
{
    const char *text = field_text(json_object_get(target, "picture"), "text", "");
    printf("%3lld %s%s%s\n", field_number(target, "number", 0), field_text(target, "name", "?"),
           *text ? ": " : "", text);
}

int cli_vnc(const struct arguments *arguments)
{
    json_t *answer = NULL, *target;
    size_t index, ports = 0;
    int code = client_ask_once(arguments->socket_path, "status", &answer);
    if (code != EXIT_DONE)
        return code;
    json_array_foreach(json_object_get(answer, "targets"), index, target)
    {
        const json_t *vnc = json_object_get(target, "vnc");
        if (!json_is_object(vnc))
            continue;
        ports++;
        print_name(target);
        vnc_print(vnc);
    }
    if (ports == 0)
        printf("no target has a VNC port: vnc-port in server.conf gives it one\n");
    json_decref(answer);
    return EXIT_DONE;
}
