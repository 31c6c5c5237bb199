/*
 * Messages over a TLS stream: frames in, frames out, one owner at a time. A connection begins with
 * the listener as its owner and is handed on (channel_take) once its hello has told what it is. An
 * owner with `bytes` gets what comes as it is: after its welcome a screen connection carries no
 * messages.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "common/stream.h"
#include "protocol/limits.h"
#include "protocol/message.h"

struct channel;

/* All may call any function here, channel_end and channel_close included. */
struct channel_handlers {
    bool (*accepts)(void *context, const struct fingerprint *peer);
    void (*opened)(void *context);
    void (*message)(void *context, const struct message *message);
    /* In place of `message`, or NULL: returns how many were used (stream.h, `received`). */
    size_t (*bytes)(void *context, const uint8_t *bytes, size_t size_bytes);
    void (*drained)(void *context); /* may be NULL */
    /* Then the channel is gone. Bytes that are no message end it with STREAM_END_WE_REFUSED. */
    void (*closed)(void *context, enum stream_end end, const char *why);
};

/* Takes over `fd`, which was accepted. */
int channel_create(uv_loop_t *loop, struct tls *tls, int fd,
                   const struct channel_handlers *handlers, void *context,
                   struct channel **ret_channel);
/* The next owner. */
void channel_take(struct channel *channel, const struct channel_handlers *handlers, void *context);

/* 0 or -errno; after an error `closed` follows soon. */
int channel_send(struct channel *channel, const struct message *message);
int channel_send_bytes(struct channel *channel, const void *bytes, size_t size_bytes);
/* stream_pause, stream_resume. */
void channel_pause(struct channel *channel);
void channel_resume(struct channel *channel);
void channel_keep_buffers(struct channel *channel, bool keep); /* as stream_keep_buffers */
size_t channel_unsent_bytes(const struct channel *channel);

/* Tells the peer why (MESSAGE_REJECT or MESSAGE_BYE), closes and frees; no callback follows. */
void channel_end(struct channel *channel, enum message_type type, enum message_reason reason,
                 const char *text);
/* What was sent still arrives; closes and frees. */
void channel_close(struct channel *channel);
/* Closes and frees; nothing that still waits in the kernel is delivered later (a late key is worse
 * than none). NULL ok. */
struct channel *channel_cut(struct channel *channel);

const struct fingerprint *channel_peer(const struct channel *channel);
const char *channel_address(const struct channel *channel); /* with port */
/* Without port and brackets. */
void channel_host(const struct channel *channel, char *ret_host, size_t room_bytes);
int channel_export(struct channel *channel, const char *label, uint8_t ret_bytes[32]);
