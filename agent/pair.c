#include "agent/pair.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "agent/loop.h"
#include "common/dial.h"
#include "common/stream.h"
#include "common/times.h"
#include "protocol/cursor.h"
#include "protocol/limits.h"
#include "protocol/message.h"

#define EXPORTER "EXPORTER-hotdesk-pair"

_Static_assert(CODE_PROOF_BYTES == MESSAGE_PROOF_BYTES, "a proof fits its message");

struct pair {
    uv_loop_t loop;
    uv_timer_t timer;
    struct tls *tls;
    struct dial *dial;
    struct stream *stream;
    const struct identity *identity;
    const struct code *code;
    const struct fingerprint *expected; /* NULL: any key */
    uint8_t exporter[32];
    struct pin pin;
    int result; /* 0 until decided, then 1 or -errno */
    char *error;
};

static void pair_end(struct pair *pair, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void pair_end(struct pair *pair, int result, const char *format, ...)
{
    va_list arguments;

    if (pair->result)
        return;
    pair->result = result;
    va_start(arguments, format);
    vsnprintf(pair->error, ERROR_ROOM, format, arguments);
    va_end(arguments);
    uv_stop(&pair->loop);
}

/* A stream that cannot take it closes by itself, and then tells why. */
static void pair_send(struct pair *pair, const struct message *message)
{
    uint8_t frame[MESSAGE_FRAME_MAX];

    stream_send(pair->stream, frame, message_encode(message, frame, sizeof frame));
}

static void pair_on_timer(uv_timer_t *timer)
{
    pair_end(timer->data, -ETIMEDOUT, "the server does not answer: is it a hotdesk-server?");
}

/* Where the key is not known the code alone tells who the other is. */
static bool pair_accepts(void *context, const struct fingerprint *peer)
{
    const struct pair *pair = context;

    return !pair->expected || fingerprint_equal(pair->expected, peer);
}

static bool pair_prove(struct pair *pair, const char *side, uint8_t ret_proof[CODE_PROOF_BYTES])
{
    return code_proof(pair->code, side, pair->exporter, identity_fingerprint(pair->identity),
                      &pair->pin.fingerprint, ret_proof) == 0;
}

static void pair_on_opened(void *context)
{
    struct pair *pair = context;
    char host[HOST_NAME_MAX + 1] = "";
    struct message hello = {.type = MESSAGE_HELLO,
                            .hello = {.version_min = MESSAGE_VERSION_MIN,
                                      .version_max = MESSAGE_VERSION_MAX,
                                      .role = MESSAGE_ROLE_PAIRING}};
    struct message proof = {.type = MESSAGE_PAIR_PROOF};

    gethostname(host, sizeof host - 1);
    text_make_clean(*host ? host : "target", hello.hello.name, sizeof hello.hello.name);
    pair->pin.fingerprint = *stream_peer(pair->stream);
    if (stream_export(pair->stream, EXPORTER, pair->exporter) != 0 ||
        !pair_prove(pair, "agent", proof.pair_proof.proof)) {
        pair_end(pair, -EIO, "cannot make the proof of the code");
        return;
    }
    uv_timer_start(&pair->timer, pair_on_timer, time_ms(TIME_HELLO), 0);
    pair_send(pair, &hello);
    pair_send(pair, &proof);
}

static void pair_on_paired(struct pair *pair, const struct message_paired *paired)
{
    uint8_t proof[CODE_PROOF_BYTES];

    if (!pair_prove(pair, "server", proof) || !code_proof_equal(proof, paired->proof)) {
        pair_end(pair, -EACCES,
                 "who answers does not know the code: it is not that server, or someone stands "
                 "between. Nothing is paired");
        return;
    }
    snprintf(pair->pin.server_name, sizeof pair->pin.server_name, "%s", paired->server_name);
    snprintf(pair->pin.target_name, sizeof pair->pin.target_name, "%s", paired->target_name);
    pair_end(pair, 1, "%s", "");
}

static void pair_on_end(struct pair *pair, const struct message_end *end)
{
    if (end->reason == MESSAGE_REASON_CODE_WRONG)
        pair_end(pair, -EACCES,
                 "the code is not valid there (used, expired, or another server's): hotdesk pair "
                 "on the console shows a new one");
    else
        pair_end(pair, -EACCES, "the server does not pair: %s", end->text);
}

static size_t pair_on_received(void *context, const uint8_t *bytes, size_t size_bytes)
{
    struct pair *pair = context;
    struct message message;
    size_t used = 0;
    const char *why = NULL;

    switch (message_decode(bytes, size_bytes, MESSAGE_TO_AGENT, &message, &used, &why)) {
    case MESSAGE_NEED_MORE:
        return 0;
    case MESSAGE_BAD:
        pair_end(pair, -EPROTO, "the server does not speak hotdesk's protocol: %s", why);
        return size_bytes;
    case MESSAGE_OK:
        break;
    }
    if (message.type == MESSAGE_PAIRED)
        pair_on_paired(pair, &message.paired);
    else if (message.type == MESSAGE_REJECT || message.type == MESSAGE_BYE)
        pair_on_end(pair, &message.end);
    else
        pair_end(pair, -EPROTO, "the server sent what does not belong to a pairing");
    return size_bytes;
}

static void pair_on_closed(void *context, enum stream_end end, const char *why)
{
    struct pair *pair = context;

    pair->stream = NULL;
    if (end == STREAM_END_PEER_REFUSED)
        pair_end(pair, -EACCES,
                 "no code is valid on the server now: hotdesk pair on the console shows one");
    else if (end == STREAM_END_WE_REFUSED && pair->expected)
        pair_end(pair, -EACCES, "another computer answers there: its key is not the server's");
    else
        pair_end(pair, -EIO, "the connection ended while pairing: %s", why ? why : "closed");
}

static const struct stream_handlers pair_stream_handlers = {
    .accepts = pair_accepts,
    .opened = pair_on_opened,
    .received = pair_on_received,
    .closed = pair_on_closed,
};

static void pair_on_dialled(void *context, int fd, const char *why)
{
    struct pair *pair = context;

    pair->dial = NULL;
    if (fd < 0)
        pair_end(pair, fd, "%s", why);
    else if (stream_create(&pair->loop, pair->tls, fd, STREAM_DIALED, PAIR_UNSENT_MAX_BYTES,
                           &pair_stream_handlers, pair, &pair->stream) != 0)
        pair_end(pair, -ENOMEM, "cannot start TLS");
}

static void pair_run(struct pair *pair, const struct endpoint *endpoint)
{
    uv_timer_init(&pair->loop, &pair->timer);
    pair->timer.data = pair;
    uv_timer_start(&pair->timer, pair_on_timer, time_ms(TIME_DIAL) + 2 * time_ms(TIME_TLS), 0);
    int error = tls_create(pair->identity, &pair->tls);
    if (!error)
        error = dial_start(&pair->loop, endpoint, pair_on_dialled, pair, &pair->dial);
    if (error)
        pair_end(pair, error, "cannot dial: %s", strerror(-error));
    while (!pair->result)
        uv_run(&pair->loop, UV_RUN_DEFAULT);
    dial_cancel(pair->dial);
    stream_close(pair->stream);
    uv_close((uv_handle_t *)&pair->timer, NULL);
    loop_drain(&pair->loop);
    tls_destroy(pair->tls);
}

int pair_with(const struct endpoint *endpoint, const struct identity *identity,
              const struct code *code, const struct fingerprint *expected, struct pin *ret_pin,
              char ret_error[ERROR_ROOM])
{
    struct pair pair = {
        .identity = identity, .code = code, .expected = expected, .error = ret_error};
    int error = uv_loop_init(&pair.loop);

    if (error) {
        snprintf(ret_error, ERROR_ROOM, "cannot start: %s", uv_strerror(error));
        return error;
    }
    pair.pin.endpoint = *endpoint;
    pair_run(&pair, endpoint);
    explicit_bzero(pair.exporter, sizeof pair.exporter);
    if (pair.result < 0)
        return pair.result;
    *ret_pin = pair.pin;
    return 0;
}
