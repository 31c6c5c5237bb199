/*
 * The connection to the server: dials, goes on dialling, and says in words why it does not come
 * about.
 *
 * Each reason is logged when it changes, not for each try. Pauses grow from TIME_DIAL_MIN to
 * TIME_DIAL_MAX and begin anew after a welcome and when the network comes back; where only a person
 * can mend it (not paired, key changed) they are long at once. A server that does not answer is
 * dialled once a second: backoff.h tells why.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "agent/pin.h"
#include "common/stream.h"

struct connect;

struct connect_handlers {
    void (*opened)(void *context); /* TLS is done; the server may still refuse us */
    size_t (*received)(void *context, const uint8_t *bytes, size_t size_bytes);
    /* An opened connection is gone, and not by connect_close. Calls nothing here. */
    void (*closed)(void *context);
};

enum connect_pause {
    CONNECT_SOON, /* the next pause is the shortest */
    CONNECT_NEXT, /* the next pause is longer than the last */
    CONNECT_LATE, /* a person must do something first */
};

/* `tls` outlives it. Nothing is dialled before connect_set_server. */
int connect_create(uv_loop_t *loop, struct tls *tls, const struct connect_handlers *handlers,
                   void *context, struct connect **ret_connect);
struct connect *connect_destroy(struct connect *connect); /* NULL ok; sends what is queued */

/* Dials this one from now on; NULL: none. An open connection is closed, `closed` is not called. */
void connect_set_server(struct connect *connect, const struct pin *pin);
void connect_send(struct connect *connect, const void *bytes, size_t size_bytes);
void connect_keep_buffers(struct connect *connect, bool keep); /* as stream_keep_buffers */
/* The server let us in: pauses begin anew. */
void connect_welcomed(struct connect *connect, const char *server_name, const char *target_name);
/* Closes the connection, after what is queued, and dials later. `why` is logged, unless NULL. */
void connect_close(struct connect *connect, enum connect_pause pause, const char *why);
/* The network came back: dials now. */
void connect_hurry(struct connect *connect);
