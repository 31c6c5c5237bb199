/* A question and its answer; what a refusal means and what to do then. */
#include "server/cli/client.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/cli/cli.h"
#include "server/cli/fields.h"

static int exchange(struct client *client, json_t *request, int timeout_ms, json_t **ret_answer)
{
    int r = client_send(client, request);
    json_decref(request);
    if (r == 0)
        r = client_read(client, timeout_ms, ret_answer);
    return r;
}

/* After `no-such-target`: what there is. */
static void tell_targets(struct client *client)
{
    json_t *answer = NULL;
    if (exchange(client, json_pack("{s:s}", "verb", "list"), CLIENT_ANSWER_MS, &answer) < 0)
        return;
    size_t index;
    json_t *target;
    const char *separator = "hotdesk: there is: ";
    json_array_foreach(json_object_get(answer, "targets"), index, target)
    {
        fprintf(stderr, "%s%s", separator, field_text(target, "name", "?"));
        separator = ", ";
    }
    if (index > 0)
        fputc('\n', stderr);
    else
        fprintf(stderr, "hotdesk: there are no targets yet: run 'hotdesk pair'\n");
    json_decref(answer);
}

static int explain_refusal(struct client *client, const json_t *answer)
{
    const char *code = field_text(answer, "code", "");
    fprintf(stderr, "hotdesk: %s\n",
            field_text(answer, "error", "hotdesk-server refused, without a reason"));
    if (!strcmp(code, "not-allowed")) {
        if (geteuid() != 0)
            fprintf(stderr, "hotdesk: try it with sudo\n");
        return EXIT_NOT_ALLOWED;
    }
    if (!strcmp(code, "no-such-target"))
        tell_targets(client);
    return EXIT_REFUSED;
}

int client_ask(struct client *client, json_t *request, json_t **ret_answer)
{
    return client_ask_within(client, request, CLIENT_ANSWER_MS, ret_answer);
}

int client_ask_within(struct client *client, json_t *request, int timeout_ms, json_t **ret_answer)
{
    json_t *answer = NULL;
    int r = exchange(client, request, timeout_ms, &answer);
    if (r < 0)
        return client_explain(client, r);
    if (!json_is_true(json_object_get(answer, "ok"))) {
        int code = explain_refusal(client, answer);
        json_decref(answer);
        return code;
    }
    *ret_answer = answer;
    return EXIT_DONE;
}

int client_ask_once(const char *path, const char *verb, json_t **ret_answer)
{
    struct client *client = NULL;
    int code = client_open(path, &client);
    if (code == EXIT_DONE)
        code = client_ask(client, json_pack("{s:s}", "verb", verb), ret_answer);
    client_close(client);
    return code;
}
