#include "server/viewer/enter.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "protocol/cursor.h"

bool enter_ask(struct enter *enter, uint16_t number)
{
    char line[64];
    int size_bytes =
        snprintf(line, sizeof line, "{\"verb\": \"switch\", \"target\": \"%u\"}\n", number);
    enter_finish(enter);
    if (client_connect(&enter->client) == 0 && client_send(enter->client, line, (size_t)size_bytes))
        return true;
    enter_finish(enter);
    return false;
}

static bool read_answer(const char *line, char ret_why[ENTER_TEXT_ROOM])
{
    json_t *answer = json_loads(line, 0, NULL);
    bool is_refused = !json_is_true(json_object_get(answer, "ok"));
    const char *error = json_string_value(json_object_get(answer, "error"));
    if (is_refused)
        text_make_clean(error ? error : "the server's answer is none", ret_why, ENTER_TEXT_ROOM);
    json_decref(answer);
    return is_refused;
}

bool enter_receive(struct enter *enter, char ret_why[ENTER_TEXT_ROOM])
{
    bool is_refused = false;
    if (!enter->client)
        return false;
    int error = client_receive(enter->client);
    const char *line = client_take_line(enter->client);
    if (line)
        is_refused = read_answer(line, ret_why);
    if (line || error < 0)
        enter_finish(enter);
    return is_refused;
}

int enter_fd(const struct enter *enter)
{
    return enter->client ? client_fd(enter->client) : -1;
}

void enter_finish(struct enter *enter)
{
    enter->client = client_destroy(enter->client);
}
