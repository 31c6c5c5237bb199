/*
 * TLS on one descriptor, a step at a time: what stream.c needs of OpenSSL, without its types.
 * Nothing here waits, and nothing here knows the loop. Only stream.c and tls.c include this.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/identity.h"
#include "common/stream.h"

enum tls_result {
    TLS_DONE,
    TLS_WANT_READ,  /* again when the descriptor is readable */
    TLS_WANT_WRITE, /* again when it is writable; a write with the same bytes */
    TLS_ENDED,      /* no more bytes; tls_session_end tells why */
};

struct tls_session;

/* `accepts` is asked within tls_session_handshake, for a certificate that is otherwise fit. The
 * session does not own `fd`. 0 or -ENOMEM. */
int tls_session_create(struct tls *tls, int fd, enum stream_side side,
                       bool (*accepts)(void *context, const struct fingerprint *peer),
                       void *context, struct tls_session **ret_session);
/* Not within one of the calls below (in `accepts`). */
struct tls_session *tls_session_destroy(struct tls_session *session); /* NULL */

enum tls_result tls_session_handshake(struct tls_session *session);
/* TLS_DONE: at least one byte came. */
enum tls_result tls_session_read(struct tls_session *session, void *bytes, size_t room_bytes,
                                 size_t *ret_size_bytes);
/* TLS_DONE: all bytes are with the kernel, as one record if they are at most 16 KiB. */
enum tls_result tls_session_write(struct tls_session *session, const void *bytes,
                                  size_t size_bytes);
/* Instead of freeing them after each record. Off at first. */
void tls_session_keep_buffers(struct tls_session *session, bool keep);
/* close_notify, if the socket takes it. */
void tls_session_say_goodbye(struct tls_session *session);

/* After TLS_ENDED: why, and a sentence about it that lives as long as the session. */
enum stream_end tls_session_end(const struct tls_session *session, const char **ret_why);
/* After the handshake. */
const struct fingerprint *tls_session_peer(const struct tls_session *session);
int tls_session_export(struct tls_session *session, const char *label, uint8_t ret_bytes[32]);
