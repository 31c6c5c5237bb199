#include "server/cli/vnc.h"

#include <stdio.h>

#include "server/cli/fields.h"

#define LABEL "    %-12s "

static void print_client(const json_t *client)
{
    long long since_s = (long long)json_number_value(json_object_get(client, "since_s"));
    bool in = field_true(client, "in");
    printf(LABEL "%s: %s, for %lld s\n", "", field_text(client, "from", "?"),
           in ? "looks" : "has not shown that it may", since_s);
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
    printf(", view only");
    if (*problem)
        printf("; not open: %s", problem);
    if (faults > 0)
        printf("; hotdesk-vnc stopped %lld times", faults);
    putchar('\n');
    json_array_foreach(json_object_get(vnc, "clients"), index, client) print_client(client);
}
