/*
 * A TLS 1.3 stream over a connected TCP socket, driven by a uv loop: the one type that connections
 * use.
 *
 * Both sides show a certificate; the chain is not looked at, the key's fingerprint is: `accepts` is
 * asked in the handshake, and once more after it. No tickets, no resumption, no early data (FACTS:
 * a resumed session would skip the question). All callbacks come from the loop; each may call any
 * function here, stream_close included. After `closed` the stream is gone. stream_close calls no
 * `closed`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/identity.h"
#include "protocol/limits.h"

struct tls; /* an SSL_CTX with our identity */
struct stream;

enum stream_side { STREAM_DIALED, STREAM_ACCEPTED };

/* Why a stream closed. */
enum stream_end {
    STREAM_END_CLOSED,       /* the peer closed it orderly (close_notify or EOF) */
    STREAM_END_RESET,        /* the connection broke: reset, timeout */
    STREAM_END_PEER_REFUSED, /* the peer does not accept our key (a TLS alert says so) */
    STREAM_END_WE_REFUSED,   /* `accepts` said no, or the certificate was none or not fit */
    STREAM_END_NOT_TLS,      /* no TLS 1.3, or garbage */
    STREAM_END_TIMEOUT,      /* the handshake took longer than TIME_TLS */
    STREAM_END_FULL,         /* unsent bytes over the limit, or a full buffer left by `received` */
};

struct stream_handlers {
    bool (*accepts)(void *context, const struct fingerprint *peer); /* is this key let in */
    void (*opened)(void *context); /* handshake done, bytes may flow */
    /* Bytes came, all that were there: returns how many were used; the rest is shown again with
     * more behind it. Less than STREAM_RECEIVE_MAX may be left. */
    size_t (*received)(void *context, const uint8_t *bytes, size_t size_bytes);
    /* What stream_send had to queue is with the kernel now. May be NULL. */
    void (*drained)(void *context);
    /* Then the stream is freed. `why` is a sentence for a log, valid during the call; the peer's
     * alert is in it by OpenSSL's name, no text of the peer. */
    void (*closed)(void *context, enum stream_end end, const char *why);
};

int tls_create(const struct identity *identity, struct tls **ret_tls);
/* No new streams; those that are there, or are closed and not yet freed, keep what they need. */
struct tls *tls_destroy(struct tls *tls);

/* Takes over `fd` (non-blocking is set here; closed on failure too). Nothing is called before the
 * loop runs. `unsent_limit_bytes` bounds what is queued when the socket is full; beyond it the
 * stream closes with STREAM_END_FULL. */
int stream_create(uv_loop_t *loop, struct tls *tls, int fd, enum stream_side side,
                  size_t unsent_limit_bytes, const struct stream_handlers *handlers, void *context,
                  struct stream **ret_stream);
/* One call, one TLS record (of at most 16 KiB), written to the socket at once if it takes it, with
 * no copy and no allocation of ours; what has to wait is merged. Before `opened` and when closing
 * -ENOTCONN, -ENOBUFS over the limit (closes soon after, from the loop). Never -EAGAIN: it queues.
 * A peer that has gone raises no SIGPIPE. */
int stream_send(struct stream *stream, const void *bytes, size_t size_bytes);
/* Reads nothing more, so that the peer has to wait, until stream_resume; then what `received` left
 * (when it paused: any size) is shown again first. Sending goes on. Meanwhile a peer that closes is
 * not noticed, a write that fails is. Only after `opened`. */
void stream_pause(struct stream *stream);
void stream_resume(struct stream *stream);
/* While the stream is busy TLS keeps its buffers (34 KiB) instead of allocating them for each
 * record. Off at first. */
void stream_keep_buffers(struct stream *stream, bool keep);
size_t stream_unsent_bytes(const struct stream *stream);
const struct fingerprint *stream_peer(const struct stream *stream); /* after opened */
/* 32 bytes of SSL_export_keying_material under `label` (RFC 8446, 7.5). 0 or -errno. */
int stream_export(struct stream *stream, const char *label, uint8_t ret_bytes[32]);
/* "192.0.2.7:24810" or "[2001:db8::1]:24810"; "local" for a unix socket */
const char *stream_address(const struct stream *stream);
/* Sends what is queued and close_notify if the socket takes them, closes the descriptor; the
 * context is not used any more. The memory is freed in the loop's next turn: run it once before
 * uv_loop_close. NULL ok. */
struct stream *stream_close(struct stream *stream);
