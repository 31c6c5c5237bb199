#include "server/net/guests.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/dial.h"
#include "common/log.h"
#include "common/times.h"

#define LOG_MODULE           "net"
#define HANDSHAKE_TOKEN_US   (1000000 / GUESTS_A_SECOND)
#define ADDRESS_PREFIX_BYTES 8

struct guest {
    struct guests *guests;
    struct guest *next;
    struct channel *channel;
    uint8_t prefix[ADDRESS_PREFIX_BYTES]; /* who counts as the same */
    char address[80];
    char fingerprint[FINGERPRINT_TEXT_ROOM]; /* once it showed a key */
    uint64_t accepted_us;
    bool opened;
    bool pairing; /* its hello said so: a proof is to come */
    struct message_hello hello;
};

struct guests {
    uv_loop_t *loop;
    struct tls *tls;
    const struct guests_handlers *handlers;
    void *context;
    struct guest *first;
    size_t count;
    uint64_t
        next_handshake_us; /* a bucket of GUESTS_A_SECOND tokens, as the time when it is full */
    struct log_limit log_limit;
};

static void unlink_guest(struct guest *guest)
{
    struct guests *guests = guest->guests;
    for (struct guest **at = &guests->first; *at; at = &(*at)->next) {
        if (*at != guest)
            continue;
        *at = guest->next;
        guests->count--;
        return;
    }
}

static void log_refused(struct guests *guests, const char *address, const char *fingerprint,
                        const char *why)
{
    if (!log_limit_passes(&guests->log_limit, LOG_MODULE))
        return;
    struct log_fields fields = {.peer = address};
    if (fingerprint && fingerprint[0])
        fields.fingerprint = fingerprint;
    log_event("refused", &fields, "turned %s away: %s%s%s", address, why,
              fields.fingerprint ? "; its key: " : "",
              fields.fingerprint ? fields.fingerprint : "");
}

/* Ends the connection with a word to the peer, if it can hear it. */
static void refuse(struct guest *guest, enum message_reason reason, const char *text)
{
    log_refused(guest->guests, guest->address, guest->fingerprint, text);
    if (guest->opened)
        channel_end(guest->channel, MESSAGE_REJECT, reason, text);
    else
        channel_cut(guest->channel);
    unlink_guest(guest);
    free(guest);
}

static bool accepts(void *context, const struct fingerprint *peer)
{
    struct guest *guest = context;
    fingerprint_format(peer, guest->fingerprint);
    return guest->guests->handlers->accepts(guest->guests->context, peer);
}

static void opened(void *context)
{
    struct guest *guest = context;
    guest->opened = true;
}

static void got_hello(struct guest *guest, const struct message_hello *hello)
{
    struct guests *guests = guest->guests;
    struct channel *channel = guest->channel;
    switch (hello->role) {
    case MESSAGE_ROLE_CONTROL:
        unlink_guest(guest);
        free(guest);
        guests->handlers->control(guests->context, channel, hello);
        break;
    case MESSAGE_ROLE_PAIRING:
        if (message_common_version(hello) == 0) {
            refuse(guest, MESSAGE_REASON_VERSION,
                   "no protocol version in common: update the older side");
            break;
        }
        guest->pairing = true;
        guest->hello = *hello;
        break;
    default:
        refuse(guest, MESSAGE_REASON_PROTOCOL,
               "a connection of a role that this server does not serve");
    }
}

static void got_proof(struct guest *guest, const struct message_pair_proof *proof)
{
    struct guests *guests = guest->guests;
    struct channel *channel = guest->channel;
    struct message_hello hello = guest->hello;
    unlink_guest(guest);
    free(guest);
    guests->handlers->proof(guests->context, channel, &hello, proof);
}

static void got_message(void *context, const struct message *message)
{
    struct guest *guest = context;
    if (!guest->pairing && message->type == MESSAGE_HELLO)
        got_hello(guest, &message->hello);
    else if (guest->pairing && message->type == MESSAGE_PAIR_PROOF)
        got_proof(guest, &message->pair_proof);
    else
        refuse(guest, MESSAGE_REASON_PROTOCOL,
               guest->pairing ? "a pairing connection sent something else than its proof"
                              : "its first message is no hello");
}

static void closed(void *context, enum stream_end end, const char *why)
{
    struct guest *guest = context;
    bool left = guest->opened && (end == STREAM_END_CLOSED || end == STREAM_END_RESET);
    log_refused(guest->guests, guest->address, guest->fingerprint,
                left ? "it went without saying who it is" : why);
    unlink_guest(guest);
    free(guest);
}

static const struct channel_handlers channel_handlers = {
    .accepts = accepts,
    .opened = opened,
    .message = got_message,
    .closed = closed,
};

int guests_create(uv_loop_t *loop, struct tls *tls, const struct guests_handlers *handlers,
                  void *context, struct guests **ret_guests)
{
    struct guests *guests = calloc(1, sizeof *guests);
    if (!guests)
        return -ENOMEM;
    guests->loop = loop;
    guests->tls = tls;
    guests->handlers = handlers;
    guests->context = context;
    guests->log_limit.burst = LOG_STRANGERS_A_MINUTE;
    *ret_guests = guests;
    return 0;
}

struct guests *guests_destroy(struct guests *guests)
{
    if (!guests)
        return NULL;
    while (guests->first) {
        struct guest *guest = guests->first;
        guests->first = guest->next;
        channel_cut(guest->channel);
        free(guest);
    }
    free(guests);
    return NULL;
}

/* IPv4 whole, IPv6 by its /64: one machine has as many of the latter as it likes. */
static void prefix_of(const struct sockaddr_storage *address,
                      uint8_t ret_prefix[ADDRESS_PREFIX_BYTES])
{
    memset(ret_prefix, 0, ADDRESS_PREFIX_BYTES);
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    const struct sockaddr_in *four = (const struct sockaddr_in *)address;
    if (address->ss_family == AF_INET)
        memcpy(ret_prefix, &four->sin_addr, sizeof four->sin_addr);
    else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        memcpy(ret_prefix, &six->sin6_addr.s6_addr[12], 4);
    else
        memcpy(ret_prefix, &six->sin6_addr, ADDRESS_PREFIX_BYTES);
}

bool guests_have_time(struct guests *guests, uint64_t now_us)
{
    return guests->next_handshake_us <= now_us;
}

static void spend_token(struct guests *guests, uint64_t now_us)
{
    uint64_t full_us = now_us > 1000000 ? now_us - 1000000 : 0;
    if (guests->next_handshake_us < full_us)
        guests->next_handshake_us = full_us; /* unused tokens of the last second, no more */
    guests->next_handshake_us += HANDSHAKE_TOKEN_US;
}

static const char *why_not(const struct guests *guests, const uint8_t prefix[ADDRESS_PREFIX_BYTES])
{
    unsigned same = 0;
    for (const struct guest *guest = guests->first; guest; guest = guest->next)
        same += memcmp(guest->prefix, prefix, ADDRESS_PREFIX_BYTES) == 0;
    if (same >= GUESTS_PER_ADDRESS)
        return "too many connections of its address that have not said who they are";
    if (guests->count >= GUESTS_MAX)
        return "too many connections that have not said who they are";
    return NULL;
}

void guests_add(struct guests *guests, int fd, const struct sockaddr_storage *address,
                uint64_t now_us)
{
    char text[80];
    uint8_t prefix[ADDRESS_PREFIX_BYTES];
    prefix_of(address, prefix);
    address_format((const struct sockaddr *)address, text, sizeof text);
    const char *why = why_not(guests, prefix);
    struct guest *guest = why ? NULL : calloc(1, sizeof *guest);
    if (!guest) {
        log_refused(guests, text, NULL, why ? why : "out of memory");
        close(fd);
        return;
    }

    guest->guests = guests;
    guest->accepted_us = now_us;
    memcpy(guest->prefix, prefix, sizeof prefix);
    snprintf(guest->address, sizeof guest->address, "%s", text);
    spend_token(guests, now_us);
    int result =
        channel_create(guests->loop, guests->tls, fd, &channel_handlers, guest, &guest->channel);
    if (result < 0) {
        log_refused(guests, text, NULL, "its connection could not be set up");
        free(guest);
        return;
    }
    guest->next = guests->first;
    guests->first = guest;
    guests->count++;
}

size_t guests_count(const struct guests *guests)
{
    return guests->count;
}

void guests_tick(struct guests *guests, uint64_t now_us)
{
    struct guest *next = NULL;
    for (struct guest *guest = guests->first; guest; guest = next) {
        next = guest->next;
        if (now_us - guest->accepted_us <= time_us(TIME_HELLO))
            continue;
        refuse(guest, MESSAGE_REASON_SILENT,
               guest->pairing ? "no pairing proof in time" : "no hello in time");
    }
}
