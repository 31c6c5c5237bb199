#include "server/cli/arrival.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/times.h"
#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"
#include "server/cli/ssh.h"

#define LOOK_MS 100

struct view {
    char state[16], reason[256];
};

static int look(const char *socket_path, long long number, struct view *ret_view)
{
    json_t *answer = NULL, *target;
    size_t index;
    int code = client_ask_once(socket_path, "list", &answer);
    *ret_view = (struct view){.state = "offline", .reason = "it was forgotten meanwhile"};
    json_array_foreach(json_object_get(answer, "targets"), index, target)
    {
        if (field_number(target, "number", 0) != number)
            continue;
        snprintf(ret_view->state, sizeof ret_view->state, "%s", field_text(target, "state", "?"));
        snprintf(ret_view->reason, sizeof ret_view->reason, "%s", field_text(target, "reason", ""));
    }
    json_decref(answer);
    return code;
}

static int look_until_ready(const char *socket_path, struct ssh *ssh, long long number,
                            struct view *ret_view)
{
    uint64_t left_ms = time_ms(TIME_ADD_CONNECTED);
    bool was_connected = false;
    for (;;) {
        int code = look(socket_path, number, ret_view);
        if (code != EXIT_DONE)
            return code;
        bool connected = strcmp(ret_view->state, "offline") != 0;
        if (connected && !was_connected)
            left_ms = time_ms(TIME_ADD_READY);
        was_connected = connected;
        if (strcmp(ret_view->state, "ready") == 0 || left_ms < LOOK_MS)
            return EXIT_DONE;
        if (ssh_pause(ssh, LOOK_MS) < 0) {
            fprintf(stderr, "\nhotdesk: interrupted\n");
            return EXIT_REFUSED;
        }
        left_ms -= LOOK_MS;
    }
}

int arrival_wait(const char *socket_path, struct ssh *ssh, long long number, const char *name)
{
    struct view view;
    int code = look_until_ready(socket_path, ssh, number, &view);
    if (code != EXIT_DONE)
        return code;
    if (strcmp(view.state, "offline") == 0) {
        fprintf(stderr, "hotdesk: %s has not connected yet%s%s\n", name, *view.reason ? ": " : "",
                view.reason);
        return EXIT_REFUSED;
    }
    if (strcmp(view.state, "ready") != 0)
        printf("%s is connected, and not ready: %s\n", name, view.reason);
    else
        printf(
            "%s is connected and ready\n"
            "press Scroll Lock twice (if the leader is not another), then %lld to type there, then "
            "0 to come back; or 'hotdesk switch %s'\n",
            name, number, name);
    return EXIT_DONE;
}
