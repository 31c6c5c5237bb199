#include "server/net/scripts.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "protocol/cursor.h"
#include "server/net/events.h"
#include "server/net/pair.h"
#include "server/net/server.h"
#include "server/net/session.h"
#include "server/net/verbs.h"

#define LOG_MODULE "net"

/* A target that is in use by a client. */
struct script {
    struct scripts *scripts;
    struct control_client *client; /* NULL: it has gone */
    uint16_t number;               /* 0: free */
    bool is_waiting;               /* for the answer of its agent */
    uint32_t job;
    uint64_t until_us;
};

struct scripts {
    struct server *server;
    struct script slots[CONTROL_CLIENTS_MAX];
};

struct scripts *scripts_create(struct server *server)
{
    struct scripts *scripts = calloc(1, sizeof *scripts);
    if (scripts)
        scripts->server = server;
    return scripts;
}

struct scripts *scripts_destroy(struct scripts *scripts)
{
    free(scripts);
    return NULL;
}

static struct script *find_number(struct scripts *scripts, uint16_t number)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (scripts->slots[i].number == number)
            return &scripts->slots[i];
    return NULL;
}

static struct script *find_client(struct scripts *scripts, const struct control_client *client)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (scripts->slots[i].number && scripts->slots[i].client == client)
            return &scripts->slots[i];
    return NULL;
}

bool scripts_have(const struct scripts *scripts, const struct control_client *client)
{
    return find_client((struct scripts *)scripts, client) != NULL;
}

/* What is on its way is stopped; the target is free once its agent has said so. */
static void client_gone(void *context)
{
    struct script *script = context;
    struct message stop = {.type = MESSAGE_SCRIPT_STOP, .script_stop.job = script->job};

    script->client = NULL;
    if (script->is_waiting)
        targets_script(script->scripts->server->targets, script->number, &stop, clock_now_us());
    else
        script->number = 0;
}

/* The answer of `script`, whose client may have gone. */
static void answer(struct script *script, const char *code, const char *why, json_t *reply)
{
    script->is_waiting = false;
    if (!script->client) {
        script->number = 0;
        json_decref(reply);
    } else if (reply) {
        control_reply(script->client, reply);
    } else {
        control_fail(script->client, code, "%s: %s",
                     events_name(script->scripts->server, script->number), why);
    }
}

void scripts_typed(struct scripts *scripts, uint16_t number, const struct message_typed *typed)
{
    struct script *script = find_number(scripts, number);

    if (!script || !script->is_waiting || script->job != typed->job)
        return;
    if (typed->result == MESSAGE_TYPED_ALL)
        answer(script, NULL, NULL, json_pack("{s:i}", "typed", typed->position));
    else if (typed->result == MESSAGE_TYPED_NO_KEY)
        answer(script, NULL, NULL,
               json_pack("{s:i, s:i, s:s}", "typed", 0, "no_key", typed->position, "why",
                         typed->reason));
    else
        answer(script, "not-ready", typed->reason, NULL);
}

void scripts_lost(struct scripts *scripts, uint16_t number, const char *why)
{
    struct script *script = find_number(scripts, number);

    if (script && script->is_waiting)
        answer(script, "not-ready", why, NULL);
}

void scripts_ordered(struct scripts *scripts, uint16_t number, uint16_t wanted)
{
    struct script *script = find_number(scripts, number), *other = find_number(scripts, wanted);

    if (script)
        script->number = wanted;
    if (other)
        other->number = number;
}

void scripts_tick(struct scripts *scripts, uint64_t now_us)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct script *script = &scripts->slots[i];
        if (!script->number || !script->is_waiting || now_us < script->until_us)
            continue;
        targets_cut(scripts->server->targets, script->number,
                    "its agent did not type what a script wanted typed in time");
        answer(script, "not-ready", "no answer from its agent in time", NULL);
    }
}

/* -- the verbs -- */

/* The target that the request names, as this client's from now on; NULL after having told it. */
static struct script *claim(struct scripts *scripts, struct control_client *client,
                            const json_t *request)
{
    struct server *server = scripts->server;
    uint16_t number = verbs_find_number(server, client, json_object_get(request, "target"));
    struct script *script = number ? find_number(scripts, number) : NULL;

    if (!number || (script && script->client == client))
        return script;
    if (script) {
        control_fail(client, "busy", "another script types on %s: wait until it has ended",
                     events_name(server, number));
        return NULL;
    }
    if (session_hears(server->session, client) || pair_waits_already(server, client)) {
        control_fail(client, "bad-request", "this connection waits for something else");
        return NULL;
    }
    script = find_client(scripts, client);
    if (!script)
        script = find_number(scripts, 0);
    if (!script) { /* they may be of clients that have gone */
        control_fail(client, "busy", "too many scripts type");
        return NULL;
    }
    *script = (struct script){.scripts = scripts, .client = client, .number = number};
    log_info("a script of uid %u types on %s", (unsigned)control_client_uid(client),
             events_name(server, number));
    return script;
}

static void start(struct script *script, struct message *message)
{
    struct server *server = script->scripts->server;
    uint64_t now_us = clock_now_us();
    const char *name = events_name(server, script->number);
    int error = targets_script(server->targets, script->number, message, now_us);

    if (error == -EOPNOTSUPP)
        control_fail(script->client, "not-ready",
                     "%s: its hotdesk-agent is too old to type for a script: install the one of "
                     "this version there",
                     name);
    else if (error)
        control_fail(script->client, "not-ready", "%s is offline: see hotdesk list", name);
    if (error) {
        control_client_on_gone(script->client, NULL, NULL);
        *script = (struct script){0};
        return;
    }
    script->job = message->type == MESSAGE_PRESS ? message->press.job : message->text.job;
    script->is_waiting = true;
    script->until_us = now_us + time_us(TIME_SCRIPT_ANSWER);
}

static bool read_keys(const json_t *keys, struct message_press *ret_press)
{
    size_t count = json_array_size(keys);

    if (count == 0 || count > SCRIPT_KEYS_MAX)
        return false;
    ret_press->key_count = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        const json_t *key = json_array_get(keys, i);
        json_int_t code = json_integer_value(key);
        if (!json_is_integer(key) || code < 1 || code > KEY_MAX)
            return false;
        ret_press->keys[i] = (uint16_t)code;
    }
    return true;
}

/* The client is told when it goes: before its answer, or later. */
static void run(struct scripts *scripts, struct control_client *client, const json_t *request,
                struct message *message)
{
    struct script *script = claim(scripts, client, request);

    if (!script)
        return;
    control_client_on_gone(client, client_gone, script);
    start(script, message);
}

void scripts_send(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    struct message message = {.type = MESSAGE_PRESS};

    if (read_keys(json_object_get(request, "keys"), &message.press))
        run(server->scripts, client, request, &message);
    else
        control_fail(client, "bad-request", "keys must be 1 to %d codes of keys, from 1 to %d",
                     SCRIPT_KEYS_MAX, KEY_MAX);
}

void scripts_type(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    const json_t *text = json_object_get(request, "text");
    struct message message = {.type = MESSAGE_TEXT};
    size_t length = json_string_length(text);

    if (length == 0 || length > SCRIPT_TEXT_MAX ||
        !lines_are_clean(json_string_value(text), length)) {
        control_fail(client, "bad-request",
                     "text must be of 1 to %d bytes, without control characters but line feed and "
                     "tab",
                     SCRIPT_TEXT_MAX);
        return;
    }
    memcpy(message.text.text, json_string_value(text), length);
    message.text.only_look = json_is_true(json_object_get(request, "look"));
    run(server->scripts, client, request, &message);
    explicit_bzero(&message, sizeof message);
}
