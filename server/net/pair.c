#include "server/net/pair.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "server/net/events.h"
#include "server/net/scripts.h"
#include "server/net/session.h"

#define LOG_MODULE     "pair"
#define EXPORTER_LABEL "EXPORTER-hotdesk-pair"

static struct server_pair_wait *find_wait(struct server *server, uint32_t code_id)
{
    for (int i = 0; i < PAIRING_CODES_MAX; i++)
        if (server->pair_waits[i].code_id == code_id)
            return &server->pair_waits[i];
    return NULL;
}

/* Takes the wait of a code away and returns its client. */
static struct control_client *end_wait(struct server *server, uint32_t code_id)
{
    struct server_pair_wait *wait = code_id ? find_wait(server, code_id) : NULL;
    if (!wait)
        return NULL;
    struct control_client *client = wait->client;
    control_client_on_gone(client, NULL, NULL);
    *wait = (struct server_pair_wait){0};
    return client;
}

static void close_if_idle(struct server *server)
{
    char error[ERROR_ROOM];
    if (server_update_listening(server, error) < 0)
        log_error("%s", error);
}

static void client_gone(void *context)
{
    struct server_pair_wait *wait = context;
    struct server *server = wait->server;
    pairing_cancel(&server->pairing, wait->code_id);
    *wait = (struct server_pair_wait){0};
    events_pairing_ended(server, NULL, "cancelled");
    close_if_idle(server);
}

/* Where a target may dial: every address of this machine that others can reach. */
static json_t *own_addresses(const struct server *server)
{
    json_t *addresses = json_array();
    uv_interface_address_t *found = NULL;
    int count = 0;
    if (server->options.listen[0]) {
        json_array_append_new(addresses, json_string(server->options.listen));
        return addresses;
    }
    if (uv_interface_addresses(&found, &count) < 0)
        return addresses;
    for (int i = 0; i < count; i++) {
        char text[64] = "";
        const struct sockaddr_in6 *six = &found[i].address.address6;
        bool is_four = found[i].address.address4.sin_family == AF_INET;
        if (found[i].is_internal || (!is_four && IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr)))
            continue;
        if (is_four)
            uv_ip4_name(&found[i].address.address4, text, sizeof text);
        else
            uv_ip6_name(six, text, sizeof text);
        json_array_append_new(addresses, json_string(text));
    }
    uv_free_interface_addresses(found, count);
    return addresses;
}

bool pair_waits_already(const struct server *server, const struct control_client *client)
{
    for (int i = 0; i < PAIRING_CODES_MAX; i++)
        if (server->pair_waits[i].code_id != 0 && server->pair_waits[i].client == client)
            return true;
    return false;
}

static void give_code(struct server *server, struct control_client *client, uint32_t code_id,
                      const char *text)
{
    struct server_pair_wait *wait = find_wait(server, 0);
    assert(wait); /* there are as many as codes, and each ends with its code */
    *wait = (struct server_pair_wait){.server = server, .client = client, .code_id = code_id};
    control_client_on_gone(client, client_gone, wait);
    control_client_keep_right(client); /* a code is no better than who asked for it */
    control_reply(client,
                  json_pack("{s:s, s:I, s:i, s:o}", "code", text, "valid_s",
                            (json_int_t)(time_ms(TIME_CODE_VALID) / 1000), "port",
                            listener_port(server->listener), "addresses", own_addresses(server)));
    log_info("a pairing code was made; it is valid for %d minutes and once",
             (int)(time_ms(TIME_CODE_VALID) / 60000));
}

void pair_handle(void *context, struct control_client *client, const json_t *request)
{
    struct server *server = context;
    const json_t *name_json = json_object_get(request, "name");
    const char *name = json_string_value(name_json), *why = NULL;
    char text[CODE_TEXT_ROOM], error[ERROR_ROOM];
    uint32_t code_id = 0;
    if (name_json && !json_is_null(name_json) && !name) {
        control_fail(client, "bad-request", "name must be a text");
        return;
    }
    /* One of the two could not be told of its end. */
    if (session_hears(server->session, client) || scripts_have(server->scripts, client)) {
        control_fail(client, "bad-request", "this connection has something else to tell");
        return;
    }
    if (name && !name_is_valid(name, &why)) {
        control_fail(client, "bad-request", "%s cannot be the name of a target: %s", name, why);
        return;
    }
    pair_tick(server, clock_now_us()); /* who waits for a code that has ended is told first */
    int result = pair_waits_already(server, client)
                     ? -EBUSY
                     : pairing_add(&server->pairing, name, clock_now_us(), &code_id, text);
    if (result < 0) {
        control_fail(client, result == -EBUSY ? "busy" : "internal",
                     result == -EBUSY
                         ? "%d codes are valid already: use one, or end its hotdesk pair"
                         : "no randomness for one of %d codes",
                     PAIRING_CODES_MAX);
        return;
    }
    if (server_update_listening(server, error) < 0) {
        pairing_cancel(&server->pairing, code_id);
        control_fail(client, "internal", "%s", error);
        return;
    }
    give_code(server, client, code_id, text);
    explicit_bzero(text, sizeof text);
}

static void log_refused(struct server *server, const struct channel *channel, const char *text)
{
    char fingerprint[FINGERPRINT_TEXT_ROOM];
    if (!log_limit_passes(&server->pair_log_limit, LOG_MODULE))
        return;
    fingerprint_format(channel_peer(channel), fingerprint);
    log_event("refused",
              &(struct log_fields){.peer = channel_address(channel), .fingerprint = fingerprint},
              "pairing of %s (%s) refused: %s", channel_address(channel), fingerprint, text);
}

static void refuse(struct server *server, struct channel *channel, enum message_reason reason,
                   const char *text)
{
    log_refused(server, channel, text);
    channel_end(channel, MESSAGE_REJECT, reason, text);
}

/* Writes the new or renewed entry. NULL or a sentence why not. */
static const char *enlist(struct server *server, struct channel *channel, const char *name,
                          uint16_t *ret_number, bool *ret_renewed)
{
    char host[REGISTRY_ADDRESS_ROOM];
    channel_host(channel, host, sizeof host);
    int result = registry_add(server->registry, name, channel_peer(channel), host,
                              (int64_t)time(NULL), ret_number, ret_renewed);
    if (result == 0)
        result = targets_added(server->targets, *ret_number);
    if (result == 0)
        result = frames_added(server->frames, *ret_number);
    if (result == -ENOSPC)
        return "the list of targets is full: forget one first";
    if (result < 0)
        return "the server cannot save its list of targets";
    const struct registry_entry *entry = registry_by_number(server->registry, *ret_number);
    desk_set_target(&server->desk, *ret_number, entry->name, clock_now_us());
    vnc_update(server->vnc);
    return NULL;
}

static void answer(struct server *server, struct channel *channel,
                   const struct registry_entry *entry, const struct pairing_match *match)
{
    struct message message = {.type = MESSAGE_PAIRED};
    memcpy(message.paired.proof, match->answer, sizeof message.paired.proof);
    snprintf(message.paired.target_name, sizeof message.paired.target_name, "%s", entry->name);
    snprintf(message.paired.server_name, sizeof message.paired.server_name, "%s", server->name);
    channel_send(channel, &message);
    channel_close(channel);
}

void pair_proof(void *context, struct channel *channel, const struct message_hello *hello,
                const struct message_pair_proof *proof)
{
    struct server *server = context;
    struct pairing_ends ends = {.agent = *channel_peer(channel),
                                .server = *identity_fingerprint(server->identity)};
    struct pairing_match match;
    if (channel_export(channel, EXPORTER_LABEL, ends.exporter) < 0) {
        refuse(server, channel, MESSAGE_REASON_PROTOCOL,
               "this TLS connection gives no proof of itself");
        return;
    }
    if (!pairing_try(&server->pairing, proof->proof, &ends, clock_now_us(), &match)) {
        refuse(server, channel, MESSAGE_REASON_CODE_WRONG,
               "the code is not valid: mistyped, used already, or older than ten minutes");
        return;
    }

    char name[NAME_ROOM];
    uint16_t number = 0;
    bool renewed = false;
    const struct registry_entry *known = registry_by_key(server->registry, channel_peer(channel));
    const char *wished = match.name[0] ? match.name : known ? known->name : hello->name;
    name_make_valid(wished, name);
    struct control_client *client = end_wait(server, match.id);
    const char *why = enlist(server, channel, name, &number, &renewed);
    if (why) {
        events_pairing_ended(server, client, why);
        refuse(server, channel, MESSAGE_REASON_OVERLOAD, why);
        close_if_idle(server);
        return;
    }
    const struct registry_entry *entry = registry_by_number(server->registry, number);
    answer(server, channel, entry, &match);
    events_paired(server, client, entry, renewed);
}

void pair_tick(struct server *server, uint64_t now_us)
{
    uint32_t code_id;
    while ((code_id = pairing_take_expired(&server->pairing, now_us)) != 0) {
        events_pairing_ended(server, end_wait(server, code_id), "expired");
        close_if_idle(server);
    }
}

void pair_finish(struct server *server)
{
    for (int i = 0; i < PAIRING_CODES_MAX; i++) {
        uint32_t code_id = server->pair_waits[i].code_id;
        pairing_cancel(&server->pairing, code_id);
        end_wait(server, code_id);
    }
}
