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
    bool known; /* it came from the address of a target */
    bool opened;
    bool pairing; /* its hello said so: a proof is to come */
    struct message_hello hello;
};

/* Accepted, and nothing more: it costs a descriptor until a handshake may begin. */
struct waiting {
    int fd;
    struct sockaddr_storage address;
};

struct guests {
    uv_loop_t *loop;
    struct tls *tls;
    const struct guests_handlers *handlers;
    void *context;
    struct guest *first;
    size_t count;
    size_t known_count;                         /* of them, from the address of a target */
    struct waiting waiting[GUESTS_WAITING_MAX]; /* strangers, who came first is first */
    size_t waiting_count;
    /* Buckets of GUESTS_A_SECOND tokens, as the time when each is full: strangers', and another for
     * the addresses of targets, so that these come back whatever strangers do. */
    uint64_t next_us, next_known_us;
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
        guests->known_count -= guest->known;
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
    case MESSAGE_ROLE_SCREEN:
        unlink_guest(guest);
        free(guest);
        guests->handlers->screen(guests->context, channel, hello);
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
    for (size_t i = 0; i < guests->waiting_count; i++)
        close(guests->waiting[i].fd);
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
    return guests->next_us <= now_us;
}

static void spend_token(uint64_t *next_us, uint64_t now_us)
{
    uint64_t full_us = now_us > 1000000 ? now_us - 1000000 : 0;
    if (*next_us < full_us)
        *next_us = full_us; /* unused tokens of the last second, no more */
    *next_us += HANDSHAKE_TOKEN_US;
}

static const char *why_not(const struct guests *guests, const uint8_t prefix[ADDRESS_PREFIX_BYTES],
                           bool known)
{
    unsigned same = 0;
    for (const struct guest *guest = guests->first; guest; guest = guest->next)
        same += memcmp(guest->prefix, prefix, ADDRESS_PREFIX_BYTES) == 0;
    if (same >= GUESTS_PER_ADDRESS)
        return "too many connections of its address that have not said who they are";
    if (!known && guests->count - guests->known_count >= GUESTS_MAX)
        return "too many connections that have not said who they are";
    return NULL;
}

static void turn_away(struct guests *guests, const struct waiting *comer, const char *why)
{
    char text[80];
    address_format((const struct sockaddr *)&comer->address, text, sizeof text);
    log_refused(guests, text, NULL, why);
    close(comer->fd);
}

static void begin(struct guests *guests, const struct waiting *comer, bool known, uint64_t now_us)
{
    uint8_t prefix[ADDRESS_PREFIX_BYTES];
    prefix_of(&comer->address, prefix);
    const char *why = why_not(guests, prefix, known);
    struct guest *guest = why ? NULL : calloc(1, sizeof *guest);
    if (!guest) {
        turn_away(guests, comer, why ? why : "out of memory");
        return;
    }

    guest->guests = guests;
    guest->known = known;
    guest->accepted_us = now_us;
    memcpy(guest->prefix, prefix, sizeof prefix);
    address_format((const struct sockaddr *)&comer->address, guest->address, sizeof guest->address);
    spend_token(known ? &guests->next_known_us : &guests->next_us, now_us);
    int result = channel_create(guests->loop, guests->tls, comer->fd, &channel_handlers, guest,
                                &guest->channel);
    if (result < 0) {
        log_refused(guests, guest->address, NULL, "its connection could not be set up");
        free(guest);
        return;
    }
    guest->next = guests->first;
    guests->first = guest;
    guests->count++;
    guests->known_count += known;
}

/* Does it come from where a target came from last? Another connection of a target's address is
 * served as quickly then, but twenty a second only, and four at a time. */
static bool is_known(const struct guests *guests, const struct sockaddr_storage *address)
{
    char text[80], host[80];
    if (!guests->handlers->knows)
        return false;
    address_format((const struct sockaddr *)address, text, sizeof text);
    address_host(text, host, sizeof host);
    return guests->handlers->knows(guests->context, host);
}

/* Strangers wait for their turn, behind those who wait already. */
static void wait_for_turn(struct guests *guests, const struct waiting *comer, uint64_t now_us)
{
    if (guests->waiting_count == 0 && guests_have_time(guests, now_us))
        begin(guests, comer, false, now_us);
    else if (guests->waiting_count < GUESTS_WAITING_MAX)
        guests->waiting[guests->waiting_count++] = *comer;
    else
        turn_away(guests, comer, "too many connections wait for their turn");
}

void guests_add(struct guests *guests, int fd, const struct sockaddr_storage *address,
                uint64_t now_us)
{
    struct waiting comer = {.fd = fd, .address = *address};
    if (guests->next_known_us <= now_us && is_known(guests, address))
        begin(guests, &comer, true, now_us);
    else
        wait_for_turn(guests, &comer, now_us);
}

size_t guests_count(const struct guests *guests)
{
    return guests->count;
}

size_t guests_waiting(const struct guests *guests)
{
    return guests->waiting_count;
}

static void begin_waiting(struct guests *guests, uint64_t now_us)
{
    size_t begun = 0;
    for (; begun < guests->waiting_count && guests_have_time(guests, now_us); begun++)
        begin(guests, &guests->waiting[begun], false, now_us);
    guests->waiting_count -= begun;
    memmove(guests->waiting, guests->waiting + begun,
            guests->waiting_count * sizeof *guests->waiting);
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
    begin_waiting(guests, now_us);
}
